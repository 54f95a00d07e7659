import { HubError } from '../../model/errors';
import { builtWrites } from './built';
import { changeWrites } from './changes';
import { definitionWrites } from './definitions';
import type { EngineTx, LaneEntry } from './engine';
import { contentHash, newId, sortedJson } from './id';
import { identityWrites } from './identities';
import { jobWrites } from './jobs';
import { type Gathered, operatorWrites } from './operator';
import { readsOver } from './reads';
import { json } from './rows';
import type { Db } from './schema';
import type { Reads, StoredObject, Tx, Wake } from './store';
import { useWrites } from './uses';

/** An object with the size of its body in characters of JSON. */
export interface Written {
  readonly object: StoredObject;
  readonly size: number;
}

/** One transaction of a caller. */
export interface Writing {
  readonly tx: Tx;
  /** Comes last: lanes are locked late, in one order, and only for the commit. */
  flush(): Promise<Wake[]>;
  /** The objects that it has written, as they are after the commit. */
  readonly written: readonly Written[];
}

export function txOver(engineTx: EngineTx, locking: boolean): Writing {
  const { db } = engineTx;
  const now = new Date().toISOString();
  const gathered: Gathered = { acks: [], wakes: [] };
  const { acks, wakes } = gathered;
  const entries: LaneEntry[] = [];
  const written: Written[] = [];
  const reads = readsOver(db, locking);
  const current = new Map<string, StoredObject | undefined>();
  const tx: Tx = {
    ...reads,
    ...currentObjects(reads, current),
    ...operatorWrites(engineTx, reads, gathered),
    ...jobWrites(db, now),
    ...objectWrites(db, now, (one) => {
      current.set(nameOf(one.object.noun, one.object.id), one.object);
      written.push(one);
    }),
    ...definitionWrites(db, now),
    ...identityWrites(db, now),
    ...messageWrites(db, now),
    ...useWrites(db),
    ...orderWrites(db),
    ...builtWrites(db),
    ...changeWrites(db, now),
    addDeliveries(deliveries) {
      return deliveries.map(({ payload, ...rest }) => {
        const id = rest.id ?? newId();
        entries.push({ ...rest, id, payload: json(payload), at: now });
        return id;
      });
    },
    ackLane(claim, row) {
      acks.push({ claim, row });
    },
    lock: (name) => engineTx.lock(name),
  };
  const flush = async () => {
    for (const { claim, row } of acks)
      if (!(await engineTx.advance(claim, row.seq)))
        throw new HubError('HUB_LEASE_LOST', `lane ${claim.dest} / ${claim.key} has another worker by now`);
    return [...wakes, ...(entries.length ? await engineTx.append(entries) : [])];
  };
  return { tx, flush, written };
}

const nameOf = (noun: string, id: string) => `${noun}\0${id}`;

/** Each object is locked, read and parsed once in a transaction: nobody else changes it meanwhile. */
function currentObjects(
  reads: Reads,
  known: Map<string, StoredObject | undefined>,
): Pick<Reads, 'getObject' | 'listObjects'> {
  return {
    async getObject(noun, id, as) {
      if (as !== undefined) return reads.getObject(noun, id, as);
      const name = nameOf(noun, id);
      if (!known.has(name)) known.set(name, await reads.getObject(noun, id));
      return known.get(name);
    },
    async listObjects(filter) {
      const { noun, ids = [] } = filter;
      const [only] = ids;
      const name = nameOf(noun, only ?? '');
      if (ids.length !== 1 || !known.has(name)) return reads.listObjects(filter);
      const object = known.get(name);
      return object && object.id > (filter.after ?? '') ? [object] : [];
    },
  };
}

function objectWrites(db: Db, now: string, onWritten: (written: Written) => void): Pick<Tx, 'putObject'> {
  return {
    async putObject(this: Tx, { noun, id, body, system, messageId }, expected) {
      const before = await this.getObject(noun, id);
      const found = before?.version ?? 0;
      if (expected !== undefined && expected !== found)
        throw new HubError('HUB_CONFLICT', `${noun} ${id} stands at version ${found}, not ${expected}`, {
          at: `${noun}/${id}`,
        });
      const hash = contentHash(sortedJson(body));
      if (before?.hash === hash) return { object: before, before, changed: false };
      const version = found + 1;
      if (before)
        await db
          .updateTable('object')
          .set({ version })
          .where('noun', '=', noun)
          .where('id', '=', id)
          .execute();
      else await db.insertInto('object').values({ noun, id, version }).execute();
      const text = JSON.stringify(body);
      const updatedAt = before && before.updatedAt > now ? before.updatedAt : now;
      await db
        .insertInto('object_version')
        .values({
          noun,
          id,
          version,
          body: text,
          hash,
          system,
          message_id: messageId ?? null,
          updated_at: updatedAt,
        })
        .execute();
      const object: StoredObject = {
        noun,
        id,
        body,
        system,
        version,
        hash,
        updatedAt,
        ...(messageId ? { messageId } : {}),
      };
      onWritten({ object, size: text.length });
      return { object, changed: true, ...(before ? { before } : {}) };
    },
  };
}

function messageWrites(db: Db, now: string): Pick<Tx, 'addMessage' | 'markRecord' | 'acknowledgeDelivery'> {
  return {
    async addMessage({ recordId, system, verb, noun, body, mapping, objectKeys }) {
      const id = newId();
      await db
        .insertInto('message')
        .values({
          id,
          record_id: recordId ?? null,
          system,
          verb,
          noun,
          body: JSON.stringify(body),
          mapping: mapping ?? null,
          object_keys: JSON.stringify(objectKeys),
          created_at: now,
        })
        .execute();
      const keys = [...new Set(objectKeys)];
      if (keys.length)
        await db
          .insertInto('message_object')
          .values(keys.map((key) => ({ object_id: key, message_id: id })))
          .execute();
      return id;
    },
    async markRecord(id, { state, issues, mapping, messageId }) {
      await db
        .updateTable('record')
        .set({
          state,
          issues: issues?.length ? JSON.stringify(issues) : null,
          ...(mapping === undefined ? {} : { mapping }),
          ...(messageId === undefined ? {} : { message_id: messageId }),
        })
        .where('id', '=', id)
        .execute();
    },
    async acknowledgeDelivery(deliveryId, answer) {
      await db
        .updateTable('receipt')
        .set({ acknowledged_at: now, ...(answer === undefined ? {} : { answer: json(answer) }) })
        .where('delivery_id', '=', deliveryId)
        .execute();
    },
  };
}

function orderWrites(db: Db): Pick<Tx, 'addSegmentReport' | 'addConsumption'> {
  return {
    async addSegmentReport(report) {
      await db
        .insertInto('segment_report')
        .values({
          arrival: newId(),
          id: report.id,
          order_id: report.orderId,
          segment_id: report.segmentId,
          source: report.source,
          state: report.state ?? null,
          start_time: report.startTime ?? null,
          end_time: report.endTime ?? null,
          good_quantity: report.goodQuantity ?? null,
          good_unit: report.goodUnit ?? null,
        })
        .execute();
    },
    async addConsumption({ id, orderId, segmentId, source, material, lot, quantity, unit }) {
      const values = {
        order_id: orderId,
        segment_id: segmentId,
        source,
        material,
        lot: lot ?? null,
        quantity,
        unit,
      };
      await db
        .insertInto('consumption')
        .values({ id, arrival: newId(), ...values })
        .onConflict((c) => c.column('id').doUpdateSet(values))
        .execute();
    },
  };
}

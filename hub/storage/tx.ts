import { HubError } from '../../model/errors';
import type { ConsumptionReport, SegmentReport } from '../change/execution';
import { builtWrites } from './built';
import { changeWrites } from './changes';
import { definitionWrites } from './definitions';
import type { EngineTx, LaneEntry } from './engine';
import { contentHash, newId, sortedJson } from './id';
import { identityWrites } from './identities';
import { jobWrites } from './jobs';
import { JsonTexts } from './json-texts';
import { MessageWrites } from './messages';
import { type Gathered, operatorWrites } from './operator';
import { readsOver } from './reads';
import { json } from './rows';
import type { Db } from './schema';
import { rowOf, statement } from './statement';
import type { Claim, Reads, StoredObject, Tx, Wake } from './store';
import { usesWithin } from './uses';

/** An object with the size of its body in characters of JSON. */
export interface Written {
  readonly object: StoredObject;
  readonly size: number;
  /** Deliveries of the same transaction that carry it. */
  carriedBy: number;
}

/** One transaction of a caller. */
export interface Writing {
  readonly tx: Tx;
  /** Comes last: lanes are locked late, in one order, and only for the commit. The list is complete after that. */
  flush(): Promise<Wake[]>;
  /** The objects that it has written, as they are after the commit. */
  readonly written: readonly Written[];
  /** Claims of lanes that have nothing more: they end with the transaction. */
  readonly ended: readonly Claim[];
}

export function txOver(engineTx: EngineTx, locking: boolean): Writing {
  const { db } = engineTx;
  const now = new Date().toISOString();
  const gathered: Gathered = { acks: [], wakes: [] };
  const { acks, wakes } = gathered;
  const entries: LaneEntry[] = [];
  const written: Written[] = [];
  const ended: Claim[] = [];
  const reads = readsOver(db, locking);
  const current = new Map<string, StoredObject | undefined>();
  const texts = new JsonTexts();
  const messages = new MessageWrites(db, now, texts);
  const uses = usesWithin(db, reads);
  const reports = reportsWithin(reads, orderWrites(db));
  // The reads stay where they are, and the rest goes beside them at once: copies of so many functions would cost 0.1 ms.
  const objects = Object.assign(
    Object.create(reads) as Reads,
    currentObjects(reads, current),
    objectWrites(db, now, texts, messages, (one) => {
      current.set(rowOf(one.object.noun, one.object.id), one.object);
      written.push(one);
    }),
    definitionWrites(db, now),
  );
  const orders = Object.assign(objects, uses.tx, reports.tx, builtWrites(db));
  const received = Object.assign(
    orders,
    messages.over(reads),
    recordWrites(db, now),
    identityWrites(db, now),
  );
  const operated = Object.assign(received, operatorWrites(engineTx, reads, gathered), jobWrites(db, now));
  const tx: Tx = Object.assign(operated, changeWrites(db, now), {
    addDeliveries(deliveries) {
      return deliveries.map(({ payload, carries, ...rest }) => {
        const id = rest.id ?? newId();
        const carried = carries && written.find(({ object }) => object === carries);
        if (carried) carried.carriedBy++;
        entries.push({ ...rest, id, payload: json(payload), at: now });
        return id;
      });
    },
    ackLane(claim, row) {
      acks.push({ claim, row });
    },
    lock(name, shared) {
      // What is read from now on is as those have left it who had the lock before.
      if (locking) reports.forget();
      if (locking) for (const [name, object] of current) if (!object) current.delete(name);
      return engineTx.lock(name, shared);
    },
  } satisfies Pick<Tx, 'addDeliveries' | 'ackLane' | 'lock'>);
  const flush = async () => {
    await uses.kept();
    await messages.write();
    for (const { claim, row } of acks) await engineTx.advance(claim, row.seq, ended);
    if (entries.length) await engineTx.append(entries, wakes);
    return wakes;
  };
  return { tx, flush, written, ended };
}

/** Each object is locked, read and parsed once in a transaction: nobody else changes it meanwhile. */
function currentObjects(
  reads: Reads,
  known: Map<string, StoredObject | undefined>,
): Pick<Reads, 'getObject' | 'listObjects'> {
  return {
    async getObject(noun, id, as) {
      if (as?.version !== undefined || as?.at !== undefined) return reads.getObject(noun, id, as);
      const name = rowOf(noun, id);
      // Read for reference it may be written all the same: nobody else changes it from then on either.
      if (!known.has(name)) known.set(name, await reads.getObject(noun, id, as));
      return known.get(name);
    },
    async listObjects(filter) {
      const { noun, ids = [] } = filter;
      const [only] = ids;
      const name = rowOf(noun, only ?? '');
      if (ids.length !== 1 || !known.has(name)) return reads.listObjects(filter);
      const object = known.get(name);
      return object && object.id > (filter.after ?? '') ? [object] : [];
    },
  };
}

type Reports = Pick<Tx, 'executionsOf' | 'consumptionOf' | 'addSegmentReport' | 'addConsumption'>;

/** What was reported of orders is asked for again and again in one transaction. */
function reportsWithin(
  reads: Reads,
  writes: Pick<Reports, 'addSegmentReport' | 'addConsumption'>,
): { tx: Reports; forget(): void } {
  const segments = new Map<string, Promise<SegmentReport[]>>();
  const consumptions = new Map<string, Promise<ConsumptionReport[]>>();
  return {
    forget() {
      segments.clear();
      consumptions.clear();
    },
    tx: {
      executionsOf: (orders) => remembered(segments, orders, reads.executionsOf),
      consumptionOf: (orders) => remembered(consumptions, orders, reads.consumptionOf),
      addSegmentReport(report) {
        segments.clear();
        return writes.addSegmentReport(report);
      },
      addConsumption(report) {
        consumptions.clear();
        return writes.addConsumption(report);
      },
    },
  };
}

function remembered<T>(
  known: Map<string, Promise<T>>,
  orders: string | readonly string[],
  read: (orders: string | readonly string[]) => Promise<T>,
): Promise<T> {
  const name = [orders].flat().join('\0');
  const found = known.get(name) ?? read(orders);
  known.set(name, found);
  return found;
}

const nextVersion = 'update object set version = $1 where noun = $2 and id = $3';
const firstVersion = 'insert into object (version, noun, id) values ($1, $2, $3)';
const keepVersion = `insert into object_version (noun, id, version, body, hash, system, message_id, updated_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8)`;

function objectWrites(
  db: Db,
  now: string,
  texts: JsonTexts,
  messages: MessageWrites,
  onWritten: (written: Written) => void,
): Pick<Tx, 'putObject'> {
  return {
    async putObject(this: Tx, { noun, id, body, system, messageId }, expected) {
      const before = await this.getObject(noun, id);
      const found = before?.version ?? 0;
      if (expected !== undefined && expected !== found)
        throw new HubError('HUB_CONFLICT', `${noun} ${id} stands at version ${found}, not ${expected}`, {
          at: `${noun}/${id}`,
        });
      const text = texts.of(body);
      const hash = contentHash(text);
      if (before?.hash === hash) messages.keptAs(body, before);
      if (before && (before.hash === hash || isSame(before.body, body, text)))
        return { object: before, before, changed: false };
      const version = found + 1;
      await statement(db, before ? nextVersion : firstVersion, [version, noun, id], rowOf(noun, id));
      const updatedAt = before && before.updatedAt > now ? before.updatedAt : now;
      const values = [noun, id, version, text, hash, system, messageId ?? null, updatedAt];
      await statement(db, keepVersion, values, rowOf(noun, id));
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
      messages.keptAs(body, object);
      onWritten({ object, size: text.length, carriedBy: 0 });
      return { object, changed: true, ...(before ? { before } : {}) };
    },
  };
}

/** Whether a body says the same as `other`, whatever the order in which it says it. */
const isSame = (body: unknown, other: unknown, otherText: string): boolean =>
  JSON.stringify(body).length === otherText.length && sortedJson(body) === sortedJson(other);

const markRecord = `update record set state = $1, issues = $2, mapping = coalesce($3, mapping),
  message_id = coalesce($4, message_id) where id = $5`;

function recordWrites(db: Db, now: string): Pick<Tx, 'markRecord' | 'acknowledgeDelivery'> {
  return {
    async markRecord(id, { state, issues, mapping, messageId }) {
      const found = issues?.length ? JSON.stringify(issues) : null;
      await statement(db, markRecord, [state, found, mapping ?? null, messageId ?? null, id]);
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

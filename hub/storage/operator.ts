import { sql } from 'kysely';
import { HubError } from '../../model/errors';
import type { Engine, EngineTx } from './engine';
import { readsOver } from './reads';
import { json } from './rows';
import type { Delivery, Note, Reads, Store, StoredRecord, Wake } from './store';

/** What a person may do to a delivery that will not go by itself. */
export function operatorWork(
  engine: Engine,
  reads: Reads,
  accept: Store['accept'],
  wake: (lanes: Wake[]) => void,
): Pick<Store, 'replay' | 'discard' | 'replayRecord'> {
  const found = async (id: string, allowed: (d: Delivery) => boolean, what: string): Promise<Delivery> => {
    const delivery = await reads.getDelivery(id);
    if (!delivery || !allowed(delivery))
      throw new HubError('HUB_NOT_FOUND', `there is no ${what} delivery ${id}`);
    return delivery;
  };
  return {
    async replay(id, { payload, unless, ...note }) {
      const delivery = await found(id, (d) => d.state === 'parked', 'parked');
      const wakes = await engine.transaction(async (tx) => {
        if (payload !== undefined)
          await tx.db
            .updateTable('outbox')
            .set({ payload: json(payload) })
            .where('id', '=', id)
            .execute();
        await noteOn(tx, delivery, 'waiting', note, 'parked');
        await markInbound(tx, delivery, 'waiting');
        const inPlace = await unblock(tx, delivery, 0);
        if (inPlace) return inPlace;
        const behind = await moveToEnd(tx, delivery);
        // The lane is locked from here on: nothing more can come between.
        const reason = await unless?.(readsOver(tx.db));
        if (reason !== undefined) throw new HubError('HUB_CONFLICT', reason);
        return behind;
      });
      wake(wakes);
    },
    async discard(id, note) {
      const delivery = await found(
        id,
        (d) => d.state === 'parked' || d.state === 'waiting',
        'parked or waiting',
      );
      const wakes = await engine.transaction(async (tx) => {
        const wakes = await unblock(tx, delivery, 1);
        if (!wakes && delivery.state === 'waiting')
          throw new HubError(
            'HUB_NOT_FOUND',
            `delivery ${id} is not the first of its lane; discard those before it first`,
          );
        await noteOn(tx, delivery, 'discarded', note, delivery.state);
        await markInbound(tx, delivery, 'refused');
        return wakes ?? [];
      });
      wake(wakes);
    },
    async replayRecord(recordId, edit = {}) {
      const record = await reads.getRecord(recordId);
      if (!record) throw new HubError('HUB_NOT_FOUND', `there is no record ${recordId}`);
      const [accepted] = await accept([copyOf(record, edit)]);
      return accepted!;
    },
  };
}

function copyOf(record: StoredRecord, edit: { body?: unknown; raw?: string }) {
  const edited = edit.body !== undefined || edit.raw !== undefined;
  const { body, raw } = edited ? edit : record;
  return {
    system: record.system,
    type: record.type,
    key: record.key,
    // Never a duplicate: somebody asked for it.
    idempotencyKey: `replay ${record.id} ${Date.now()}`,
    replayOf: record.id,
    ...(record.contentType === undefined ? {} : { contentType: record.contentType }),
    ...(body === undefined ? {} : { body }),
    ...(raw === undefined ? {} : { raw }),
  };
}

/** Frees the lane whose first row this is, behind `steps` rows; whoever works on it is fenced. Undefined: it is not the first. */
async function unblock(
  tx: EngineTx,
  { lane, seq, dest, urgent }: Delivery,
  steps: 0 | 1,
): Promise<Wake[] | undefined> {
  const { rows } = await sql<{
    ready: number;
  }>`update lane set head = head + ${steps}, blocked = 0, attempt = 0,
      next_at = 0, owner = null, lease_until = 0, last_error = null,
      ready = case when tail > head + ${steps} then 1 else 0 end
    where id = ${lane} and head = ${seq - 1} returning ready`.execute(tx.db);
  if (!rows[0]) return undefined;
  return Number(rows[0].ready) === 1 ? [{ lane, dest, urgent }] : [];
}

/** Its place has been passed: it goes once more, behind all others. */
async function moveToEnd(tx: EngineTx, { id, lane, dest, urgent }: Delivery): Promise<Wake[]> {
  const { rows } = await sql<{
    tail: number;
    ready: number;
  }>`update lane set tail = tail + 1, ready = 1 - blocked,
    next_at = case when ready = 0 then 0 else next_at end where id = ${lane} returning tail, ready`.execute(
    tx.db,
  );
  await tx.db
    .updateTable('outbox')
    .set({ seq: Number(rows[0]!.tail) })
    .where('id', '=', id)
    .execute();
  return Number(rows[0]!.ready) === 1 ? [{ lane, dest, urgent }] : [];
}

/** Two persons may decide at once: the second one finds the delivery no longer in the state that they saw. */
async function noteOn(
  tx: EngineTx,
  { id, attempts }: Delivery,
  state: string,
  note: Note,
  from: string,
): Promise<void> {
  const at = new Date().toISOString();
  const values = { state, note: JSON.stringify({ ...note, at }), finished_at: at };
  const noted = await tx.db
    .insertInto('receipt')
    .values({ delivery_id: id, attempts, ...values })
    .onConflict((c) => c.column('delivery_id').doUpdateSet(values).where('receipt.state', '=', from))
    .returning('delivery_id')
    .executeTakeFirst();
  if (!noted) throw new HubError('HUB_NOT_FOUND', `delivery ${id} is no longer ${from}`);
}

async function markInbound(
  tx: EngineTx,
  { id, dest }: Delivery,
  state: 'waiting' | 'refused',
): Promise<void> {
  if (dest.startsWith('in:')) await tx.db.updateTable('record').set({ state }).where('id', '=', id).execute();
}

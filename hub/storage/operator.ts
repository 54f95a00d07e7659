import { sql } from 'kysely';
import { HubError } from '../../model/errors';
import { keepReceipts } from './attempts';
import type { EngineTx } from './engine';
import { json } from './rows';
import type { Claim, Delivery, Reads, Row, Store, StoredNote, Tx, Wake } from './store';

/** What a transaction collects for its end. */
export interface Gathered {
  readonly wakes: Wake[];
  readonly acks: Array<{ claim: Claim; row: Row }>;
}

/** What a person, or a job in a person's name, may do to what will not go by itself. */
export function operatorWrites(
  tx: EngineTx,
  reads: Reads,
  { wakes, acks }: Gathered,
): Pick<Tx, 'replay' | 'discard' | 'parkLane' | 'noteRecord'> {
  return {
    async replay(id, { payload, unless, ...note }) {
      const delivery = await reads.getDelivery(id);
      if (delivery?.state !== 'parked') return false;
      const before = payload === undefined ? {} : { payload: delivery.payload };
      if (!(await noteOn(tx, delivery, 'waiting', { did: 'replayed', ...note, ...before }))) return false;
      if (payload !== undefined)
        await tx.db
          .updateTable('outbox')
          .set({ payload: json(payload) })
          .where('id', '=', id)
          .execute();
      await markInbound(tx, delivery, 'waiting');
      const inPlace = await unblock(tx, delivery, 0);
      wakes.push(...(inPlace ?? (await moveToEnd(tx, delivery))));
      // The lane is locked from here on: nothing more can come between.
      const reason = inPlace ? undefined : await unless?.(reads);
      if (reason !== undefined) throw new HubError('HUB_CONFLICT', reason);
      return true;
    },
    async discard(id, note) {
      const delivery = await reads.getDelivery(id);
      if (delivery?.state !== 'parked' && delivery?.state !== 'waiting') return false;
      const freed = await unblock(tx, delivery, 1);
      if (!freed && delivery.state === 'waiting')
        throw new HubError(
          'HUB_NOT_FOUND',
          `delivery ${id} is not the first of its lane; discard those before it first`,
        );
      if (!(await noteOn(tx, delivery, 'discarded', { did: 'discarded', ...note }))) return false;
      await markInbound(tx, delivery, 'discarded');
      wakes.push(...(freed ?? []));
      return true;
    },
    async parkLane(claim, row, { error, attempts, request }) {
      const [what, finishedAt] = [{ state: 'parked', attempts }, new Date().toISOString()];
      const texts = { request: json(request), answer: null, error: json(error) };
      await keepReceipts(tx.db, [{ deliveryId: row.id, counterpartId: null, ...what, ...texts, finishedAt }]);
      acks.push({ claim, row });
    },
    async noteRecord(id, { state, ...note }) {
      const record = await reads.getRecord(id);
      if (!record || (state !== undefined && record.state !== 'parked')) return false;
      const notes = [...(record.notes ?? []), { ...note, at: new Date().toISOString() }];
      const noted = await tx.db
        .updateTable('record')
        .set({ note: JSON.stringify(notes), ...(state === undefined ? {} : { state }) })
        .where('id', '=', id)
        .where('state', '=', record.state)
        .returning('id')
        .executeTakeFirst();
      return noted !== undefined;
    },
  };
}

/** The same, each in a transaction of its own. */
export function operatorWork(transaction: Store['transaction']): Pick<Store, 'replay' | 'discard'> {
  return {
    async replay(id, note) {
      if (!(await transaction((tx) => tx.replay(id, note))))
        throw new HubError('HUB_NOT_FOUND', `there is no parked delivery ${id}`);
    },
    async discard(id, note) {
      if (!(await transaction((tx) => tx.discard(id, note))))
        throw new HubError('HUB_NOT_FOUND', `there is no parked or waiting delivery ${id}`);
    },
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
      next_at = 0, last_error = null,
      ready = case when tail > head + ${steps} then 1 else 0 end
    where id = ${lane} and head = ${seq - 1} returning ready`.execute(tx.db);
  if (!rows[0]) return undefined;
  await tx.fence(lane);
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

/** Two persons may decide at once: the second one finds the delivery no longer in the state that they saw, and is told so. */
async function noteOn(
  tx: EngineTx,
  { id, attempts, state: from, notes = [] }: Delivery,
  state: 'waiting' | 'discarded',
  note: Omit<StoredNote, 'at'>,
): Promise<boolean> {
  const at = new Date().toISOString();
  const values = { state, note: JSON.stringify([...notes, { ...note, at }]), finished_at: at };
  const noted = await tx.db
    .insertInto('receipt')
    .values({ delivery_id: id, attempts, ...values })
    .onConflict((c) => c.column('delivery_id').doUpdateSet(values).where('receipt.state', '=', from))
    .returning('delivery_id')
    .executeTakeFirst();
  return noted !== undefined;
}

async function markInbound(
  tx: EngineTx,
  { id, dest }: Delivery,
  state: 'waiting' | 'discarded',
): Promise<void> {
  if (dest.startsWith('in:'))
    await await tx.db
      .updateTable('record')
      .set({ state })
      .where('id', '=', id)
      .where('state', 'in', ['waiting', 'parked'])
      .execute();
}

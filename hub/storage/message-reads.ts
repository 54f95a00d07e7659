import { type RawBuilder, sql } from 'kysely';
import { attemptsOf } from './attempts';
import { messagesOf } from './messages';
import { idRange, pageSize } from './pages';
import * as rows from './rows';
import { apartFromLanes, type Db } from './schema';
import type { DeliveryFilter, LaneStatistics, Page, Reads, RecordFilter } from './store';

type Reading<K extends keyof Reads> = Pick<Reads, K>;

const direction = ({ oldestFirst }: Page) => (oldestFirst ? 'asc' : 'desc');

/** Looked for in texts that people read, so that neither case nor the signs of `like` matter. */
function holds(column: string, text: string): RawBuilder<boolean> {
  const pattern = `%${text.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`;
  return sql<boolean>`lower(${sql.ref(column)}) like ${pattern} escape '\\'`;
}

/** In which order SQLite looks: it keeps that of a cross join. `any`: as it likes. */
type First = 'lane' | 'outbox' | 'any';

/** Where the state of a delivery stands: in its receipt, else in the head of its lane. */
function deliveries(db: Db, first: First = 'any') {
  return joined(db, first).leftJoin('receipt as r', 'r.delivery_id', 'o.id');
}

function joined(db: Db, first: First) {
  if (first === 'lane')
    return db.selectFrom('lane as l').crossJoin('outbox as o').whereRef('o.lane_id', '=', 'l.id');
  if (first === 'outbox')
    return db.selectFrom('outbox as o').crossJoin('lane as l').whereRef('l.id', '=', 'o.lane_id');
  return db.selectFrom('outbox as o').innerJoin('lane as l', 'l.id', 'o.lane_id');
}

/** Up to so many are sorted to show the last ones of them. */
const fewDeliveries = 20_000;

/** A few are found by their lanes, the last ones of many by going back from the last of all. */
async function firstFor(db: Db, f: DeliveryFilter): Promise<First> {
  const { dest, key, messageId, text, state = 'delivered' } = f;
  if (key !== undefined || messageId !== undefined || text || !['waiting', 'delivered'].includes(state))
    return 'any';
  const isWaiting = state === 'waiting';
  if (!dest && !isWaiting) return 'outbox';
  let some = joined(db, 'lane').select('o.seq').limit(fewDeliveries);
  if (dest) some = some.where('l.dest', '=', dest);
  if (isWaiting) some = some.where(sql<boolean>`l.tail > l.head and o.seq > l.head`);
  const { n } = await db
    .selectFrom(some.as('some'))
    .select(sql<number>`count(*)`.as('n'))
    .executeTakeFirstOrThrow();
  return Number(n) < fewDeliveries ? 'lane' : 'outbox';
}

function whole(db: Db, first?: First) {
  return deliveries(db, first)
    .selectAll('o')
    .select(['l.dest', 'l.key', 'l.head', 'l.attempt as lane_attempt', 'l.last_error'])
    .select(['r.state', 'r.attempts', 'r.counterpart_id', 'r.request', 'r.answer', 'r.error'])
    .select(['r.finished_at', 'r.acknowledged_at', 'r.note']);
}

function records(db: Db) {
  return db
    .selectFrom('record')
    .leftJoin('record_body as large', 'large.id', 'record.id')
    .selectAll('record')
    .select(['large.raw as large_raw', 'large.body as large_body']);
}

/** Those that have a place in a lane, and those that were set aside before they got one. */
function recordsOfKey(key: string): RawBuilder<unknown> {
  return sql`select o.id from lane l join outbox o on o.lane_id = l.id where l.key = ${key} and l.dest like 'in:%'
    union all select id from record where key = ${key} and ${sql.raw(apartFromLanes)}`;
}

/** Conditions of a search, as one expression over `record`. */
function recordSearch(f: RecordFilter): RawBuilder<boolean> {
  const conditions: RawBuilder<boolean>[] = [sql<boolean>`1 = 1`];
  for (const field of ['system', 'type', 'state'] as const)
    if (f[field] !== undefined) conditions.push(sql<boolean>`${sql.ref(`record.${field}`)} = ${f[field]}`);
  if (f.key !== undefined) conditions.push(sql<boolean>`record.id in (${recordsOfKey(f.key)})`);
  if (f.types) {
    const types = f.types.map(
      ({ system, type }) => sql<boolean>`(record.system = ${system} and record.type = ${type})`,
    );
    conditions.push(types.length ? sql<boolean>`(${sql.join(types, sql` or `)})` : sql<boolean>`1 = 0`);
  }
  // What went wrong on the way stands at the record's place in its lane, what was found wrong in it at the record.
  if (f.text) {
    conditions.push(sql<boolean>`(${holds('record.issues', f.text)} or exists (
      select 1 from receipt r where r.delivery_id = record.id and ${holds('r.error', f.text)}))`);
    // Else all that went well would be looked through.
    if (f.state === undefined && f.key === undefined)
      conditions.push(sql<boolean>`record.state in ('parked', 'refused', 'replayed', 'discarded')`);
  }
  for (const [operator, id] of idRange(f))
    conditions.push(sql<boolean>`record.id ${sql.raw(operator)} ${id}`);
  return sql.join(conditions, sql` and `);
}

/** The same over a delivery, its lane and its receipt. */
function deliverySearch(f: DeliveryFilter): RawBuilder<boolean> {
  const conditions: RawBuilder<boolean>[] = [];
  if (f.dest) conditions.push(sql<boolean>`l.dest = ${f.dest}`);
  else conditions.push(f.inbound ? sql<boolean>`l.dest like 'in:%'` : sql<boolean>`l.dest not like 'in:%'`);
  if (f.key) conditions.push(sql<boolean>`l.key = ${f.key}`);
  if (f.messageId) conditions.push(sql<boolean>`o.message_id = ${f.messageId}`);
  if (f.noun) conditions.push(sql<boolean>`o.payload like ${`%"noun":${JSON.stringify(f.noun)}%`}`);
  // As the index over receipts says it.
  if (f.text || (f.state && !['waiting', 'delivered'].includes(f.state)))
    conditions.push(sql<boolean>`r.state <> 'delivered'`);
  // Only these have an error.
  if (f.text)
    conditions.push(
      sql<boolean>`r.state in ('parked', 'discarded', 'waiting') and ${holds('r.error', f.text)}`,
    );
  for (const [operator, id] of idRange(f)) conditions.push(sql<boolean>`o.id ${sql.raw(operator)} ${id}`);
  if (f.state === 'waiting')
    conditions.push(
      sql<boolean>`l.tail > l.head and o.seq > l.head and coalesce(r.state, 'waiting') = 'waiting'`,
    );
  else if (f.state === 'delivered')
    conditions.push(sql<boolean>`o.seq <= l.head and coalesce(r.state, 'delivered') = 'delivered'`);
  else if (f.state) conditions.push(sql<boolean>`r.state = ${f.state}`);
  return sql.join(conditions, sql` and `);
}

export function recordReads(
  db: Db,
): Reading<'getRecord' | 'listRecords' | 'countRecords' | 'getMessage' | 'listMessages' | 'trace'> {
  return {
    async getRecord(id) {
      const row = await records(db).where('record.id', '=', id).executeTakeFirst();
      return row && rows.recordOf(row);
    },
    async listRecords(f = {}) {
      const q = records(db).where(recordSearch(f));
      return (await q.orderBy('record.id', direction(f)).limit(pageSize(f)).execute()).map(rows.recordOf);
    },
    async countRecords(f) {
      const q = db.selectFrom('record').select(sql`count(*)`.as('n')).where(recordSearch(f));
      return Number((await q.executeTakeFirst())?.n);
    },
    async getMessage(id) {
      const row = await db.selectFrom('message').selectAll().where('id', '=', id).executeTakeFirst();
      return row && (await messagesOf(db, [row]))[0];
    },
    async listMessages(f = {}) {
      let q = db.selectFrom('message').selectAll().orderBy('id', direction(f)).limit(pageSize(f));
      for (const field of ['system', 'noun', 'verb'] as const)
        if (f[field] !== undefined) q = q.where(field, '=', f[field]);
      if (f.recordId) q = q.where('record_id', '=', f.recordId);
      if (f.objectKey)
        q = q.where(
          'id',
          'in',
          db.selectFrom('message_object').select('message_id').where('object_id', '=', f.objectKey),
        );
      for (const [operator, id] of idRange(f)) q = q.where('id', operator, id);
      return messagesOf(db, await q.execute());
    },
    async trace(recordId) {
      const record = await this.getRecord(recordId);
      if (!record) return undefined;
      const messages = await db
        .selectFrom('message')
        .selectAll()
        .where('record_id', '=', recordId)
        .orderBy('id')
        .execute();
      const ids = messages.map((m) => m.id);
      const versions = db
        .selectFrom('object_version')
        .select(['noun', 'id', 'version', 'hash', 'system', 'message_id', 'updated_at']);
      const replays = await db
        .selectFrom('record')
        .select('id')
        .where('replay_of', '=', recordId)
        .orderBy('id')
        .execute();
      const inbound = await attemptsOf(db, [recordId]);
      return {
        record,
        attemptLog: inbound.get(recordId) ?? [],
        messages: await messagesOf(db, messages),
        objects: ids.length
          ? (await versions.where('message_id', 'in', ids).execute()).map(rows.versionOf)
          : [],
        deliveries: ids.length ? await withAttempts(db, ids) : [],
        replays: replays.map((r) => r.id),
      };
    },
  };
}

async function withAttempts(db: Db, messageIds: readonly string[]) {
  const found = await whole(db).where('o.message_id', 'in', messageIds).orderBy('o.id').execute();
  const attempts = await attemptsOf(
    db,
    found.map(({ id }) => id),
  );
  return found.map((row) => ({ ...rows.deliveryOf(row), attemptLog: attempts.get(row.id) ?? [] }));
}

export function deliveryReads(
  db: Db,
  locking: boolean,
): Reading<
  | 'getDelivery'
  | 'listDeliveries'
  | 'countDeliveries'
  | 'attemptsOf'
  | 'lanesTo'
  | 'deliveriesIn'
  | 'laneStatistics'
  | 'waiting'
> {
  return {
    async getDelivery(id) {
      const row = await whole(db).where('o.id', '=', id).executeTakeFirst();
      return row && rows.deliveryOf(row);
    },
    async listDeliveries(f = {}) {
      const q = whole(db, await firstFor(db, f)).where(deliverySearch(f));
      return (await q.orderBy('o.id', direction(f)).limit(pageSize(f)).execute()).map(rows.deliveryOf);
    },
    async countDeliveries(f) {
      const q = deliveries(db, f.state === 'waiting' ? 'lane' : 'any')
        .select(sql`count(*)`.as('n'))
        .where(deliverySearch(f));
      return Number((await q.executeTakeFirst())?.n);
    },
    async attemptsOf(deliveryId) {
      return (await attemptsOf(db, [deliveryId])).get(deliveryId) ?? [];
    },
    async lanesTo({ dests, key, after = 0, limit }) {
      let q = db.selectFrom('lane').select(['id', 'dest', 'key']).where('dest', 'in', dests);
      if (key !== undefined) q = q.where('key', '=', key);
      const found = await q.where('id', '>', after).orderBy('id').limit(limit).execute();
      return found.map(({ id, ...lane }) => ({ lane: Number(id), ...lane }));
    },
    async deliveriesIn({ lane, afterSeq = 0, since, limit }) {
      // Locked first, read second: nothing is put behind what is read here until the transaction ends.
      if (locking) await db.selectFrom('lane').select('id').where('id', '=', lane).forUpdate().execute();
      let q = whole(db).where('o.lane_id', '=', lane).where('o.seq', '>', afterSeq);
      if (since !== undefined) q = q.where('o.id', '>=', since);
      return (await q.orderBy('o.seq').limit(limit).execute()).map(rows.deliveryOf);
    },
    async laneStatistics() {
      const { rows: found } = await sql<Record<keyof LaneStatistics, string | number | null>>`
        select dest, count(*) as lanes, sum(tail - head) as pending, sum(blocked) as blocked,
          sum(case when attempt > 0 then 1 else 0 end) as failing, min(case when tail > head then
            (select at from outbox o where o.lane_id = lane.id and o.seq = lane.head + 1) end) as oldest
        from lane group by dest order by dest`.execute(db);
      return found.map(({ dest, lanes, pending, blocked, failing, oldest }) => ({
        dest: String(dest),
        lanes: Number(lanes),
        pending: Number(pending),
        blocked: Number(blocked),
        failing: Number(failing),
        ...(oldest === null ? {} : { oldest: String(oldest) }),
      }));
    },
    async waiting() {
      const { rows: found } = await sql<{ n: number | string | null }>`
        select sum(tail - head) as n from lane where tail > head`.execute(db);
      return Number(found[0]?.n ?? 0);
    },
  };
}

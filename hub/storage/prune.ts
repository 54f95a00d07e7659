import { sql } from 'kysely';
import type { Engine } from './engine';
import { firstIdAt } from './id';
import type { Db } from './schema';
import { squeezeIn } from './squeeze';
import type { Retention } from './store';
import { dropUnusedLists } from './uses';

/** One portion of everything that the policy names, in transactions that are small, so that nobody waits long for them. */
export async function prune(engine: Engine, policy: Retention): Promise<number> {
  const dropped = await engine.transaction(
    async ({ db }) => (await dropIn(db, policy)) || dropUnusedLists(db, engine.concurrent),
  );
  if (dropped > 0 || policy.squeezeBefore === undefined) return dropped;
  return squeezeIn(engine, firstIdAt(policy.squeezeBefore), Math.min(policy.portion ?? 100, 100));
}

async function dropIn(db: Db, { bodiesBefore, before, portion = 500 }: Retention): Promise<number> {
  let touched = 0;
  if (bodiesBefore) touched += await dropBodies(db, firstIdAt(bodiesBefore), portion);
  if (before) touched += await dropRows(db, firstIdAt(before), portion);
  return touched;
}

async function dropBodies(db: Db, until: string, portion: number): Promise<number> {
  const records = await changed(
    sql`update record set raw = null, body = null where id in (
    select id from record where id < ${until} and state not in ('waiting', 'parked')
      and (raw is not null or body is not null) limit ${portion})`,
    db,
  );
  const large = await changed(
    sql`delete from record_body where id in (select b.id from record_body b join record r on r.id = b.id
    where b.id < ${until} and r.state not in ('waiting', 'parked') limit ${portion})`,
    db,
  );
  const receipts = await changed(
    sql`update receipt set request = null, answer = null where delivery_id in (
    select delivery_id from receipt where delivery_id < ${until} and state not in ('parked', 'waiting')
      and (request is not null or answer is not null) limit ${portion})`,
    db,
  );
  const messages = await changed(
    sql`update message set body = 'null' where id in (
    select id from message where id < ${until} and body <> 'null' limit ${portion})`,
    db,
  );
  return records + large + receipts + messages;
}

async function dropRows(db: Db, until: string, portion: number): Promise<number> {
  const done = await db
    .selectFrom('outbox as o')
    .innerJoin('lane as l', 'l.id', 'o.lane_id')
    .leftJoin('receipt as r', 'r.delivery_id', 'o.id')
    .select('o.id')
    .where('o.id', '<', until)
    .whereRef('o.seq', '<=', 'l.head')
    .where(sql<boolean>`coalesce(r.state, 'delivered') <> 'parked'`)
    .limit(portion)
    .execute();
  const ids = done.map(({ id }) => id);
  if (ids.length) {
    await db.deleteFrom('receipt').where('delivery_id', 'in', ids).execute();
    await db.deleteFrom('attempt').where('delivery_id', 'in', ids).execute();
    await db.deleteFrom('outbox').where('id', 'in', ids).execute();
  }
  // A message goes after its deliveries, a record after its place in the lane: what waits keeps what it needs.
  const messages = await changed(
    sql`delete from message where id in (select m.id from message m where m.id < ${until}
    and not exists (select 1 from outbox o where o.message_id = m.id) limit ${portion})`,
    db,
  );
  const records = await changed(
    sql`delete from record where id in (select r.id from record r where r.id < ${until}
    and r.state not in ('waiting', 'parked') and not exists (select 1 from outbox o where o.id = r.id) limit ${portion})`,
    db,
  );
  const touched = ids.length + messages + records;
  return touched > 0 ? touched : dropLeftovers(db, until, portion);
}

/** What points to nothing any more; looked for once the rest is done, because it takes a pass over a whole table. */
async function dropLeftovers(db: Db, until: string, portion: number): Promise<number> {
  await sql`delete from record_body where id < ${until} and id not in (select id from record)`.execute(db);
  await sql`delete from message_object where message_id < ${until} and message_id not in (select id from message)`.execute(
    db,
  );
  await sql`delete from inbox where record_id < ${until} and record_id not in (select id from record)`.execute(
    db,
  );
  // Asked again for the row itself: a lane that got something to do meanwhile must stay.
  return changed(
    sql`delete from lane where head = tail and owner is null and id in (select l.id from lane l
    where l.head = l.tail and l.owner is null and not exists (select 1 from outbox o where o.lane_id = l.id) limit ${portion})`,
    db,
  );
}

async function changed(statement: ReturnType<typeof sql>, db: Db): Promise<number> {
  return Number((await statement.execute(db)).numAffectedRows ?? 0);
}

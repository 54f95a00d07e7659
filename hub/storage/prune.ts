import { type RawBuilder, sql } from 'kysely';
import type { Engine } from './engine';
import { firstIdAt } from './id';
import type { Db } from './schema';
import { squeezeIn } from './squeeze';
import type { Pruned, Retention } from './store';
import { dropUnusedLists } from './uses';

type Condition = RawBuilder<boolean>;
/** Values of the columns of a key. */
type Key = readonly unknown[];

/** One table to go through from its beginning to its end. */
interface Pass {
  readonly table: string;
  /** Columns along which an index leads. */
  readonly key: readonly string[];
  /** Rows from this value of the first column on are not looked at. */
  readonly until?: string;
  /** Forgets what may be forgotten of these rows; returns how many there were. */
  forget(db: Db, these: Condition): Promise<number>;
  /** Of which rows a later round may forget something, where most are done for good. Absent: of all. The key is an id. */
  readonly later?: Condition;
}

interface Round {
  /** What was asked for. */
  readonly policy: string;
  /** Those that are left; the first one is under way. */
  readonly passes: Pass[];
  /** The last row of the first pass that was looked at. */
  after: Key | undefined;
  /** Behind this one the next round has to begin with the first pass. */
  later: Key | undefined;
}

/**
 * Forgets in rounds through the tables, a portion a call: it looks at so many rows along an index, from where the last one
 * ended. So a call takes as long however much there is, and its transaction holds nobody up.
 */
export function pruner(engine: Engine): (policy: Retention) => Promise<Pruned> {
  let round: Round | undefined;
  /** Where rounds begin with tables that are mostly done. */
  const starts = new Map<string, Key | undefined>();
  const startOf = (pass: Pass | undefined) => (pass?.later ? starts.get(pass.table) : undefined);

  function begun(policy: Retention): Round {
    const asked = JSON.stringify(policy);
    if (round?.policy === asked) return round;
    const passes = passesOf(engine, policy);
    return { policy: asked, passes, after: startOf(passes[0]), later: undefined };
  }

  async function portionOf(current: Round, pass: Pass, size: number): Promise<{ rows: number; end?: Key }> {
    const end = await lastOf(engine.db, pass, current.after, size);
    const these = part(pass, current.after, end);
    if (pass.later && !current.later && (await isAny(engine.db, pass, sql`${these} and ${pass.later}`)))
      current.later = current.after ?? [''];
    const rows = await engine.transaction(({ db }) => pass.forget(db, these));
    return { rows, ...(end ? { end } : {}) };
  }

  return async (policy) => {
    const { portion = 500, squeezeBefore } = policy;
    const current = begun(policy);
    round = current;
    let rows = 0;
    for (let pass = current.passes[0]; pass; pass = current.passes[0]) {
      const looked = await portionOf(current, pass, portion);
      rows += looked.rows;
      if (looked.end) {
        current.after = looked.end;
        return { rows, isOver: false };
      }
      if (pass.later) starts.set(pass.table, current.later ?? current.after);
      current.passes.shift();
      current.after = startOf(current.passes[0]);
      current.later = undefined;
    }
    // Compressing keeps by itself how far it is.
    const squeezed =
      squeezeBefore === undefined
        ? 0
        : await squeezeIn(engine, firstIdAt(squeezeBefore), Math.min(portion, 100));
    if (squeezed === 0) round = undefined;
    return { rows: rows + squeezed, isOver: squeezed === 0 };
  };
}

/** The key of the last row of the portion; undefined: what is left is less than one. */
async function lastOf(db: Db, pass: Pass, after: Key | undefined, portion: number): Promise<Key | undefined> {
  const columns = sql.join(pass.key.map((column) => sql.ref(column)));
  const { rows } = await sql<Record<string, unknown>>`select ${columns} from ${sql.table(pass.table)}
    where ${part(pass, after, undefined)} order by ${columns} limit 1 offset ${portion - 1}`.execute(db);
  const [last] = rows;
  return last && pass.key.map((column) => last[column]);
}

/** The rows of a pass behind `after`, and not behind `end`. */
function part({ table, key, until }: Pass, after: Key | undefined, end: Key | undefined): Condition {
  const columns = sql`(${sql.join(key.map((column) => sql.ref(`${table}.${column}`)))})`;
  const conditions = [
    ...(after ? [sql`${columns} > (${sql.join(after)})`] : []),
    ...(end ? [sql`${columns} <= (${sql.join(end)})`] : []),
    ...(until === undefined ? [] : [sql`${sql.ref(`${table}.${key[0]}`)} < ${until}`]),
  ];
  return conditions.length === 0 ? sql`1 = 1` : sql.join(conditions, sql` and `);
}

async function isAny(db: Db, { table }: Pass, these: Condition): Promise<boolean> {
  return (await sql`select 1 from ${sql.table(table)} where ${these} limit 1`.execute(db)).rows.length > 0;
}

function passesOf(engine: Engine, { bodiesBefore, before }: Retention): Pass[] {
  return [
    ...(bodiesBefore === undefined ? [] : bodyPasses(firstIdAt(bodiesBefore))),
    ...(before === undefined ? [] : rowPasses(firstIdAt(before))),
    // Whole lists: half of one would be taken for all of it.
    {
      table: 'use_list',
      key: ['list'],
      forget: (db, these) => dropUnusedLists(db, engine.concurrent, these),
    },
  ];
}

/** States of what needs its body. */
const waits = sql.raw("('waiting', 'parked')");

/** Bodies of what is over. */
function bodyPasses(until: string): Pass[] {
  return [
    {
      ...{ table: 'record', key: ['id'], until, later: sql<boolean>`state in ${waits}` },
      forget: (db, these) =>
        changed(
          db,
          sql`update record set raw = null, body = null where ${these} and state not in ${waits}
          and (raw is not null or body is not null)`,
        ),
    },
    {
      ...{ table: 'record_body', key: ['id'], until },
      forget: (db, these) =>
        changed(
          db,
          sql`delete from record_body where ${these} and exists (
          select 1 from record r where r.id = record_body.id and r.state not in ${waits})`,
        ),
    },
    {
      // All of them in each round: what waited for long gets its receipt late, among those of its time.
      ...{ table: 'receipt', key: ['delivery_id'], until },
      forget: (db, these) =>
        changed(
          db,
          sql`update receipt set request = null, answer = null where ${these} and state not in ${waits}
          and (request is not null or answer is not null)`,
        ),
    },
    {
      ...{ table: 'message', key: ['id'], until, later: sql<boolean>`1 = 0` },
      forget: (db, these) =>
        changed(db, sql`update message set body = 'null' where ${these} and body <> 'null'`),
    },
  ];
}

/** A message goes after its deliveries, a record after its place in the lane: what waits keeps what it needs. */
function rowPasses(until: string): Pass[] {
  return [
    { table: 'outbox', key: ['id'], until, forget: dropDeliveries },
    {
      ...{ table: 'message', key: ['id'], until },
      forget: (db, these) =>
        changed(
          db,
          sql`delete from message where ${these}
          and not exists (select 1 from outbox o where o.message_id = message.id)`,
        ),
    },
    {
      ...{ table: 'record', key: ['id'], until },
      forget: (db, these) =>
        changed(
          db,
          sql`delete from record where ${these} and state not in ${waits}
          and not exists (select 1 from outbox o where o.id = record.id)`,
        ),
    },
    leftovers('record_body', ['id'], 'id', 'record', until),
    leftovers('message_object', ['object_id', 'message_id'], 'message_id', 'message', until),
    leftovers('inbox', ['system', 'mark'], 'record_id', 'record', until),
    {
      // Asked of the row itself, under its lock: a lane that got something to do meanwhile must stay.
      ...{ table: 'lane', key: ['id'] },
      forget: (db, these) =>
        changed(
          db,
          sql`delete from lane where ${these} and head = tail and owner is null
          and not exists (select 1 from outbox o where o.lane_id = lane.id)`,
        ),
    },
  ];
}

/** What points to nothing any more. */
function leftovers(table: string, key: string[], column: string, to: string, until: string): Pass {
  const id = sql.ref(`${table}.${column}`);
  return {
    ...{ table, key },
    forget: (db, these) =>
      changed(
        db,
        sql`delete from ${sql.table(table)} where ${these} and ${id} < ${until}
        and not exists (select 1 from ${sql.table(to)} other where other.id = ${id})`,
      ),
  };
}

async function dropDeliveries(db: Db, these: Condition): Promise<number> {
  const done = await db
    .selectFrom('outbox')
    .innerJoin('lane as l', 'l.id', 'outbox.lane_id')
    .leftJoin('receipt as r', 'r.delivery_id', 'outbox.id')
    .select('outbox.id')
    .where(these)
    .whereRef('outbox.seq', '<=', 'l.head')
    .where(sql<boolean>`coalesce(r.state, 'delivered') <> 'parked'`)
    .execute();
  const ids = done.map(({ id }) => id);
  if (ids.length === 0) return 0;
  await db.deleteFrom('receipt').where('delivery_id', 'in', ids).execute();
  await db.deleteFrom('attempt').where('delivery_id', 'in', ids).execute();
  await db.deleteFrom('outbox').where('id', 'in', ids).execute();
  return ids.length;
}

async function changed(db: Db, statement: ReturnType<typeof sql>): Promise<number> {
  return Number((await statement.execute(db)).numAffectedRows ?? 0);
}

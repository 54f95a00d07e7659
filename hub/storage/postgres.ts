import { Kysely, PostgresDialect } from 'kysely';
import { Pool, type PoolClient, type PoolConfig, type QueryConfig, types } from 'pg';
import {
  type Engine,
  type EngineTx,
  type IncomingRecord,
  type LaneEntry,
  laneEntryOf,
  longestPauseMs,
  type ReceiptRow,
  type Settlement,
} from './engine';
import { grouped } from './group';
import { newId } from './id';
import * as statements from './postgres-statements';
import { laneRowOf } from './rows';
import { type Db, migrate, type Tables } from './schema';
import type { Accepted, Claim, Row, Wake } from './store';

// biome-ignore lint/suspicious/noExplicitAny: columns are as the statement names them.
type Columns = any;

/** Sequence numbers stay below 2^53; everything else is text. */
const numbers: PoolConfig['types'] = {
  getTypeParser: ((oid: number, format: Columns) =>
    oid === types.builtins.INT8 ? Number : types.getTypeParser(oid, format)) as typeof types.getTypeParser,
};

/**
 * PostgreSQL 14 or newer, for several processes. Accepts and transactions are as durable as the server commits; claims
 * and acknowledgements go over a second pool that does not wait for the disk (they share one where it has one connection).
 */
export async function openPostgres(config: PoolConfig, leaseMs: number): Promise<Engine> {
  const base: PoolConfig = {
    ...{ max: 10, connectionTimeoutMillis: 10_000, types: numbers },
    // A process that is frozen in the middle of a transaction keeps its locks from the others as long as its lanes.
    idle_in_transaction_session_timeout: Math.max(1000, leaseMs),
    ...config,
  };
  const durable = new Pool(base);
  const light = base.max === 1 ? durable : new Pool({ ...base, options: '-c synchronous_commit=off' });
  for (const pool of new Set([durable, light])) listen(pool);
  const db = new Kysely<Columns>({ dialect: new PostgresDialect({ pool: durable }) }) as Db;
  try {
    await migrate(db, true);
  } catch (error) {
    await durable.end();
    throw error;
  }
  return engineOn(durable, light, db, leaseMs);
}

/** A connection that breaks is replaced, and whoever was using it hears of it; nobody else needs to. */
function listen(pool: Pool): void {
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
}

function engineOn(durable: Pool, light: Pool, db: Db, leaseMs: number): Engine {
  const claim = grouped((calls: Array<{ lane: number; limit: number }>) => claimAll(light, leaseMs, calls));
  const settle = grouped((calls: Settlement[]) => repeating(() => settleAll(light, leaseMs, calls)));
  const accept = grouped((calls: Array<readonly IncomingRecord[]>) =>
    inTransaction(durable, async (client) => {
      const { accepted, wakes } = await acceptAll(client, calls.flat());
      // One wake for all: the first caller hands it on.
      return calls.map((call, i) => ({
        accepted: accepted.splice(0, call.length),
        wakes: i === 0 ? wakes : [],
      }));
    }),
  );
  let closed: Promise<unknown> | undefined;
  return {
    db,
    concurrent: true,
    accept,
    transaction: (work) => inTransaction(durable, (client) => work(txOn(client, leaseMs))),
    claim: (lane, limit) => claim({ lane, limit }),
    settle,
    async due({ limit, overdueMs, dest }) {
      const values = [overdueMs, dest ?? null, leaseMs, longestPauseMs];
      const urgent = await light.query(statements.due(true), [limit, ...values]);
      const bulk = await light.query(statements.due(false), [limit - urgent.rows.length, ...values]);
      const as = (rows: Columns[], isUrgent: boolean): Wake[] =>
        rows.map((w) => ({ ...w, urgent: isUrgent }));
      return [...as(urgent.rows, true), ...as(bulk.rows, false)];
    },
    async hurry(dest) {
      await repeating(() => light.query(statements.hurry, [dest]));
    },
    async lead(name, owner, forMs) {
      return (await light.query(statements.lead, [name, owner, forMs])).rows.length > 0;
    },
    async close() {
      closed ??= Promise.all([...new Set([durable, light])].map((pool) => pool.end()));
      await closed;
    },
  };
}

/** Serialisation failure, deadlock, and a row that another transaction has created first. */
const conflicts = new Set(['40001', '40P01', '23505']);

/** Runs work again that lost against a concurrent transaction. */
async function repeating<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (tries === 8 || !conflicts.has(String((error as { code?: string }).code))) throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 10 * tries));
    }
  }
}

function inTransaction<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  return repeating(async () => {
    const client = await pool.connect();
    let broken: Error | undefined;
    try {
      await client.query('begin');
      const result = await work(client);
      await client.query('commit');
      return result;
    } catch (error) {
      await client.query('rollback').catch((e) => {
        broken = e;
      });
      throw error;
    } finally {
      client.release(broken);
    }
  });
}

/** Statements of transactions, each with a name: planned once a connection. Those with lists of any length get none. */
const names = new Map<string, string>();
const mostNames = 200;

function prepared(text: string, values: unknown[]): QueryConfig {
  if (!names.has(text) && names.size < mostNames) names.set(text, `tx${names.size}`);
  const name = names.get(text);
  return { text, values, ...(name === undefined ? {} : { name }) };
}

/** Made once for each connection of the pool. */
const databases = new WeakMap<PoolClient, Db>();

function databaseOn(client: PoolClient): Db {
  let db = databases.get(client);
  if (!db) {
    // Kysely asks its pool for a connection: it always gets this one, and never gives it back.
    const query = (text: string, values: unknown[]) => client.query(prepared(text, values));
    const connection = { query, release() {} } as unknown as PoolClient;
    const pool = { connect: async () => connection, end: async () => {} };
    db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
    databases.set(client, db);
  }
  return db;
}

function txOn(client: PoolClient, leaseMs: number): EngineTx {
  return {
    db: databaseOn(client),
    append: (entries) => appendAll(client, entries),
    async advance(claim, seq) {
      const values = [claim.lane, seq, claim.owner, leaseMs];
      const [moved] = (await client.query({ name: 'advance', text: statements.advance, values })).rows;
      return moved === undefined ? 'lost' : moved.owner === null ? 'given back' : 'held';
    },
    async lock(name) {
      await client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [name]);
    },
  };
}

async function acceptAll(
  client: PoolClient,
  records: readonly IncomingRecord[],
): Promise<{ accepted: Accepted[]; wakes: Wake[] }> {
  const firstIds = new Map<IncomingRecord, string>();
  for (let rest = records; rest.length; ) {
    // A statement can take each mark once; a second copy of it has its turn after the first.
    const marks = new Map<string, IncomingRecord>();
    for (const r of rest) if (!marks.has(markOf(r))) marks.set(markOf(r), r);
    for (const [r, id] of await firstIdsOf(client, [...marks.values()])) firstIds.set(r, id);
    rest = rest.filter((r) => !firstIds.has(r));
  }
  const fresh = records.filter((r) => firstIds.get(r) === r.id);
  await client.query({ name: 'records', text: statements.putRecords, values: columns(fresh, recordColumns) });
  const wakes = await appendAll(
    client,
    fresh.flatMap((r) => laneEntryOf(r) ?? []),
  );
  const accepted = records.map((r) => {
    const id = firstIds.get(r)!;
    return { id, type: r.record.type, key: r.record.key, duplicate: id !== r.id };
  });
  return { accepted, wakes };
}

const markOf = (r: IncomingRecord) => JSON.stringify([r.record.system, r.mark]);

/** The id under which each record stands in the store: its own, or that of the first copy. */
async function firstIdsOf(
  client: PoolClient,
  records: readonly IncomingRecord[],
): Promise<Map<IncomingRecord, string>> {
  const values = columns(records, (r) => [r.record.system, r.mark, r.hash, r.id, r.until]);
  const taken = await client.query({ name: 'marks', text: statements.takeMarks, values });
  const own = new Set(taken.rows.map(({ id }) => id));
  const copies = records.filter((r) => !own.has(r.id));
  const ids = new Map(records.map((r) => [r, r.id]));
  if (copies.length) {
    const marks = columns(copies, (r) => [r.record.system, r.mark]);
    const found = await client.query({ name: 'copies', text: statements.firstCopies, values: marks });
    for (const { ord, id } of found.rows) ids.set(copies[ord - 1]!, id);
  }
  return ids;
}

function recordColumns({ id, raw, body, receivedAt, record: r }: IncomingRecord): unknown[] {
  const issues = r.issues?.length ? JSON.stringify(r.issues) : null;
  return [
    ...[id, r.system, r.type, r.key, r.idempotencyKey ?? null, r.contentType ?? null, raw, body, receivedAt],
    ...[r.state ?? 'waiting', issues, r.replayOf ?? null],
  ];
}

/** Rows as one array a column, which is what unnest takes. An empty list has the columns of nothing. */
function columns<T>(rows: readonly T[], of: (row: T) => unknown[], count = 12): unknown[][] {
  const lines = rows.map(of);
  return Array.from({ length: lines[0]?.length ?? count }, (_, c) => lines.map((line) => line[c]));
}

async function appendAll(client: PoolClient, entries: readonly LaneEntry[]): Promise<Wake[]> {
  if (entries.length === 0) return [];
  const values = columns(entries, ({ dest, key, id, messageId, payload, urgent, at }) => [
    ...[dest, key, id, messageId ?? null, payload, urgent ? 1 : 0, at],
  ]);
  return (await client.query({ name: 'append', text: statements.append, values })).rows;
}

async function claimAll(
  pool: Pool,
  leaseMs: number,
  calls: ReadonlyArray<{ lane: number; limit: number }>,
): Promise<Array<Claim | undefined>> {
  const owner = newId();
  const limits = new Map(calls.map(({ lane, limit }) => [lane, limit]));
  const values = [[...limits.keys()], owner, leaseMs, longestPauseMs];
  const got: Columns[] = (
    await repeating(() => pool.query({ name: 'claim', text: statements.claim, values }))
  ).rows;
  const rows = await rowsOf(
    pool,
    got.map(({ lane, head }) => [lane, head, limits.get(lane)!]),
  );
  const claims = new Map<number, Claim>();
  for (const { lane, dest, key, attempt } of got)
    claims.set(lane, {
      lane,
      dest,
      key,
      attempt,
      owner,
      leaseMs,
      limit: limits.get(lane)!,
      rows: rows.get(lane) ?? [],
    });
  return calls.map(({ lane }) => {
    // Asked for twice at the same moment, it is given once.
    const one = claims.get(lane);
    claims.delete(lane);
    return one;
  });
}

async function rowsOf(
  pool: Pool,
  lanes: ReadonlyArray<[lane: number, head: number, limit: number]>,
): Promise<Map<number, Row[]>> {
  const found = new Map<number, Row[]>(lanes.map(([lane]) => [lane, []]));
  if (lanes.length === 0) return found;
  const values = columns(lanes, (lane) => lane);
  const { rows } = await pool.query({ name: 'rows', text: statements.rowsAfter, values });
  for (const row of rows.map(laneRowOf)) found.get(row.lane)!.push(row);
  return found;
}

async function settleAll(
  pool: Pool,
  leaseMs: number,
  calls: readonly Settlement[],
): Promise<Array<Row[] | undefined>> {
  const settlements = columns(calls, ({ claim, head, retry, block, release }) => [
    ...[claim.lane, claim.owner, head, retry ? 1 : 0, retry?.delayMs ?? 0, (retry ?? block)?.error ?? null],
    ...[block ? 1 : 0, release || retry || block ? 1 : 0],
  ]);
  const receipts = calls.flatMap(({ claim, receipts }) => receipts.map((r) => receiptColumns(claim.lane, r)));
  const parked = calls.flatMap(({ claim, parked }) =>
    parked ? [[claim.lane, parked.record, parked.issues]] : [],
  );
  const values = [
    ...settlements,
    leaseMs,
    ...columns(receipts, (r) => r, 9),
    ...columns(parked, (p) => p, 3),
  ];
  const { rows } = await pool.query({ name: 'settle', text: statements.settle, values });
  const held = new Map<number, Columns>(rows.map((u) => [u.lane, u]));
  const open = calls.filter(({ claim }) => held.get(claim.lane)?.owner);
  const next = await rowsOf(
    pool,
    open.map(({ claim }) => [claim.lane, held.get(claim.lane).head, claim.limit]),
  );
  return calls.map(({ claim }) => (held.has(claim.lane) ? (next.get(claim.lane) ?? []) : undefined));
}

/** In the order in which the statement takes them. */
function receiptColumns(lane: number, r: ReceiptRow): unknown[] {
  return [
    ...[lane, r.deliveryId, r.state, r.attempts, r.counterpartId],
    ...[r.request, r.answer, r.error, r.finishedAt],
  ];
}

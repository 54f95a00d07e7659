import { Kysely, PostgresDialect } from 'kysely';
import { Pool, type PoolClient, type PoolConfig, types } from 'pg';
import {
  type Engine,
  type EngineTx,
  type IncomingRecord,
  type LaneEntry,
  laneEntryOf,
  leaseLost,
  longestPauseMs,
  type ReceiptRow,
  type Settlement,
} from './engine';
import { grouped } from './group';
import { newId } from './id';
import { array, columns } from './postgres-arrays';
import { type Columns, type Pipeline, pipelineOn, type Value } from './postgres-pipeline';
import * as statements from './postgres-statements';
import { laneRowOf } from './rows';
import { type Db, migrate, type Tables } from './schema';
import { runDirectly } from './statement';
import type { Accepted, Claim, Row, Wake } from './store';

/** Sequence numbers stay below 2^53; everything else is text. */
const numbers: PoolConfig['types'] = {
  getTypeParser: ((oid: number, format: Columns) =>
    oid === types.builtins.INT8 ? Number : types.getTypeParser(oid, format)) as typeof types.getTypeParser,
};

/**
 * Claims and acknowledgements do not wait for the disk. Their lists would be planned anew each time, as if it mattered
 * how long they are: that costs more than carrying them out.
 */
const lightly = '-c synchronous_commit=off -c plan_cache_mode=force_generic_plan';

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
  const light = base.max === 1 ? durable : new Pool({ ...base, options: lightly });
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
    inTransaction(durable, async (pipeline) => {
      const { accepted, wakes } = await acceptAll(pipeline, calls.flat());
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
    transaction: (work) => transactionOn(durable, leaseMs, work),
    claim: (lane, limit) => claim({ lane, limit }),
    settle,
    async due({ limit, overdueMs, dest }) {
      const values = [limit, overdueMs, leaseMs, longestPauseMs, ...(dest === undefined ? [] : [dest])];
      const [urgent, bulk] = await on(light, (pipeline) =>
        Promise.all(
          [true, false].map((isUrgent) =>
            pipeline.query(statements.due(isUrgent, dest !== undefined), values),
          ),
        ),
      );
      const as = (rows: Columns[], isUrgent: boolean): Wake[] =>
        rows.map((w) => ({ ...w, urgent: isUrgent }));
      return [...as(urgent!.rows, true), ...as(bulk!.rows, false)].slice(0, limit);
    },
    async hurry(dest) {
      await repeating(() => on(light, (pipeline) => pipeline.query(statements.hurry, [dest])));
    },
    async lead(name, owner, forMs) {
      const { rows } = await on(light, (pipeline) => pipeline.query(statements.lead, [name, owner, forMs]));
      return rows.length > 0;
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

/** Work on one connection, each statement for itself. */
async function on<T>(pool: Pool, work: (pipeline: Pipeline) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    return await work(pipelineOn(client));
  } finally {
    client.release();
  }
}

function inTransaction<T>(
  pool: Pool,
  work: (pipeline: Pipeline, client: PoolClient) => Promise<T>,
): Promise<T> {
  return repeating(async () => {
    const client = await pool.connect();
    const pipeline = pipelineOn(client);
    let broken: Error | undefined;
    try {
      return await pipeline.transaction(() => work(pipeline, client));
    } catch (error) {
      await pipeline.query('rollback').catch((e) => {
        broken = e;
      });
      throw error;
    } finally {
      client.release(broken);
    }
  });
}

async function transactionOn<T>(pool: Pool, leaseMs: number, work: (tx: EngineTx) => Promise<T>): Promise<T> {
  let advanced: Claim[] = [];
  try {
    return await inTransaction(pool, (pipeline, client) => {
      advanced = [];
      return work(txOn(pipeline, client, leaseMs, advanced));
    });
  } catch (error) {
    // The only division that there is: by the lanes that were still ours.
    if (advanced[0] && (error as { code?: string }).code === '22012') throw leaseLost(advanced[0]);
    throw error;
  }
}

/** Made once for each connection of the pool. */
const databases = new WeakMap<PoolClient, Db>();

function databaseOn(client: PoolClient): Db {
  let db = databases.get(client);
  if (!db) {
    const pipeline = pipelineOn(client);
    // Kysely asks its pool for a connection: it always gets this one, and never gives it back.
    const query = (text: string, values: Value[]) => pipeline.query(text, values);
    const connection = { query, release() {} } as unknown as PoolClient;
    const pool = { connect: async () => connection, end: async () => {} };
    db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
    runDirectly(db, async (text, values) => {
      if (!isWrite(text)) return (await pipeline.query(text, values as Value[])).rows;
      pipeline.send(text, values as Value[]);
      return [];
    });
    databases.set(client, db);
  }
  return db;
}

/** Statements that answer nothing: whether they went well is seen at the next that does, the commit at the latest. */
const isWrite = (text: string): boolean =>
  /^\s*(insert|update|delete)\b/.test(text) && !/\breturning\b/.test(text);

function txOn(pipeline: Pipeline, client: PoolClient, leaseMs: number, advanced: Claim[]): EngineTx {
  return {
    db: databaseOn(client),
    append: async (entries, wakes) => appendAll(pipeline, entries, wakes),
    async advance(claim, seq, ended) {
      advanced.push(claim);
      const values = [claim.lane, seq, claim.owner, leaseMs];
      told(pipeline.query(statements.advance, values), ({ rows }) => {
        if (rows[0].held === 0) ended.push(claim);
      });
    },
    async lock(name, shared) {
      // Whatever comes next on this connection waits behind it.
      if (shared) pipeline.send(statements.lockShared, [name]);
      else await pipeline.query(statements.lock, [name]);
    },
  };
}

/** An answer that comes with the commit, which fails where this one does. */
function told<T>(answer: Promise<T>, take: (answer: T) => void): void {
  answer.then(take, () => {});
}

async function acceptAll(
  pipeline: Pipeline,
  records: readonly IncomingRecord[],
): Promise<{ accepted: Accepted[]; wakes: Wake[] }> {
  const firstIds = new Map<IncomingRecord, string>();
  for (let rest = records; rest.length; ) {
    // A statement can take each mark once; a second copy of it has its turn after the first.
    const marks = new Map<string, IncomingRecord>();
    for (const r of rest) if (!marks.has(markOf(r))) marks.set(markOf(r), r);
    for (const [r, id] of await firstIdsOf(pipeline, [...marks.values()])) firstIds.set(r, id);
    rest = rest.filter((r) => !firstIds.has(r));
  }
  const fresh = records.filter((r) => firstIds.get(r) === r.id);
  const wakes: Wake[] = [];
  pipeline.send(statements.putRecords, columns(fresh, texts(12), recordColumns));
  appendAll(
    pipeline,
    fresh.flatMap((r) => laneEntryOf(r) ?? []),
    wakes,
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
  pipeline: Pipeline,
  records: readonly IncomingRecord[],
): Promise<Map<IncomingRecord, string>> {
  const values = columns(records, [...texts(4), 'int8'], (r) => [
    ...[r.record.system, r.mark, r.hash, r.id, r.until],
  ]);
  const taken = await pipeline.query(statements.takeMarks, values);
  const own = new Set(taken.rows.map(({ id }) => id));
  const copies = records.filter((r) => !own.has(r.id));
  const ids = new Map(records.map((r) => [r, r.id]));
  if (copies.length) {
    const marks = columns(copies, texts(2), (r) => [r.record.system, r.mark]);
    const found = await pipeline.query(statements.firstCopies, marks);
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

const texts = (count: number) => Array.from({ length: count }, () => 'text' as const);

/** The lanes to wake are in `wakes` after the commit. */
function appendAll(pipeline: Pipeline, entries: readonly LaneEntry[], wakes: Wake[]): void {
  if (entries.length === 0) return;
  const values = columns(
    entries,
    [...texts(5), 'int4', 'text'],
    ({ dest, key, id, messageId, payload, urgent, at }) => [
      ...[dest, key, id, messageId ?? null, payload, urgent ? 1 : 0, at],
    ],
  );
  told(pipeline.query(statements.append, values), ({ rows }) => wakes.push(...rows));
}

async function claimAll(
  pool: Pool,
  leaseMs: number,
  calls: ReadonlyArray<{ lane: number; limit: number }>,
): Promise<Array<Claim | undefined>> {
  const owner = newId();
  const limits = new Map(calls.map(({ lane, limit }) => [lane, limit]));
  const lanes = array('int8', [...limits.keys()]);
  const [got, found] = await repeating(() =>
    on(pool, (pipeline) =>
      Promise.all([
        pipeline.query(statements.claim, [lanes, owner, leaseMs, longestPauseMs]),
        pipeline.query(statements.rowsOfClaim, [lanes, array('int4', [...limits.values()]), owner]),
      ]),
    ),
  );
  const rows = byLane(found.rows);
  const claims = new Map<number, Claim>();
  for (const { lane, dest, key, attempt } of got.rows)
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

function byLane(found: readonly Columns[]): Map<number, Row[]> {
  const rows = new Map<number, Row[]>();
  for (const row of found.map(laneRowOf)) {
    const known = rows.get(row.lane);
    if (known) known.push(row);
    else rows.set(row.lane, [row]);
  }
  return rows;
}

async function settleAll(
  pool: Pool,
  leaseMs: number,
  calls: readonly Settlement[],
): Promise<Array<Row[] | undefined>> {
  const settlements = columns(calls, settlementKinds, ({ claim, head, retry, block, release }) => [
    ...[claim.lane, claim.owner, head, retry ? 1 : 0, retry?.delayMs ?? 0, (retry ?? block)?.error ?? null],
    ...[block ? 1 : 0, release || retry || block ? 1 : 0],
  ]);
  const receipts = calls.flatMap(({ claim, receipts }) => receipts.map((r) => receiptColumns(claim.lane, r)));
  const parked = calls.flatMap(({ claim, parked }) =>
    parked ? [[claim.lane, parked.record, parked.issues]] : [],
  );
  const values = [...settlements, leaseMs];
  if (receipts.length > 0) values.push(...columns(receipts, receiptKinds, (r) => r));
  if (parked.length > 0) values.push(...columns(parked, ['int8', 'text', 'text'], (p) => p));
  const text = statements.settle(receipts.length > 0, parked.length > 0);
  return on(pool, async (pipeline) => {
    const { rows } = await pipeline.query(text, values);
    const held = new Map<number, Columns>(rows.map((u) => [u.lane, u]));
    const open = calls.filter(({ claim }) => held.get(claim.lane)?.owner);
    const next = await rowsAfter(
      pipeline,
      open.map(({ claim }) => [claim.lane, held.get(claim.lane).head, claim.limit]),
    );
    return calls.map(({ claim }) => (held.has(claim.lane) ? (next.get(claim.lane) ?? []) : undefined));
  });
}

async function rowsAfter(
  pipeline: Pipeline,
  lanes: ReadonlyArray<[lane: number, head: number, limit: number]>,
): Promise<Map<number, Row[]>> {
  if (lanes.length === 0) return new Map();
  const values = columns(lanes, ['int8', 'int8', 'int4'], (lane) => lane);
  return byLane((await pipeline.query(statements.rowsAfter, values)).rows);
}

/** In the order in which the statement takes them. */
const settlementKinds = ['int8', 'text', 'int8', 'int4', 'int8', 'text', 'int4', 'int4'] as const;
const receiptKinds = ['int8', 'text', 'text', 'int8', ...texts(5)] as const;

/** In the order in which the statement takes them. */
function receiptColumns(lane: number, r: ReceiptRow): unknown[] {
  return [
    ...[lane, r.deliveryId, r.state, r.attempts, r.counterpartId],
    ...[r.request, r.answer, r.error, r.finishedAt],
  ];
}

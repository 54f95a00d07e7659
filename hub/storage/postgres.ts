import { Kysely, PostgresDialect } from 'kysely';
import { Pool, type PoolConfig, types } from 'pg';
import { type Engine, type IncomingRecord, longestPauseMs, type Settlement } from './engine';
import { grouped } from './group';
import type { Columns } from './postgres-batch';
import { acceptAll } from './postgres-intake';
import { claimAll, settleAll } from './postgres-lanes';
import { inTransaction, on, repeating } from './postgres-session';
import * as statements from './postgres-statements';
import { transactionOn } from './postgres-transaction';
import { type Db, migrate } from './schema';
import type { Wake } from './store';

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

/** Between two looks of this process for a receiver's lanes that have nothing more, in ms. */
const unlistMs = 1000;

/** Says when it is time again, for each name by itself. */
function timer(everyMs: number) {
  const last = new Map<string | undefined, number>();
  return {
    isTime(name: string | undefined): boolean {
      const now = performance.now();
      const isTime = now - (last.get(name) ?? Number.NEGATIVE_INFINITY) >= everyMs;
      if (isTime) last.set(name, now);
      return isTime;
    },
  };
}

/** A connection that breaks is replaced, and whoever was using it hears of it; nobody else needs to. */
function listen(pool: Pool): void {
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
}

function engineOn(durable: Pool, light: Pool, db: Db, leaseMs: number): Engine {
  const beginning = { leaseMs, room: (_dest: string) => 0 };
  const claim = grouped((calls: Array<{ lane: number; limit: number }>) => claimAll(light, leaseMs, calls));
  const settle = grouped((calls: Settlement[]) => repeating(() => settleAll(light, leaseMs, calls)));
  const accept = grouped((calls: Array<readonly IncomingRecord[]>) =>
    inTransaction(durable, async (pipeline) => {
      const { accepted, wakes } = await acceptAll(pipeline, calls.flat(), beginning);
      // One wake for all: the first caller hands it on.
      return calls.map((call, i) => ({
        accepted: accepted.splice(0, call.length),
        wakes: i === 0 ? wakes : [],
      }));
    }),
  );
  const listed = timer(unlistMs);
  let closed: Promise<unknown> | undefined;
  return {
    db,
    concurrent: true,
    accept,
    transaction: (work) => transactionOn(durable, beginning, work),
    begins(room) {
      beginning.room = room;
    },
    claim: (lane, limit) => claim({ lane, limit }),
    settle,
    async due({ limit, overdueMs, dest }) {
      const values = [limit, overdueMs, leaseMs, longestPauseMs, ...(dest === undefined ? [] : [dest])];
      const ofOne = dest !== undefined;
      const [urgent, bulk] = await on(light, (pipeline) => {
        if (listed.isTime(dest)) pipeline.send(statements.unlist(ofOne), ofOne ? [dest] : []);
        return Promise.all(
          [true, false].map((isUrgent) => pipeline.query(statements.due(isUrgent, ofOne), values)),
        );
      });
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

import { Kysely, PostgresDialect } from 'kysely';
import type { Pool, PoolClient } from 'pg';
import { type EngineTx, leaseLost } from './engine';
import { appendAll, type Beginning } from './postgres-append';
import { type Pipeline, pipelineOn, told, type Value } from './postgres-pipeline';
import { inTransaction } from './postgres-session';
import * as statements from './postgres-statements';
import type { Db, Tables } from './schema';
import { runDirectly } from './statement';
import type { Claim } from './store';

/** One transaction of a caller, over the ordinary queries and those of its own. */
export async function transactionOn<T>(
  pool: Pool,
  beginning: Beginning,
  work: (tx: EngineTx) => Promise<T>,
): Promise<T> {
  let advanced: Claim[] = [];
  try {
    return await inTransaction(pool, (pipeline, client) => {
      advanced = [];
      return work(txOn(pipeline, client, beginning, advanced));
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
      await pipeline.write(text, values as Value[]);
      return [];
    });
    databases.set(client, db);
  }
  return db;
}

/** Statements that answer nothing: whether they went well is seen at the next that does, the commit at the latest. */
const isWrite = (text: string): boolean =>
  /^\s*(insert|update|delete)\b/.test(text) && !/\breturning\b/.test(text);

function txOn(pipeline: Pipeline, client: PoolClient, beginning: Beginning, advanced: Claim[]): EngineTx {
  return {
    db: databaseOn(client),
    append: async (entries, wakes) => appendAll(pipeline, entries, wakes, beginning),
    async advance(claim, seq, ended) {
      advanced.push(claim);
      const values = [claim.lane, seq, claim.owner, beginning.leaseMs];
      told(pipeline.query(statements.advance, values), ({ rows }) => {
        if (rows[0].held === 0) ended.push(claim);
      });
    },
    async fence(lane) {
      pipeline.send('update lane set owner = null, lease_until = 0 where id = $1', [lane]);
    },
    async lock(name, shared) {
      // Whatever comes next on this connection waits behind it.
      if (shared) pipeline.send(statements.lockShared, [name]);
      else await pipeline.query(statements.lock, [name]);
    },
  };
}

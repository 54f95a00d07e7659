import type { Pool, PoolClient } from 'pg';
import { type Pipeline, pipelineOn } from './postgres-pipeline';

/** Serialisation failure, deadlock, and a row that another transaction has created first. */
const conflicts = new Set(['40001', '40P01', '23505']);

/** Runs work again that lost against a concurrent transaction. */
export async function repeating<T>(work: () => Promise<T>): Promise<T> {
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
export async function on<T>(pool: Pool, work: (pipeline: Pipeline) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    return await work(pipelineOn(client));
  } finally {
    client.release();
  }
}

/** Work that is there as a whole or not at all; run again after a conflict. */
export function inTransaction<T>(
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

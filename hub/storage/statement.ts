import { CompiledQuery } from 'kysely';
import type { Db } from './schema';

/**
 * Runs one of the statements that every message needs, as it stands: building it anew would cost more than running it.
 * `$1`, `$2` … stand for the values, on both databases.
 */
export async function statement<R = unknown>(db: Db, text: string, values: readonly unknown[]): Promise<R[]> {
  return (await db.executeQuery<R>(CompiledQuery.raw(text, [...values]))).rows;
}

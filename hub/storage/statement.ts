import { CompiledQuery, PostgresAdapter } from 'kysely';
import type { Db } from './schema';

/**
 * Runs one of the statements that every message needs, as it stands: building it anew would cost more than running it.
 * `$1`, `$2` … stand for the values, on both databases. `row`: the one that it is about, by a name of its own; other rows
 * of the same tables do not matter to it.
 */
export async function statement<R = unknown>(
  db: Db,
  text: string,
  values: readonly unknown[],
  row?: string,
): Promise<R[]> {
  const run = direct.get(db);
  if (run) return (await run(text, values, row)) as R[];
  return (await db.executeQuery<R>(CompiledQuery.raw(text, [...values]))).rows;
}

type Run = (text: string, values: readonly unknown[], row?: string) => Promise<unknown[]>;

const direct = new WeakMap<Db, Run>();

/** From now on, statements on `db` go by `run` instead of through Kysely. */
export function runDirectly(db: Db, run: Run): void {
  direct.set(db, run);
}

/** The row of an object and those of its versions. */
export const rowOf = (noun: string, id: string): string => `${noun}\0${id}`;

/** The entries of a JSON list of texts, which is one value however long it is: `in (${textsOf(db, '$1')})`. */
export function textsOf(db: Db, place: string): string {
  return db.getExecutor().adapter instanceof PostgresAdapter
    ? `select jsonb_array_elements_text(${place}::jsonb)`
    : `select value from json_each(${place})`;
}

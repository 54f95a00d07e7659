import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Kysely, sql } from 'kysely';
import { HubError } from '../../model/errors';
import { failing } from './open';
import { openPostgres } from './postgres';
import { tableNames } from './schema';
import { openSqlite } from './sqlite';

// biome-ignore lint/suspicious/noExplicitAny: it copies whatever columns a table has.
type AnyDb = Kysely<any>;

const rowsPerInsert = 500;

export interface Move {
  readonly dataDir: string;
  readonly databaseUrl: string;
  /** Told again and again: rows copied so far, of all. */
  readonly onRows?: (rows: number, total: number) => void;
}

/**
 * Copies everything from the SQLite file into an empty PostgreSQL database, lanes with their places and numbers: all of
 * it or, when it throws, nothing. The file stays as it was. Returns the number of rows. Throws HUB_DIRECTORY_IN_USE while
 * a hub runs on the directory, HUB_WRONG_USE when the database holds something.
 */
export async function moveToPostgres({ dataDir, databaseUrl, onRows }: Move): Promise<number> {
  return failing(async () => {
    if (!existsSync(join(dataDir, 'esperanto.db')))
      throw new HubError('HUB_WRONG_USE', `there is no esperanto.db in ${dataDir}`, { value: dataDir });
    const from = await openSqlite(dataDir, 1000);
    try {
      const to = await openPostgres({ connectionString: databaseUrl }, 1000);
      try {
        return await to.transaction(({ db }) => copyAll(from.db, db, onRows));
      } finally {
        await to.close();
      }
    } finally {
      await from.close();
    }
  });
}

async function copyAll(from: AnyDb, to: AnyDb, onRows: Move['onRows'] = () => {}): Promise<number> {
  const counts = await Promise.all(tableNames.map((name) => countOf(from, name)));
  const total = counts.reduce((sum, count) => sum + count, 0);
  let all = 0;
  for (const name of tableNames) {
    if (await to.selectFrom(name).select(sql`1`.as('one')).limit(1).executeTakeFirst())
      throw new HubError('HUB_WRONG_USE', `the database is not empty: table ${name} has rows`, { at: name });
    for await (const rows of copied(from, to, name)) {
      all += rows;
      onRows(all, total);
    }
  }
  await sql`select setval(pg_get_serial_sequence('lane', 'id'), (select coalesce(max(id), 0) + 1 from lane), false)`.execute(
    to,
  );
  return all;
}

async function countOf(from: AnyDb, name: string): Promise<number> {
  const found = await from.selectFrom(name).select(sql`count(*)`.as('n')).executeTakeFirst();
  return Number(found?.n);
}

/** Copies one table; yields the size of each part that has arrived. */
async function* copied(from: AnyDb, to: AnyDb, name: string): AsyncGenerator<number> {
  const part: object[] = [];
  const flush = async () => {
    if (part.length) await to.insertInto(name).values(part).execute();
    return part.splice(0).length;
  };
  for await (const row of from.selectFrom(name).selectAll().stream()) {
    part.push(row);
    if (part.length === rowsPerInsert) yield await flush();
  }
  yield await flush();
}

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
  /** Told after each table. */
  readonly onTable?: (name: string, rows: number) => void;
}

/**
 * Copies everything from the SQLite file into an empty PostgreSQL database, lanes with their places and numbers: all of
 * it or, when it throws, nothing. The file stays as it was. Returns the number of rows. Throws HUB_DIRECTORY_IN_USE while
 * a hub runs on the directory, HUB_WRONG_USE when the database holds something.
 */
export async function moveToPostgres({ dataDir, databaseUrl, onTable }: Move): Promise<number> {
  return failing(async () => {
    const from = await openSqlite(dataDir, 1000);
    try {
      const to = await openPostgres({ connectionString: databaseUrl }, 1000);
      try {
        return await to.transaction(({ db }) => copyAll(from.db, db, onTable));
      } finally {
        await to.close();
      }
    } finally {
      await from.close();
    }
  });
}

async function copyAll(from: AnyDb, to: AnyDb, onTable: Move['onTable'] = () => {}): Promise<number> {
  let all = 0;
  for (const name of tableNames) {
    if (await to.selectFrom(name).select(sql`1`.as('one')).limit(1).executeTakeFirst())
      throw new HubError('HUB_WRONG_USE', `the database is not empty: table ${name} has rows`, { at: name });
    const rows = await copyTable(from, to, name);
    onTable(name, rows);
    all += rows;
  }
  await sql`select setval(pg_get_serial_sequence('lane', 'id'), (select coalesce(max(id), 0) + 1 from lane), false)`.execute(
    to,
  );
  return all;
}

async function copyTable(from: AnyDb, to: AnyDb, name: string): Promise<number> {
  let rows = 0;
  let part: object[] = [];
  const flush = async () => {
    if (part.length) await to.insertInto(name).values(part).execute();
    rows += part.length;
    part = [];
  };
  for await (const row of from.selectFrom(name).selectAll().stream()) {
    part.push(row);
    if (part.length === rowsPerInsert) await flush();
  }
  await flush();
  return rows;
}

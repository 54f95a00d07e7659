import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { Pool } from 'pg';
import { moveToPostgres } from './move';
import { openStore } from './open';
import { tableNames } from './schema';
import { emptyDatabase } from './testing';

type Row = Record<string, unknown>;

/** What belongs to the file or the process, not to the plant. */
const leftBehind = ['lead', 'allowance', 'kysely_migration', 'kysely_migration_lock'];

let dataDir: string;
beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'esperanto-move-'));
  await (await openStore({ dataDir })).close();
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

const open = () => new DatabaseSync(join(dataDir, 'esperanto.db'));

test('a move knows every table', () => {
  const db = open();
  const rows = db.prepare("select name from sqlite_master where type = 'table'").all() as Row[];
  db.close();
  const names = rows.map(({ name }) => String(name)).filter((name) => !name.startsWith('sqlite_'));
  expect(names.sort()).toEqual([...tableNames, ...leftBehind].sort());
});

const url = process.env.TEST_DATABASE_URL;
(url ? test : test.skip)('a move brings every column of every table (TEST_DATABASE_URL)', async () => {
  const db = open();
  for (const name of tableNames) {
    const columns = db.prepare(`pragma table_info("${name}")`).all() as Row[];
    const texts = columns.map((column) => `"${column.name}"`).join(', ');
    const insert = db.prepare(
      `insert into "${name}" (${texts}) values (${columns.map(() => '?').join(', ')})`,
    );
    for (const n of [1, 2])
      insert.run(
        ...columns.map(({ type }, i) => (/int/i.test(String(type)) ? n * 100 + i : `${name} ä${n}.${i}`)),
      );
  }
  const databaseUrl = await emptyDatabase(url!, 'esperanto_move');
  const pool = new Pool({ connectionString: databaseUrl, max: 1 });
  await moveToPostgres({ dataDir, databaseUrl });
  for (const name of tableNames) {
    const before = db.prepare(`select * from "${name}"`).all() as Row[];
    const { rows: after } = await pool.query<Row>(`select * from "${name}"`);
    const told = (rows: Row[]) =>
      rows
        .map((row) =>
          JSON.stringify(
            Object.entries(row)
              .map(([k, v]) => `${k}=${v}`)
              .sort(),
          ),
        )
        .sort();
    expect(told(after)).toEqual(told(before));
  }
  await pool.end();
  db.close();
});

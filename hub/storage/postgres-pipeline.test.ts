import { Pool, type PoolClient } from 'pg';
import { array, columns } from './postgres-arrays';
import { type Pipeline, pipelineOn } from './postgres-pipeline';
import { type Pglite, startPglite } from './testing';

let pglite: Pglite;
let pool: Pool;
let client: PoolClient;
let pipeline: Pipeline;

beforeAll(async () => {
  pglite = await startPglite();
}, 120_000);
afterAll(() => pglite.stop());
beforeEach(async () => {
  pool = new Pool(pglite.config);
  client = await pool.connect();
  pipeline = pipelineOn(client);
  await pipeline.query('drop table if exists thing');
  await pipeline.query('create table thing (id bigint primary key, name text)');
});
afterEach(async () => {
  client.release();
  await pool.end();
});

const put = 'insert into thing (id, name) values ($1, $2)';
const all = 'select * from thing order by id';

test('statements are carried out in order, whether anybody waits for them or not', async () => {
  pipeline.send(put, [1, 'a']);
  const [before, , after] = await Promise.all([
    pipeline.query(all),
    pipeline.query(put, [2, null]),
    pipeline.query(all),
  ]);
  expect(before.rows).toEqual([{ id: 1, name: 'a' }]);
  expect(after.rows).toEqual([
    { id: 1, name: 'a' },
    { id: 2, name: null },
  ]);
});

test('a write that nobody waits for takes the whole transaction back, and says why', async () => {
  const twice = pipeline.transaction(async () => {
    pipeline.send(put, [1, 'a']);
    pipeline.send(put, [1, 'again']);
  });
  await expect(twice).rejects.toMatchObject({ code: '23505' });
  await pipeline.query('rollback');
  expect((await pipeline.query(all)).rows).toEqual([]);
});

test('of many writes some are waited for, so that no more than 200 gather; all of them count', async () => {
  const asks: number[] = [];
  const asked = jest.spyOn(pipeline, 'query');
  const late = pipeline.transaction(async () => {
    for (const id of Array.from({ length: 500 }, (_, n) => n % 450)) {
      await pipeline.write(put, [id, 'x']);
      asks.push(asked.mock.calls.length);
    }
  });
  await expect(late).rejects.toMatchObject({ code: '23505' });
  expect(asks.at(-1)).toBe(2);
  await pipeline.query('rollback');
  expect((await pipeline.query(all)).rows).toEqual([]);
});

test('what was not sent when a transaction ended early is never sent', async () => {
  const given = pipeline.transaction(async () => {
    await pipeline.query(all);
    pipeline.send(put, [1, 'a']);
    throw new Error('no');
  });
  await expect(given).rejects.toThrow('no');
  await pipeline.query('rollback');
  expect((await pipeline.query(all)).rows).toEqual([]);
});

test('a statement that failed, and those behind it, work the next time', async () => {
  const [first, second] = await Promise.allSettled([
    pipeline.query('select 1 / $1::int as n', [0]),
    pipeline.query('select $1::int as n', [2]),
  ]);
  expect([first.status, second.status]).toEqual(['rejected', 'rejected']);
  expect((await pipeline.query('select 1 / $1::int as n', [1])).rows).toEqual([{ n: 1 }]);
  expect((await pipeline.query('select $1::int as n', [2])).rows).toEqual([{ n: 2 }]);
});

test('a table that has another column by now is read with it', async () => {
  await pipeline.query(put, [1, 'a']);
  await pipeline.query(all);
  await pipeline.query('alter table thing add column size bigint');
  await pipeline.query(all).catch(() => {});
  expect((await pipeline.query(all)).rows).toEqual([{ id: 1, name: 'a', size: null }]);
});

test('rows go as one array a column: quotes, braces, null, empty, long, and numbers up to 2^53', async () => {
  const rows = [
    [0, 'say "a", {b}, \\c', Number.MAX_SAFE_INTEGER],
    [1, null, 0],
    [-1, '', -5],
    [2, 'ß€😀'.repeat(5000), 2 ** 32],
  ] as const;
  const values = columns(rows, ['int4', 'text', 'int8'], (row) => row);
  const { rows: found } = await pipeline.query(
    'select * from unnest($1::int[], $2::text[], $3::bigint[]) as t (a, b, c)',
    values,
  );
  expect(found).toEqual(rows.map(([a, b, c]) => ({ a, b, c })));
  const none = await pipeline.query('select * from unnest($1::text[]) as t (a)', [array('text', [])]);
  expect(none.rows).toEqual([]);
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newId } from '../storage/id';
import { openStore } from '../storage/open';
import type { Delivery, Job, Store } from '../storage/store';
import { countRepeat, type Repeat, repeatingSent } from './repeat';
import type { Parcel } from './route';

let dataDir: string;
let store: Store;
beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'esperanto-repeat-'));
  store = await openStore({ dataDir });
});
afterEach(async () => {
  await store.close();
  rmSync(dataDir, { recursive: true, force: true });
});

const parcel = (n: number, more: Partial<Parcel> = {}): Parcel => ({
  ...{ flow: 'f', map: 'm', verb: 'Sync', noun: 'Part', object: { id: 'P', version: n } },
  ...more,
});
const send = (key: string, parcels: readonly Parcel[]) =>
  store.transaction(async (tx) =>
    tx.addDeliveries(parcels.map((payload) => ({ dest: 'mes', key, payload, messageId: `m${key}` }))),
  );
const numbers = (n: number) => Array.from({ length: n }, (_, i) => i + 1);

/** Works off what waits in the lanes of mes, or only so many rows of each. */
async function deliverAll(most = 1000): Promise<void> {
  for (const { lane } of await store.due({ limit: 100, dest: 'mes' })) {
    const claim = (await store.claim(lane, most))!;
    const outcomes = claim.rows.map((row) => ({ row, state: 'delivered', attempts: 1 }) as const);
    await store.ack(claim, outcomes, true);
  }
}

async function begun(what: Repeat): Promise<string> {
  const job = {
    ...{ id: newId(), kind: 'replay', what, by: 'Ann', why: 'restored', state: 'running' },
    ...{ total: 0, done: 0, skipped: 0, failed: 0, startedAt: new Date().toISOString() },
  } as Job;
  await store.transaction((tx) => tx.putJob(job));
  return job.id;
}

/** Runs the job portion by portion; `between` is told after each. */
async function run(id: string, limit: number, between: (portion: number) => Promise<void> = async () => {}) {
  const work = repeatingSent(store);
  for (let portion = 1; ; portion++) {
    const job = (await store.getJob(id))!;
    if (job.state !== 'running') return job;
    await work(job, limit);
    await between(portion);
  }
}

const laneOf = async (key: string) => {
  const [lane] = await store.lanesTo({ dests: ['mes'], key, limit: 1 });
  return store.deliveriesIn({ lane: lane!.lane, limit: 1000 });
};
const version = ({ payload }: Delivery) => (payload as Parcel).object?.version;

test('what came while a long lane is sent once more goes once more behind it: the newest is the last', async () => {
  await send(
    'k',
    numbers(25).map((n) => parcel(n)),
  );
  await deliverAll();
  const id = await begun({ to: ['mes'], since: '2020-01-01T00:00:00Z' });
  const job = await run(id, 10, async (portion) => {
    if (portion <= 2) await send('k', [parcel(25 + portion)]);
  });
  const rows = await laneOf('k');
  const again = rows.filter(({ payload }) => (payload as Parcel).replay?.job === id);
  expect(again.map(version)).toEqual(numbers(27));
  expect(rows.at(-1)).toBe(rows.find((row) => row.id === again.at(-1)!.id));
  expect(job).toMatchObject({ state: 'done', done: 27, skipped: 0 });
  expect(again[0]).toMatchObject({ messageId: 'mk', payload: { replay: { of: rows[0]!.id } } });
});

test('what waits goes once more behind what was sent before it; what is parked, given up or a command does not', async () => {
  const ids = await send('k', [
    parcel(1),
    parcel(2),
    parcel(3, { command: { changeId: 'c', commandId: 'k' } }),
  ]);
  await send('k', [parcel(4), parcel(5)]);
  const [due] = await store.due({ limit: 1, dest: 'mes' });
  const claim = (await store.claim(due!.lane, 2))!;
  const first = { row: claim.rows[0]!, state: 'delivered', attempts: 1 } as const;
  await store.park(claim, [first], claim.rows[1]!, { code: 'HUB_REJECTED' }, 'continue', 1);
  const what = { to: ['mes'], since: ids[0]! };
  expect(await countRepeat(store, what)).toBe(5);
  const job = await run(await begun(what), 100);
  expect((await laneOf('k')).map(version)).toEqual([1, 2, 3, 4, 5, 1, 4, 5]);
  expect(job).toMatchObject({ done: 3, skipped: 2 });
});

test('only from the point on, of the key and the noun that are named; a second time nothing goes four times', async () => {
  await send('a', [parcel(1)]);
  const [from] = await send('a', [parcel(2)]);
  await send('a', [parcel(3, { noun: 'Equipment' })]);
  await send('b', [parcel(9)]);
  await deliverAll();
  const what = { to: ['mes'], since: from!, noun: 'Part', key: 'a' };
  await run(await begun(what), 100);
  expect((await laneOf('a')).map(version)).toEqual([1, 2, 3, 2]);
  await deliverAll();
  await run(await begun(what), 100);
  expect((await laneOf('a')).map(version)).toEqual([1, 2, 3, 2, 2]);
  expect(await laneOf('b')).toHaveLength(1);
});

test('many lanes are gone through portion by portion, each once', async () => {
  for (const n of numbers(120)) await send(`k${n}`, [parcel(n), parcel(n + 1)]);
  for (let round = 0; round < 2; round++) await deliverAll();
  const job = await run(await begun({ to: ['mes'], since: '2020-01-01T00:00:00Z' }), 30);
  expect(job.done).toBe(240);
  expect((await laneOf('k77')).map(version)).toEqual([77, 78, 77, 78]);
});

test('a job that was stopped meanwhile keeps nothing of its last portion', async () => {
  await send('k', [parcel(1)]);
  const id = await begun({ to: ['mes'], since: '2020-01-01T00:00:00Z' });
  const job = (await store.getJob(id))!;
  await store.transaction((tx) => tx.putJob({ ...job, state: 'stopped' }));
  await expect(repeatingSent(store)(job, 10)).rejects.toMatchObject({ code: 'HUB_CONFLICT' });
  expect(await laneOf('k')).toHaveLength(1);
});

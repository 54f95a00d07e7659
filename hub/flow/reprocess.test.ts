import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HubError } from '../../model/errors';
import { newId } from '../storage/id';
import { openStore } from '../storage/open';
import type { Job, Store } from '../storage/store';
import { runJobs } from './jobs';
import { reprocessing } from './reprocess';

let dataDir: string;
let store: Store;
beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'esperanto-reprocess-'));
  store = await openStore({ dataDir });
});
afterEach(async () => {
  await store.close();
  rmSync(dataDir, { recursive: true, force: true });
});

const doors = {};
const typesOf = () => [];

async function begun(what: object): Promise<Job> {
  const job = {
    ...{ id: newId(), kind: 'reprocess', what, by: 'Ann', why: 'fixed', state: 'running' },
    ...{ total: 0, done: 0, skipped: 0, failed: 0, startedAt: new Date().toISOString() },
  } as Job;
  await store.transaction((tx) => tx.putJob(job));
  return job;
}

async function ended(id: string, over: Store): Promise<Job> {
  const work = reprocessing({ store: over, doors, typesOf });
  const jobs = runJobs({ store, work: { reprocess: work, replay: work }, log: () => {}, everyMs: 5 });
  let job: Job | undefined;
  do {
    await new Promise((resolve) => setTimeout(resolve, 5));
    job = await store.getJob(id);
  } while (job?.state === 'running');
  await jobs.close();
  return job!;
}

test('a job that is broken off between two commits takes nothing in twice, and leaves nothing out', async () => {
  const keys = Array.from({ length: 7 }, (_, n) => `k${n % 2}`);
  for (const [n, key] of keys.entries())
    await store.accept([{ system: 'erp', type: 'Order', key, body: { n }, state: 'refused' }]);
  let commits = 0;
  // Every other transaction of the work is lost, as if the hub had been killed before it.
  const breaking: Store = {
    ...store,
    transaction: (work) => {
      if (++commits % 2 === 1) throw new HubError('HUB_STORE', 'killed');
      return store.transaction(work);
    },
  };
  const { id } = await begun({ system: 'erp', state: 'refused' });
  expect(await ended(id, breaking)).toMatchObject({ state: 'done', done: 7 });
  const copies = (await store.listRecords({ state: 'waiting', oldestFirst: true })).map(({ body }) => body);
  expect(copies).toEqual(keys.map((_, n) => ({ n })));
  for (const { notes } of await store.listRecords({ state: 'refused' })) expect(notes).toHaveLength(1);
});

test('a fault of the hub ends the job, and says why', async () => {
  await store.accept([{ system: 'erp', type: 'Order', key: 'k', body: 1, state: 'refused' }]);
  const { id } = await begun({ state: 'refused' });
  const broken: Store = {
    ...store,
    listRecords: () => Promise.reject(new TypeError('no such thing')),
  };
  expect(await ended(id, broken)).toMatchObject({ state: 'failed', problem: 'no such thing' });
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HubError } from '../../model/errors';
import { openStore } from '../storage/open';
import type { Store } from '../storage/store';
import { Circuits } from './circuit';
import { type Destination, type LaneOptions, type RunningLanes, runLanes, type Work } from './lanes';

/** What the lanes promise in the long run: over hours, restarts and settings that change. */
let dataDir: string;
let store: Store;
let lanes: RunningLanes | undefined;

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'esperanto-promises-'));
  store = await openStore({ dataDir, leaseMs: 4000 });
});
afterEach(async () => {
  jest.restoreAllMocks();
  await lanes?.close();
  lanes = undefined;
  await store.close();
  rmSync(dataDir, { recursive: true, force: true });
});

const numbers = (n: number) => Array.from({ length: n }, (_, i) => i + 1);
const send = (key: string, payloads: readonly unknown[]) =>
  store.transaction(async (tx) =>
    tx.addDeliveries(payloads.map((payload) => ({ dest: 'mes', key, payload }))),
  );

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 25_000;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error('waited for 25 s');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** A receiver that writes down, key by key, what it got. */
function receiver(answer: (work: Work) => unknown = () => ({}), more: Partial<Destination> = {}) {
  const got: Record<string, unknown[]> = {};
  const destination: Destination = {
    ...{ idempotent: true, onPermanent: 'block', ...more },
    async handle(work) {
      const receipt = await answer(work);
      got[work.claim.key] = [...(got[work.claim.key] ?? []), work.row.payload];
      return receipt as object;
    },
  };
  return { got, destination, count: () => Object.values(got).flat().length };
}

function run(mes: Destination, options: Partial<LaneOptions> = {}): void {
  lanes = runLanes({ store, destinations: new Map([['mes', mes]]), reconcileMs: 10, ...options });
}

test('a receiver that is away for hours gets everything, in order, when it is back; nothing is parked', async () => {
  let away = true;
  const { got, destination, count } = receiver(() => {
    if (away) throw new HubError('HUB_UNREACHABLE', 'the line is dead');
    return {};
  });
  // Hours pass for the database and for the circuit, not for the one who waits for the test.
  let hours = 0;
  const now = Date.now.bind(Date);
  jest.spyOn(Date, 'now').mockImplementation(() => now() + hours * 3_600_000);
  run(destination, { circuits: new Circuits(undefined, () => now() + hours * 3_600_000) });
  for (hours = 1; hours <= 6; hours++) {
    for (const key of ['a', 'b']) await send(key, [hours]);
    const before = (await store.laneStatistics())[0]!;
    expect(before).toMatchObject({ pending: hours * 2, blocked: 0 });
    await new Promise((resolve) => setTimeout(resolve, 60));
  }
  away = false;
  hours++;
  await until(() => count() === 12);
  expect(got).toEqual({ a: numbers(6), b: numbers(6) });
  expect(await store.listDeliveries({ state: 'parked' })).toEqual([]);
});

test.each([
  ['back', -5],
  ['forth', 5],
])('the clock steps %s while lanes are worked on: everything arrives, in order', async (_where, hours) => {
  let step = 0;
  const now = Date.now.bind(Date);
  jest.spyOn(Date, 'now').mockImplementation(() => now() + step * 3_600_000);
  let tries = 0;
  const { got, destination, count } = receiver(
    async () => {
      await new Promise((resolve) => setTimeout(resolve, 2));
      if (++tries % 7 === 0) throw new HubError('HUB_BUSY', 'not now');
      return {};
    },
    { retry: { firstMs: 5, longestMs: 20 } },
  );
  run(destination);
  for (const key of ['a', 'b', 'c']) await send(key, numbers(20));
  await until(() => count() > 10);
  step = hours;
  for (const key of ['a', 'b', 'c']) await send(key, [21]);
  await until(() => count() > 40);
  step = 0;
  await until(() => count() === 63);
  for (const key of ['a', 'b', 'c']) expect(got[key]).toEqual(numbers(21));
});

test('every key keeps its order while the configuration changes under what waits: slots, lease, retries, batches', async () => {
  let tries = 0;
  const { got, destination, count } = receiver(async () => {
    await new Promise((resolve) => setTimeout(resolve, 1));
    if (++tries % 11 === 0) throw new HubError('HUB_BUSY', 'not now');
    return {};
  });
  const keys = ['a', 'b', 'c', 'd'];
  for (const key of keys) await send(key, numbers(40));
  const settings: Array<[number, Partial<Destination>]> = [
    [4000, { concurrency: 1, retry: { firstMs: 1, longestMs: 1 } }],
    [1000, { concurrency: 8, remembers: true, retry: { firstMs: 5, longestMs: 10 } }],
    [60_000, { concurrency: 2, idempotent: false, retry: { firstMs: 1, longestMs: 1 } }],
  ];
  for (const [round, [leaseMs, more]] of settings.entries()) {
    await store.close();
    store = await openStore({ dataDir, leaseMs });
    run({ ...destination, ...more });
    await until(() => count() >= (round + 1) * 40);
    await lanes!.close();
  }
  run(destination);
  await until(() => count() === 160);
  for (const key of keys) expect(got[key]).toEqual(numbers(40));
});

test('one slow key holds up no other key of its receiver', async () => {
  let release: () => void = () => {};
  const slow = new Promise<void>((resolve) => {
    release = resolve;
  });
  const { got, destination, count } = receiver(
    async ({ claim }) => {
      if (claim.key === 'slow') await slow;
      return {};
    },
    { concurrency: 2 },
  );
  run(destination);
  await send('slow', numbers(3));
  for (const n of numbers(50)) await send(`key${n}`, numbers(3));
  await until(() => count() === 150);
  expect(got.slow).toBeUndefined();
  release();
  await until(() => got.slow?.length === 3);
});

test('all tries of a delivery carry the same id, also in another process and after its replay', async () => {
  const ids: string[] = [];
  let works = false;
  const { destination, count } = receiver(
    ({ row, attempt }) => {
      ids.push(row.id);
      if (works) return {};
      throw new HubError(attempt < 2 ? 'HUB_BUSY' : 'HUB_REJECTED', 'no');
    },
    { retry: { firstMs: 1, longestMs: 1 } },
  );
  const [id] = await send('a', [1]);
  run(destination);
  await until(async () => (await store.getDelivery(id!))!.state === 'parked');
  await lanes!.close();
  await store.close();
  store = await openStore({ dataDir });
  works = true;
  await store.replay(id!, { by: 'Ann', why: 'corrected' });
  run(destination);
  await until(() => count() === 1);
  expect(ids).toEqual([id, id, id, id]);
});

test('work of the hub itself that is slow for once does not hold up the rest of it', async () => {
  const { destination, count } = receiver(
    ({ attempt }) => {
      if (attempt === 0) throw new HubError('HUB_NO_ANSWER', 'an hour of a busy machine');
      return {};
    },
    { fenced: true, retry: { firstMs: 1, longestMs: 1 } },
  );
  const closed = new Circuits({ threshold: 3, firstMs: 60_000, longestMs: 60_000 });
  run(destination, { circuits: closed });
  for (const n of numbers(20)) await send(`key${n}`, [1]);
  await until(() => count() === 20);
});

test('a process that was frozen knows by the clock that its time is over, before its timers tell', async () => {
  let seen: unknown;
  const { destination, count } = receiver(({ attempt, signal, sure }) => {
    if (seen !== undefined || attempt > 0) return {};
    // Frozen for longer than the 40 % of the lease: nothing else runs meanwhile, timers neither.
    for (const end = performance.now() + 450; performance.now() < end; );
    try {
      sure!();
    } catch (error) {
      seen = [signal.aborted, error];
      throw error;
    }
    return {};
  });
  await store.close();
  store = await openStore({ dataDir, leaseMs: 1000 });
  run(destination);
  await send('a', [1]);
  await until(() => count() === 1);
  expect(seen).toEqual([false, expect.objectContaining({ code: 'HUB_LEASE_LOST' })]);
});

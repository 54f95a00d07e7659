import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import type { Bus } from '../flow/bus';
import { type Destination, type RunningLanes, runLanes } from '../flow/lanes';
import { bullmqBus } from './bullmq-bus';
import { openStore } from './open';
import type { Store } from './store';

const redisUrl = process.env.TEST_REDIS_URL;
const withRedis = redisUrl ? describe : describe.skip;

async function until(condition: () => boolean): Promise<void> {
  const end = Date.now() + 20_000;
  while (!condition()) {
    if (Date.now() > end) throw new Error('waited for 20 s');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const numbers = (n: number) => Array.from({ length: n }, (_, i) => i + 1);

withRedis('the bus over BullMQ (TEST_REDIS_URL)', () => {
  let dataDir: string;
  let store: Store;
  let namespace: string;
  let lanes: RunningLanes[];
  const got: string[] = [];
  const mes: Destination = {
    ...{ idempotent: true, onPermanent: 'block', concurrency: 50 },
    async handle({ row }) {
      got.push(String(row.payload));
      return {};
    },
  };
  const bus = (): Bus => bullmqBus({ redisUrl: redisUrl!, namespace });
  const work = (destination: Destination, reconcileMs: number): void => {
    const own = bus();
    lanes.push(runLanes({ store, bus: own, destinations: new Map([['mes', destination]]), reconcileMs }));
    // As from a process that only accepts: nothing is begun without the bus.
    store.onReady((woken) => own.wake(woken));
  };
  const send = (key: string, payload: string) =>
    store.transaction(async (tx) => tx.addDeliveries([{ dest: 'mes', key, payload }]));

  beforeEach(async () => {
    got.length = 0;
    lanes = [];
    namespace = `test-${randomUUID()}`;
    dataDir = mkdtempSync(join(tmpdir(), 'esperanto-bus-'));
    store = await openStore({ dataDir });
  });
  afterEach(async () => {
    await Promise.all(lanes.map((l) => l.close()));
    await store.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  test('no wake gets lost, also where it comes while the job of its lane is ending', async () => {
    // No reconciler: what is delivered, BullMQ has woken.
    const second = async (payload: string, key: string) => {
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 4));
      if (payload.endsWith('-1')) await send(key, `${key}-2`);
    };
    const handle: Destination['handle'] = async ({ claim, row }) => {
      got.push(String(row.payload));
      void second(String(row.payload), claim.key);
      return {};
    };
    work({ ...mes, handle }, 2 ** 30);
    for (let i = 0; i < 1000; i += 50) {
      await Promise.all(numbers(50).map((n) => send(`k${i + n}`, `k${i + n}-1`)));
    }
    await until(() => got.length === 2000);
  });

  test('two workers share the lanes, each lane keeps its order', async () => {
    work(mes, 500);
    work(mes, 500);
    await Promise.all(numbers(400).map((n) => send(`${n % 10}`, `${n % 10}:${n}`)));
    await until(() => got.length === 400);
    for (const key of numbers(10)) {
      const ofKey = got.filter((p) => p.startsWith(`${key % 10}:`)).map((p) => Number(p.split(':')[1]));
      expect(ofKey).toEqual([...ofKey].sort((a, b) => a - b));
    }
  });

  test('lanes that are told of together go to whoever can begin with them', async () => {
    const busy = new Set<string>();
    const worker = (name: string): Destination => ({
      ...{ ...mes, concurrency: 1 },
      async handle({ row }) {
        busy.add(name);
        await until(() => busy.size === 2);
        got.push(String(row.payload));
        return {};
      },
    });
    // No reconciler: what is delivered, BullMQ has woken.
    work(worker('one'), 2 ** 30);
    work(worker('two'), 2 ** 30);
    const deliveries = numbers(10).map((n) => ({ dest: 'mes', key: `k${n}`, payload: `${n}` }));
    await store.transaction(async (tx) => tx.addDeliveries(deliveries));
    await until(() => got.length === 10);
  });

  test('the only worker keeps all lanes to itself; it tells others as soon as there are any', async () => {
    const [first, second] = [bus(), bus()];
    const worker = (own: Bus) =>
      runLanes({ store, bus: own, destinations: new Map([['mes', { ...mes, concurrency: 1 }]]) });
    lanes.push(worker(first));
    await until(() => first.alone!());
    const told: number[] = [];
    const wake = first.wake;
    first.wake = (woken) => {
      told.push(woken.length);
      wake(woken);
    };
    await Promise.all(numbers(300).map((n) => send(`k${n}`, `${n}`)));
    await until(() => got.length === 300);
    expect(told.filter((count) => count > 0)).toEqual([]);
    lanes.push(worker(second));
    await until(() => !first.alone!());
    expect(second.alone!()).toBe(false);
    await lanes.pop()!.close();
    await until(() => first.alone!());
  });

  test('everything is delivered when Redis forgets all in the middle', async () => {
    const admin = new Redis(redisUrl!);
    work(mes, 50);
    for (const round of numbers(5)) {
      await Promise.all(numbers(100).map((n) => send(`${n}`, `${round}`)));
      await admin.flushall();
    }
    await until(() => got.length === 500);
    admin.disconnect();
  });
});

test('without Redis, delivery goes on at once and the hub stops in time', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'esperanto-bus-'));
  const store = await openStore({ dataDir });
  const got: unknown[] = [];
  const destination: Destination = {
    ...{ idempotent: true, onPermanent: 'block' },
    async handle({ row }) {
      got.push(row.payload);
      return {};
    },
  };
  const bus = bullmqBus({ redisUrl: 'redis://127.0.0.1:1' });
  const lanes = runLanes({ store, bus, destinations: new Map([['mes', destination]]), reconcileMs: 20 });
  // As from another process, which only accepts.
  store.onReady((woken) => bus.wake(woken));
  const began = performance.now();
  await store.transaction(async (tx) => tx.addDeliveries([{ dest: 'mes', key: 'k', payload: 1 }]));
  await until(() => got.length === 1);
  expect(performance.now() - began).toBeLessThan(4000);
  await lanes.close();
  await store.close();
  rmSync(dataDir, { recursive: true, force: true });
});

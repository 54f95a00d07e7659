import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Destination, type RunningLanes, runLanes } from '../hub/flow/lanes';
import { bullmqBus } from '../hub/storage/bullmq-bus';
import { openStore } from '../hub/storage/open';
import { probeRedis } from '../hub/storage/probe';
import type { Store } from '../hub/storage/store';
import { ownCluster, ownSentinel } from './faults/redis-groups';
import { redisProgram, say } from './faults/servers';

const program = redisProgram();
const withRedis = program ? describe : describe.skip;
const never = 2 ** 30;
const receivers = ['mes', 'erp', 'aps'];
const numbers = (n: number) => Array.from({ length: n }, (_, i) => i + 1);

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 25_000;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error('waited for 25 s');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

withRedis(
  `several Redis servers of our own${program ? '' : ' (skipped: redis-server is not installed)'}`,
  () => {
    let folder: string;
    let store: Store;
    let got: Map<string, number[]>;
    const opened: Array<{ close(): Promise<void> }> = [];
    beforeEach(async () => {
      folder = mkdtempSync(join(tmpdir(), 'esperanto-redis-'));
      store = await openStore({ dataDir: join(folder, 'hub') });
      got = new Map();
    });
    afterEach(async () => {
      for (const part of opened.splice(0).reverse()) await part.close();
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    });

    const destination: Destination = {
      ...{ idempotent: true, onPermanent: 'block', concurrency: 8 },
      async handle({ claim: { dest, key }, row }) {
        const lane = `${dest} ${key}`;
        got.set(lane, [...(got.get(lane) ?? []), row.payload as number]);
        return {};
      },
    };
    const delivered = () => [...got.values()].flat().length;

    /** Two workers and a process that only accepts; `reconcileMs` of `never`: what arrives, the bus has woken. */
    function work(redisUrl: string, reconcileMs: number, queues = 1): void {
      const bus = () => bullmqBus({ redisUrl, namespace: 'test', queues });
      const destinations = new Map(receivers.map((dest) => [dest, destination]));
      const running: RunningLanes[] = numbers(2).map(() =>
        runLanes({ store, bus: bus(), destinations, reconcileMs }),
      );
      const door = bus();
      store.onReady((lanes) => door.wake(lanes));
      opened.push(...running, door);
    }
    const send = (key: string, payload: number) =>
      store.transaction(async (tx) => tx.addDeliveries(receivers.map((dest) => ({ dest, key, payload }))));

    test('Sentinel: when the master dies, the bus goes on over its replica', async () => {
      const redis = await ownSentinel(program!, folder);
      opened.push({ close: redis.stop });
      expect(await probeRedis(redis.url)).toMatch(/^Redis Sentinel \d/);
      work(redis.url, never);
      await until(async () => {
        await send('before', got.get('mes before')?.length ?? 0);
        return receivers.every((dest) => got.has(`${dest} before`));
      });
      await redis.master.kill();
      // A Sentinel cuts the connections of what it promotes.
      const role = () => say(redis.replica.port, 'ROLE').catch(() => '');
      await until(async () => (await role()).includes('master'));
      // A wake may get lost while the master changes; the next one of the lane brings all that waits in it.
      for (let n = 1; !receivers.every((dest) => got.get(`${dest} after`)?.includes(1)); n++) {
        await send('after', n);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      const after = got.get('mes after')!;
      expect(after).toEqual(numbers(after.length));
    }, 60_000);

    test('Cluster: lanes are spread over its nodes, each keeps its order, and none is told twice at once', async () => {
      const redis = await ownCluster(program!, folder);
      opened.push({ close: redis.stop });
      expect(await probeRedis(redis.url)).toMatch(/^Redis Cluster \d/);
      work(redis.url, never, 4);
      for (const n of numbers(5)) await Promise.all(numbers(60).map((key) => send(`${key}`, n)));
      await until(() => delivered() === 900);
      for (const lane of got.values()) expect(lane).toEqual(numbers(5));
      const keys = await Promise.all(redis.nodes.map(({ port }) => say(port, 'DBSIZE')));
      expect(keys.map((size) => Number(size.slice(1)) > 0)).toEqual([true, true, true]);
    }, 60_000);

    test('Cluster: while one of its nodes is dead, everything is delivered all the same', async () => {
      const redis = await ownCluster(program!, folder);
      opened.push({ close: redis.stop });
      work(redis.url, 50, 4);
      await until(async () => {
        await send('before', got.get('mes before')?.length ?? 0);
        return receivers.every((dest) => got.has(`${dest} before`));
      });
      await redis.nodes[1]!.kill();
      got.clear();
      await Promise.all(numbers(30).map((key) => send(`${key}`, 1)));
      await until(() => delivered() >= 90);
    }, 60_000);
  },
);

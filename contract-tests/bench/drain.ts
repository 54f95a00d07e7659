/** A receiver that was away comes back: what waited for it goes out in order, about as fast as when it was there. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningLanes, runLanes, type Work } from '../../hub/flow/lanes';
import { bullmqBus } from '../../hub/storage/bullmq-bus';
import { openStore } from '../../hub/storage/open';
import type { Store } from '../../hub/storage/store';
import { HubError } from '../../model/errors';
import { type OwnServers, serversOf } from './delivery';
import type { Servers } from './engine';
import { type BenchOptions, type BenchRow, rounded, told } from './row';

const keys = 1000;
/** Divides the keys. */
const callers = 200;

export async function drainRows(own: OwnServers, { short, progress }: BenchOptions): Promise<BenchRow[]> {
  const waiting = short ? 5000 : 100_000;
  const { postgres, redis } = own;
  const rows: BenchRow[] = [];
  const drained = async (name: string, servers: Servers) => {
    const row = await drainRow(name, servers, waiting);
    progress(told(row));
    rows.push(row);
  };
  await drained('SQLite, in process', serversOf());
  if (postgres && redis) await drained('PostgreSQL + BullMQ', serversOf(postgres, redis));
  return rows;
}

async function drainRow(name: string, servers: Servers, waiting: number): Promise<BenchRow> {
  const { databaseUrl, redisUrl } = servers;
  const dataDir = mkdtempSync(join(tmpdir(), 'esperanto-bench-'));
  const store = await openStore({ dataDir, ...(databaseUrl === undefined ? {} : { databaseUrl }) });
  const receiver = checkingReceiver();
  const lanes = runLanes({
    store,
    destinations: new Map([[receiver.dest, receiver]]),
    ...(redisUrl === undefined ? {} : { bus: bullmqBus({ redisUrl, namespace: receiver.dest }) }),
  });
  try {
    const steady = await steadyRate(store, receiver, Math.min(waiting, 20_000));
    const drained = await drainedRate(store, lanes, receiver, waiting);
    if (receiver.disordered > 0) throw new Error(`${name}: ${receiver.disordered} came out of order`);
    return {
      name: `${waiting.toLocaleString('en')} wait for a receiver, ${name}`,
      value: Math.round(drained),
      unit: '/s once it is back',
      ratio: rounded(drained / steady),
      against: 'rate while it is there',
      least: 0.8,
    };
  } finally {
    await lanes.close();
    await store.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** Takes everything while it is up, and counts what comes before something that was put before it. */
function checkingReceiver() {
  const last = new Map<string, number>();
  let onTaken = () => {};
  return {
    dest: `receiver-${Date.now()}`,
    up: true,
    taken: 0,
    disordered: 0,
    idempotent: true,
    onPermanent: 'block' as const,
    concurrency: 64,
    async until(count: number) {
      while (this.taken < count)
        await new Promise<void>((resolve) => {
          onTaken = resolve;
        });
    },
    async handle({ claim, row }: Pick<Work, 'claim' | 'row'>) {
      if (!this.up) throw new HubError('HUB_UNREACHABLE', 'the receiver is away');
      const { n } = row.payload as { n: number };
      const before = last.get(claim.key) ?? n - keys;
      if (n !== before) this.taken++;
      if (n !== before && n !== before + keys) this.disordered++;
      last.set(claim.key, n);
      onTaken();
      return {};
    },
  };
}

type Receiver = ReturnType<typeof checkingReceiver>;

/** Message `n` belongs to key `n % keys`. */
function put(store: Store, { dest }: Receiver, numbers: readonly number[]): Promise<void> {
  return store.transaction(async (tx) => {
    tx.addDeliveries(
      numbers.map((n) => ({ dest, key: `${n % keys}`, payload: { n, text: 'x'.repeat(660) } })),
    );
  });
}

async function steadyRate(store: Store, receiver: Receiver, count: number): Promise<number> {
  const began = performance.now();
  // Each caller has keys of its own, so that their order is known.
  const caller = async (_: unknown, first: number) => {
    for (let n = first; n < count; n += callers) await put(store, receiver, [n]);
  };
  await Promise.all(Array.from({ length: callers }, caller));
  await receiver.until(count);
  return (count / (performance.now() - began)) * 1000;
}

async function drainedRate(
  store: Store,
  lanes: RunningLanes,
  receiver: Receiver,
  count: number,
): Promise<number> {
  receiver.up = false;
  const { taken } = receiver;
  const numbers = Array.from({ length: count }, (_, i) => taken + i);
  for (let n = 0; n < count; n += 500) await put(store, receiver, numbers.slice(n, n + 500));
  receiver.up = true;
  const began = performance.now();
  await lanes.returned(receiver.dest);
  await receiver.until(taken + count);
  return (count / (performance.now() - began)) * 1000;
}

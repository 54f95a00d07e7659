/** How the cost of the core grows with keys and with processes. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { bullmqBus } from '../../hub/storage/bullmq-bus';
import { openStore } from '../../hub/storage/open';
import { type OwnServers, serversOf } from './delivery';
import { acceptAll, type EngineLoad, lanesRound } from './engine';
import { type Figures, figuresOf, measured, type Round } from './measure';
import { type BenchOptions, type BenchRow, told } from './row';

/** The body of a worker process; see lanes-worker.ts. */
export interface WorkerTask {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly namespace: string;
  readonly system: string;
}

const callers = 200;

export async function growthRows(own: OwnServers, { short, progress }: BenchOptions): Promise<BenchRow[]> {
  const keysOf = short ? [1, 1000] : [1, 10, 1000, 100_000];
  // Each key has a message at least; a hundred thousand of them are as good as many rounds.
  const messagesOf = (keys: number) => (short ? 2000 : Math.max(5000, keys));
  const roundsOf = (keys: number) => (short || messagesOf(keys) > 50_000 ? 1 : 3);
  const loadOf = (keys: number): EngineLoad => ({ messages: messagesOf(keys), keys, callers });
  const rows: BenchRow[] = [];
  const grown = async (name: string, keys: number, round: () => Promise<Round>) => {
    const of: Round[] = [];
    for (let n = 0; n < roundsOf(keys); n++) of.push(await round());
    const row = growthRow(`${name}, ${counted(keys, 'key')}`, figuresOf(of));
    progress(told(row));
    rows.push(row);
  };
  for (const keys of keysOf)
    await grown('SQLite, one process', keys, () => lanesRound(loadOf(keys), { pids: [] }));
  const { postgres, redis } = own;
  if (!postgres || !redis)
    return [...rows, { name: 'growth: workers', skipped: 'PostgreSQL or Redis is not installed' }];
  for (const workers of short ? [1, 2] : [1, 2, 4])
    for (const keys of keysOf)
      await grown(`PostgreSQL + BullMQ, ${counted(workers, 'worker')}`, keys, () =>
        workersRound(workers, loadOf(keys), serversOf(postgres, redis)),
      );
  return rows;
}

const counted = (count: number, what: string) =>
  `${count.toLocaleString('en')} ${what}${count === 1 ? '' : 's'}`;

const growthRow = (name: string, { rate, cpuUs, serverCpuUs }: Figures): BenchRow => ({
  name: `growth: ${name}`,
  value: Math.round(rate),
  unit: `/s at ${Math.round(cpuUs + serverCpuUs)} µs`,
});

/** This process takes in, the workers work on the lanes. */
async function workersRound(
  workers: number,
  load: EngineLoad,
  { databaseUrl, redisUrl, pids }: ReturnType<typeof serversOf>,
): Promise<Round> {
  const system = `load-${Date.now()}`;
  const task: WorkerTask = { databaseUrl: databaseUrl!, redisUrl: redisUrl!, namespace: system, system };
  const handled = new Map<ChildProcess, number>();
  let all = () => {};
  const children = await Promise.all(
    Array.from({ length: workers }, () =>
      startWorker(task, (child, count) => {
        handled.set(child, count);
        if ([...handled.values()].reduce((sum, n) => sum + n, 0) >= load.messages) all();
      }),
    ),
  );
  const store = await openStore({ dataDir: '', databaseUrl: task.databaseUrl });
  const bus = bullmqBus({ redisUrl: task.redisUrl, namespace: task.namespace });
  store.onReady((lanes) => bus.wake(lanes));
  try {
    return await measured(load.messages, async () => {
      const done = new Promise<void>((resolve) => {
        all = resolve;
      });
      await acceptAll(store, load, system);
      await done;
    }, [...pids, ...children.map(({ pid }) => pid!)]);
  } finally {
    for (const child of children) {
      const gone = once(child, 'exit');
      child.disconnect();
      await gone;
    }
    await bus.close();
    await store.close();
  }
}

async function startWorker(
  task: WorkerTask,
  onHandled: (child: ChildProcess, count: number) => void,
): Promise<ChildProcess> {
  const child = fork(join(__dirname, 'lanes-worker.js'), [JSON.stringify(task)]);
  await once(child, 'message');
  child.on('message', (count) => onHandled(child, count as number));
  return child;
}

/** The delivery core alone: accepted, put into a lane, handed to a receiver that does nothing, acknowledged. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Queue, Worker } from 'bullmq';
import { type Destination, runLanes } from '../../hub/flow/lanes';
import { bullmqBus } from '../../hub/storage/bullmq-bus';
import { openStore } from '../../hub/storage/open';
import type { Store } from '../../hub/storage/store';
import { measured, type Round } from './measure';

export interface EngineLoad {
  readonly messages: number;
  readonly keys: number;
  /** Callers that wait for their confirmation. */
  readonly callers: number;
  /** Messages before those that count: a hub runs for weeks, and its machine code is there. */
  readonly warmUp?: number;
}

export interface Servers {
  readonly databaseUrl?: string;
  readonly redisUrl?: string;
  /** Processes whose CPU counts. */
  readonly pids: readonly number[];
}

const body = { text: 'x'.repeat(660), number: 1 };

/** SQLite, or PostgreSQL where there is a URL; within the process, or over BullMQ where there is one. */
export async function lanesRound(load: EngineLoad, { databaseUrl, redisUrl, pids }: Servers): Promise<Round> {
  const dataDir = mkdtempSync(join(tmpdir(), 'esperanto-bench-'));
  const store = await openStore({ dataDir, ...(databaseUrl ? { databaseUrl } : {}) });
  // A database that is used again has marks and lanes of earlier rounds.
  const system = `load-${Date.now()}`;
  const handled = counter();
  const receiver = idleReceiver(handled.one);
  const lanes = runLanes({
    store,
    destinations: new Map([[`in:${system}`, receiver]]),
    ...(redisUrl ? { bus: bullmqBus({ redisUrl, namespace: system }) } : {}),
  });
  const { warmUp = 0 } = load;
  try {
    await acceptAll(store, { ...load, messages: warmUp }, system, 'w');
    await handled.reaches(warmUp);
    return await measured(
      load.messages,
      async () => {
        await acceptAll(store, load, system);
        await handled.reaches(warmUp + load.messages);
        await lanes.close();
      },
      pids,
    );
  } finally {
    await lanes.close();
    await store.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** Counts, and tells when it has come so far. */
function counter() {
  let count = 0;
  let until = 0;
  let tell = () => {};
  return {
    one() {
      if (++count === until) tell();
    },
    reaches: (number: number) =>
      new Promise<void>((resolve) => {
        [until, tell] = [number, resolve];
        if (count >= number) resolve();
      }),
  };
}

/** Takes rows, as the hub's own intake does, and does nothing with them. */
export function idleReceiver(onRow: () => void): Destination {
  return {
    idempotent: true,
    remembers: true,
    onPermanent: 'block',
    concurrency: 64,
    async handle() {
      onRow();
      return {};
    },
  };
}

/** Each caller waits for its confirmation before it sends the next one. */
export function acceptAll(store: Store, load: EngineLoad, system: string, mark = ''): Promise<void> {
  return called(load, (n) =>
    store.accept([{ system, type: 'N', key: `${n % load.keys}`, idempotencyKey: `${mark}${n}`, body }]),
  );
}

/** Bare BullMQ over a Redis that keeps nothing: add, and process with a worker that does nothing. */
export async function bullmqRound(
  load: EngineLoad,
  redisUrl: string,
  pids: readonly number[],
): Promise<Round> {
  const { hostname: host, port } = new URL(redisUrl);
  const connection = { host, port: Number(port), maxRetriesPerRequest: null };
  const name = `bare-${Date.now()}-${Math.random()}`;
  const queue = new Queue(name, { connection });
  const handled = counter();
  const worker = new Worker(name, async () => handled.one(), { connection, concurrency: 50, autorun: true });
  await Promise.all([queue.waitUntilReady(), worker.waitUntilReady()]);
  const addAll = (messages: number) =>
    called({ ...load, messages }, () => queue.add('n', body, { removeOnComplete: true, removeOnFail: true }));
  const { warmUp = 0 } = load;
  try {
    await addAll(warmUp);
    await handled.reaches(warmUp);
    return await measured(
      load.messages,
      async () => {
        await addAll(load.messages);
        await handled.reaches(warmUp + load.messages);
      },
      pids,
    );
  } finally {
    await worker.close();
    await queue.obliterate({ force: true });
    await queue.close();
  }
}

async function called(
  { messages, callers }: EngineLoad,
  call: (n: number) => Promise<unknown>,
): Promise<void> {
  let n = 0;
  const caller = async () => {
    while (n < messages) await call(n++);
  };
  await Promise.all(Array.from({ length: callers }, caller));
}

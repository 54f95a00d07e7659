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
  let handled = 0;
  let all = () => {};
  const receiver = idleReceiver(() => {
    if (++handled === load.messages) all();
  });
  const lanes = runLanes({
    store,
    destinations: new Map([[`in:${system}`, receiver]]),
    ...(redisUrl ? { bus: bullmqBus({ redisUrl, namespace: system }) } : {}),
  });
  try {
    return await measured(
      load.messages,
      async () => {
        const done = new Promise<void>((resolve) => {
          all = resolve;
        });
        await acceptAll(store, load, system);
        await done;
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
export function acceptAll(store: Store, load: EngineLoad, system: string): Promise<void> {
  return called(load, (n) =>
    store.accept([{ system, type: 'N', key: `${n % load.keys}`, idempotencyKey: `${n}`, body }]),
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
  let handled = 0;
  let all = () => {};
  const worker = new Worker(
    name,
    async () => {
      if (++handled === load.messages) all();
    },
    { connection, concurrency: 50, autorun: true },
  );
  await Promise.all([queue.waitUntilReady(), worker.waitUntilReady()]);
  try {
    return await measured(
      load.messages,
      async () => {
        const done = new Promise<void>((resolve) => {
          all = resolve;
        });
        await called(load, () => queue.add('n', body, { removeOnComplete: true, removeOnFail: true }));
        await done;
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

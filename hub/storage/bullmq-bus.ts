import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import type { Bus, Drain, Receiver } from '../flow/bus';
import type { Wake } from './store';

export interface BullmqOptions {
  readonly redisUrl: string;
  /** Hubs that share a Redis need different ones. Default `esperanto`. */
  readonly namespace?: string;
  readonly log?: (message: string, detail?: Record<string, unknown>) => void;
}

/** A worker that died is noticed within these, in ms. They are short: a repeated wake costs nothing. */
const lockMs = 10_000;
const stalledMs = 5_000;
const wakesPerCall = 200;
/** Redis may go away while we say goodbye. */
const closeMs = 2000;
/** As in the bus within one process. */
const urgentSlots = 2;

/**
 * The bus over BullMQ, for several API and worker processes: one queue a receiver, so that a slow one takes nobody
 * else's workers; one job a lane, which says nothing but that the lane has something to do.
 *
 * A wake for a lane whose job is running is kept and becomes the next job (`keepLastIfActive`): simple deduplication
 * would drop it, and the lane would sleep on. An urgent wake is a job of its own at the head of the queue.
 * Nothing is lost with Redis: wakes that cannot be sent are dropped, and the reconciler finds their lanes.
 */
export function bullmqBus({ redisUrl, namespace = 'esperanto', log = () => {} }: BullmqOptions): Bus {
  let closing = false;
  const note = (error: Error) => log(`redis: ${error.message}`);
  // Once the bus is closing, a Redis that is away is not waited for: whoever waits for the connection is told so.
  const base = {
    retryStrategy: (times: number) => (closing ? null : Math.min(times * 100, 1000)),
    disconnectTimeout: 200,
  };
  // Fails at once while Redis is away, instead of gathering wakes that are told again anyway.
  const producer = new Redis(redisUrl, { enableOfflineQueue: false, maxRetriesPerRequest: 1, ...base });
  const consumer = new Redis(redisUrl, { maxRetriesPerRequest: null, ...base });
  const connections = [producer, consumer];
  // Each worker waits on a connection of its own, which BullMQ makes from this one.
  consumer.duplicate = (override) => {
    const made = Redis.prototype.duplicate.call(consumer, override) as Redis;
    connections.push(made);
    return made;
  };
  const disconnect = () => {
    for (const connection of connections) if (connection.status !== 'end') connection.disconnect();
  };
  for (const connection of connections) connection.on('error', note);
  const queues = new Map<string, Queue>();
  const workers: Worker[] = [];
  const running = new Set<Promise<void>>();
  const pending = new Map<string, Wake>();
  let sending: Promise<void> | undefined;

  const queueOf = (dest: string): Queue => {
    let queue = queues.get(dest);
    if (!queue) {
      queue = new Queue(nameOf(dest), {
        connection: producer,
        prefix: prefixOf(namespace, dest),
        skipVersionCheck: true,
      });
      queue.on('error', note);
      queues.set(dest, queue);
    }
    return queue;
  };

  const send = async (): Promise<void> => {
    while (pending.size) {
      const wakes = [...pending.values()].slice(0, wakesPerCall);
      for (const wake of wakes) pending.delete(idOf(wake));
      const byDest = groupByDest(wakes);
      for (const [dest, group] of byDest) await queueOf(dest).addBulk(group.map(jobOf)).catch(note);
    }
    sending = undefined;
  };

  const bus: Bus = {
    wake(lanes) {
      if (closing) return;
      for (const wake of lanes) pending.set(idOf(wake), wake);
      if (pending.size) sending ??= send();
    },
    start(drain, receivers) {
      for (const receiver of receivers) workers.push(workerFor(receiver, drain));
    },
    async close() {
      closing = true;
      await Promise.all(running);
      // By force: a job left behind is a wake too many for whoever finds it.
      const closed = [
        ...workers.map((w) => w.close(true)),
        ...[...queues.values()].map((q) => q.close()),
        sending,
      ];
      await inTime(Promise.allSettled(closed), closeMs);
      disconnect();
    },
  };

  const workerFor = ({ dest, concurrency }: Receiver, drain: Drain): Worker => {
    const work = async ({ data }: { data: Wake }): Promise<void> => {
      if (closing) return;
      const done = drain(data).then((more) => {
        if (more) bus.wake([data]);
      });
      running.add(done);
      await done.finally(() => running.delete(done));
    };
    const worker = new Worker<Wake>(nameOf(dest), work, {
      ...{ connection: consumer, prefix: prefixOf(namespace, dest), skipVersionCheck: true },
      ...{ concurrency: concurrency + urgentSlots, lockDuration: lockMs, stalledInterval: stalledMs },
      maxStalledCount: Number.MAX_SAFE_INTEGER,
    });
    worker.on('error', note);
    return worker;
  };
  return bus;
}

const idOf = ({ lane, urgent }: Wake) => (urgent ? `${lane}-urgent` : `${lane}`);

/** BullMQ keeps the colon for itself. */
const nameOf = (dest: string) => `lanes-${dest.replaceAll(':', '.')}`;

/** The braces put all keys of a queue on one node of a Redis Cluster, and different queues on different ones. */
const prefixOf = (namespace: string, dest: string) => `{${namespace}-${nameOf(dest)}}`;

function jobOf(wake: Wake) {
  return {
    name: 'lane',
    data: wake,
    opts: {
      deduplication: { id: idOf(wake), keepLastIfActive: true },
      removeOnComplete: true,
      removeOnFail: true,
      lifo: wake.urgent,
    },
  };
}

function groupByDest(wakes: readonly Wake[]): Map<string, Wake[]> {
  const groups = new Map<string, Wake[]>();
  for (const wake of wakes) groups.set(wake.dest, [...(groups.get(wake.dest) ?? []), wake]);
  return groups;
}

async function inTime(work: Promise<unknown>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([
    work,
    new Promise((resolve) => {
      timer = setTimeout(resolve, ms);
    }),
  ]);
  clearTimeout(timer);
}

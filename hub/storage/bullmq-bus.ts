import { Queue, Worker } from 'bullmq';
import type { Cluster, Redis } from 'ioredis';
import type { Bus, Drain, Receiver } from '../flow/bus';
import { newId } from './id';
import { connectRedis } from './redis';
import type { Wake } from './store';

export interface BullmqOptions {
  /** One server, Sentinels or a Cluster; see redis.ts. */
  readonly redisUrl: string;
  /** Hubs that share a Redis need different ones. Default `esperanto`. */
  readonly namespace?: string;
  /** The lanes of a receiver are spread over so many queues, each of which is on one node of a Cluster. Default 1. */
  readonly queues?: number;
  readonly log?: (message: string, detail?: Record<string, unknown>) => void;
}

/** A worker that died is noticed within these, in ms. They are short: a repeated wake costs nothing. */
const lockMs = 10_000;
const stalledMs = 5_000;
const wakesPerCall = 200;
/** So many lanes of one moment are one job: a job costs more than most lanes do. */
const lanesPerJob = 10;
/** A worker asks anew after so many seconds, and notices a connection that hangs a second later. */
const askAgainS = 2;
/** Redis may go away while we say goodbye. */
const closeMs = 2000;
/** As in the bus within one process. */
const urgentSlots = 2;
/** A worker says that often that it is there, and is taken for gone when it has said nothing for so long, in ms. */
const presenceMs = 500;
const goneMs = 3000;

/**
 * The bus over BullMQ, for several API and worker processes: queues of its own for each receiver, so that a slow one
 * takes nobody else's workers; a job is a few lanes, or one, and says nothing but that they have something to do. Whoever
 * takes it begins with those that it can begin with soon, and puts the others back, each as a job of its own.
 *
 * A wake for the only lane of a job that is running is kept and becomes the next job (`keepLastIfActive`): simple
 * deduplication would drop it, and the lane would sleep on. Urgent lanes are jobs of their own at the head of the queue.
 * Nothing is lost with Redis: wakes that cannot be sent are dropped, and the reconciler finds their lanes.
 */
export function bullmqBus(options: BullmqOptions): Bus {
  const { redisUrl, namespace = 'esperanto', queues: count = 1, log = () => {} } = options;
  let closing = false;
  const note = (error: Error) => log(`redis: ${error.message}`);
  // Once the bus is closing, a Redis that is away is not waited for: whoever waits for the connection is told so.
  const base = {
    retryStrategy: (times: number) => (closing ? null : Math.min(times * 100, 1000)),
    disconnectTimeout: 200,
  };
  // Fails at once while Redis is away, instead of gathering wakes that are told again anyway.
  const producer = connectRedis(redisUrl, { enableOfflineQueue: false, maxRetriesPerRequest: 1, ...base });
  const consumer = connectRedis(redisUrl, { maxRetriesPerRequest: null, ...base });
  const connections: Array<Redis | Cluster> = [producer, consumer];
  remembering(consumer, connections);
  const disconnect = () => {
    for (const connection of connections) if (connection.status !== 'end') connection.disconnect();
  };
  for (const connection of connections) connection.on('error', note);
  const presence = presenceOn(producer, namespace);
  const queues = new Map<string, Queue>();
  const workers: Worker[] = [];
  const running = new Set<Promise<unknown>>();
  const pending = new Map<string, Wake>();
  let sending: Promise<void> | undefined;

  const nameOf = (wake: Pick<Wake, 'dest' | 'lane'>) => queueName(wake.dest, wake.lane % count);
  const queueOf = (name: string): Queue => {
    let queue = queues.get(name);
    if (!queue) {
      const prefix = prefixOf(namespace, name);
      queue = new Queue(name, { connection: producer, prefix, skipVersionCheck: true });
      queue.on('error', note);
      queues.set(name, queue);
    }
    return queue;
  };

  const send = async (): Promise<void> => {
    while (pending.size) {
      const wakes = [...pending.values()].slice(0, wakesPerCall);
      for (const wake of wakes) pending.delete(idOf(wake));
      for (const [name, group] of groupBy(wakes, nameOf)) await add(name, jobsOf(group));
    }
    sending = undefined;
  };
  const add = (name: string, jobs: ReturnType<typeof jobOf>[]) => queueOf(name).addBulk(jobs).catch(note);

  const bus: Bus = {
    wake(lanes) {
      if (closing) return;
      for (const wake of lanes) pending.set(idOf(wake), wake);
      if (pending.size) sending ??= send();
    },
    start(drain, receivers, room) {
      for (const receiver of receivers)
        for (let n = 0; n < count; n++) workers.push(workerFor(receiver, n, drain, room));
      presence.start();
    },
    works: () => producer.status === 'ready',
    alone: () => presence.alone(),
    async close() {
      closing = true;
      const left = presence.leave();
      await Promise.all(running);
      // By force: a job left behind is a wake too many for whoever finds it.
      const closed = [
        ...workers.map((w) => w.close(true)),
        ...[...queues.values()].map((q) => q.close()),
        sending,
        left,
      ];
      await inTime(Promise.allSettled(closed), closeMs);
      disconnect();
    },
  };

  const workerFor = (
    { dest, concurrency }: Receiver,
    n: number,
    drain: Drain,
    room: (dest: string) => number,
  ): Worker => {
    const name = queueName(dest, n);
    const begin = async (wake: Wake): Promise<void> => {
      if (await drain(wake)) bus.wake([wake]);
    };
    const work = async ({ data: { lanes } }: { data: Job }): Promise<void> => {
      if (closing) return;
      const begun: Array<Promise<unknown>> = [];
      for (const wake of lanes) {
        if (begun.length > 0 && room(dest) < 1) break;
        begun.push(begin(wake));
      }
      const others = lanes.slice(begun.length).map((wake) => jobOf([wake]));
      if (others.length > 0) begun.push(add(name, others));
      const done = Promise.all(begun);
      running.add(done);
      await done.finally(() => running.delete(done));
    };
    const worker = new Worker<Job>(name, work, {
      ...{ connection: consumer, prefix: prefixOf(namespace, name), skipVersionCheck: true },
      ...{ lockDuration: lockMs, stalledInterval: stalledMs, drainDelay: askAgainS },
      concurrency: Math.ceil(concurrency / count) + urgentSlots,
      maxStalledCount: Number.MAX_SAFE_INTEGER,
    });
    worker.on('error', note);
    return worker;
  };
  return bus;
}

/** own name, ms after which one is gone → how many workers are there. Time is Redis's. */
const sayPresent = `
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  redis.call('ZADD', KEYS[1], now, ARGV[1])
  redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2])
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  return redis.call('ZCARD', KEYS[1])`;

/** Which processes work on lanes. What is known of it only says who is asked first: the store says who may work. */
function presenceOn(redis: Redis | Cluster, namespace: string) {
  const key = `${namespace}-workers`;
  const self = newId();
  let timer: NodeJS.Timeout | undefined;
  /** When Redis was last asked and said that there was nobody else; performance.now(). */
  let alone = Number.NEGATIVE_INFINITY;
  const say = async () => {
    const asked = performance.now();
    const count = await redis.eval(sayPresent, 1, key, self, goneMs).catch(() => undefined);
    alone = count === 1 ? asked : Number.NEGATIVE_INFINITY;
  };
  return {
    start() {
      if (redis.status !== 'ready') redis.once('ready', () => timer && void say());
      void say();
      timer = setInterval(say, presenceMs);
    },
    alone: () => performance.now() - alone < 2 * presenceMs,
    async leave() {
      clearInterval(timer);
      timer = undefined;
      await redis.zrem(key, self).catch(() => {});
    },
  };
}

const idOf = ({ lane, urgent }: Wake) => (urgent ? `${lane}-urgent` : `${lane}`);

/** BullMQ keeps the colon for itself. */
const queueName = (dest: string, n: number) => `lanes-${dest.replaceAll(':', '.')}${n === 0 ? '' : `-${n}`}`;

/** The braces put all keys of a queue on one node of a Redis Cluster, and different queues on different ones. */
const prefixOf = (namespace: string, queue: string) => `{${namespace}-${queue}}`;

/** Each worker waits on a connection of its own, which BullMQ makes from that one: it is kept with the others. */
function remembering(connection: Redis | Cluster, all: Array<Redis | Cluster>): void {
  const plain = connection.duplicate.bind(connection) as (...given: unknown[]) => Redis | Cluster;
  connection.duplicate = ((...given: unknown[]) => {
    const made = plain(...given);
    all.push(made);
    return made;
  }) as typeof connection.duplicate;
}

/** What a job says. */
interface Job {
  readonly lanes: readonly Wake[];
}

/** Urgent lanes apart from the others. */
function jobsOf(wakes: readonly Wake[]) {
  return [wakes.filter(({ urgent }) => urgent), wakes.filter(({ urgent }) => !urgent)].flatMap((alike) =>
    Array.from({ length: Math.ceil(alike.length / lanesPerJob) }, (_, n) =>
      jobOf(alike.slice(n * lanesPerJob, (n + 1) * lanesPerJob)),
    ),
  );
}

/** The lanes are all urgent or none is. */
function jobOf(lanes: readonly Wake[]) {
  const only = lanes.length === 1 ? lanes[0] : undefined;
  return {
    name: 'lanes',
    data: { lanes },
    opts: {
      ...(only ? { deduplication: { id: idOf(only), keepLastIfActive: true } } : {}),
      ...{ removeOnComplete: true, removeOnFail: true },
      lifo: lanes[0]!.urgent,
    },
  };
}

function groupBy<T>(things: readonly T[], nameOf: (thing: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const thing of things) groups.set(nameOf(thing), [...(groups.get(nameOf(thing)) ?? []), thing]);
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

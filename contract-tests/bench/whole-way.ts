/** The whole way: HTTP in, parsed, validated, mapped, stored, mapped, delivered to a receiver that acknowledges. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { freePort } from '../../hub/demo/plant';
import { hubProcess } from '../faults/processes';
import { measured, percentile, type Round } from './measure';
import { benchIdoc, benchOrder } from './order';
import { projectDir } from './plant';

export type Format = 'json' | 'xml';

/** A system that sends orders, and how. */
export interface Sender {
  readonly system: string;
  readonly format: Format;
}

export const senderOf: Record<Format, Sender> = {
  json: { system: 'shop', format: 'json' },
  xml: { system: 'erp', format: 'xml' },
};

/** Something that takes orders and delivers them to the sink. */
export interface Way {
  readonly url: string;
  /** Its own process, and those of the servers that it uses. */
  readonly pids: readonly number[];
  stop(): Promise<void>;
}

export interface Sink {
  readonly url: string;
  count(): Promise<number>;
  /** The body that came last. */
  last(): Promise<unknown>;
  /** Order number → epoch ms of its arrival; forgets them. */
  arrivals(): Promise<Record<string, number>>;
  stop(): Promise<void>;
}

export interface Latency {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

export async function startSink(): Promise<Sink> {
  const { url, stop } = await startProgram('sink', {});
  const get = async <T>(path: string) => (await (await fetch(url + path)).json()) as T;
  return {
    url,
    count: async () => (await get<{ count: number }>('/count')).count,
    last: () => get('/last'),
    arrivals: () => get('/arrivals'),
    stop,
  };
}

export async function startPassThrough(sinkUrl: string): Promise<Way> {
  const { url, child, stop } = await startProgram('pass-through', environment(sinkUrl));
  return { url, pids: [child.pid!], stop };
}

export async function startHub(
  sinkUrl: string,
  servers: { databaseUrl?: string; redisUrl?: string; pids?: readonly number[] } = {},
): Promise<Way> {
  const folder = mkdtempSync(join(tmpdir(), 'esperanto-bench-'));
  const port = await freePort();
  const hub = hubProcess({
    name: 'hub',
    args: ['start', projectDir, '--port', `${port}`, '--data', folder],
    env: {
      ...environment(sinkUrl),
      LOG_LEVEL: 'error',
      ...(servers.databaseUrl ? { DATABASE_URL: servers.databaseUrl } : {}),
      ...(servers.redisUrl ? { REDIS_URL: servers.redisUrl } : {}),
    },
    logDir: folder,
  });
  await hub.start();
  return {
    url: `http://127.0.0.1:${port}`,
    pids: [hub.pid(), ...(servers.pids ?? [])],
    async stop() {
      await hub.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** What hub.yaml of the benches asks for. */
export const environment = (sinkUrl: string) => ({ SINK_URL: sinkUrl, SINK_PASSWORD: 'bench' });

/** Each order is another one: as when production orders are released. */
let next = Date.now() % 100_000_000;

/** Ways that deliver different things cannot be compared: throws unless all deliver the same for an order. */
export async function mustAgree(ways: ReadonlyMap<string, Way>, sink: Sink, format: Format): Promise<void> {
  const document = documentOf(format, next++);
  let first: unknown;
  await overOwnConnections(async (post) => {
    for (const [name, way] of ways) {
      await sink.arrivals();
      await Promise.race([
        post(way.url, senderOf[format], document).then(() => until(sink, 1)),
        sleep(30_000, undefined, { ref: false }).then(() => Promise.reject(new Error('nothing within 30 s'))),
      ]).catch((cause: Error) => {
        throw new Error(`${name} does not deliver an order as ${format}: ${cause.message}`);
      });
      const delivered = await sink.last();
      first ??= delivered;
      if (!isDeepStrictEqual(delivered, first))
        throw new Error(
          `${name} delivers another ${format}:\n${JSON.stringify(delivered)}\n${JSON.stringify(first)}`,
        );
    }
  });
}

/** `count` orders from `callers` senders, each of which waits for its answer; over when the sink has them all. */
export async function wholeWayRound(
  way: Way,
  sink: Sink,
  format: Format,
  count: number,
  callers = 16,
): Promise<Round> {
  const documents = Array.from({ length: count }, () => documentOf(format, next++));
  await sink.arrivals();
  let sent = 0;
  return overOwnConnections((post) => {
    const caller = async () => {
      while (sent < count) await post(way.url, senderOf[format], documents[sent++]!);
    };
    return measured(
      count,
      async () => {
        await Promise.all(Array.from({ length: callers }, caller));
        await until(sink, count);
      },
      way.pids,
    );
  });
}

/** ms from sending to arrival, at that many orders a second, from all senders in turn. */
export async function latencyAt(
  way: Way,
  sink: Sink,
  senders: readonly Sender[],
  { rate, seconds }: { readonly rate: number; readonly seconds: number },
): Promise<Latency> {
  const sent = new Map<string, number>();
  // Written before: an IDoc takes as long to write as the hub takes for it.
  const orders = Array.from({ length: Math.floor(rate * seconds) }, () => next++).map((number, n) => {
    const sender = senders[n % senders.length]!;
    return { number, sender, document: documentOf(sender.format, number) };
  });
  await sink.arrivals();
  await overOwnConnections(async (post) => {
    const posts: Promise<void>[] = [];
    const began = performance.now();
    for (const [n, { number, sender, document }] of orders.entries()) {
      while (performance.now() - began < (n / rate) * 1000) await sleep(1);
      sent.set(String(1_000_000 + number), Date.now());
      posts.push(post(way.url, sender, document));
    }
    await Promise.all(posts);
    await until(sink, sent.size);
  });
  const arrivals = await sink.arrivals();
  const delays = [...sent].map(([id, at]) => arrivals[id]! - at);
  return { p50: percentile(delays, 0.5), p95: percentile(delays, 0.95), p99: percentile(delays, 0.99) };
}

/** MB that a process holds in memory. */
export function residentMb(pid: number): number {
  const line = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(line?.[1] ?? 0) / 1024;
}

function documentOf(format: Format, n: number): string {
  return format === 'json' ? JSON.stringify(benchOrder(n)) : benchIdoc(n);
}

type Post = (url: string, sender: Sender, body: string) => Promise<void>;

/** A server closes connections that have long been silent, perhaps just when they are used again: each round has its own. */
async function overOwnConnections<T>(work: (post: Post) => Promise<T>): Promise<T> {
  const agent = new Agent({ keepAlive: true, maxSockets: 512 });
  try {
    return await work((url, sender, body) => post(agent, url, sender, body));
  } finally {
    agent.destroy();
  }
}

function post(agent: Agent, url: string, { system, format }: Sender, body: string): Promise<void> {
  const type = format === 'json' ? 'application/json' : 'text/xml';
  return new Promise((resolve, reject) => {
    const sending = request(
      `${url}/intake/${system}`,
      { method: 'POST', agent, headers: { 'content-type': type, 'content-length': Buffer.byteLength(body) } },
      (answer) => {
        let text = '';
        answer.on('data', (part) => {
          text += part;
        });
        answer.on('end', () =>
          answer.statusCode === 202 ? resolve() : reject(new Error(`${answer.statusCode}: ${text}`)),
        );
      },
    );
    sending.on('error', reject).end(body);
  });
}

async function until(sink: Sink, count: number): Promise<void> {
  while ((await sink.count()) < count) await sleep(5);
}

async function startProgram(
  name: string,
  env: Record<string, string>,
): Promise<{ url: string; child: ChildProcess; stop(): Promise<void> }> {
  const child = spawn(process.execPath, [join(__dirname, `${name}.js`)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { PATH: process.env.PATH ?? '', ...env },
  });
  const [line] = await Promise.race([
    once(createInterface({ input: child.stdout! }), 'line'),
    once(child, 'exit').then(() => Promise.reject(new Error(`${name} ended instead of listening`))),
  ]);
  return {
    url: (JSON.parse(line) as { url: string }).url,
    child,
    async stop() {
      const gone = once(child, 'exit');
      child.stdin!.end();
      await gone;
    },
  };
}

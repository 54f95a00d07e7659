import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { runLanes } from '../../hub/flow/lanes';
import { openStore } from '../../hub/storage/open';
import type { Store } from '../../hub/storage/store';
import { HubError } from '../../model/errors';
import { type Configuration, missingFor } from './plant';
import { ownPostgres, postgresPrograms } from './servers';

/** What it costs that many messages wait for one receiver, and how they leave when it is back. */
export interface Backlog {
  readonly on: Configuration;
  readonly messages: number;
  /** MB of this process when a tenth, two tenths … of the messages wait. */
  readonly rssMb: readonly number[];
  /** On disk, per message, its log included. */
  readonly bytesPerMessage: number;
  /** Messages a second, in and out. */
  readonly inPerSecond: number;
  readonly outPerSecond: number;
  readonly lost: number;
  readonly reordered: number;
}

export interface BacklogOptions {
  readonly messages: number;
  readonly keys?: number;
  /** Bytes of the content of a message. */
  readonly size?: number;
}

const perTransaction = 500;

/** Lets messages wait for a receiver that is away, with all that works on lanes running, and then lets it return. */
export async function backlog(
  on: Configuration,
  { messages, keys = 10_000, size = 700 }: BacklogOptions,
): Promise<Backlog> {
  const missing = missingFor(on);
  if (missing) throw new Error(missing);
  const folder = mkdtempSync(join(tmpdir(), 'esperanto-backlog-'));
  const server = on === 'postgres' ? await ownPostgres(postgresPrograms()!, folder) : undefined;
  const store = await openStore({ dataDir: folder, ...(server ? { databaseUrl: server.url } : {}) });
  const receiver = receiving();
  const lanes = runLanes({ store, destinations: new Map([['mes', receiver.destination]]) });
  try {
    const empty = await sizeOf(folder, server?.url);
    const began = performance.now();
    const rssMb: number[] = [];
    for (let tenth = 1; tenth <= 10; tenth++) {
      await fill(store, { from: (messages * (tenth - 1)) / 10, to: (messages * tenth) / 10, keys, size });
      globalThis.gc?.();
      rssMb.push(Math.round(process.memoryUsage.rss() / 1e6));
    }
    const filled = performance.now();
    const bytes = (await sizeOf(folder, server?.url)) - empty;
    receiver.isBack();
    await lanes.returned('mes');
    while ((await store.waiting()) > 0) await new Promise((resolve) => setTimeout(resolve, 50));
    const drained = performance.now();
    return {
      ...{ on, messages, rssMb, bytesPerMessage: Math.round(bytes / messages) },
      inPerSecond: Math.round((messages / (filled - began)) * 1000),
      outPerSecond: Math.round((messages / (drained - filled)) * 1000),
      lost: messages - receiver.got(),
      reordered: receiver.reordered(),
    };
  } finally {
    await lanes.close();
    await store.close();
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Messages `from` to `to`, number n to key n modulo `keys`. */
async function fill(
  store: Store,
  { from, to, keys, size }: { from: number; to: number; keys: number; size: number },
): Promise<void> {
  const text = 'x'.repeat(size);
  for (let first = from; first < to; first += perTransaction) {
    const numbers = Array.from({ length: Math.min(perTransaction, to - first) }, (_, i) => first + i);
    await store.transaction(async (tx) =>
      tx.addDeliveries(numbers.map((n) => ({ dest: 'mes', key: `${n % keys}`, payload: { n, text } }))),
    );
  }
}

function receiving() {
  let away = true;
  let got = 0;
  let reordered = 0;
  const last = new Map<string, number>();
  return {
    isBack: () => {
      away = false;
    },
    got: () => got,
    reordered: () => reordered,
    destination: {
      ...{ idempotent: true, remembers: true, onPermanent: 'block' as const },
      async handle({ claim, row }: { claim: { key: string }; row: { payload?: unknown } }) {
        if (away) throw new HubError('HUB_UNREACHABLE', 'away');
        const { n } = row.payload as { n: number };
        if (n < (last.get(claim.key) ?? -1)) reordered++;
        last.set(claim.key, n);
        got++;
        return {};
      },
    },
  };
}

async function sizeOf(folder: string, databaseUrl: string | undefined): Promise<number> {
  if (databaseUrl === undefined) {
    const files = readdirSync(folder).filter((file) => file.startsWith('esperanto.db'));
    return files.reduce((sum, file) => sum + statSync(join(folder, file)).size, 0);
  }
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  const { rows } = await client.query('select pg_database_size(current_database()) as bytes');
  await client.end();
  return Number(rows[0].bytes);
}

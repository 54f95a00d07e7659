import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Accept, Connection, NativeRecord, Receipt } from '../adapter';
import type { Counterpart } from '../kit';
import { parseSettings } from '../settings';
import { opcuaJobControl } from '.';
import { opcuaKit } from './kit';
import type { OpcuaConfig } from './settings';

/** A press for a test file, and hubs that connect to it. */
export interface Bench {
  readonly press: Counterpart;
  /** A connection with a data folder of that name; the same name is the same hub. */
  connect(name: string, config?: Record<string, unknown>): Promise<Hub>;
  folderOf(name: string): string;
  stop(): Promise<void>;
}

export interface Hub {
  readonly connection: Connection;
  readonly log: string[];
  send(type: string, body: unknown): Promise<Receipt>;
  /** Takes job responses into `taken` until the connection is closed. */
  receive(accept?: Accept): { readonly taken: NativeRecord[] };
  close(): Promise<void>;
}

export async function startBench(options: Record<string, unknown> = {}): Promise<Bench> {
  const folder = mkdtempSync(join(tmpdir(), 'opcua-'));
  const press = await opcuaKit.start({ dataDir: join(folder, 'press'), options });
  const hubs = new Set<Hub>();
  const folderOf = (name: string) => join(folder, name);
  return {
    press,
    folderOf,
    async connect(name, config = {}) {
      const hub = await openHub({ ...press.config, ...config }, folderOf(name));
      hubs.add(hub);
      return hub;
    },
    async stop() {
      await Promise.all([...hubs].map((hub) => hub.close()));
      await press.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function openHub(values: Record<string, unknown>, dataDir: string): Promise<Hub> {
  const log: string[] = [];
  const config = parseSettings<OpcuaConfig>(opcuaJobControl, values, 'test');
  const connection = await opcuaJobControl.open(config, {
    dataDir,
    log: (message, detail) => log.push(message, JSON.stringify(detail ?? {})),
  });
  const over = new AbortController();
  const receiving: Promise<void>[] = [];
  let deliveries = 0;
  return {
    connection,
    log,
    send: (type, body) => connection.send!({ type, body, key: 'key', id: `delivery-${deliveries++}` }),
    receive(accept = async () => {}) {
      const taken: NativeRecord[] = [];
      const take: Accept = async (record) => {
        await accept(record);
        taken.push(record);
      };
      receiving.push(connection.receive!(take, over.signal));
      return { taken };
    },
    async close() {
      over.abort();
      await Promise.all(receiving);
      await connection.close();
    },
  };
}

/** Waits for a condition, at most 25 s. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 25_000; !(await holds()); await wait(10)) {
    if (Date.now() > end) throw new Error('waited in vain');
  }
}

/** The failure of something that must fail. */
export const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => Promise.reject(new Error('it did not fail')),
    (error: unknown) => error as Error & { code: string; kind: string },
  );

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Adapter, Connection, Declared, NativeRecord, Receipt, Setting } from '../adapters/adapter';
import type { Counterpart, Kit } from '../adapters/kit';
import { declaredBy, parseSettings } from '../adapters/settings';
import { asHubError, HubError } from '../model/errors';
import { type Door, openDoor } from './door';

const PATIENCE_MS = 20_000;

/** One adapter, connected to its kit on one side and to a stand-in of the hub on the other. */
export interface Bench {
  /** What the adapter declares with the kit's settings. */
  readonly declared: Declared;
  readonly counterpart: Counterpart;
  readonly connection: Connection;
  /** What the hub has taken, in order, pushed or pulled. */
  readonly taken: NativeRecord[];
  /** What was offered, taken or not. */
  readonly offered: NativeRecord[];
  /** Replaces what the hub does with an offered record: throwing refuses it. */
  onOffer(decide: (record: NativeRecord) => Promise<void> | void): void;
  /** Makes the sample event happen. Does not wait for the hub's confirmation. */
  emit(key: string): Promise<unknown>;
  /** Sends the sample record of `key`. */
  send(key: string, id?: string): Promise<Receipt>;
  /** The failure of sending it. */
  sendFails(key: string): Promise<HubError>;
  /** All that was said to people: log lines and failures, with their causes. */
  words(): string;
  /** Values of the settings that are secret. */
  readonly secrets: readonly string[];
  stop(): Promise<void>;
}

/** Starts the kit, the door and the connection, and receives until it is stopped. */
export async function setUp(adapter: Adapter, kit: Kit): Promise<Bench> {
  const folder = await mkdtemp(join(tmpdir(), 'contract-'));
  const said: unknown[] = [];
  const taken: NativeRecord[] = [];
  const offered: NativeRecord[] = [];
  let decide: (record: NativeRecord) => Promise<void> | void = () => {};
  const accept = async (record: NativeRecord) => {
    offered.push(record);
    await decide(record);
    taken.push(record);
  };

  let config: Record<string, unknown> = {};
  const door: Door | undefined = adapter.read ? await openDoor(adapter, accept, () => config) : undefined;
  const counterpart = await kit.start({
    ...(door ? { hubUrl: door.url } : {}),
    system: 'tested',
    dataDir: join(folder, 'kit'),
  });
  config = parseSettings(adapter, { ...kit.samples.settings, ...counterpart.config }, 'the kit');
  const connection = await adapter.open(config, {
    dataDir: join(folder, 'adapter'),
    log: (message, detail) => said.push(message, detail),
  });
  const over = new AbortController();
  const receiving = connection.receive?.(accept, over.signal);
  const emitted: Promise<unknown>[] = [];
  const send = (key: string, id = `delivery-${key}`) => connection.send!({ ...kit.samples.record!(key), id });

  return {
    declared: declaredBy(adapter, config),
    counterpart,
    connection,
    taken,
    offered,
    secrets: secretsOf(adapter, config),
    onOffer(next) {
      decide = next;
    },
    emit(key) {
      const { event, data } = kit.samples.event!(key);
      const happened = counterpart.emit!(event, data);
      // Stopping gives up what waits; that is no failure of the test.
      emitted.push(happened.catch(() => {}));
      return happened;
    },
    send,
    async sendFails(key) {
      const failure: unknown = await send(key).catch((error: unknown) => error);
      said.push(...wordsOf(failure));
      expect(failure).toBeInstanceOf(HubError);
      return failure as HubError;
    },
    words: () => said.map((part) => (typeof part === 'string' ? part : JSON.stringify(part))).join('\n'),
    async stop() {
      over.abort();
      await receiving;
      await connection.close();
      await counterpart.stop();
      await Promise.all(emitted);
      await door?.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Waits for a condition, at most 20 s. `what` completes "waited in vain until". */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const patience = Date.now() + PATIENCE_MS;
  while (!(await holds())) {
    if (Date.now() > patience) throw new Error(`waited in vain until ${what}`);
    await sleep(10);
  }
}

/** Sends until it is taken: after an outage, connections need a moment. A refusal for good is a failure of the test. */
export async function sendUntilTaken(bench: Bench, key: string): Promise<void> {
  await until(`${key} is taken`, async () => {
    try {
      await bench.send(key);
      return true;
    } catch (error) {
      if (asHubError(error).kind === 'permanent') throw error;
      return false;
    }
  });
}

function secretsOf(adapter: Adapter, config: Readonly<Record<string, unknown>>): string[] {
  const settings = Object.entries(adapter.settings as Record<string, Setting>);
  return settings
    .filter(([name, { secret }]) => secret && config[name] !== undefined)
    .map(([name]) => String(config[name]));
}

/** An error as anybody could come to print it, with the errors that caused it. */
function wordsOf(error: unknown): string[] {
  if (!(error instanceof Error)) return [String(error)];
  return [
    JSON.stringify(error),
    String(error.stack),
    ...(error.cause === undefined ? [] : wordsOf(error.cause)),
  ];
}

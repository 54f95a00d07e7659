import { setMaxListeners } from 'node:events';
import type { Connection, NativeRecord } from '../../adapters/adapter';
import { asHubError, HubError } from '../../model/errors';
import type { Led } from './leader';
import { pause } from './pause';

export type ConnectionState = 'connecting' | 'up' | 'down';

export interface SystemState {
  readonly state: ConnectionState;
  /** Instant. */
  readonly since: string;
  readonly reason?: string;
}

export interface ConnectionsOptions {
  /** How each system is opened; may fail, and is then tried again. */
  readonly open: Readonly<Record<string, () => Promise<Connection>>>;
  /** Keeps a record that a system's connection received. */
  readonly take: (system: string, record: NativeRecord) => Promise<void>;
  /** Receiving is for one process at a time: runs `work` while it is this one. */
  readonly lead: (system: string, work: Led, signal: AbortSignal) => Promise<void>;
  /** Called when a system can be used, at first or again. */
  readonly onUp: (system: string) => void;
  readonly log: (message: string, detail: Record<string, unknown>) => void;
  readonly checkEveryMs?: number;
  readonly retryMs?: { readonly first: number; readonly cap: number };
}

export interface Connections {
  /** The open connection. Throws HUB_UNREACHABLE while there is none: nothing was sent. */
  get(system: string): Connection;
  states(): Record<string, SystemState>;
  /** Ends receiving, then closes every connection. */
  close(): Promise<void>;
}

/**
 * Opens every system in the background and keeps looking after it: a system that is away never holds up the start
 * or another system. Each is checked now and then, so that its return is noticed before the next delivery is due.
 */
export function connections(options: ConnectionsOptions): Connections {
  const stop = new AbortController();
  // A few listeners for each system, however many there are.
  setMaxListeners(0, stop.signal);
  const open = new Map<string, Connection>();
  const states = new Map<string, SystemState>();
  const lives = Object.entries(options.open).map(([system, opener]) => live(system, opener));

  function note(system: string, state: ConnectionState, reason?: string): void {
    if (states.get(system)?.state === state) return;
    states.set(system, {
      state,
      since: new Date().toISOString(),
      ...(reason === undefined ? {} : { reason }),
    });
    options.log(`${system} is ${state}`, reason === undefined ? { system } : { system, reason });
    if (state === 'up') options.onUp(system);
  }

  async function live(system: string, opener: () => Promise<Connection>): Promise<void> {
    note(system, 'connecting');
    const connection = await openUntilItWorks(system, opener);
    if (!connection) return;
    open.set(system, connection);
    await Promise.all([watch(system, connection), receive(system, connection)]);
    await connection.close();
  }

  async function openUntilItWorks(
    system: string,
    opener: () => Promise<Connection>,
  ): Promise<Connection | undefined> {
    const { first, cap } = options.retryMs ?? { first: 250, cap: 10_000 };
    for (let delay = first; !stop.signal.aborted; delay = Math.min(cap, delay * 2)) {
      try {
        return await opener();
      } catch (error) {
        note(system, 'down', asHubError(error).message);
      }
      await pause(delay, stop.signal);
    }
    return undefined;
  }

  async function watch(system: string, connection: Connection): Promise<void> {
    while (!stop.signal.aborted) {
      try {
        await connection.check();
        note(system, 'up');
      } catch (error) {
        note(system, 'down', asHubError(error).message);
      }
      const up = states.get(system)?.state === 'up';
      await pause(up ? (options.checkEveryMs ?? 5_000) : 500, stop.signal);
    }
  }

  /** An adapter's `receive` ends only when told; should it fail all the same, it is begun again. */
  async function receive(system: string, connection: Connection): Promise<void> {
    if (!connection.receive) return;
    const led: Led = (signal, sure) =>
      connection.receive!(async (record) => {
        sure();
        await options.take(system, record);
      }, signal);
    while (!stop.signal.aborted) {
      try {
        await options.lead(system, led, stop.signal);
      } catch (error) {
        options.log(`receiving from ${system} failed`, { system, reason: asHubError(error).message });
      }
      await pause(1_000, stop.signal);
    }
  }

  return {
    get(system) {
      const connection = open.get(system);
      if (connection) return connection;
      const reason = states.get(system)?.reason;
      throw new HubError(
        'HUB_UNREACHABLE',
        `${system} is not connected${reason === undefined ? '' : `: ${reason}`}`,
      );
    },
    states: () => Object.fromEntries(states),
    async close() {
      stop.abort();
      await Promise.allSettled(lives);
    },
  };
}

import { setTimeout as wait } from 'node:timers/promises';
import { asHubError, HubError } from '../../model/errors';
import type { OpenOptions } from '../adapter';
import type { Identity } from './certificates';
import { bindMachine, type Machine } from './machine';
import { firstLine, openSession, type Session } from './session';
import type { OpcuaConfig } from './settings';

/** `suspect`: connected, but the last heartbeat had no answer. Commands go only when `up`. */
export type LinkState = 'connecting' | 'up' | 'suspect' | 'down' | 'untrusted';

export interface Link {
  readonly state: { readonly name: LinkState; readonly since: Date; readonly reason: string };
  /** The machine when the link is up. Waits for a first attempt under way, never for a link that is down: throws then. */
  machine(): Promise<Machine>;
  /** Waits as long as it takes; undefined when the signal aborts or the link is closed. */
  nextMachine(signal: AbortSignal): Promise<Machine | undefined>;
  close(): Promise<void>;
}

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;
const HEARTBEAT_MS = 5_000;
const SERVER_STATE = 'i=2259';

/** Keeps a session with the machine: opens one, looks that it lives, and opens the next when it ended. */
export function superviseLink(settings: OpcuaConfig, identity: Identity, log: OpenOptions['log']): Link {
  const closing = new AbortController();
  const changed = new EventTarget();
  let state: Link['state'] = { name: 'connecting', since: new Date(), reason: 'first attempt' };
  let failure: HubError | undefined;
  let machine: Machine | undefined;

  function become(name: LinkState, reason: string): void {
    if (state.name !== name || state.reason !== reason) log(`link ${name}: ${reason}`, { state: name });
    state = { name, since: new Date(), reason };
    changed.dispatchEvent(new Event('change'));
  }

  async function once(): Promise<void> {
    let session: Session | undefined;
    try {
      session = await openSession(settings, identity, closing.signal);
      machine = await bindMachine(session, settings);
      failure = undefined;
      become('up', settings.endpointUrl);
      await watch(session, become);
      become('down', String(session.ended.reason));
    } catch (thrown) {
      failure = thrown instanceof HubError ? thrown : unreachable(firstLine(thrown), asHubError(thrown));
      become(failure.code === 'HUB_UNTRUSTED' ? 'untrusted' : 'down', failure.message);
    } finally {
      machine = undefined;
      await session?.close();
    }
  }

  async function supervise(): Promise<void> {
    let pause = FIRST_PAUSE_MS;
    while (!closing.signal.aborted) {
      const begun = Date.now();
      await once();
      // A link that held for a while starts over quickly; one that never came up is asked less and less often.
      pause = Date.now() - begun > LONGEST_PAUSE_MS ? FIRST_PAUSE_MS : Math.min(pause * 2, LONGEST_PAUSE_MS);
      await wait(pause, undefined, { signal: closing.signal }).catch(() => {});
    }
  }

  const unreachable = (reason: string, cause?: unknown) =>
    new HubError('HUB_UNREACHABLE', `the machine is not connected (${state.name}): ${reason}`, {
      at: settings.endpointUrl,
      cause,
    });
  const change = (signal: AbortSignal) =>
    new Promise<void>((resolve) => {
      const end = AbortSignal.any([signal, closing.signal]);
      if (end.aborted) return resolve();
      end.addEventListener('abort', () => resolve(), { once: true });
      changed.addEventListener('change', () => resolve(), { once: true });
    });
  const supervision = supervise();

  return {
    get state() {
      return state;
    },
    async machine() {
      while (state.name === 'connecting' && !closing.signal.aborted) await change(closing.signal);
      if (machine && state.name === 'up' && !machine.session.ended.aborted) return machine;
      throw failure ?? unreachable(state.reason);
    },
    async nextMachine(signal) {
      while (!signal.aborted && !closing.signal.aborted) {
        if (machine && state.name === 'up' && !machine.session.ended.aborted) return machine;
        await change(signal);
      }
      return undefined;
    },
    async close() {
      closing.abort('closed');
      await supervision;
    },
  };
}

/** Returns when the session ended. A half-open connection says nothing at all, so it is asked. */
async function watch(
  { client, answer, ended, end }: Session,
  become: (name: LinkState, reason: string) => void,
) {
  let missed = 0;
  while (!ended.aborted) {
    await wait(HEARTBEAT_MS, undefined, { signal: ended }).catch(() => {});
    if (ended.aborted) return;
    try {
      await answer(client.read({ nodeId: SERVER_STATE }));
      if (missed > 0) become('up', 'the heartbeat is answered again');
      missed = 0;
    } catch (thrown) {
      missed++;
      become('suspect', `the heartbeat had no answer: ${firstLine(thrown)}`);
      if (missed > 1) end('the machine does not answer');
    }
  }
}

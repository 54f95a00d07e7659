import { HubError } from '../../model/errors';
import type { Store } from '../storage/store';
import { pause } from './pause';

/** Gets a signal that aborts with the lead; `sure` is called before every effect and throws in a process that was frozen. */
export type Led = (signal: AbortSignal, sure: () => void) => Promise<void>;

export interface LeaderOptions {
  readonly store: Pick<Store, 'lead'>;
  readonly signal: AbortSignal;
  /** How long the lead lasts without renewal, in ms: for so long nobody works when the leader dies. Default 15,000. */
  readonly leadMs?: number;
}

/**
 * Waits until this process has the lead in `name` and does `work` until it ends, the lead is lost or `signal` aborts.
 * Two processes that ask one system for news would hand in its records beside each other, and so out of order.
 */
export async function leading(
  name: string,
  work: Led,
  { store, signal, leadMs = 15_000 }: LeaderOptions,
): Promise<void> {
  const take = (forMs: number) => store.lead(name, forMs);
  let renewed = performance.now();
  while (!signal.aborted && !(await take(leadMs).catch(() => false))) {
    await pause(leadMs / 3, signal);
    renewed = performance.now();
  }
  if (signal.aborted) {
    // Perhaps it was given while this ended.
    await take(0).catch(() => {});
    return;
  }
  const over = new AbortController();
  const stop = () => over.abort();
  signal.addEventListener('abort', stop);
  const sure = () => {
    if (performance.now() - renewed > leadMs * 0.8)
      throw new HubError('HUB_LEASE_LOST', `another process may have the lead in '${name}' by now`);
  };
  const keep = async (): Promise<void> => {
    for (;;) {
      await pause(leadMs / 3, over.signal);
      if (over.signal.aborted) return;
      const asked = performance.now();
      // A store that is away for a moment costs nothing, as long as the lead lasts.
      const kept = await take(leadMs).catch(() => undefined);
      if (kept) renewed = asked;
      else if (kept === false || performance.now() - renewed > leadMs * 0.6) stop();
    }
  };
  try {
    await Promise.all([keep(), work(over.signal, sure).finally(stop)]);
  } finally {
    signal.removeEventListener('abort', stop);
    // So that the next process need not wait for the end of the lead.
    await take(0).catch(() => {});
  }
}

/**
 * Keeps a part open in one process at a time: in this one from when it gets the lead in `name` until it loses it, and
 * again. For what goes on by itself (looking after changes, forgetting), which all of several processes would do alike.
 */
export function ledPart(
  name: string,
  open: () => { close(): Promise<void> },
  options: Omit<LeaderOptions, 'signal'>,
): { close(): Promise<void> } {
  const stop = new AbortController();
  const work: Led = async (signal) => {
    const part = open();
    if (!signal.aborted)
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    await part.close();
  };
  const life = async () => {
    while (!stop.signal.aborted) await leading(name, work, { ...options, signal: stop.signal });
  };
  const lived = life();
  return {
    async close() {
      stop.abort();
      await lived;
    },
  };
}

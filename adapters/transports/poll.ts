import { readFileSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { asHubError } from '../../model/errors';
import type { Accept, NativeRecord, OpenOptions } from '../adapter';

const LONGEST_PAUSE_MS = 30_000;

/**
 * One round after another until `signal` aborts. A failing round is not the end: the pause grows to tenfold, at
 * most 30 s, and the log has a line when an outage begins and one when it is over.
 */
export async function poll(
  round: () => Promise<void>,
  { everyMs, signal, log }: { everyMs: number; signal: AbortSignal; log: OpenOptions['log'] },
): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    try {
      await round();
      if (failures > 0) log('polling works again', { afterFailures: failures });
      failures = 0;
    } catch (thrown) {
      if (signal.aborted) return;
      const { code, message } = asHubError(thrown);
      if (failures++ === 0) log('polling failed; it goes on', { code, message });
    }
    const pause = Math.min(everyMs * Math.min(2 ** failures, 10), Math.max(everyMs, LONGEST_PAUSE_MS));
    await sleep(pause, undefined, { signal }).catch(() => {});
  }
}

/** A row as the counterpart has it now. */
export interface Seen {
  readonly record: NativeRecord;
  /** Milliseconds on the counterpart's clock; a clock without zone is read as UTC. */
  readonly changedAt: number;
  /** What of the row counts: a row with the same print as the last one of its key is not news. */
  readonly print: string;
  /** What the row itself is known by, where several of them have one key. */
  readonly row?: string;
}

/** How far a poller has read, kept in a file, so that a restart carries on where the last run ended. */
export interface Watermark {
  /** Where to read from: the newest change that was taken, less the overlap; undefined at the very first. */
  from(): number | undefined;
  /** Everything up to there has been taken. */
  reached(at: number): Promise<void>;
  /** Whether a row would be handed over: who lists first need not read what is none. */
  isNews(key: string, print: string): boolean;
  /** Makes the row of that key news at the next look, changed or not. */
  forget(key: string): Promise<void>;
  /**
   * Offers what is news, oldest first. Stops at the first that is not taken (and throws), so that
   * it and everything after it is offered again, in order.
   */
  handOver(rows: readonly Seen[], accept: Accept, signal: AbortSignal): Promise<void>;
}

interface State {
  since?: number;
  /** The last print of each key, and when it was made. */
  last: Record<string, { print: string; at: number }>;
}

const REMEMBER_MS = 90 * 24 * 3600 * 1000;

/**
 * `overlapMs` is read again at every round, because rows can become visible later than their time says
 * (a long transaction, a clock that is set back). The file is no confirmation: losing it repeats, never loses.
 */
export function watermark(dataDir: string, overlapMs: number): Watermark {
  const file = join(dataDir, 'cursor.json');
  const state = load(file);
  let saving: Promise<void> = Promise.resolve();
  /** One at a time: a delivery may forget a row while a round hands others over. */
  const saved = (): Promise<void> => {
    const next = saving.then(() => save(dataDir, file, state));
    saving = next.catch(() => {});
    return next;
  };
  return {
    from: () => (state.since === undefined ? undefined : state.since - overlapMs),
    async reached(at) {
      if (state.since !== undefined && state.since >= at) return;
      state.since = at;
      await saved();
    },
    isNews: (key, print) => state.last[key]?.print !== print,
    async forget(key) {
      if (!Object.hasOwn(state.last, key)) return;
      delete state.last[key];
      await saved();
    },
    async handOver(rows, accept, signal) {
      let moved = false;
      try {
        for (const row of [...rows].sort((a, b) => a.changedAt - b.changedAt)) {
          if (signal.aborted) return;
          if (this.isNews(rowOf(row), row.print)) await accept(row.record);
          moved = note(state, row) || moved;
        }
      } finally {
        if (moved) await saved();
      }
    },
  };
}

const rowOf = ({ row, record }: Seen) => row ?? record.key;

/** True when there is something new to save. */
function note(state: State, seen: Seen): boolean {
  const { print, changedAt } = seen;
  const last = state.last[rowOf(seen)];
  if (last?.print === print && (state.since ?? 0) >= changedAt) return false;
  state.last[rowOf(seen)] = { print, at: changedAt };
  state.since = Math.max(state.since ?? changedAt, changedAt);
  return true;
}

function load(file: string): State {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as State;
  } catch {
    return { last: {} };
  }
}

async function save(dataDir: string, file: string, state: State): Promise<void> {
  const oldest = (state.since ?? 0) - REMEMBER_MS;
  for (const [key, { at }] of Object.entries(state.last)) if (at < oldest) delete state.last[key];
  await mkdir(dataDir, { recursive: true });
  // Written aside, then renamed: a crash leaves the old cursor or the new one.
  await writeFile(`${file}.new`, JSON.stringify(state));
  await rename(`${file}.new`, file);
}

import { statfs } from 'node:fs/promises';
import { asHubError, HubError } from '../../model/errors';
import type { Project } from '../project';
import type { Reads } from '../storage/store';
import type { Intake } from './intake';

type Limits = Pick<Project['limits'], 'waiting' | 'freeDiskMb'>;

export interface PressureOptions {
  readonly store: Pick<Reads, 'waiting'>;
  readonly limits: Limits;
  /** Free bytes where the hub writes. */
  readonly freeBytes: () => Promise<number>;
  readonly log: (message: string, detail?: Record<string, unknown>) => void;
  /** Between two looks, in ms. Default 1000; longer where a look takes long. */
  readonly everyMs?: number;
}

export interface Pressure {
  /** Resolves at once, or later the nearer a limit is. Throws HUB_OVERLOADED or HUB_STORE (both: send it again) beyond it. */
  admit(): Promise<void>;
  close(): Promise<void>;
}

/** From this share of a limit on, senders are slowed down; at the limit by so many ms. */
const slowFrom = 0.8;
const slowestMs = 1000;
/** Looking must not become the load. */
const shareOfTime = 0.02;

/**
 * Closes the door before memory or disk run out: what is in must get out first. Looks from time to time, so that
 * admitting costs nothing; a limit is overrun by what comes between two looks.
 */
export function pressure(options: PressureOptions): Pressure {
  const { store, limits, freeBytes, log, everyMs = 1000 } = options;
  let share = 0;
  let refusal: HubError | undefined;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;

  async function look(): Promise<void> {
    const began = performance.now();
    try {
      const waiting = await store.waiting();
      const freeMb = limits.freeDiskMb === 0 ? Number.POSITIVE_INFINITY : (await freeBytes()) / 1_000_000;
      const refused = refusal !== undefined;
      share = Math.max(waiting / limits.waiting, limits.freeDiskMb / freeMb);
      refusal = refusalOf(waiting, freeMb, limits);
      if (refused !== (refusal !== undefined))
        log(refusal?.message ?? 'the door is open again', { waiting, freeMb });
    } catch (error) {
      // A store that cannot be asked refuses by itself.
      log(`no look at what waits: ${asHubError(error).message}`);
    }
    const pause = Math.max(everyMs, (performance.now() - began) / shareOfTime);
    if (!closed) timer = setTimeout(again, pause);
  }
  let running = Promise.resolve();
  function again(): void {
    running = look();
  }
  again();

  return {
    async admit() {
      if (refusal) throw refusal;
      if (share <= slowFrom) return;
      const ms = slowestMs * Math.min(1, (share - slowFrom) / (1 - slowFrom));
      await new Promise((resolve) => setTimeout(resolve, ms));
    },
    async close() {
      closed = true;
      await running;
      clearTimeout(timer);
    },
  };
}

function refusalOf(waiting: number, freeMb: number, limits: Limits): HubError | undefined {
  if (waiting >= limits.waiting)
    return new HubError(
      'HUB_OVERLOADED',
      `${waiting} rows wait in the lanes; the limit is ${limits.waiting}`,
      { todo: 'Send it again later; see GET /lanes for the receiver that is behind.' },
    );
  if (freeMb < limits.freeDiskMb)
    return new HubError('HUB_STORE', `${Math.floor(freeMb)} MB are left on the disk of the hub`, {
      todo: `Make room: below ${limits.freeDiskMb} MB (limits.freeDiskMb) the hub takes nothing.`,
    });
  return undefined;
}

/** An intake that holds its senders back. */
export function intakeUnder({ admit }: Pressure, { push, take }: Intake): Intake {
  return {
    push: async (...args) => {
      await admit();
      return push(...args);
    },
    take: async (...args) => {
      await admit();
      return take(...args);
    },
  };
}

/** Bytes that may still be written under a folder. */
export async function freeBytesOf(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

import { asHubError, HubError } from '../../model/errors';
import type { Job, Store, Tx } from '../storage/store';
import { leading } from './leader';
import { pause } from './pause';

/** One portion of a job, at most `limit` messages, kept together with how far the job is then. */
export type JobWork = (job: Job, limit: number) => Promise<void>;

/** What a portion has done. */
export interface Step {
  readonly position: unknown;
  readonly done?: number;
  readonly skipped?: number;
  readonly failed?: number;
  /** Nothing is left. */
  readonly finished?: boolean;
}

/**
 * Keeps how far a job is, in the transaction of its work. Throws HUB_CONFLICT, and so takes the work back, where the job
 * was stopped meanwhile or another process has gone on with it.
 */
export async function keepStep(tx: Tx, job: Job, step: Step): Promise<void> {
  const now = await tx.getJob(job.id);
  const isSame = JSON.stringify(now?.position) === JSON.stringify(job.position);
  if (now?.state !== 'running' || !isSame)
    throw new HubError('HUB_CONFLICT', `job ${job.id} is ${now?.state}, or somewhere else by now`);
  await tx.putJob({
    ...now,
    position: step.position,
    done: now.done + (step.done ?? 0),
    skipped: now.skipped + (step.skipped ?? 0),
    failed: now.failed + (step.failed ?? 0),
    ...(step.finished ? { state: 'done', finishedAt: new Date().toISOString() } : {}),
  });
}

export interface JobsOptions {
  readonly store: Store;
  readonly work: Readonly<Record<Job['kind'], JobWork>>;
  readonly log: (message: string, detail?: Record<string, unknown>) => void;
  /** Between two looks where nothing is to be done, in ms. Default 500. */
  readonly everyMs?: number;
}

/** So many messages at once: the traffic of the plant has its turn between two portions. */
const portion = 100;
const breathMs = 10;

/** Works on jobs until closed: one process at a time, all running jobs side by side, each at its rate. */
export function runJobs({ store, work, log, everyMs = 500 }: JobsOptions): { close(): Promise<void> } {
  const stop = new AbortController();
  const paces = new Map<string, Pace>();

  async function round(sure: () => void): Promise<boolean> {
    const jobs = (await store.listJobs({ state: 'running' })).reverse();
    let isBusy = false;
    for (const job of jobs) {
      if (stop.signal.aborted) break;
      if (!paces.has(job.id)) paces.set(job.id, new Pace(job.rate));
      const limit = paces.get(job.id)!.take(portion);
      if (limit > 0) {
        sure();
        await one(job, limit);
      }
      isBusy ||= job.rate === undefined;
    }
    return isBusy;
  }

  async function one(job: Job, limit: number): Promise<void> {
    try {
      await work[job.kind](job, limit);
    } catch (thrown) {
      const error = asHubError(thrown);
      // Stopped, or the store is away for a moment: looked at again in the next round.
      if (error.kind === 'transient') return;
      log(`job ${job.id} failed: ${error.message}`, { job: job.id, error: error.toJSON() });
      await store.transaction(async (tx) => {
        const now = await tx.getJob(job.id);
        if (now?.state === 'running')
          await tx.putJob({
            ...now,
            state: 'failed',
            problem: error.message,
            finishedAt: new Date().toISOString(),
          });
      });
    }
  }

  async function led(signal: AbortSignal, sure: () => void): Promise<void> {
    while (!signal.aborted) {
      let isBusy = false;
      try {
        isBusy = await round(sure);
      } catch (error) {
        log(`no look at the jobs: ${asHubError(error).message}`);
      }
      await pause(isBusy ? breathMs : everyMs, signal);
    }
  }

  const running = (async () => {
    while (!stop.signal.aborted) {
      await leading('jobs', led, { store, signal: stop.signal }).catch((error) =>
        log(`jobs: ${asHubError(error).message}`),
      );
      await pause(everyMs, stop.signal);
    }
  })();
  return {
    async close() {
      stop.abort();
      await running;
    },
  };
}

/** Hands out so many a second, and never more than those of a second at once. */
class Pace {
  private at = performance.now();
  private left: number;

  constructor(private readonly rate: number | undefined) {
    this.left = rate === undefined ? 0 : Math.min(1, rate);
  }

  take(most: number): number {
    if (this.rate === undefined) return most;
    const now = performance.now();
    this.left = Math.min(Math.max(1, this.rate), this.left + ((now - this.at) * this.rate) / 1000);
    this.at = now;
    const taken = Math.min(most, Math.floor(this.left));
    this.left -= taken;
    return taken;
  }
}

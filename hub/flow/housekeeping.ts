import { asHubError } from '../../model/errors';
import type { Project } from '../project';
import type { Retention, Store } from '../storage/store';

export interface HousekeepingOptions {
  readonly store: Pick<Store, 'prune'>;
  readonly retention: Project['retention'];
  readonly log: (message: string, detail?: Record<string, unknown>) => void;
  /** Until the first round, in ms. Default a minute: a hub that starts has other work. */
  readonly firstMs?: number;
  /** Between rounds. Default an hour. */
  readonly everyMs?: number;
}

/** Between two portions the traffic of the plant gets its turn: four times as long as the portion took, so much at most. */
const longestPauseMs = 20;
const dayMs = 86_400_000;

/** Forgets by the policy what is older than it says, portion by portion, round by round. */
export function housekeeping(options: HousekeepingOptions): { close(): Promise<void> } {
  const { store, retention, log, firstMs = 60_000, everyMs = 3_600_000 } = options;
  if (Object.keys(retention).length === 0) return { close: async () => {} };
  let closed = false;
  let running = Promise.resolve();
  let timer = setTimeout(begin, firstMs);

  function begin(): void {
    running = round();
  }
  async function round(): Promise<void> {
    const policy = policyAt(Date.now(), retention);
    let all = 0;
    try {
      for (let isOver = false; !isOver && !closed; ) {
        const began = performance.now();
        const portion = await store.prune(policy);
        all += portion.rows;
        isOver = portion.isOver;
        const pauseMs = Math.min(longestPauseMs, 4 * (performance.now() - began));
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
      }
    } catch (error) {
      log(`housekeeping stopped early: ${asHubError(error).message}`);
    }
    if (all > 0) log('housekeeping', { rows: all, ...policy });
    if (!closed) timer = setTimeout(begin, everyMs);
  }

  return {
    async close() {
      closed = true;
      clearTimeout(timer);
      await running;
      clearTimeout(timer);
    },
  };
}

function policyAt(now: number, { compressDays, bodiesDays, days }: Project['retention']): Retention {
  const before = (age: number) => new Date(now - age * dayMs).toISOString();
  return {
    ...(compressDays === undefined ? {} : { squeezeBefore: before(compressDays) }),
    ...(bodiesDays === undefined ? {} : { bodiesBefore: before(bodiesDays) }),
    ...(days === undefined ? {} : { before: before(days) }),
  };
}

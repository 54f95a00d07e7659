import { asHubError } from '../../model/errors';
import type { LaneStore, Wake } from '../storage/store';
import type { Bus, InProcessBus } from './bus';
import type { Circuits } from './circuit';
import type { Pace } from './pace';

interface Reconciliation {
  readonly store: LaneStore;
  readonly bus: Bus;
  readonly direct: InProcessBus;
  readonly circuits: Circuits;
  readonly pace: Pace;
  readonly dests: readonly string[];
  readonly everyMs: number;
  readonly log: (message: string) => void;
}

/** Lanes of one receiver looked at in one round. */
const roundSize = 1000;
/** A bus other than our own gets that long before it is reminded, and that long before we do its work. */
const remindMs = 1000;
const takeOverMs = 5000;
/** A lane that the bus has been reminded of is in its queue, most likely: it is not told so again for so long, in ms. */
const remindAgainMs = 5000;

/**
 * Looks for lanes that should be worked on: those whose pause is over, whose worker died, whose wake got lost. Delivery
 * must not depend on the bus: lanes that wait longest are drained here, whatever state Redis is in. While there is no
 * other worker all are, for a bus could only send them back.
 */
export function reconcile({ store, bus, direct, circuits, pace, dests, everyMs, log }: Reconciliation): {
  close(): Promise<void>;
} {
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  const reminded = new Reminded();
  // Receiver by receiver, so that the many lanes of one that is slow do not hide the few of another.
  const look = async (dest: string): Promise<number> => {
    const limit = Math.min(roundSize, circuits.allowed(dest), pace.allowed(dest));
    if (limit === 0) return 0;
    if (bus === direct || bus.works?.() === false || bus.alone?.()) {
      const lanes = await store.due({ dest, limit });
      direct.wake(lanes);
      return lanes.length;
    }
    const lanes = await store.due({ dest, limit, overdueMs: remindMs });
    const forgotten = reminded.without(lanes);
    bus.wake(forgotten);
    if (lanes.length)
      direct.wake(await store.due({ dest, limit: Math.min(50, limit), overdueMs: takeOverMs }));
    return forgotten.length;
  };
  const tick = async (): Promise<void> => {
    let most = 0;
    try {
      for (const dest of dests) most = Math.max(most, await look(dest));
    } catch (error) {
      log(`no look for waiting lanes: ${asHubError(error).message}`);
    }
    if (!closed) timer = setTimeout(again, most === roundSize ? everyMs / 10 : everyMs);
  };
  let running = Promise.resolve();
  const again = () => {
    running = tick();
  };
  again();
  return {
    async close() {
      closed = true;
      clearTimeout(timer);
      await running;
      clearTimeout(timer);
    },
  };
}

/** What the bus has been reminded of lately. */
class Reminded {
  private readonly at = new Map<number, number>();

  /** Those of the lanes that it was not reminded of; from now on it has been. */
  without(lanes: readonly Wake[]): Wake[] {
    const now = performance.now();
    // In the order of time.
    for (const [lane, at] of this.at) {
      if (now - at < remindAgainMs) break;
      this.at.delete(lane);
    }
    const forgotten = lanes.filter(({ lane }) => !this.at.has(lane));
    for (const { lane } of forgotten) this.at.set(lane, now);
    return forgotten;
  }
}

import { asHubError } from '../../model/errors';
import type { Claim, Store, Wake } from '../storage/store';
import { BegunLanes } from './begun';
import { type Bus, InProcessBus } from './bus';
import { Circuits } from './circuit';
import type { Destination } from './destination';
import { LaneDrain } from './lane-drain';
import { Pace } from './pace';
import { reconcile } from './reconcile';

export type { Destination, Work } from './destination';

export interface LaneOptions {
  readonly store: Store;
  readonly destinations: ReadonlyMap<string, Destination>;
  /** Default: within this process. */
  readonly bus?: Bus;
  readonly log?: (message: string, detail?: Record<string, unknown>) => void;
  /** Pause between two looks for lanes that nobody was told of, in ms. Default 500. */
  readonly reconcileMs?: number;
  readonly circuits?: Circuits;
}

export interface RunningLanes {
  /** The receiver is known to be back: its lanes need not wait out their pauses. */
  returned(dest: string): Promise<void>;
  /** Stops claiming, lets rows in hand end (for `graceMs`, default 10 s, then aborts them), gives leases back. */
  close(graceMs?: number): Promise<void>;
}

/** Works on the lanes of `destinations` until closed: woken by the store and the bus, and by looking itself. */
export function runLanes(options: LaneOptions): RunningLanes {
  const { store, destinations, log = () => {}, reconcileMs = 500, circuits = new Circuits() } = options;
  const direct = new InProcessBus();
  const rates = new Map(
    [...destinations].flatMap(([dest, { rate }]) => (rate === undefined ? [] : [[dest, rate]])),
  );
  const pace = new Pace({ store, rates, log });
  const bus: Bus = options.bus ?? direct;
  const stopping = new AbortController();
  const inHand = new Set<LaneDrain>();
  const begunLanes = new BegunLanes(store, log);
  const drain = async (wake: Wake): Promise<boolean> => {
    const destination = admitted(wake.dest);
    if (!destination) {
      await begunLanes.giveBack(wake.lane);
      return false;
    }
    try {
      const begun = begunLanes.take(wake.lane);
      const asked = begun?.asked ?? performance.now();
      const limit = limitOf(destination);
      const claim = begun ? cut(begun.claim, limit) : await store.claim(wake.lane, limit);
      if (!claim) {
        circuits.withdraw(wake.dest);
        pace.giveBack(wake.dest);
        return false;
      }
      const drained = new LaneDrain(claim, asked, destination, {
        store,
        circuits,
        pace,
        stopping: stopping.signal,
        log,
      });
      inHand.add(drained);
      return await drained.run().finally(() => inHand.delete(drained));
    } catch (error) {
      circuits.withdraw(wake.dest);
      log(`lane ${wake.lane} of ${wake.dest}: ${asHubError(error).message}`, {
        error: asHubError(error).toJSON(),
      });
      return false;
    }
  };
  /** The receiver, where it may get something now. */
  const admitted = (dest: string): Destination | undefined => {
    const destination = destinations.get(dest);
    if (!destination || stopping.signal.aborted || !circuits.admit(dest)) return undefined;
    if (pace.admit(dest)) return destination;
    circuits.withdraw(dest);
    return undefined;
  };
  const receivers = [...destinations].map(([dest, d]) => ({ dest, concurrency: d.concurrency ?? 16 }));
  direct.start(drain, receivers);
  // Both share the slots of a receiver.
  const room = (dest: string) => direct.room(dest);
  if (bus !== direct) bus.start((wake) => direct.through(wake).then(() => false), receivers, room);
  // What this process can begin at once needs no bus: another worker that has the lane sees the new row by itself. Nor
  // does anything while there is no other worker.
  const begin = ({ begun, ...wake }: Wake, alone: boolean): boolean => {
    if (begun) begunLanes.keep(wake.lane, begun);
    if (direct.offer(wake, alone || begun !== undefined)) return true;
    if (begun) void begunLanes.giveBack(wake.lane);
    return begun !== undefined;
  };
  store.onReady(
    (lanes) => {
      const alone = bus.alone?.() ?? false;
      bus.wake(lanes.filter((wake) => !begin(wake, alone)));
    },
    (dest) => Math.min(room(dest), circuits.allowed(dest), pace.allowed(dest)),
  );
  const reconciler = reconcile({
    store,
    bus,
    direct,
    circuits,
    pace,
    dests: [...destinations.keys()],
    everyMs: reconcileMs,
    log,
  });
  return {
    async returned(dest) {
      circuits.succeeded(dest);
      await store.hurry(dest);
    },
    async close(graceMs = 10_000) {
      stopping.abort();
      const timer = setTimeout(() => {
        for (const drained of inHand) drained.giveUp();
      }, graceMs);
      await reconciler.close();
      await Promise.all([bus.close(), direct.close(), pace.close()]);
      await begunLanes.close();
      clearTimeout(timer);
    },
  };
}

/** Rows to read at once: what is acknowledged alone is read alone, unless later rows tell whether it is sent at all. */
function limitOf({ remembers, superseded, together }: Destination): number | undefined {
  if (together) return Math.max(together.most, superseded ? 50 : 1);
  return remembers || superseded ? undefined : 1;
}

/** Of a lane that came with its claim, the rows that the receiver wants at once. */
const cut = (claim: Claim, limit = claim.limit): Claim => ({
  ...claim,
  limit,
  rows: claim.rows.slice(0, limit),
});

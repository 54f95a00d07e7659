import { setMaxListeners } from 'node:events';
import { asHubError, HubError } from '../../model/errors';
import type { Claim, LaneStore, Outcome, ParkPolicy, Receipt, Row, Store, Wake } from '../storage/store';
import { type Bus, InProcessBus } from './bus';
import { Circuits } from './circuit';
import { supersededBy } from './latest';
import { Pace } from './pace';
import { reconcile } from './reconcile';
import { type RetrySettings, retryRule } from './retry';

/** One row in the hands of a handler. */
export interface Work {
  readonly claim: Claim;
  readonly row: Row;
  /** Tries before this one. */
  readonly attempt: number;
  /** Aborts when the time for this row is over (40 % of the lease, 90 % for `fenced`) or the hub stops without patience. */
  readonly signal: AbortSignal;
  /** Tells what is about to be sent: kept with the row when it is parked. */
  readonly sending?: (request: unknown) => void;
}

/** The receiver at the end of some lanes: a system (`mes`) or the hub's own intake (`in:mes`). */
export interface Destination {
  /**
   * Hands one row over and resolves with the receipt, or with `acknowledged` when its own transaction called
   * `tx.ackLane`. Throws HubError; anything else thrown counts as a bug, and as ambiguous.
   */
  handle(work: Work): Promise<Receipt | 'acknowledged'>;
  /**
   * Hands several rows over in one call, from the first on as many as the receiver takes together; the answers are
   * theirs, in order, and nothing behind the first that failed has been taken. Undefined: the first row goes alone. Only
   * where sending twice is harmless: when it throws, nobody knows of any of them.
   */
  readonly together?: {
    readonly most: number;
    handle(
      claim: Claim,
      rows: readonly Row[],
      signal: AbortSignal,
    ): Promise<readonly (Receipt | HubError)[] | undefined>;
  };
  /** Handing the last row over once more is harmless: it is tried again when nobody knows whether it arrived. */
  readonly idempotent: boolean;
  /**
   * Remembers every row, so that rows which come again after later ones have no effect: acknowledged in batches then.
   * Default: row by row, because after a crash all rows without an acknowledgement come again, and to a receiver that
   * only overwrites the older of them would be a step back.
   */
  readonly remembers?: boolean;
  /**
   * Whatever it does stands in a transaction that checks the lease with its commit: late, it has no effect at all. It gets
   * nearly the whole lease, because giving up early would throw its work away.
   */
  readonly fenced?: boolean;
  /** What a row that no retry helps does to those behind it. */
  readonly onPermanent: ParkPolicy;
  /** Lanes worked on at the same time. Default 16. */
  readonly concurrency?: number;
  readonly retry?: Partial<RetrySettings>;
  /** The one of `later` (same lane, in order) that says all that `row` says, so that this need not be sent. */
  superseded?(row: Row, later: readonly Row[]): Row | undefined;
  /** Deliveries a second at most, over all processes. */
  readonly rate?: number;
}

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

/** One drain is bounded, so that every lane of a receiver gets its turn. */
const drainMs = 5000;
/** Receipts of a batch are not kept in memory longer than this. */
const ackMs = 250;

/** Works on the lanes of `destinations` until closed: woken by the store and the bus, and by looking itself. */
export function runLanes(options: LaneOptions): RunningLanes {
  const { store, destinations, log = () => {}, reconcileMs = 500, circuits = new Circuits() } = options;
  const direct = new InProcessBus();
  const rates = new Map(
    [...destinations].flatMap(([dest, { rate }]) => (rate === undefined ? [] : [[dest, rate]])),
  );
  const pace = new Pace({ store, rates, log });
  const bus = options.bus ?? direct;
  const stopping = new AbortController();
  const abandon = new AbortController();
  // One listener for each row in hand.
  setMaxListeners(0, abandon.signal);
  const drain = async (wake: Wake): Promise<boolean> => {
    const destination = destinations.get(wake.dest);
    if (!destination || stopping.signal.aborted || !circuits.admit(wake.dest)) return false;
    if (!pace.admit(wake.dest)) {
      circuits.withdraw(wake.dest);
      return false;
    }
    try {
      const asked = performance.now();
      const claim = await store.claim(wake.lane, limitOf(destination));
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
        abandon: abandon.signal,
        log,
      });
      return await drained.run();
    } catch (error) {
      circuits.withdraw(wake.dest);
      log(`lane ${wake.lane} of ${wake.dest}: ${asHubError(error).message}`, {
        error: asHubError(error).toJSON(),
      });
      return false;
    }
  };
  const receivers = [...destinations].map(([dest, d]) => ({ dest, concurrency: d.concurrency ?? 16 }));
  direct.start(drain, receivers);
  // Both share the slots of a receiver.
  if (bus !== direct) bus.start((wake) => direct.through(wake).then(() => false), receivers);
  // What this process can begin at once needs no bus: another worker that has the lane sees the new row by itself.
  store.onReady((lanes) => bus.wake(lanes.filter((wake) => !direct.offer(wake))));
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
      const timer = setTimeout(() => abandon.abort(), graceMs);
      await reconciler.close();
      await Promise.all([bus.close(), direct.close(), pace.close()]);
      clearTimeout(timer);
    },
  };
}

/** Rows to read at once: what is acknowledged alone is read alone, unless later rows tell whether it is sent at all. */
function limitOf({ remembers, superseded, together }: Destination): number | undefined {
  if (together) return Math.max(together.most, superseded ? 50 : 1);
  return remembers || superseded ? undefined : 1;
}

interface DrainContext {
  readonly store: LaneStore;
  readonly circuits: Circuits;
  readonly pace: Pace;
  readonly stopping: AbortSignal;
  readonly abandon: AbortSignal;
  readonly log: NonNullable<LaneOptions['log']>;
}

/** One claim from taking to giving back. */
class LaneDrain {
  private attempt: number;
  /** The receiver's rate has been asked for the first delivery. */
  private admitted = true;
  /** So many rows go alone, because one of them has been refused with others. */
  private alone = 0;
  /** What was about to be sent of the row in hand. */
  private request: unknown;
  private outcomes: Outcome[] = [];
  /** performance.now() before the lease was last renewed: it lasts at least from then on. */
  private renewed: number;
  /** Aborts with the time of the row in hand; another one is needed only after that. */
  private over = new AbortController();
  /** Fails the row in hand. */
  private expire: () => void = () => {};

  constructor(
    private readonly claim: Claim,
    private readonly started: number,
    private readonly destination: Destination,
    private readonly context: DrainContext,
  ) {
    this.attempt = claim.attempt;
    this.renewed = started;
  }

  /** True: there is more to do. */
  async run(): Promise<boolean> {
    const { abandon } = this.context;
    const giveUp = () => this.giveUp();
    abandon.addEventListener('abort', giveUp);
    try {
      return await this.drain();
    } finally {
      if (this.admitted) this.context.pace.giveBack(this.claim.dest);
      abandon.removeEventListener('abort', giveUp);
    }
  }

  private async drain(): Promise<boolean> {
    let rows: readonly Row[] | undefined = this.claim.rows;
    while (rows?.length) {
      if (this.context.stopping.aborted || performance.now() - this.started > drainMs) {
        await this.context.store.ack(this.claim, [], true);
        return true;
      }
      rows = await this.batch(rows);
    }
    return false;
  }

  /** Works on rows until all are done, one fails or it is time to acknowledge. The next rows; undefined: the claim is over. */
  private async batch(rows: readonly Row[]): Promise<Row[] | undefined> {
    const began = performance.now();
    for (const [i, row] of rows.entries()) {
      if (i > 0 && (performance.now() - began > ackMs || this.context.stopping.aborted)) break;
      // A process that was frozen must not send what its successor has sent by now.
      if (performance.now() - this.renewed > this.claim.leaseMs * 0.6) break;
      const newer = this.destination.superseded?.(row, rows.slice(i + 1));
      if (newer) {
        this.outcomes.push({
          row,
          state: 'superseded',
          attempts: 0,
          receipt: { answer: supersededBy(newer) },
        });
        continue;
      }
      // Whether something newer than the last row of a full page waits is seen on the next page.
      if (i > 0 && i === rows.length - 1 && rows.length === this.claim.limit && this.destination.superseded)
        break;
      if (!this.admit() && !(await this.admitLater())) return this.rest();
      const together = this.destination.together && (await this.together(rows.slice(i)));
      if (together) return together.failed ? this.afterBatch(together.failed) : this.acknowledge();
      const failure = await this.handle(row);
      if (failure) return this.afterFailure(row, failure);
      if (!this.destination.remembers) break;
    }
    return this.acknowledge();
  }

  /** Whether the receiver may get a delivery now. The first one of a claim has been admitted with it. */
  private admit(): boolean {
    const isAdmitted = this.admitted || this.context.pace.admit(this.claim.dest);
    this.admitted = false;
    return isAdmitted;
  }

  /** The same, once more has been handed out. */
  private async admitLater(): Promise<boolean> {
    await this.context.pace.more(this.claim.dest);
    return this.context.pace.admit(this.claim.dest);
  }

  /** Gives the lane back as it is: the receiver has had what it may get for now. */
  private async rest(): Promise<undefined> {
    const { outcomes } = this;
    this.settled();
    this.context.circuits.withdraw(this.claim.dest);
    await this.context.store.ack(this.claim, outcomes, true);
  }

  /** Hands over what goes together. Undefined: the first row goes alone. `failed`: the first one that was not taken. */
  private async together(
    rows: readonly Row[],
  ): Promise<{ failed?: { row: Row; failure: HubError } } | undefined> {
    const { together } = this.destination;
    const { claim } = this;
    if (!together || rows.length < 2) return undefined;
    if (this.alone > 0) {
      this.alone--;
      return undefined;
    }
    const { pace, circuits, store } = this.context;
    let going = 1;
    while (going < Math.min(together.most, rows.length) && pace.admit(claim.dest)) going++;
    const some = rows.slice(0, going);
    let taken = 0;
    try {
      const results = await this.withTime((signal) => together.handle(claim, some, signal));
      if (!results) {
        for (let n = 1; n < going; n++) pace.giveBack(claim.dest);
        return undefined;
      }
      for (const [n, result] of results.entries()) {
        const row = some[n]!;
        if (result instanceof HubError) return { failed: { row, failure: result } };
        this.outcomes.push({ row, state: 'delivered', receipt: result, attempts: this.attempt + 1 });
        this.attempt = 0;
        taken++;
      }
      for (let n = results.length; n < going; n++) pace.giveBack(claim.dest);
      if (circuits.succeeded(claim.dest)) await store.hurry(claim.dest);
      return {};
    } catch (thrown) {
      const failure = asHubError(thrown);
      // Nobody says which one it was: one by one they tell.
      if (failure.kind === 'permanent') this.alone = going - 1;
      return { failed: { row: some[taken]!, failure } };
    }
  }

  /** What was refused goes once more, alone: there a refusal has its consequences. */
  private afterBatch({ row, failure }: { row: Row; failure: HubError }): Promise<Row[] | undefined> {
    if (failure.kind !== 'permanent') return this.afterFailure(row, failure);
    this.alone++;
    return this.acknowledge();
  }

  private async handle(row: Row): Promise<HubError | undefined> {
    try {
      const receipt = await this.inTime(row);
      if (receipt !== 'acknowledged')
        this.outcomes.push({ row, state: 'delivered', receipt, attempts: this.attempt + 1 });
      this.attempt = 0;
      if (this.context.circuits.succeeded(this.claim.dest)) await this.context.store.hurry(this.claim.dest);
      return undefined;
    } catch (thrown) {
      return asHubError(thrown);
    }
  }

  /** The handler gets 40 % of the lease: what is left is enough to write down how it went. Where nothing is left to do, 90 %. */
  private inTime(row: Row): Promise<Receipt | 'acknowledged'> {
    const { claim, attempt } = this;
    this.request = undefined;
    const sending = (request: unknown) => {
      this.request = request;
    };
    return this.withTime((signal) => this.destination.handle({ claim, row, attempt, signal, sending }));
  }

  private async withTime<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { claim } = this;
    const limit = claim.leaseMs * (this.destination.fenced ? 0.9 : 0.4);
    if (this.over.signal.aborted) this.over = new AbortController();
    const { signal } = this.over;
    const timer = setTimeout(() => this.giveUp(), limit);
    try {
      return await new Promise((resolve, reject) => {
        this.expire = () =>
          reject(
            new HubError(
              'HUB_NO_ANSWER',
              `no answer from ${claim.dest} within ${limit} ms, or the hub stopped`,
            ),
          );
        work(signal).then(resolve, reject);
      });
    } finally {
      clearTimeout(timer);
      this.expire = () => {};
    }
  }

  private giveUp(): void {
    this.over.abort();
    this.expire();
  }

  private async afterFailure(row: Row, failure: HubError): Promise<Row[] | undefined> {
    const { store, circuits, log } = this.context;
    const { claim, destination, outcomes } = this;
    // The hub's own work is never away: where it is slow, pausing all of it would only make it slower.
    if (destination.fenced) circuits.withdraw(claim.dest);
    else circuits.failed(claim.dest, failure);
    if (failure.code === 'HUB_LEASE_LOST') return undefined;
    const tries = this.attempt + 1;
    const pause = retryRule(destination.idempotent, destination.retry)(failure, tries);
    const detail = {
      lane: claim.lane,
      dest: claim.dest,
      key: claim.key,
      delivery: row.id,
      tries,
      error: failure.toJSON(),
    };
    if (pause !== undefined) {
      log(`${claim.dest} did not take ${claim.key}, again in ${pause} ms: ${failure.message}`, detail);
      await store.fail(claim, outcomes, failure, pause, { row, tries });
      return undefined;
    }
    log(`${claim.dest} did not take ${claim.key}, parked: ${failure.message}`, detail);
    this.settled();
    // What was to be sent until then is no reason to hold up what comes later.
    const policy = failure.code === 'HUB_EXPIRED' ? 'continue' : destination.onPermanent;
    return store.park(claim, outcomes, row, failure, policy, tries, this.request);
  }

  private async acknowledge(): Promise<Row[] | undefined> {
    const { outcomes } = this;
    this.settled();
    return this.context.store.ack(this.claim, outcomes);
  }

  private settled(): void {
    this.outcomes = [];
    this.attempt = 0;
    this.renewed = performance.now();
  }
}

import { asHubError, HubError } from '../../model/errors';
import type { Claim, LaneStore, Outcome, Receipt, Row } from '../storage/store';
import type { Circuits } from './circuit';
import type { Destination, Work } from './destination';
import { supersededBy } from './latest';
import type { Pace } from './pace';
import { retryRule } from './retry';

/** One drain is bounded, so that every lane of a receiver gets its turn. */
const drainMs = 5000;
/** Receipts of a batch are not kept in memory longer than this. */
const ackMs = 250;

export interface DrainContext {
  readonly store: LaneStore;
  readonly circuits: Circuits;
  readonly pace: Pace;
  readonly stopping: AbortSignal;
  readonly log: (message: string, detail?: Record<string, unknown>) => void;
}

/** The time that rows in hand have. What tells of its end is made for a handler that asks for it: most do not. */
class Time {
  isOver = false;
  private controller: AbortController | undefined;

  get signal(): AbortSignal {
    this.controller ??= new AbortController();
    if (this.isOver) this.controller.abort();
    return this.controller.signal;
  }

  end(): void {
    this.isOver = true;
    this.controller?.abort();
  }
}

class RowWork implements Work {
  constructor(
    readonly claim: Claim,
    readonly row: Row,
    readonly attempt: number,
    private readonly time: Time,
    readonly sure: () => void,
    readonly sending: (request: unknown) => void,
  ) {}

  get signal(): AbortSignal {
    return this.time.signal;
  }
}

/** One claim from taking to giving back. */
export class LaneDrain {
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
  /** Of the row in hand; another one is needed only once it is over. */
  private time = new Time();
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
    try {
      return await this.drain();
    } finally {
      if (this.admitted) this.context.pace.giveBack(this.claim.dest);
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
      const results = await this.withTime((_time, sure) => together.handle(claim, some, sure));
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
    return this.withTime((time, sure) =>
      this.destination.handle(new RowWork(claim, row, attempt, time, sure, sending)),
    );
  }

  private async withTime<T>(work: (time: Time, sure: () => void) => Promise<T>): Promise<T> {
    const { claim } = this;
    const limit = claim.leaseMs * (this.destination.fenced ? 0.9 : 0.4);
    if (this.time.isOver) this.time = new Time();
    const { time } = this;
    const until = performance.now() + limit;
    const sure = () => {
      if (time.isOver || performance.now() > until)
        throw new HubError('HUB_LEASE_LOST', `the time for ${claim.key} is over`);
    };
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
        work(time, sure).then(resolve, reject);
      });
    } finally {
      clearTimeout(timer);
      this.expire = () => {};
    }
  }

  /** Fails the row in hand: its time is over, or the hub stops without patience. */
  giveUp(): void {
    this.time.end();
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

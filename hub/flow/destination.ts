import type { HubError } from '../../model/errors';
import type { Claim, ParkPolicy, Receipt, Row } from '../storage/store';
import type { RetrySettings } from './retry';

/** One row in the hands of a handler. */
export interface Work {
  readonly claim: Claim;
  readonly row: Row;
  /** Tries before this one. */
  readonly attempt: number;
  /** Aborts when the time for this row is over (40 % of the lease, 90 % for `fenced`) or the hub stops without patience. */
  readonly signal: AbortSignal;
  /**
   * Call it right before every effect. Throws HUB_LEASE_LOST when the time is over by the clock: a process that was frozen
   * goes on with what it waited for before its timers, and the signal, have heard of it.
   */
  readonly sure?: () => void;
  /** Tells what is about to be sent: kept with the row when it is parked. */
  readonly sending?: (request: unknown) => void;
}

/** The receiver at the end of some lanes: a system (`mes`) or the hub's own intake (`in:mes`). */
export interface Destination {
  /**
   * Hands one row over and resolves with the receipt, or with `acknowledged` when its own transaction called
   * `tx.ackLane`, as it then does for every row of a claim. Throws HubError; anything else thrown counts as a bug, and as ambiguous.
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
      sure: () => void,
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

/**
 * What a database must do by statements of its own, because speed or locking depends on it. Everything else is written
 * once in Kysely (reads.ts, tx.ts). Two engines: sqlite.ts and postgres.ts; one suite runs over both.
 */
import { HubError } from '../../model/errors';
import type { Db } from './schema';
import type { Accepted, Claim, NewDelivery, NewRecord, Row, Wake } from './store';

/** A record with everything decided but whether it is a duplicate. */
export interface IncomingRecord {
  readonly id: string;
  /** What a duplicate has in common with the first copy, and for how long (epoch ms). */
  readonly mark: string;
  readonly hash: string;
  readonly until: number;
  readonly receivedAt: string;
  readonly raw: string | null;
  readonly body: string | null;
  readonly record: NewRecord;
}

export interface LaneEntry extends Omit<NewDelivery, 'payload'> {
  readonly id: string;
  readonly payload: string | null;
  readonly at: string;
}

/** What happened to a claimed lane; ack, fail and park are all of this form. */
export interface Settlement {
  readonly claim: Claim;
  /** New head, where something was done; the head never goes back. */
  readonly head: number;
  readonly receipts: readonly ReceiptRow[];
  /** Another try after that many ms. */
  readonly retry?: { delayMs: number; error: string };
  /** Stop the lane until a person decides; the head stays before the row in question. */
  readonly block?: { error: string };
  /** Give the lane back even though rows are left. A retry and a block always do. */
  readonly release: boolean;
  /** An inbound record that was parked. */
  readonly parked?: { record: string; issues: string };
}

export interface ReceiptRow {
  readonly deliveryId: string;
  readonly state: string;
  readonly attempts: number;
  readonly counterpartId: string | null;
  readonly request: string | null;
  readonly answer: string | null;
  readonly error: string | null;
  readonly finishedAt: string;
}

/** One transaction under way. */
export interface EngineTx {
  readonly db: Db;
  /**
   * Puts entries at the end of their lanes; locks the lanes in the order (dest, key). Those that have something to do
   * then stand in `wakes` after the commit.
   */
  append(entries: readonly LaneEntry[], wakes: Wake[]): Promise<void>;
  /**
   * Moves the head of a claimed lane, and gives a lane back that has nothing more: its claim stands in `ended` after the
   * commit. Where the lease was lost, this or the commit throws `leaseLost`.
   */
  advance(claim: Claim, seq: number, ended: Claim[]): Promise<void>;
  /** Whoever works on the lane has lost it, and writes nothing more. */
  fence(lane: number): Promise<void>;
  lock(name: string, shared?: 'shared'): Promise<void>;
}

export interface Engine {
  readonly db: Db;
  /** True where transactions run beside one another, so that reading in order to change needs a row lock. */
  readonly concurrent: boolean;
  /** One durable commit for all. Duplicates get the first copy's id. */
  accept(records: readonly IncomingRecord[]): Promise<{ accepted: Accepted[]; wakes: Wake[] }>;
  /** Durable. `work` runs again after a conflict with another transaction. */
  transaction<T>(work: (tx: EngineTx) => Promise<T>): Promise<T>;
  /** From now on, lanes may be claimed with the rows that they get; see Store.onReady. Absent where that saves nothing. */
  begins?(room: (dest: string) => number): void;
  claim(lane: number, limit: number): Promise<Claim | undefined>;
  /** The next rows; undefined: the lease was lost. */
  settle(settlement: Settlement): Promise<Row[] | undefined>;
  due(options: { limit: number; overdueMs: number; dest?: string }): Promise<Wake[]>;
  hurry(dest: string): Promise<void>;
  /** See Store. Absent where a connection that is lost is made again. */
  readonly lost?: Promise<Error>;
  /** For `owner`; see Store. */
  lead(name: string, owner: string, forMs: number): Promise<boolean>;
  close(): Promise<void>;
}

export function leaseLost({ dest, key }: Claim): HubError {
  return new HubError('HUB_LEASE_LOST', `lane ${dest} / ${key} has another worker by now`);
}

/** Rows that a claim or an acknowledgement hands out at once, where the drainer asks for no other number. */
export const rowsPerRead = 50;

/**
 * No pause is longer than this. A lane that is to rest longer was written before the clock stepped back, and is due;
 * so is a lease that ends later than any lease given now. A smaller step back holds a lane up for as long at most.
 */
export const longestPauseMs = 60_000;

/** The place of an accepted record: its lane row carries no payload, the record is read by the row's id. */
export function laneEntryOf(incoming: IncomingRecord): LaneEntry | undefined {
  const { record, id, receivedAt } = incoming;
  if (record.state && record.state !== 'waiting') return undefined;
  return {
    dest: `in:${record.system}`,
    key: record.key,
    id,
    payload: null,
    at: receivedAt,
    ...(record.urgent ? { urgent: true } : {}),
  };
}

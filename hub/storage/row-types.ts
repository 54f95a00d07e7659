/**
 * What the hub keeps, as its callers see it. Rules of all rows:
 *
 * - Ids are sortable text (id.ts): later is larger. A cursor is the last id seen.
 * - Times are ISO 8601 instants in UTC with milliseconds. Quantities are decimal text.
 * - A property that is absent was never known; JSON values come back as they were given.
 */
import type { Issue } from '../../model/errors';
import type { Use, UseKind } from '../change/order-uses';

// ---------------------------------------------------------------- records and messages

/**
 * waiting: in its lane. parked: waits for a person. refused: answered with an error at the door, kept for the trace.
 * replayed: was parked, and has been taken in again as another record. discarded: a person gave it up.
 */
export type RecordState =
  | 'waiting'
  | 'applied'
  | 'unchanged'
  | 'parked'
  | 'refused'
  | 'replayed'
  | 'discarded';

/** A record as the hub takes it in. */
export interface NewRecord {
  readonly system: string;
  readonly type: string;
  /** Business key: records of one system and key keep their order. */
  readonly key: string;
  /**
   * The sender's own mark of this business event: the second record with the same system and mark is a duplicate.
   * Where absent, a record is a duplicate when it says the same as the last one of its system, type and key.
   */
  readonly idempotencyKey?: string;
  /** How long a duplicate is recognised, in ms. Default: until the mark is pruned. */
  readonly dedupeWindowMs?: number;
  readonly contentType?: string;
  /** As it came over the wire. Needed where `body` is not (or where it could not be read). */
  readonly raw?: string;
  readonly body?: unknown;
  /** The JSON of `body` as it came. */
  readonly bodyText?: string;
  /** `waiting` (default) puts it into the lane `in:<system>`; parked and refused are only kept. */
  readonly state?: 'waiting' | 'parked' | 'refused';
  readonly issues?: readonly Issue[];
  readonly urgent?: boolean;
  /** The record that this one repeats (replay, edit and resend). */
  readonly replayOf?: string;
}

export interface StoredRecord {
  readonly id: string;
  readonly system: string;
  readonly type: string;
  readonly key: string;
  readonly idempotencyKey?: string;
  readonly contentType?: string;
  readonly raw?: string;
  readonly body?: unknown;
  readonly receivedAt: string;
  readonly state: RecordState;
  readonly issues: readonly Issue[];
  /** `name@version#hash` of the mapping that read it. */
  readonly mapping?: string;
  readonly messageId?: string;
  readonly replayOf?: string;
  /** What people did with it, oldest first. */
  readonly notes?: readonly StoredNote[];
}

/** Who did what with a record or delivery, and why. */
export interface StoredNote {
  readonly did: 'replayed' | 'discarded';
  readonly by: string;
  readonly why: string;
  readonly at: string;
  /** What was to be sent before somebody edited it. */
  readonly payload?: unknown;
}

/** The answer to one accepted record. `id` is the first copy's where `duplicate` is true. */
export interface Accepted {
  readonly id: string;
  readonly type: string;
  readonly key: string;
  readonly duplicate: boolean;
}

export interface NewMessage {
  readonly recordId?: string;
  readonly system: string;
  readonly verb: string;
  readonly noun: string;
  /** The canonical Message as a whole; undefined where it is no longer kept. */
  readonly body: unknown;
  readonly mapping?: string;
  /** Ids of the objects it speaks of. */
  readonly objectKeys: readonly string[];
}

export interface StoredMessage extends NewMessage {
  readonly id: string;
  readonly createdAt: string;
}

// ---------------------------------------------------------------- objects

export interface NewObject {
  readonly noun: string;
  readonly id: string;
  readonly body: unknown;
  /** The system that caused this version. */
  readonly system: string;
  readonly messageId?: string;
}

export interface StoredObject extends NewObject {
  /** 1, 2, 3 …: counts the versions of this object in the hub. */
  readonly version: number;
  /** Of the body's text as it is kept: equal hash, equal content. Equal content in another order may have another one. */
  readonly hash: string;
  readonly updatedAt: string;
}

/** What somebody has said of a revision of a definition; the last note of a revision counts. */
export interface DefinitionNote {
  readonly noun: string;
  readonly id: string;
  /** The object's own `version`. */
  readonly revision: string;
  readonly state: 'draft' | 'in review' | 'approved' | 'obsolete';
  /** In place of the object's own dates. */
  readonly effectiveFrom?: string;
  readonly effectiveTo?: string;
  readonly by: string;
  readonly why: string;
  readonly at: string;
}

/** A revision that is not published: nothing but its readers sees it. */
export interface Draft {
  readonly noun: string;
  readonly id: string;
  readonly revision: string;
  readonly body: unknown;
  readonly updatedAt: string;
}

// ---------------------------------------------------------------- lanes and deliveries

/** A lane is the queue of one receiver (`dest`) and business key: first in, first out. */
export interface Lane {
  readonly dest: string;
  readonly key: string;
}

/** A lane that has something to do; what the bus carries. */
export interface Wake {
  readonly lane: number;
  readonly dest: string;
  readonly urgent: boolean;
  /** It is claimed already, with the rows that it got, for this process only. `asked`: performance.now() before that. */
  readonly begun?: { readonly claim: Claim; readonly asked: number };
}

export interface NewDelivery extends Lane {
  readonly payload: unknown;
  readonly messageId?: string;
  /** Overtakes bulk data of other keys, never of its own. */
  readonly urgent?: boolean;
  /** Given only where the caller must know the id beforehand; otherwise made by the store. */
  readonly id?: string;
  /** What will be read to carry it out, where the same transaction has written it: it stays in memory until then. */
  readonly carries?: StoredObject;
}

/** One row of a lane. In a lane `in:<system>` its id is the record's id and the payload is empty. */
export interface Row {
  readonly lane: number;
  /** Without gaps within the lane. */
  readonly seq: number;
  readonly id: string;
  readonly messageId?: string;
  readonly payload: unknown;
  readonly urgent: boolean;
  readonly at: string;
}

/** The right to work on a lane until the lease ends. Whoever lost it (a fenced worker) cannot write any more. */
export interface Claim extends Lane {
  readonly lane: number;
  /** Random: proves to the store that the lease is still ours. */
  readonly owner: string;
  /** Failed tries of the first row so far. */
  readonly attempt: number;
  readonly leaseMs: number;
  /** So many rows are read at once, now and with each acknowledgement. */
  readonly limit: number;
  readonly rows: readonly Row[];
}

/** What is known after a row was worked on. */
export interface Receipt {
  readonly counterpartId?: string;
  /** What was sent, in the counterpart's words. */
  readonly request?: unknown;
  /** The same as JSON, where it has been written out already. */
  readonly requestText?: string;
  readonly answer?: unknown;
}

/** `superseded`: not sent, because only the latest counts and a later one stood behind it. */
export interface Outcome {
  readonly row: Row;
  readonly state: 'delivered' | 'superseded';
  readonly receipt?: Receipt;
  readonly attempts: number;
}

export type DeliveryState = 'waiting' | 'delivered' | 'parked' | 'discarded' | 'superseded';

export interface Delivery extends Lane {
  readonly id: string;
  readonly lane: number;
  readonly seq: number;
  readonly messageId?: string;
  readonly payload: unknown;
  readonly urgent: boolean;
  readonly at: string;
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly counterpartId?: string;
  readonly request?: unknown;
  readonly answer?: unknown;
  /** HubError as JSON; for a waiting delivery that of its last try. */
  readonly error?: unknown;
  readonly finishedAt?: string;
  readonly acknowledgedAt?: string;
  /** Who discarded or replayed it last, and why. */
  readonly note?: StoredNote;
  /** All of these, oldest first. */
  readonly notes?: readonly StoredNote[];
}

/** One try that failed and was followed by another one, or is going to be. */
export interface Attempt {
  /** Tries of the row so far, this one included. */
  readonly tries: number;
  readonly at: string;
  /** HubError as JSON. */
  readonly error: unknown;
}

/** How a lane goes on after a row that no retry will help. */
export type ParkPolicy = 'block' | 'continue';

/** Per receiver. `oldest` is the instant at which the longest waiting row was put there. */
export interface LaneStatistics {
  readonly dest: string;
  readonly lanes: number;
  readonly pending: number;
  readonly blocked: number;
  readonly failing: number;
  readonly oldest?: string;
}

// ---------------------------------------------------------------- jobs

export type JobState = 'running' | 'stopped' | 'done' | 'failed';

/** Work on many messages that somebody asked for; it goes on where it was when the hub is started again. */
export interface Job {
  readonly id: string;
  readonly kind: 'reprocess' | 'replay';
  /** What it works on; see hub/flow/jobs.ts. */
  readonly what: unknown;
  readonly by: string;
  readonly why: string;
  /** At most so many a second; without: as fast as portions go. */
  readonly rate?: number;
  readonly state: JobState;
  /** How far it is, for itself. */
  readonly position?: unknown;
  /** As counted at the start; what comes in meanwhile may add to it. */
  readonly total: number;
  readonly done: number;
  /** Found no longer as they were looked for. */
  readonly skipped: number;
  /** Tried and not possible; the reason stands at the record. */
  readonly failed: number;
  readonly problem?: string;
  readonly startedAt: string;
  readonly updatedAt: string;
  readonly finishedAt?: string;
  readonly stopped?: { readonly by: string; readonly why: string };
}

// ---------------------------------------------------------------- orders, changes, identities

/** Index entry: this segment of this order uses that; see hub/change/order-uses.ts. */
export type { Use as OrderUse, UseKind };

export interface ChangeRow {
  readonly id: string;
  readonly noun: string;
  readonly objectId: string;
  readonly fromVersion?: number;
  readonly toVersion?: number;
  readonly state: string;
  /** The change without its orders; absent where it was not asked for. */
  readonly body?: unknown;
  readonly createdAt?: string;
  readonly updatedAt?: string;
}

/** One order in a change: what concerns one order reads and writes one row. */
export interface ChangeOrderRow {
  readonly changeId: string;
  readonly orderId: string;
  /** Its place among the orders of the change. */
  readonly place: number;
  readonly standing: string;
  /** Not decided yet. */
  readonly isOpen: boolean;
  /** When time has something to do with it; empty: at every look. */
  readonly due?: string;
  readonly body: unknown;
}

/** A change that the move of an order may concern, and why. */
export interface ConcernedChange {
  readonly id: string;
  /** It has the order, or is the last one of its product, or has a command that is of no order and waits. */
  readonly why: 'order' | 'product' | 'command';
  /** The command. */
  readonly body?: unknown;
}

/** How many orders and commands a change has, by what its state is worked out from. */
export interface ChangeCounts {
  readonly commands: ReadonlyArray<
    Pick<CommandRow, 'state' | 'takesBack' | 'isOwed'> & { readonly count: number }
  >;
  readonly orders: ReadonlyArray<Pick<ChangeOrderRow, 'standing' | 'isOpen'> & { readonly count: number }>;
  /** The last place that is taken; -1 where there is none. */
  readonly lastCommand: number;
  readonly lastOrder: number;
}

export type CommandState = 'planned' | 'sent' | 'acknowledged' | 'failed' | 'refused' | 'dropped';

export interface CommandRow {
  readonly id: string;
  readonly changeId: string;
  readonly orderId?: string;
  readonly kind: string;
  readonly system: string;
  readonly dependsOn: readonly string[];
  readonly state: CommandState;
  readonly deliveryId?: string;
  readonly body: unknown;
  /** The large part, which hardly ever changes; absent where it was not asked for, and kept where it is not given. */
  readonly content?: unknown;
  readonly receipt?: unknown;
  readonly at?: string;
  /** Its place among the commands of the change. */
  readonly place: number;
  /** Takes another command back. */
  readonly takesBack: boolean;
  /** Counts when it is asked whether the change is in force. */
  readonly isOwed: boolean;
  readonly sentAt?: string;
}

/** What one system calls an object. */
export interface Identity {
  readonly system: string;
  readonly noun: string;
  readonly nativeId: string;
  /** Empty: it was said that this id is linked with nothing. */
  readonly canonicalId: string;
  /** Also means the object, but is never written to the system. */
  readonly alternative?: boolean;
  /** A person has said so: no import and no rule changes it. */
  readonly manual?: boolean;
  readonly by?: string;
  readonly why?: string;
}

/** An identity as it is kept. `revision` is larger than that of everything written before. */
export interface IdentityLink extends Required<Identity> {
  readonly at: string;
  readonly revision: number;
}

/** A parked record (`in:<system>`) or delivery, with everything that was wrong with it. */
export interface Unlinked {
  readonly id: string;
  readonly dest: string;
  readonly issues: readonly Issue[];
}

/** An id that a mapping met and that may mean one of several, or one that only resembles it: a person has to say. */
export interface IdentityQuestion {
  readonly system: string;
  readonly noun: string;
  /** `in`: the id is native, the candidates canonical; `out`: the other way round. */
  readonly direction: 'in' | 'out';
  readonly id: string;
  readonly candidates: readonly string[];
  readonly at: string;
}

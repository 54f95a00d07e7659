/**
 * The store port: what the hub promises to keep and how it is read, written and worked off. Two implementations stand
 * behind it (sqlite.ts, postgres.ts); open.ts chooses. What fails in the database is thrown as HubError `HUB_STORE`
 * (transient), never as the driver's own error.
 */
import type { HubError, Issue } from '../../model/errors';
import type { BuiltReport } from '../change/built-reports';
import type { ConsumptionReport, SegmentReport } from '../change/execution';
import type { Use, UseKind } from '../change/order-uses';
import type {
  Accepted,
  Attempt,
  ChangeCounts,
  ChangeOrderRow,
  ChangeRow,
  Claim,
  CommandRow,
  CommandState,
  ConcernedChange,
  DefinitionNote,
  Delivery,
  DeliveryState,
  Draft,
  Identity,
  IdentityLink,
  IdentityQuestion,
  Job,
  JobState,
  Lane,
  LaneStatistics,
  NewDelivery,
  NewMessage,
  NewObject,
  NewRecord,
  Outcome,
  ParkPolicy,
  RecordState,
  Row,
  StoredMessage,
  StoredNote,
  StoredObject,
  StoredRecord,
  Unlinked,
  Wake,
} from './row-types';

export type * from './row-types';

/**
 * The side of the store that the lane drainer works with. Claims and acknowledgements are grouped; they need not
 * survive a power cut, because a lost one costs a repetition and nothing else.
 */
export interface LaneStore {
  /** Takes the lane for `leaseMs` with its first `limit` rows (default 50). Undefined: nothing due, or somebody else has it. */
  claim(lane: number, limit?: number): Promise<Claim | undefined>;
  /**
   * Writes the receipts, moves the head of the lane behind the last outcome, renews the lease and returns the next rows;
   * an empty list: the lane is drained and released. With `release` the lane is released in any case.
   * Undefined: the lease was lost, nothing was written.
   */
  ack(claim: Claim, outcomes: readonly Outcome[], release?: boolean): Promise<Row[] | undefined>;
  /** Notes a failed try of the row after `outcomes` (which are acknowledged) and frees the lane for `delayMs` (a minute at most) from now. False: lease lost. */
  fail(
    claim: Claim,
    outcomes: readonly Outcome[],
    error: unknown,
    delayMs: number,
    tried?: { readonly row: Row; readonly tries: number },
  ): Promise<boolean>;
  /**
   * Parks `row`, which must follow `outcomes`; the record of an inbound row is marked parked with it. `block` stops the
   * lane until replay or discard; `continue` goes on as ack does. Undefined: lease lost.
   */
  park(
    claim: Claim,
    outcomes: readonly Outcome[],
    row: Row,
    error: unknown,
    policy: ParkPolicy,
    attempts: number,
    request?: unknown,
  ): Promise<Row[] | undefined>;
  /** Lanes that should be worked on now, urgent ones first, longest waiting first. */
  due(options: { limit: number; overdueMs?: number; dest?: string }): Promise<Wake[]>;
  /** Ends the pauses of a receiver's lanes: it is back. */
  hurry(dest: string): Promise<void>;
}

// ---------------------------------------------------------------- reading

/**
 * Newest first. `before` is the last id of the page before; `from`/`to` are instants. `limit` is 100 by default. With
 * `oldestFirst`, `after` is the last id of the page before.
 */
export interface Page {
  readonly before?: string;
  readonly after?: string;
  readonly oldestFirst?: boolean;
  /** The first id that is wanted. */
  readonly since?: string;
  readonly limit?: number;
  readonly from?: string;
  readonly to?: string;
}

export interface RecordFilter extends Page {
  readonly system?: string;
  readonly type?: string;
  /** Any of these. */
  readonly types?: ReadonlyArray<{ readonly system: string; readonly type: string }>;
  readonly key?: string;
  readonly state?: RecordState;
  /** Somewhere in what is wrong with it: a code, a path, a word. Without key or state: of those that went wrong. */
  readonly text?: string;
}

export interface DeliveryFilter extends Page {
  readonly dest?: string;
  readonly key?: string;
  readonly state?: DeliveryState;
  readonly messageId?: string;
  readonly noun?: string;
  readonly inbound?: boolean;
  /** Somewhere in the error for which it was parked. */
  readonly text?: string;
}

/** A delivery with the tries that failed before the last one. */
export interface TracedDelivery extends Delivery {
  readonly attemptLog: readonly Attempt[];
}

export interface Trace {
  readonly record: StoredRecord;
  /** Failed tries of taking it in. */
  readonly attemptLog: readonly Attempt[];
  readonly messages: readonly StoredMessage[];
  /** Versions of objects that its messages made, without bodies. */
  readonly objects: ReadonlyArray<Omit<StoredObject, 'body'>>;
  /** Of its messages, replays and compensations included. */
  readonly deliveries: readonly TracedDelivery[];
  /** Records that repeat this one. */
  readonly replays: readonly string[];
}

/** Everything that can be read. From the store: committed state. Inside a transaction: with its own writes. */
export interface Reads {
  getRecord(id: string): Promise<StoredRecord | undefined>;
  listRecords(filter?: RecordFilter): Promise<StoredRecord[]>;
  countRecords(filter: RecordFilter): Promise<number>;
  getMessage(id: string): Promise<StoredMessage | undefined>;
  listMessages(
    filter?: Page & { system?: string; noun?: string; verb?: string; recordId?: string; objectKey?: string },
  ): Promise<StoredMessage[]>;
  getDelivery(id: string): Promise<Delivery | undefined>;
  /** Outgoing deliveries; with a `dest` of `in:<system>`, or `inbound`, those of records. */
  listDeliveries(filter?: DeliveryFilter): Promise<Delivery[]>;
  countDeliveries(filter: DeliveryFilter): Promise<number>;
  /** In the order in which they were made. */
  attemptsOf(deliveryId: string): Promise<Attempt[]>;
  /** By number; `after` is that of the last lane of the page before. */
  lanesTo(filter: {
    dests: readonly string[];
    key?: string;
    after?: number;
    limit: number;
  }): Promise<Array<Lane & { lane: number }>>;
  /** Rows of one lane in their order, from the id `since` on. Inside a PostgreSQL transaction the lane is locked. */
  deliveriesIn(filter: {
    lane: number;
    afterSeq?: number;
    since?: string;
    limit: number;
  }): Promise<Delivery[]>;
  /** Undefined: no such record. */
  trace(recordId: string): Promise<Trace | undefined>;
  laneStatistics(): Promise<LaneStatistics[]>;
  /** Rows that wait in all lanes, blocked ones included. */
  waiting(): Promise<number>;

  /**
   * The current version, or that of `version`, or the one that was current at the instant `at`. Inside a PostgreSQL
   * transaction nobody else changes the current one until its end, nor reads it there, unless both read for `reference`:
   * in order to make something by it, not to change it.
   */
  getObject(
    noun: string,
    id: string,
    as?: { version?: number; at?: string; reference?: boolean },
  ): Promise<StoredObject | undefined>;
  /** The body of one version as JSON text, for who passes it on without looking into it. */
  objectText(noun: string, id: string, version: number): Promise<string | undefined>;
  /** Hashes of the parts of a large definition's version, kept with it. */
  subtreeHashes(
    noun: string,
    id: string,
    version: number,
  ): Promise<Readonly<Record<string, string>> | undefined>;
  /** Current versions by id, ascending; `after` is the last id of the page before. Without `limit`: 100. */
  listObjects(filter: {
    noun: string;
    ids?: readonly string[];
    after?: string;
    limit?: number;
  }): Promise<StoredObject[]>;
  /** Objects that have got a version by a message with the id `since` or a later one; by noun and id. */
  objectsSince(filter: {
    since: string;
    noun?: string;
    after?: { noun: string; id: string };
    limit: number;
  }): Promise<Array<{ noun: string; id: string }>>;
  countVersions(filter: { since: string; noun?: string }): Promise<number>;
  /** Newest first, without bodies. */
  objectVersions(noun: string, id: string): Promise<Array<Omit<StoredObject, 'body'>>>;
  /** In the order they were written. */
  definitionNotes(noun: string, id: string): Promise<DefinitionNote[]>;
  /** Of one object, or of all objects of a noun; by id and revision. */
  listDrafts(noun: string, id?: string): Promise<Draft[]>;

  /** The uses of any of `refs`, of all orders. */
  usesOf(kind: UseKind, refs: readonly string[]): Promise<Use[]>;
  /** Only the orders, ascending: with many refs much less work than their uses. */
  ordersUsing(kind: UseKind, refs: readonly string[]): Promise<string[]>;
  /** All reports on one or several orders, in the order they came. */
  executionsOf(orders: string | readonly string[]): Promise<SegmentReport[]>;
  consumptionOf(orders: string | readonly string[]): Promise<ConsumptionReport[]>;
  /** What was told of the pieces of an order beyond its progress, in the order it came. */
  builtOf(orderId: string): Promise<BuiltReport[]>;

  getChange(id: string): Promise<ChangeRow | undefined>;
  /** Newest first. `orderId`: only those with this order among theirs; `bodies: false`: states alone. */
  listChanges(
    filter?: Page & {
      state?: string;
      states?: readonly string[];
      objectId?: string;
      orderId?: string;
      bodies?: false;
    },
  ): Promise<ChangeRow[]>;
  /**
   * Changes that the move of an order may concern: those in one of `states` that have it among their orders, the last
   * one of its product's operations definition that is not in the state `besides`, and those with a planned command that
   * is of no order.
   */
  changesConcerning(order: {
    orderId: string;
    states: readonly string[];
    product?: string | undefined;
    besides: string;
  }): Promise<ConcernedChange[]>;
  /** By their places; `after` is the place of the last one of the page before, `due` a time up to which they are. Without `limit`: all. */
  listChangeOrders(filter: {
    changeId: string;
    orderIds?: readonly string[];
    isOpen?: boolean;
    due?: string;
    after?: number;
    limit?: number;
  }): Promise<ChangeOrderRow[]>;
  countChange(changeId: string): Promise<ChangeCounts>;
  /** In the order of their ids. `ofNoOrder`: those that concern no single order; `content: false`: without what they carry. */
  listCommands(filter: {
    ids?: readonly string[];
    changeId?: string;
    orderId?: string;
    orderIds?: readonly string[];
    ofNoOrder?: true;
    deliveryId?: string;
    state?: CommandState;
    sentBefore?: string;
    content?: false;
    limit?: number;
  }): Promise<CommandRow[]>;
  /** Whether all these commands are; one that is not there is not. */
  areAcknowledged(commandIds: readonly string[]): Promise<boolean>;

  /** Inside a PostgreSQL transaction the row is locked. */
  getJob(id: string): Promise<Job | undefined>;
  /** Newest first; at most 100 unless `limit` says otherwise. */
  listJobs(filter?: { state?: JobState; limit?: number }): Promise<Job[]>;

  canonicalId(system: string, noun: string, nativeId: string): Promise<string | undefined>;
  identitiesOf(noun: string, canonicalId: string): Promise<Identity[]>;
  /** In the order of their last writing; `after` is the revision of the last one of the page before. Without `limit`: all. */
  listIdentities(filter?: {
    system?: string;
    noun?: string;
    nativeId?: string;
    canonicalId?: string;
    after?: number;
    limit?: number;
  }): Promise<IdentityLink[]>;
  /** Oldest first. */
  listIdentityQuestions(): Promise<IdentityQuestion[]>;
  /** What is parked because of ids that were not linked, records and deliveries, oldest first. */
  listUnlinked(): Promise<Unlinked[]>;
}

// ---------------------------------------------------------------- writing

/** What one transaction may do. All of it or nothing is kept. */
export interface Tx extends Reads {
  /**
   * Keeps the body as the next version, with history. Equal content is not a new version: `changed` is false then.
   * With `expected` (0: must not exist) throws `HUB_CONFLICT` when the object stands at another version.
   */
  putObject(
    object: NewObject,
    expected?: number,
  ): Promise<{ object: StoredObject; before?: StoredObject; changed: boolean }>;
  putSubtreeHashes(
    noun: string,
    id: string,
    version: number,
    hashes: Readonly<Record<string, string>>,
  ): Promise<void>;
  addDefinitionNote(note: Omit<DefinitionNote, 'at'>): Promise<void>;
  /** By noun, id and revision. */
  putDraft(draft: Omit<Draft, 'updatedAt'>): Promise<void>;
  dropDraft(draft: Pick<Draft, 'noun' | 'id' | 'revision'>): Promise<void>;
  /** Returns its id. */
  addMessage(message: NewMessage): Promise<string>;
  /** Puts deliveries at the end of their lanes when the transaction commits, and wakes the lanes. Returns their ids in the same order. */
  addDeliveries(deliveries: readonly NewDelivery[]): string[];
  markRecord(
    id: string,
    mark: { state: RecordState; issues?: readonly Issue[]; mapping?: string; messageId?: string },
  ): Promise<void>;
  /**
   * Acknowledges a row of a claimed lane with this transaction; the handler then returns `acknowledged`. Checked at the
   * commit: when the lease was lost, everything is rolled back and `HUB_LEASE_LOST` is thrown. With the last row of a
   * lane the claim ends.
   */
  ackLane(claim: Claim, row: Row): void;
  /** The counterpart has confirmed a delivery later, by a message of its own. */
  acknowledgeDelivery(deliveryId: string, answer?: unknown): Promise<void>;
  /**
   * Sends a parked delivery (or inbound record) again: in its place when it blocks its lane, else at the end of it.
   * False: it is not parked.
   */
  replay(deliveryId: string, note: Replaying): Promise<boolean>;
  /** Gives a parked or waiting first delivery up; the lane goes on. False: it is neither. */
  discard(deliveryId: string, note: Note): Promise<boolean>;
  /** Parks a row of a claimed lane with this transaction and lets the next ones pass; see `ackLane`. */
  parkLane(
    claim: Claim,
    row: Row,
    failed: { error: unknown; attempts: number; request?: unknown },
  ): Promise<void>;
  /** What became of a record that was parked, and who did it; or only who caused it. False: it is no longer parked. */
  noteRecord(
    id: string,
    note: Note & { did: StoredNote['did']; state?: 'replayed' | 'discarded' },
  ): Promise<boolean>;
  /** By id; whole row. */
  putJob(job: Omit<Job, 'updatedAt'>): Promise<void>;

  /** Replaces all uses of the order. */
  putOrderUses(orderId: string, uses: ReadonlyArray<Omit<Use, 'orderId'>>): Promise<void>;
  addSegmentReport(report: SegmentReport): Promise<void>;
  /** By id: a second one takes the place of the first. */
  addConsumption(report: ConsumptionReport): Promise<void>;
  /** By id: a second one takes the place of the first. */
  addBuilt(report: BuiltReport): Promise<void>;
  /** By id; whole row. */
  putChange(change: ChangeRow): Promise<void>;
  /** Says that a change has become different, and its state. */
  markChange(id: string, state: string): Promise<void>;
  /** By change and order; the place stays. */
  putChangeOrders(orders: readonly ChangeOrderRow[]): Promise<void>;
  /** By id; place and, where it is not given, content stay. */
  putCommands(commands: readonly CommandRow[]): Promise<void>;
  /**
   * A native id points to one canonical id; the last link counts. Who writes holds the lock `identity`, so that
   * revisions become visible in their order.
   */
  putIdentity(identity: Identity): Promise<void>;
  /**
   * The system has been sent the object under the hub's own id. That is no link (revision 0): it changes none, and ids
   * are not looked up in it.
   */
  noteSent(object: { system: string; noun: string; id: string }): Promise<void>;
  /** Once; a second time changes nothing. */
  putIdentityQuestion(question: Omit<IdentityQuestion, 'at'>): Promise<void>;
  dropIdentityQuestion(
    question: Pick<IdentityQuestion, 'system' | 'noun' | 'direction' | 'id'>,
  ): Promise<void>;

  /**
   * Waits until no other transaction holds the lock of that name, and holds it to the end. `shared`: any number hold it
   * so at once, and whoever wants it alone waits for them; the wait may be that of the next read. On SQLite transactions
   * are one at a time anyway.
   */
  lock(name: string, shared?: 'shared'): Promise<void>;
}

export interface Store extends Reads, LaneStore {
  /** How long a claim lasts without renewal, in ms. */
  readonly leaseMs: number;
  /**
   * Takes records durably: resolves after the commit, which many callers share. Records of one call are kept together
   * or not at all. Throws `HUB_OVERLOADED` when more wait than the store takes.
   */
  accept(records: readonly NewRecord[]): Promise<Accepted[]>;
  /** The record of an inbound row, as it came. */
  recordOf(row: Row): Promise<StoredRecord>;
  /**
   * Runs `work` as one transaction, durably committed. It must do nothing but read and write through `tx` (no network,
   * no other call of the store: on SQLite that would wait for itself) and may be run again after a conflict with another one.
   */
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /**
   * Called after each commit with the lanes that have got something to do. One listener. Where it says with how many lanes
   * of a receiver it could begin at once, so many of those that had nothing to do may come claimed (`Wake.begun`).
   */
  onReady(listener: (lanes: Wake[]) => void, room?: (dest: string) => number): void;

  /**
   * `Tx.replay` and `Tx.discard` in a transaction of their own. They throw `HUB_NOT_FOUND` where those answer false.
   */
  replay(deliveryId: string, note: Replaying): Promise<void>;
  discard(deliveryId: string, note: Note): Promise<void>;
  /**
   * So many deliveries a receiver may get now, of `perSecond` for all processes together; what is handed out counts as
   * used. Never more than those of a second.
   */
  allowance(dest: string, perSecond: number): Promise<number>;

  /**
   * Looks at a portion of what is older than the policy says, and forgets or compresses what may be: call again until all
   * has been looked at. What waits, is parked or blocks a lane stays, and so does the history of objects.
   */
  prune(policy: Retention): Promise<Pruned>;

  /**
   * Takes, or keeps, the lead in something that one process at a time may do (asking a system for news), for `forMs` from
   * now; 0 gives it up. False: another process has it. On SQLite there is no other one.
   */
  lead(name: string, forMs: number): Promise<boolean>;

  /**
   * Resolves (HUB_STORE) when this process can keep nothing any more, whatever it does: only a new one can. On SQLite, when
   * the disk has refused to keep what was committed or the thread that writes has ended; never on PostgreSQL.
   */
  readonly lost: Promise<HubError>;
  /** Throws HUB_STORE when the database cannot be reached or written. */
  check(): Promise<void>;
  /** Waits for what is running, then closes. May be called twice. */
  close(): Promise<void>;
}

/** Who sends a parked delivery again, and why. */
export interface Replaying extends Note {
  /** Replaces what was to be sent; that is kept with the note. */
  readonly payload?: unknown;
  /**
   * At the end of its lane it would come behind what followed it: this is asked then, in the same transaction, and with
   * a reason of it everything stays as it was, and HUB_CONFLICT is thrown.
   */
  readonly unless?: (reads: Reads) => Promise<string | undefined>;
}

export interface Note {
  readonly by: string;
  readonly why: string;
}

/** Instants. What is absent is kept for ever. */
export interface Retention {
  /** Compress the bodies of records, messages, requests and answers from before: they are read as ever. */
  readonly squeezeBefore?: string;
  /** Drop the bodies of records, messages, requests and answers from before: the trace stays. */
  readonly bodiesBefore?: string;
  /** Drop records, messages and deliveries from before altogether, and with them the knowledge of duplicates. */
  readonly before?: string;
  /** Rows of one table in one portion. Default 500. */
  readonly portion?: number;
}

export interface Pruned {
  /** Forgotten, dropped of their bodies, or looked at to compress them. */
  readonly rows: number;
  /** All has been looked at; the next call begins anew. */
  readonly isOver: boolean;
}

export interface StoreOptions {
  /** Folder of the SQLite file `esperanto.db`; one process owns it. */
  readonly dataDir: string;
  /** `postgres://…`: keep everything there instead. */
  readonly databaseUrl?: string;
  /** Default 30,000. A handler gets 40 % of it for one row. */
  readonly leaseMs?: number;
  /** Bytes of records that may wait for their commit before `accept` refuses. Default 64 MiB. */
  readonly intakeLimitBytes?: number;
}

/**
 * What goes to the thread that has the database, and what comes back. Lists of columns throughout: an object would carry
 * the names of its properties with it each time.
 */
import type { MessagePort } from 'node:worker_threads';
import type { IncomingRecord, LaneEntry, ReceiptRow, Settlement } from './engine';

type Text = string | null;

export type EntryColumns = readonly [
  dest: string,
  key: string,
  id: string,
  messageId: Text,
  payload: Text,
  urgent: number,
  at: string,
];
export type RecordColumns = readonly [
  id: string,
  system: string,
  mark: string,
  hash: string,
  until: number,
  type: string,
  key: string,
  idempotencyKey: Text,
  contentType: Text,
  raw: Text,
  body: Text,
  receivedAt: string,
  state: string,
  issues: Text,
  replayOf: Text,
  /** Of its lane; null where it has no place in one. */
  dest: Text,
  urgent: number,
];
export type ReceiptColumns = readonly [
  deliveryId: string,
  state: string,
  attempts: number,
  counterpartId: Text,
  request: Text,
  answer: Text,
  error: Text,
  finishedAt: string,
];
/** A row of a lane, whose number everybody knows. */
export type RowColumns = readonly [
  seq: number,
  id: string,
  messageId: Text,
  payload: Text,
  urgent: number,
  at: string,
];
export type WakeColumns = readonly [lane: number, dest: string, urgent: boolean];
export type ClaimColumns = readonly [
  dest: string,
  key: string,
  attempt: number,
  owner: string,
  rows: readonly RowColumns[],
];
/** The right to work on a lane. */
export type Held = readonly [lane: number, owner: string];

export interface SettleCall extends Pick<Settlement, 'head' | 'retry' | 'block' | 'release' | 'parked'> {
  readonly held: Held;
  /** Of the rows to hand out next. */
  readonly limit: number;
  readonly receipts: readonly ReceiptColumns[];
}

/** What is done as a whole or not at all, and what it answers. */
export interface Calls {
  /** Of each record: the id of the first copy; where it is the first itself, the lane to wake, if there is one. */
  accept(records: readonly RecordColumns[]): ReadonlyArray<string | number | null>;
  claim(lane: number, limit: number): ClaimColumns | undefined;
  /** The next rows; undefined: the lease was lost. */
  settle(call: SettleCall): readonly RowColumns[] | undefined;
  due(limit: number, overdueMs: number, dest: Text): readonly WakeColumns[];
  hurry(dest: string): void;
}

export type Call = { [K in keyof Calls]: readonly [K, ...Parameters<Calls[K]>] }[keyof Calls];

/** What a transaction of a caller consists of, besides statements, and what it is told of each. */
export interface Steps {
  append(entries: readonly EntryColumns[]): readonly WakeColumns[];
  /** Rows that are left behind the new head. Throws where the lease was lost. */
  advance(held: Held, seq: number): number;
  /** Whoever works on the lane has lost it. */
  fence(lane: number): void;
}

export type Step =
  | { [K in keyof Steps]: readonly [K, ...Parameters<Steps[K]>] }[keyof Steps]
  | readonly ['statement', text: string, values: readonly unknown[]];

/** To the database, which takes one after another. */
export type Message =
  | readonly ['calls', durable: boolean, calls: readonly Call[]]
  /** Transactions follow. `apart`: each takes back its own writes only, and its end is waited for. */
  | readonly ['transactions', apart: boolean]
  | readonly ['steps', steps: readonly Step[]]
  /** The answer to the last step is waited for; without steps, how those before have gone. */
  | readonly ['ask', steps: readonly Step[]]
  /** Of a transaction that runs apart. */
  | readonly ['begin']
  | readonly ['end', kept: boolean]
  | readonly ['over', kept: boolean]
  | readonly ['close'];

/** What a statement has answered. */
export interface Rows {
  readonly columns: readonly string[];
  readonly rows: ReadonlyArray<readonly unknown[]>;
  readonly changes: number;
  readonly lastInsertRowid: number;
}

/** An error as it is carried over: without its class. */
export interface Failure {
  readonly message: string;
  readonly code?: string;
  readonly errcode?: number;
}

/** `lost`: something that nobody waited for has failed, and the transactions have to run again, apart. */
export type Answer = { readonly rows?: Rows } | { readonly failure: Failure } | { readonly lost: true };

/** After a commit, or after its failure. */
export interface Committed {
  /** Nobody may hear of it, nor of anything later, before the log is on the disk. */
  readonly durable: boolean;
  /** For each message with calls. */
  readonly calls: ReadonlyArray<{
    readonly answers: readonly unknown[];
    /** By their places. */
    readonly failures?: ReadonlyMap<number, Failure>;
  }>;
  /** What the transactions were told, step by step. */
  readonly told?: readonly unknown[];
  /** The transactions have to run again, apart. */
  readonly again?: true;
  /** Why. */
  readonly cause?: Failure;
}

/** What the thread is given. */
export interface ThreadData {
  readonly file: string;
  readonly leaseMs: number;
  /** Messages come, and what was committed goes. */
  readonly port: MessagePort;
  /** Answers that somebody waits for go. */
  readonly answers: MessagePort;
  /** Numbers that both threads see, by `place`. */
  readonly shared: Int32Array;
}

export const place = {
  /** Messages to the database so far. */
  posted: 0,
  /** Answers so far. */
  answered: 1,
  /** 1: transactions are about to come. */
  wanted: 2,
  /** 1: a commit is under way. */
  committing: 3,
} as const;

/** `entry`: its place in a lane, where it has one. */
export function recordColumns(incoming: IncomingRecord, entry: LaneEntry | undefined): RecordColumns {
  const { id, mark, hash, until, receivedAt, raw, body, record: r } = incoming;
  return [
    id,
    r.system,
    mark,
    hash,
    until,
    r.type,
    r.key,
    r.idempotencyKey ?? null,
    r.contentType ?? null,
    raw,
    body,
    receivedAt,
    r.state ?? 'waiting',
    r.issues?.length ? JSON.stringify(r.issues) : null,
    r.replayOf ?? null,
    entry?.dest ?? null,
    entry?.urgent ? 1 : 0,
  ];
}

export function entryColumns({ dest, key, id, messageId, payload, urgent, at }: LaneEntry): EntryColumns {
  return [dest, key, id, messageId ?? null, payload, urgent ? 1 : 0, at];
}

export function settleCall({ claim, head, receipts, retry, block, release, parked }: Settlement): SettleCall {
  return {
    held: [claim.lane, claim.owner],
    limit: claim.limit,
    head,
    receipts: receipts.map(receiptColumns),
    release,
    ...(retry ? { retry } : {}),
    ...(block ? { block } : {}),
    ...(parked ? { parked } : {}),
  };
}

function receiptColumns(r: ReceiptRow): ReceiptColumns {
  return [r.deliveryId, r.state, r.attempts, r.counterpartId, r.request, r.answer, r.error, r.finishedAt];
}

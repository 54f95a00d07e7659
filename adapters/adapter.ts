import type { HubError, Issue } from '../model/errors';

/** A record in the counterpart's own words: not canonical, not yet checked. */
export interface NativeRecord {
  /** The counterpart's own name for this kind of record, e.g. `LOIPRO05`. */
  readonly type: string;
  /** The business key: records of one key keep their order. */
  readonly key: string;
  /** Stable across redeliveries of the same business event; where absent, the hub uses the content. */
  readonly id?: string;
  /** A JSON value. XML is given as the adapter documents it. */
  readonly body: unknown;
  /** The body's JSON text, where the document is nothing else: it need not be written out again. */
  readonly text?: string;
  /** What was tolerated when it was read: kept with the record as warnings. */
  readonly defects?: readonly Issue[];
}

/** What a counterpart pushed, as it came over the wire. */
export interface RawRecord {
  readonly contentType: string;
  readonly text: string;
}

/** Resolves once the hub has durably taken the record; only then may the adapter confirm it. */
export type Accept = (record: NativeRecord) => Promise<void>;

/** A record on its way out. */
export interface Outgoing extends NativeRecord {
  /** Stable across retries of this delivery: send it as the counterpart's idempotency key where it has one. */
  readonly id: string;
  /** The id under which the same was sent before, where somebody has asked for all of it once more. */
  readonly replayOf?: string;
}

export interface Receipt {
  /** The identifier that the counterpart gave to what it stored, when it gives one. */
  readonly counterpartId?: string;
  /** What the counterpart answered, short, for people: kept with the delivery. */
  readonly answer?: unknown;
  /** The record's body as JSON, where it was sent as just that: what is kept of the delivery need not be written again. */
  readonly sentText?: string;
}

export interface Connection {
  /**
   * Hands records to `accept`, one after another for one key, until `signal` aborts, then returns.
   * A record whose `accept` throws is offered again. Outages are ridden out inside. Present when the adapter pulls or subscribes.
   */
  receive?(accept: Accept, signal: AbortSignal): Promise<void>;
  /** Hands one record to the counterpart. Present when `sends` names a type. Throws only HubError. */
  send?(record: Outgoing): Promise<Receipt>;
  /**
   * Hands several records of one type to the counterpart in one call, in their order; the answers are theirs, and nothing
   * behind the first that failed has been taken. Throws only HubError, when nobody knows of any of them. Present when
   * `batches` names a type.
   */
  sendBatch?(records: readonly Outgoing[]): Promise<readonly (Receipt | HubError)[]>;
  /** Throws a HubError when the counterpart cannot be used right now. */
  check(): Promise<void>;
  /** May be called twice. */
  close(): Promise<void>;
}

/** What the hub's retry rule relies on. The contract tests hold the adapter to it. */
export interface Promises {
  readonly sendIsIdempotent: boolean;
  readonly keepsOrder: boolean;
}

export interface Setting {
  readonly type: 'string' | 'number' | 'boolean' | 'object';
  /** A sentence for people: starts with a capital, ends with a full stop. */
  readonly description: string;
  readonly secret?: true;
  readonly default?: string | number | boolean | object;
  readonly optional?: true;
  /**
   * Of an object: its JSON Schema (2020-12). Its defaults are filled in, its descriptions are shown where a value does
   * not fit, and the first of its `examples` is one that does.
   */
  readonly schema?: object;
}

export interface OpenOptions {
  /** A folder of this connection's own under the hub's data directory (certificates, cursors). */
  readonly dataDir: string;
  readonly log: (message: string, detail?: Record<string, unknown>) => void;
}

/** What a system hands over, takes and promises. */
export interface Declared {
  /** Native record types that this system hands to the hub. Empty: it hands over nothing. */
  readonly receives: readonly string[];
  /** Native record types that this system takes from the hub. Empty: it takes nothing. */
  readonly sends: readonly string[];
  readonly promises: Promises;
  /** Types that the system also takes several at a time; only where sending twice is harmless. */
  readonly batches?: Readonly<Record<string, Batch>>;
}

/** How a system takes several records in one call. */
export interface Batch {
  readonly max: number;
  /** `all`: as a whole or not at all. `each`: with an answer for each, up to the first that it does not take. */
  readonly acknowledges: 'all' | 'each';
}

// biome-ignore lint/suspicious/noExplicitAny: the list of adapters holds adapters of every configuration.
export interface Adapter<Config = any> extends Declared {
  readonly name: string;
  readonly summary: string;
  readonly settings: { readonly [K in keyof Config]-?: Setting };
  /**
   * What holds for one system, where its settings decide that: ask `declaredBy` rather than the fields. The lists above
   * are then empty, and the promises what settings can make of them at best.
   */
  declares?(config: Config): Declared;
  /** What each setting alone does not show: settings that do not go together, an issue each. Pure. */
  contradictions?(config: Config): Issue[];
  /**
   * Turns what the counterpart pushed into records. Pure. Throws HubError (HUB_BAD_XML, HUB_XML_DTD, HUB_BAD_JSON,
   * HUB_INVALID, HUB_UNKNOWN_RECORD) with the place. Present when the counterpart pushes to the hub's door.
   * Where settings say what a record is, nothing can be read without them.
   */
  read?(raw: RawRecord, config?: Config): NativeRecord[];
  open(config: Config, options: OpenOptions): Promise<Connection>;
}

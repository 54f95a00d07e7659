import type { Issue } from '../model/errors';

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
}

export interface Receipt {
  /** The identifier that the counterpart gave to what it stored, when it gives one. */
  readonly counterpartId?: string;
  /** What the counterpart answered, short, for people: kept with the delivery. */
  readonly answer?: unknown;
}

export interface Connection {
  /**
   * Hands records to `accept`, one after another for one key, until `signal` aborts, then returns.
   * A record whose `accept` throws is offered again. Outages are ridden out inside. Present when the adapter pulls or subscribes.
   */
  receive?(accept: Accept, signal: AbortSignal): Promise<void>;
  /** Hands one record to the counterpart. Present when `sends` names a type. Throws only HubError. */
  send?(record: Outgoing): Promise<Receipt>;
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
}

export interface OpenOptions {
  /** A folder of this connection's own under the hub's data directory (certificates, cursors). */
  readonly dataDir: string;
  readonly log: (message: string, detail?: Record<string, unknown>) => void;
}

// biome-ignore lint/suspicious/noExplicitAny: the list of adapters holds adapters of every configuration.
export interface Adapter<Config = any> {
  readonly name: string;
  readonly summary: string;
  readonly settings: { readonly [K in keyof Config]-?: Setting };
  /** Native record types that this system hands to the hub. Empty: it hands over nothing. */
  readonly receives: readonly string[];
  /** Native record types that this system takes from the hub. Empty: it takes nothing. */
  readonly sends: readonly string[];
  readonly promises: Promises;
  /**
   * Turns what the counterpart pushed into records. Pure. Throws HubError (HUB_BAD_XML, HUB_XML_DTD, HUB_BAD_JSON,
   * HUB_INVALID) with the place. Present when the counterpart pushes to the hub's door.
   */
  read?(raw: RawRecord): NativeRecord[];
  open(config: Config, options: OpenOptions): Promise<Connection>;
}

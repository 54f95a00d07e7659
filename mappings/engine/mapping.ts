/** Which way a mapping is written: native → canonical, canonical → native, or as `in` and derived backwards too. */
export type Direction = 'in' | 'out' | 'both';

/** One use of a transform: its name and its parameters. */
export interface TransformUse {
  readonly name: string;
  readonly with: Readonly<Record<string, unknown>>;
}

/** Finds the entry of another list of the same record; its fields are then read as `#.field`. */
export interface Join {
  readonly list: string;
  readonly by: string;
  readonly equals: string;
}

/** The unit of an amount, at a path or as a constant, and the one that it is converted to. */
export interface UnitUse {
  readonly from?: string;
  readonly value?: string;
  readonly to: string;
}

/** Identity of another system: whose id it is, and what is done with one that is not linked. */
export interface XrefUse {
  readonly noun: string;
  /** The system that the native id is of; absent: the one that sends or receives. */
  readonly system?: string;
  readonly unknown: 'keep' | 'issue';
}

/** The id on the other side; several where it is not certain which; undefined where none is known. */
export type XrefOutcome = { readonly id: string } | { readonly candidates: readonly string[] } | undefined;

/** `in`: from the native id to the canonical one; `out`: back. Answers at once, without input or output. */
export type Xref = (system: string, noun: string, id: string, direction: 'in' | 'out') => XrefOutcome;

/** One line of a mapping. Exactly one of `from`, `value`, `each`, `item` and `expr` says where the value comes from. */
export interface Rule {
  readonly set: string;
  /** Line in the mapping's file. */
  readonly line: number;
  /** Several paths: the first that is present, or all of them for a transform that takes a list. */
  readonly from?: readonly string[];
  readonly value?: unknown;
  readonly expr?: string;
  readonly interpreted?: boolean;
  /** Makes a list: one entry for each entry of the list at this path. */
  readonly each?: string;
  readonly rules?: readonly Rule[];
  /** Makes a list of one entry. */
  readonly item?: readonly Rule[];
  readonly join?: Join;
  /** All must hold. */
  readonly when: readonly string[];
  readonly as: readonly TransformUse[];
  readonly codes?: string;
  readonly unit?: UnitUse;
  readonly xref?: XrefUse;
  readonly optional: boolean;
  /** A source that is there and empty clears the member: null. One that is not there says nothing. */
  readonly clears?: boolean;
  readonly default?: unknown;
}

/** A mapping file as written, with places. */
export interface Mapping {
  /** `<kind>/<file name>`, e.g. `sap/production-order`. */
  readonly name: string;
  readonly file: string;
  /** The file as read: its hash is part of the mapping's version. */
  readonly text: string;
  readonly version: string;
  readonly about?: string;
  readonly direction: Direction;
  /** Name of the native schema, e.g. `sap/LOIPRO05`. */
  readonly native?: string;
  /** What this system writes where nothing is, besides empty text and null. */
  readonly empty: readonly unknown[];
  readonly records: readonly string[];
  readonly verbs: readonly string[];
  readonly nouns: readonly string[];
  /** The record's body is a canonical message itself; there are no rules. */
  readonly identity: boolean;
  readonly key: readonly string[];
  readonly each?: string;
  readonly when: readonly string[];
  readonly rules: readonly Rule[];
  /** Native leaf or subtree (`A.B.*`) → why it is not read. */
  readonly unused: ReadonlyMap<string, { readonly reason: string; readonly line: number }>;
  /** Line of a header word; 1 when absent. */
  readonly lines: ReadonlyMap<string, number>;
}

/** One finding of `check` or `test`, in the form other programs rely on. */
export interface CheckIssue {
  readonly code: string;
  readonly file: string;
  readonly line: number;
  readonly path: string;
  readonly message: string;
}

/** What the hub knows about the record at hand; read in mappings as `@name`. */
export interface MappingContext {
  /** IANA name of the site's time zone, e.g. `Europe/Berlin`: for times that carry none. */
  readonly zone?: string;
  readonly system?: string;
  readonly plant?: string;
  /** The equipment that the receiving system looks after. */
  readonly equipment?: string | readonly string[];
  readonly messageId?: string;
  readonly deliveryId?: string;
  /** ISO instants. */
  readonly receivedAt?: string;
  readonly now?: string;
  readonly verb?: string;
  readonly noun?: string;
  readonly referenceId?: string;
  readonly idempotency?: string;
  /** The links between ids that the hub keeps. */
  readonly xref?: Xref;
  readonly [name: string]: unknown;
}

/** The names that `@name` may take. */
export const contextNames = [
  'messageId',
  'deliveryId',
  'verb',
  'noun',
  'receivedAt',
  'now',
  'zone',
  'system',
  'equipment',
  'plant',
  'idempotency',
  'referenceId',
  'creationDateTime',
  'bodId',
] as const;

/** What `set: "@name"` may set. */
export const envelopeNames = ['verb', 'referenceId', 'bodId', 'creationDateTime'] as const;

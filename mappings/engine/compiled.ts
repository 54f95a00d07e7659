import type { Issue } from '../../model/errors';
import type { CanonicalObject, Message } from '../../model/message';
import type { Mapping, MappingContext } from './mapping';
import type { TraceEntry } from './run';

/** A record in the counterpart's own words, as a mapping writes it. */
export interface MappedRecord {
  readonly type: string;
  readonly key: string;
  readonly body: unknown;
}

/** `message.items` is empty where the mapping's `when` says that the record is not for the hub. */
export type ReadOutcome = { readonly message: Message; readonly trace?: readonly TraceEntry[] } | Issues;

/** `records` is empty where the mapping's `when` says that the item is not for this system. */
export type WriteOutcome =
  | { readonly records: readonly MappedRecord[]; readonly trace?: readonly TraceEntry[] }
  | Issues;

/** All issues of the record at once. */
export interface Issues {
  readonly issues: readonly Issue[];
}

export interface ApplyOptions {
  /** Also tell which rule set which path. */
  readonly trace?: boolean;
}

/** A mapping, compiled once. Pure: no input or output, and its input is never changed. */
export interface CompiledMapping {
  readonly name: string;
  /** `name@version#hash`: the hash covers the file and its code tables. */
  readonly stamp: string;
  readonly direction: 'in' | 'out' | 'both';
  readonly noun: string;
  /** The verb it gives (in), or the first that it takes (out). */
  readonly verb: string;
  /** Verbs and nouns that it gives or takes; empty: any. */
  readonly verbs: readonly string[];
  readonly nouns: readonly string[];
  readonly recordTypes: readonly string[];
  readonly source: Mapping;
  /** Native → canonical. Throws HubError HUB_WRONG_USE on an `out` mapping. */
  read(body: unknown, context: MappingContext, options?: ApplyOptions): ReadOutcome;
  /** Canonical → native, for a whole message or one item. Throws HubError HUB_WRONG_USE on an `in` mapping. */
  write(from: Message | CanonicalObject, context: MappingContext, options?: ApplyOptions): WriteOutcome;
}

import type { UnlinkedId } from '../../../model/errors';
import type { MappingContext, TransformUse } from '../mapping';

export type Options = Readonly<Record<string, unknown>>;

/** Shown in mappings/README.md and run by transforms.test.ts. */
export interface Example {
  readonly input: unknown;
  readonly with?: Options;
  /** The site's zone; Europe/Berlin where the transform needs one and none is given. */
  readonly zone?: string;
  /** `undefined` is written as null: the value counts as missing. */
  readonly output?: unknown;
  /** Part of the reason why the value is refused. */
  readonly refused?: string;
  /** `out`: canonical → native. Only for formats. */
  readonly direction?: 'out';
}

export interface Transform {
  readonly summary: string;
  /** All values of `from`. Otherwise one value as text, numbers and truth values, too. */
  readonly takes?: 'list';
  /** The JSON type that comes out; string when absent. */
  readonly gives?: 'number' | 'boolean';
  /** The JSON type that `write` gives; string when absent. */
  readonly writes?: 'number' | 'string';
  /** Runs on a missing value, too. */
  readonly takesMissing?: true;
  /** Parameters under `with:` and what each means. */
  readonly options?: Readonly<Record<string, string>>;
  /** Parameters without which it cannot work. */
  readonly needs?: readonly string[];
  readonly examples: readonly Example[];
  /** Throws Refusal; returns undefined for "no value". Formats: native → canonical. */
  apply(input: never, options: Options, context: MappingContext): unknown;
  /** Present for formats, which are named after the native side: canonical → native. */
  write?(input: never, options: Options, context: MappingContext): unknown;
  /** For a format of several native fields: the format of each, for the way back. */
  readonly splits?: readonly string[];
  /** What undoes it, for `direction: both`; absent when nothing can. Formats undo themselves. */
  inverse?(options: Options): readonly TransformUse[] | undefined;
}

/** Why a value cannot be converted; the engine adds mapping, rule and paths. */
export class Refusal extends Error {
  constructor(
    message: string,
    readonly todo?: string,
    /** The id that could not be looked up. */
    readonly unlinked?: UnlinkedId,
  ) {
    super(message);
    this.name = 'Refusal';
  }
}

/** After mappings, code lists or hub.yaml were corrected, for a hub reads them when it starts. */
export const thenReplay = 'start the hub anew, then: esperanto replay';

export const undoneBy = (name: string, options: Options = {}): readonly TransformUse[] => [
  { name, with: options },
];

/** Nothing has to be done to go back. */
export const asItIs: readonly TransformUse[] = [];

export const quoted = (value: unknown) => (typeof value === 'string' ? `'${value}'` : JSON.stringify(value));

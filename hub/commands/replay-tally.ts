import { diffObjects } from '../../model/diff';
import type { Issue } from '../../model/errors';

/** One record or delivery in which a path came out differently. */
export interface Example {
  readonly id: string;
  readonly key: string;
  readonly old: unknown;
  readonly new: unknown;
}

export interface ReplayDiff {
  /** Stored records and deliveries that the mapping was tried on. */
  readonly seen: number;
  readonly same: number;
  readonly different: number;
  /** Taken as it was, refused by the mapping as it is. */
  readonly refused: number;
  /** Refused as it was, taken by the mapping as it is. */
  readonly understood: number;
  /** Content that is no longer kept, or that has not been worked off yet. */
  readonly left: number;
  /** What differs, most frequent first; entries of lists are taken together: `operationsSegment[].duration`. */
  readonly paths: readonly { readonly path: string; readonly count: number; readonly examples: Example[] }[];
  readonly refusals: readonly { readonly message: string; readonly count: number; readonly id: string }[];
}

/** What one record or delivery gave and would give: content, or the issues for which there is none. */
export interface Comparison {
  readonly id: string;
  readonly key: string;
  /** Undefined: it was refused. */
  readonly old: unknown;
  readonly now: { readonly made: unknown } | { readonly issues: readonly Issue[] };
}

/** In place of a message or record where the mapping's `when` leaves it out. */
export const nothing = { nothing: true } as const;

const examplesPerPath = 3;

/** One side is left out by the mapping's `when`. */
function wholeDifference(old: unknown, made: unknown) {
  if (old === made) return [];
  const shown = (value: unknown) => (value === nothing ? null : value);
  return [{ path: '(the whole)', old: shown(old), new: shown(made) }];
}

/** Counts what differs and groups it by path. */
export class Tally {
  private readonly counts = { seen: 0, same: 0, different: 0, refused: 0, understood: 0, left: 0 };
  private readonly paths = new Map<string, { count: number; examples: Example[] }>();
  private readonly refusals = new Map<string, { count: number; id: string }>();

  add(comparison: Comparison | undefined): void {
    if (comparison === undefined) {
      this.counts.left++;
      return;
    }
    this.counts.seen++;
    const { id, old, now } = comparison;
    if ('issues' in now) {
      this.counts[old === undefined ? 'same' : 'refused']++;
      if (old !== undefined) for (const { message } of now.issues) this.refuse(message, id);
    } else if (old === undefined) this.counts.understood++;
    else this.compare(comparison, old, now.made);
  }

  private compare({ id, key }: Comparison, old: unknown, made: unknown): void {
    const found = old === nothing || made === nothing ? wholeDifference(old, made) : diffObjects(old, made);
    this.counts[found.length === 0 ? 'same' : 'different']++;
    for (const { path, old: before, new: after } of found) {
      const group = path.replace(/\[[^\]]*\]/g, '[]');
      const at = this.paths.get(group) ?? { count: 0, examples: [] };
      at.count++;
      if (at.examples.length < examplesPerPath)
        at.examples.push({ id, key, old: before ?? null, new: after ?? null });
      this.paths.set(group, at);
    }
  }

  private refuse(message: string, id: string): void {
    const at = this.refusals.get(message) ?? { count: 0, id };
    at.count++;
    this.refusals.set(message, at);
  }

  result(): ReplayDiff {
    const frequentFirst = (a: { count: number }, b: { count: number }) => b.count - a.count;
    return {
      ...this.counts,
      paths: [...this.paths].map(([path, at]) => ({ path, ...at })).sort(frequentFirst),
      refusals: [...this.refusals].map(([message, at]) => ({ message, ...at })).sort(frequentFirst),
    };
  }
}

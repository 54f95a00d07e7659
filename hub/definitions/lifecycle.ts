import { type Effectivity, instant } from '../change/effectivity';
import type { DefinitionNote, Draft } from '../storage/store';

/**
 * A definition's revision is written as a draft, reviewed and approved; approved, it is effective from its date until
 * its end or until a later one takes over, and then obsolete. What a system publishes is approved by that.
 */
export type DefinitionState = 'draft' | 'in review' | 'approved' | 'effective' | 'obsolete';

/** A version of an object in the hub's history, as far as its life goes. */
export interface PublishedVersion {
  readonly version: number;
  /** The object's own `version`; empty where it has none. */
  readonly revision: string;
  readonly system: string;
  readonly updatedAt: string;
  readonly effectiveStartDate?: string;
  readonly effectiveEndDate?: string;
  /** For which serial numbers, lots, orders or number of orders alone it holds. */
  readonly limits?: Effectivity;
}

export interface Revision {
  readonly revision: string;
  readonly state: DefinitionState;
  /** The hub's number of its latest content; absent while it is not published. */
  readonly version?: number;
  /** The system that published it. */
  readonly system?: string;
  /** By its own date, by what was said on approval, else since it was published. */
  readonly effectiveFrom?: string;
  /** Not included. Absent: until another takes over. */
  readonly effectiveTo?: string;
  /** It holds for these pieces or orders alone; for all others the one that holds without limits. */
  readonly limits?: Effectivity;
  readonly updatedAt: string;
  /** Who said what of it, and why. */
  readonly notes: readonly DefinitionNote[];
}

export interface Life {
  /** Oldest first. */
  readonly published: readonly PublishedVersion[];
  readonly drafts: readonly Omit<Draft, 'body'>[];
  /** In the order they were written. */
  readonly notes: readonly DefinitionNote[];
}

/**
 * The revisions of one definition in their states at an instant (epoch ms), drafts last. `zone`: that of times without
 * one. Of several that could be effective it is the one that began last; of those the one published last.
 */
export function revisionsOf({ published, drafts, notes }: Life, at: number, zone: string): Revision[] {
  const notesOf = (revision: string) => notes.filter((note) => note.revision === revision);
  const released = releases(published).map((release) => releasedAt(release, notesOf(release.revision), zone));
  const effective = effectiveAt(released, at);
  const shown = released.map((release): Revision => {
    const { from, to: _, isApproved, ...rest } = release;
    const isToCome = isApproved && from > at;
    const holds = release === effective || holdsBeside(release, effective, at);
    const state = holds ? 'effective' : isToCome ? 'approved' : 'obsolete';
    return { ...rest, state };
  });
  const unpublished = drafts.map(({ revision, updatedAt }): Revision => {
    const own = notesOf(revision);
    return { revision, state: own.at(-1)?.state ?? 'draft', updatedAt, notes: own };
  });
  return [...shown, ...unpublished];
}

/** The last version of each revision, with the time from which it stood without another in between. */
function releases(published: readonly PublishedVersion[]): (PublishedVersion & { since: string })[] {
  const found = new Map<string, PublishedVersion & { since: string }>();
  let previous: string | undefined;
  for (const version of published) {
    const { revision } = version;
    const since = previous === revision ? found.get(revision)!.since : version.updatedAt;
    found.set(revision, { ...version, since });
    previous = revision;
  }
  return [...found.values()].sort((a, b) => a.version - b.version);
}

interface Released extends Omit<Revision, 'state'> {
  readonly from: number;
  readonly to: number;
  readonly isApproved: boolean;
}

function releasedAt(
  release: PublishedVersion & { since: string },
  notes: readonly DefinitionNote[],
  zone: string,
): Released {
  const { revision, version, system, updatedAt, since, limits } = release;
  const said = notes.at(-1);
  const effectiveFrom = said?.effectiveFrom ?? release.effectiveStartDate ?? since;
  const ended = said?.state === 'obsolete' ? (said.effectiveTo ?? said.at) : said?.effectiveTo;
  const effectiveTo = ended ?? release.effectiveEndDate;
  return {
    revision,
    version,
    system,
    effectiveFrom,
    ...(effectiveTo === undefined ? {} : { effectiveTo }),
    ...(limits === undefined ? {} : { limits }),
    updatedAt,
    notes,
    from: instant(effectiveFrom, zone) ?? Number.NEGATIVE_INFINITY,
    to:
      effectiveTo === undefined
        ? Number.POSITIVE_INFINITY
        : (instant(effectiveTo, zone) ?? Number.POSITIVE_INFINITY),
    // One that was ended before it began never comes.
    isApproved: !(said?.state === 'obsolete' && said.effectiveTo === undefined),
  };
}

/** One that holds for some pieces or orders only stands beside the one that holds for the others, until a later one takes over. */
const holdsBeside = ({ limits, from, to }: Released, effective: Released | undefined, at: number): boolean =>
  limits !== undefined && from <= at && at < to && (effective === undefined || effective.from <= from);

function effectiveAt(released: readonly Released[], at: number): Released | undefined {
  const candidates = released.filter(({ from, to, limits }) => limits === undefined && from <= at && at < to);
  return candidates.reduce<Released | undefined>(
    (best, one) => (best === undefined || one.from >= best.from ? one : best),
    undefined,
  );
}

/** Which state may follow which. */
const next: Readonly<Record<DefinitionState, readonly DefinitionState[]>> = {
  draft: ['in review', 'approved', 'obsolete'],
  'in review': ['draft', 'approved', 'obsolete'],
  approved: ['approved', 'effective', 'obsolete'],
  effective: ['effective', 'obsolete'],
  obsolete: ['approved', 'effective'],
};

/** Whether somebody may put a revision from one state to another. */
export const mayBecome = (from: DefinitionState, to: DefinitionState): boolean => next[from].includes(to);

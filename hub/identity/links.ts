import type { XrefOutcome } from '../../mappings/engine';
import type { IdentityLink } from '../storage/store';
import { type IdentityRule, ignoredFor, normalForm, spellings } from './rules';

/** All links between ids in memory, found in either direction at once. */
export interface Links {
  /** Puts a link in the place of the one that its native id had. */
  take(link: IdentityLink): void;
  /**
   * `in`: the canonical id of a native one. Its own link counts first, also when it says that there is none; then the
   * spelling that rules ignore; what only resembles it is a candidate. `out`: the native id that is written.
   */
  find(system: string, noun: string, id: string, direction: 'in' | 'out'): XrefOutcome;
}

type Shelf = Map<string, Set<IdentityLink>>;

export function linksBy(rules: readonly IdentityRule[]): Links {
  const exact = new Map<string, IdentityLink>();
  const same: Shelf = new Map();
  const alike: Shelf = new Map();
  const canonical: Shelf = new Map();

  const places = ({ system, noun, nativeId, canonicalId }: IdentityLink): [Shelf, string][] => [
    [same, keyOf(system, noun, normalForm(nativeId, ignoredFor(rules, system, noun)))],
    [alike, keyOf(system, noun, normalForm(nativeId, spellings))],
    [canonical, keyOf(system, noun, canonicalId)],
  ];

  /** Of which system and noun there are links: most ids are of a kind that has none. */
  const kinds = new Set<string>();

  function findCanonical(system: string, noun: string, id: string): XrefOutcome {
    const own = exact.get(keyOf(system, noun, id));
    if (own) return own.canonicalId === '' ? undefined : { id: own.canonicalId };
    const certain = canonicalIds(
      same.get(keyOf(system, noun, normalForm(id, ignoredFor(rules, system, noun)))),
    );
    const [only] = certain;
    if (only !== undefined) return certain.length === 1 ? { id: only } : { candidates: certain };
    const candidates = canonicalIds(alike.get(keyOf(system, noun, normalForm(id, spellings))));
    return candidates.length > 0 ? { candidates } : undefined;
  }

  function findNative(system: string, noun: string, id: string): XrefOutcome {
    const found = [...(canonical.get(keyOf(system, noun, id)) ?? [])].filter(
      ({ alternative }) => !alternative,
    );
    const said = found.filter(({ manual }) => manual);
    const [only, ...others] = said.length > 0 ? said : found;
    if (only === undefined) return undefined;
    if (others.length === 0) return { id: only.nativeId };
    return { candidates: [only, ...others].map(({ nativeId }) => nativeId).sort() };
  }

  return {
    take(link) {
      const key = keyOf(link.system, link.noun, link.nativeId);
      const before = exact.get(key);
      for (const [shelf, place] of before ? places(before) : []) remove(shelf, place, before as IdentityLink);
      exact.set(key, link);
      kinds.add(`${link.system}\n${link.noun}`);
      if (link.canonicalId === '') return;
      for (const [shelf, place] of places(link)) add(shelf, place, link);
    },
    find(system, noun, id, direction) {
      if (!kinds.has(`${system}\n${noun}`)) return undefined;
      return direction === 'in' ? findCanonical(system, noun, id) : findNative(system, noun, id);
    },
  };
}

const keyOf = (system: string, noun: string, id: string) => `${system}\n${noun}\n${id}`;

const canonicalIds = (links: Iterable<IdentityLink> = []) =>
  [...new Set([...links].map(({ canonicalId }) => canonicalId))].sort();

function add(shelf: Shelf, place: string, link: IdentityLink): void {
  const there = shelf.get(place);
  if (there) there.add(link);
  else shelf.set(place, new Set([link]));
}

function remove(shelf: Shelf, place: string, link: IdentityLink): void {
  const there = shelf.get(place);
  there?.delete(link);
  if (there?.size === 0) shelf.delete(place);
}

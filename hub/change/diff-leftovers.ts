import type { DiffItem, Identity } from './diff-items';
import type { Leftovers, LineOptions, Placed } from './diff-lines';
import { compareLine, materialOf, sideOf } from './diff-lines';
import { told } from './sentences';

/** Material that is gone → material that takes its place, as the change notice declares it. */
export type Successors = Readonly<Record<string, string>>;

export interface LeftoverOptions extends LineOptions {
  readonly successors?: Successors;
  /** Whether a line id names one line in the whole definition, not only in its operation. */
  readonly numberedThrough: boolean;
}

/**
 * Settles the lines that found no partner in their own operation. In this order: moved to another operation
 * (same line id and material), moved and replaced (same line id where ids number through the definition),
 * replaced by a declared successor, and what remains is removed and added.
 */
export function settleLeftovers(left: Leftovers, items: DiffItem[], options: LeftoverOptions): void {
  const removed = new Set(left.removed);
  let added = left.added;
  const pairs: Array<[Identity, (line: Placed) => readonly string[], (line: Placed) => readonly string[]]> = [
    ['line', lineAndMaterial, lineAndMaterial],
    ['successor', (old) => [materialOf(old.line)], (now) => predecessors(now, options.successors ?? {})],
  ];
  if (options.numberedThrough) pairs.splice(1, 0, ['line', (old) => [old.lineId], (now) => [now.lineId]]);
  for (const [identity, oldKeys, newKeys] of pairs) {
    const byKey = indexed(removed, oldKeys);
    added = added.filter((now) => {
      const old = newKeys(now)
        .flatMap((key) => byKey.get(key) ?? [])
        .find((one) => removed.has(one));
      if (old === undefined) return true;
      removed.delete(old);
      pair(old, now, identity, items, options);
      return false;
    });
  }
  for (const old of removed) items.push(alone('component-removed', old));
  for (const now of added) items.push(alone('component-added', now));
}

const lineAndMaterial = (placed: Placed) => [`${placed.line.id}\0${materialOf(placed.line)}`];

function indexed(
  lines: Iterable<Placed>,
  keysOf: (line: Placed) => readonly string[],
): Map<string, Placed[]> {
  const index = new Map<string, Placed[]>();
  for (const line of lines) {
    for (const key of keysOf(line)) {
      const known = index.get(key);
      if (known === undefined) index.set(key, [line]);
      else known.push(line);
    }
  }
  return index;
}

/** Materials that the line takes the place of: declared on the line itself, or by the change notice. */
function predecessors(now: Placed, successors: Successors): string[] {
  const own = (now.line.materialSpecificationProperty ?? [])
    .filter((property) => property.id === 'Replaces')
    .flatMap((property) => property.value?.map((value) => value.valueString ?? '') ?? []);
  const material = materialOf(now.line);
  const declared = Object.keys(successors).filter((old) => successors[old] === material);
  return [...own, ...declared];
}

function pair(
  old: Placed,
  now: Placed,
  identity: Identity,
  items: DiffItem[],
  options: LeftoverOptions,
): void {
  const { segmentId, lineId } = now;
  if (old.segmentId !== segmentId) {
    const sides = { old: sideOf(old), new: sideOf(now, true) };
    items.push(told({ kind: 'component-moved', segmentId, lineId, identity, ...sides }));
  }
  const parts: Leftovers = { removed: [], added: [] };
  compareLine(old, now, identity, items, parts, options);
  if (parts.removed.length + parts.added.length > 0) settleLeftovers(parts, items, options);
}

function alone(kind: 'component-added' | 'component-removed', placed: Placed): DiffItem {
  const { segmentId, lineId } = placed;
  const side = kind === 'component-added' ? { new: sideOf(placed, true) } : { old: sideOf(placed, true) };
  return told({ kind, segmentId, lineId, identity: 'line', ...side });
}

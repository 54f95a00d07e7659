import { byIdentity } from './diff';

type Node = Readonly<Record<string, unknown>>;

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * The object that a Change message leaves behind: `base` with what `patch` says.
 *
 * - A value or a list of plain values replaces the one before; its attributes (`_x`) go with it.
 * - Objects are merged; lists of objects are merged by identity (`id`), new entries come last in their order.
 * - `null` clears a member (of a value or quantity it says that there is none: the text is nil); what the patch does not name stays. Entries of lists are not removed by leaving them out.
 *
 * Neither argument is changed.
 */
export function mergeByIdentity<T>(base: T, patch: unknown): T {
  return merge(base, patch) as T;
}

/** Required where they stand, and nil in the standard's own words. */
const nilValues = new Set(['quantityString', 'valueString']);

function merge(base: unknown, patch: unknown): unknown {
  if (isNode(base) && isNode(patch)) return mergeObjects(base, patch);
  if (Array.isArray(base) && Array.isArray(patch)) return mergeLists(base, patch);
  return isNode(patch) ? mergeObjects({}, patch) : patch;
}

function mergeObjects(base: Node, patch: Node): Node {
  const merged: Record<string, unknown> = { ...base };
  for (const [property, value] of Object.entries(patch)) {
    if (value === undefined) continue;
    // A new value says nothing of the attributes that the old one had.
    if (!property.startsWith('_') && isPlain(value)) delete merged[`_${property}`];
    if (value === null && !nilValues.has(property)) delete merged[property];
    else merged[property] = merge(base[property], value);
  }
  // Attributes given beside a value were put in the order of the patch: put back those that the value took away.
  for (const property of Object.keys(patch)) {
    if (property.startsWith('_') && patch[property] !== null && patch[property] !== undefined) {
      merged[property] = merge(
        isPlain(patch[property.slice(1)]) ? undefined : base[property],
        patch[property],
      );
    }
  }
  return merged;
}

/** A value that replaces: no object, and no list of objects. */
function isPlain(value: unknown): boolean {
  return Array.isArray(value) ? byIdentity(value) === undefined : value !== undefined && !isNode(value);
}

function mergeLists(base: readonly unknown[], patch: readonly unknown[]): readonly unknown[] {
  const [before, changes] = [byIdentity(base), byIdentity(patch)];
  if (before === undefined || changes === undefined) return patch;
  const kept = [...before].map(([identity, entry]) => {
    const change = changes.get(identity);
    return change === undefined ? entry : mergeObjects(entry, change);
  });
  const added = [...changes]
    .filter(([identity]) => !before.has(identity))
    .map(([, entry]) => mergeObjects({}, entry));
  return [...kept, ...added];
}

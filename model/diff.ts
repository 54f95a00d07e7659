import { isDecimal } from './formats';

/** One thing that differs between two versions of an object. */
export interface Difference {
  /** Entries of lists are named by their identity: `operationsSegment[0010].materialSpecification[0020].quantity`. */
  readonly path: string;
  readonly kind: 'added' | 'removed' | 'changed';
  readonly old?: unknown;
  readonly new?: unknown;
}

type Node = Readonly<Record<string, unknown>>;

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * What makes an entry of a list that entry: its `id`, and where objects have none what the standard tells them apart
 * by: the key of a value (several quantities of one line), or what a foreign element is called.
 */
function identityOf(entry: unknown): string | undefined {
  if (!isNode(entry)) return undefined;
  if (typeof entry.id === 'string') return entry.id;
  if (typeof entry.ns === 'string' && typeof entry.name === 'string') return `{${entry.ns}}${entry.name}`;
  if (typeof entry.key === 'string') return entry.key;
  return 'quantityString' in entry || 'valueString' in entry ? '' : undefined;
}

/**
 * The differences from `a` to `b`, in the order of their paths in `a`, then of what `b` adds. Lists of objects are
 * compared by identity, so a line that moved has not changed; lists of plain values are compared as wholes, in order.
 * Decimal texts that say the same number (`2`, `2.000`) do not differ. One pass, linear in the size of both.
 */
export function diffObjects(a: unknown, b: unknown): Difference[] {
  const found: Difference[] = [];
  compare(a, b, '', found);
  return found;
}

function compare(a: unknown, b: unknown, path: string, found: Difference[]): void {
  if (a === b) return;
  if (isNode(a) && isNode(b)) compareObjects(a, b, path, found);
  else if (Array.isArray(a) && Array.isArray(b)) compareLists(a, b, path, found);
  else found.push({ path, kind: 'changed', old: a, new: b });
}

function compareObjects(a: Node, b: Node, path: string, found: Difference[]): void {
  const properties = new Set([...Object.keys(a), ...Object.keys(b)]);
  for (const property of properties) {
    const [old, now] = [a[property], b[property]];
    const here = path === '' ? property : `${path}.${property}`;
    if (old === undefined && now === undefined) continue;
    if (old === undefined) found.push({ path: here, kind: 'added', new: now });
    else if (now === undefined) found.push({ path: here, kind: 'removed', old });
    else if (!isSameNumber(property, old, now)) compare(old, now, here, found);
  }
}

/** Texts of quantities and values are compared as numbers where both are; no floating point, so none is lost. */
function isSameNumber(property: string, a: unknown, b: unknown): boolean {
  if (property !== 'quantityString' && property !== 'valueString') return false;
  return (
    typeof a === 'string' &&
    typeof b === 'string' &&
    isDecimal(a) &&
    isDecimal(b) &&
    plainDecimal(a) === plainDecimal(b)
  );
}

/** A decimal without what does not change it: `+01.50` → `1.5`, `-0` → `0`. */
function plainDecimal(text: string): string {
  const [, sign = '', whole = '', fraction = ''] = /^([+-]?)0*(\d*)(?:\.(\d*?)0*)?$/.exec(text) ?? [];
  const digits = `${whole === '' ? '0' : whole}${fraction === '' ? '' : `.${fraction}`}`;
  return sign === '-' && digits !== '0' ? `-${digits}` : digits;
}

function compareLists(a: readonly unknown[], b: readonly unknown[], path: string, found: Difference[]): void {
  const [old, now] = [byIdentity(a), byIdentity(b)];
  if (old === undefined || now === undefined) {
    if (JSON.stringify(a) !== JSON.stringify(b)) found.push({ path, kind: 'changed', old: a, new: b });
    return;
  }
  for (const [identity, entry] of old) {
    const here = `${path}[${identity}]`;
    const other = now.get(identity);
    if (other === undefined) found.push({ path: here, kind: 'removed', old: entry });
    else compare(entry, other, here, found);
  }
  for (const [identity, entry] of now) {
    if (!old.has(identity)) found.push({ path: `${path}[${identity}]`, kind: 'added', new: entry });
  }
}

/** Entries by identity, further ones of the same as `id#2`; undefined where an entry has none. */
export function byIdentity(list: readonly unknown[]): Map<string, Node> | undefined {
  const entries = new Map<string, Node>();
  const counts = new Map<string, number>();
  for (const entry of list) {
    const identity = identityOf(entry);
    if (identity === undefined) return undefined;
    const count = (counts.get(identity) ?? 0) + 1;
    counts.set(identity, count);
    entries.set(count === 1 ? identity : `${identity}#${count}`, entry as Node);
  }
  return entries;
}

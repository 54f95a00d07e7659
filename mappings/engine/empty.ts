import { isMissing } from './paths';

/** Deeper records are left as they are: the mapping says itself that they are too deep. */
const DEEPEST = 200;

/**
 * For a system that writes something of its own where a field is empty (`false`, `/`, `00000000`): copies a record
 * without such values, so that they count as missing. Entries of lists become null, which keeps their places.
 */
export function emptying(empty: readonly unknown[]): (body: unknown) => unknown {
  const isEmpty = (value: unknown) => empty.includes(value);

  function cleaned(value: unknown, depth: number): unknown {
    if (typeof value !== 'object' || isMissing(value) || depth > DEEPEST) return value;
    if (Array.isArray(value))
      return value.map((entry) => (isEmpty(entry) ? null : cleaned(entry, depth + 1)));
    const kept = Object.entries(value as object).filter(([, field]) => !isEmpty(field));
    return Object.fromEntries(kept.map(([name, field]) => [name, cleaned(field, depth + 1)]));
  }
  return (body) => cleaned(body, 0);
}

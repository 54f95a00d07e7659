/** Where two JSON values differ, a sentence each; at most `limit`. */
export function differences(expected: unknown, actual: unknown, path: string, limit = 20): string[] {
  const found: string[] = [];
  compare(expected, actual, path, found, limit, false);
  return found;
}

/** The same, but fields that `expected` does not name may be anything. */
export function partialDifferences(expected: unknown, actual: unknown, path: string, limit = 20): string[] {
  const found: string[] = [];
  compare(expected, actual, path, found, limit, true);
  return found;
}

type Fields = Record<string, unknown>;

function compare(
  expected: unknown,
  actual: unknown,
  path: string,
  found: string[],
  limit: number,
  partial: boolean,
): void {
  if (found.length >= limit || Object.is(expected, actual)) return;
  if (Array.isArray(expected) && Array.isArray(actual)) {
    const length = Math.max(expected.length, actual.length);
    for (let n = 0; n < length; n++) compare(expected[n], actual[n], `${path}[${n}]`, found, limit, partial);
    return;
  }
  if (isFields(expected) && isFields(actual)) {
    const names = partial
      ? Object.keys(expected)
      : new Set([...Object.keys(expected), ...Object.keys(actual)]);
    for (const name of names) {
      const [want, have] = [own(expected, name), own(actual, name)];
      compare(want, have, path === '' ? name : `${path}.${name}`, found, limit, partial);
    }
    return;
  }
  found.push(`${path || 'the whole'}: expected ${shown(expected)}, got ${shown(actual)}`);
}

const own = (fields: Fields, name: string) => (Object.hasOwn(fields, name) ? fields[name] : undefined);

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function shown(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

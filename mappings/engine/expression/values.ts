/**
 * What a JSONata path gathers. A sequence of one stands for its only entry, an empty one for nothing;
 * a list that stands in the data stays a list.
 */
export class Sequence extends Array<unknown> {
  static override get [Symbol.species]() {
    return Array;
  }
}

/** The input itself where it is a list: one thing, not its entries. */
export class WholeInput extends Sequence {}

export function wholeInput(input: unknown): unknown {
  if (!Array.isArray(input)) return input;
  const whole = new WholeInput();
  whole.push(input);
  return whole;
}

/** Nothing, the only entry, or the sequence. */
export function unwrapped(value: unknown): unknown {
  if (!(value instanceof Sequence) || value.length > 1) return value;
  return value.length === 0 ? undefined : value[0];
}

/** Why an expression has no value; becomes an issue of the record. */
export class ExpressionFailure extends Error {}

export function fail(message: string): never {
  throw new ExpressionFailure(message);
}

export function isNumber(value: unknown): value is number {
  if (typeof value !== 'number' || Number.isNaN(value)) return false;
  if (!Number.isFinite(value)) fail('the number is out of range');
  return true;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

/** The effective truth of a value; undefined stays undefined. */
export function truth(value: unknown): boolean | undefined {
  if (value === undefined) return undefined;
  if (Array.isArray(value)) {
    if (value.length === 1) return truth(value[0]);
    // All are looked at, for a number out of range fails wherever it stands.
    return value.filter((entry) => truth(entry)).length > 0;
  }
  if (typeof value === 'string') return value.length > 0;
  if (isNumber(value)) return value !== 0;
  if (isObject(value)) return Object.keys(value).length > 0;
  return value === true;
}

export const isTrue = (value: unknown): boolean => truth(value) === true;

export function isEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (!isObject(a) || !isObject(b)) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((entry, n) => isEqual(entry, b[n]));
  }
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && isEqual(a[name], b[name]))
  );
}

/** Text of a value: numbers with 15 digits at most, lists and objects as JSON. */
export function textOf(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'string') return value;
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) fail('a number out of range has no text');
    return String(Number.isSafeInteger(value) && Math.abs(value) < 1e15 ? value : shortNumber(value));
  }
  return JSON.stringify(value, (_key, part) => (typeof part === 'number' ? shortNumber(part) : part));
}

const shortNumber = (value: number) => (isNumber(value) ? Number(value.toPrecision(15)) : null);

/** The field of an object, or of all objects of a list. */
export function field(from: unknown, name: string): unknown {
  if (!Array.isArray(from)) return isObject(from) && Object.hasOwn(from, name) ? from[name] : undefined;
  const found = new Sequence();
  for (const entry of from) {
    const value = field(entry, name);
    if (Array.isArray(value)) for (const one of value) found.push(one);
    else if (value !== undefined) found.push(value);
  }
  return found;
}

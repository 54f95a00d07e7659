import { fail, isTrue, textOf, truth } from './values';

/** A function of JSONata. Arguments of the wrong type fail; a missing first argument gives nothing. */
export interface ExpressionFunction {
  /** Types of the arguments; `?` marks one that may be left out. */
  readonly takes: readonly (Type | `${Type}?`)[];
  readonly run: (...values: never[]) => unknown;
}

type Type = 'text' | 'number' | 'any' | 'texts' | 'numbers' | 'list' | 'scalar';

/** Letters as people count them: one that takes two places in a JavaScript string is one. */
const hasWideLetters = (text: string) => /[\ud800-\udfff]/.test(text);
const countOf = (text: string) => (hasWideLetters(text) ? Array.from(text).length : text.length);

function cut(text: string, from: number, to?: number): string {
  return hasWideLetters(text) ? Array.from(text).slice(from, to).join('') : text.slice(from, to);
}

function substring(text: string, start: number, length?: number): string {
  const count = countOf(text);
  const from = count + start < 0 ? 0 : start;
  if (length === undefined) return cut(text, from);
  if (length <= 0) return '';
  return cut(text, from, from >= 0 ? from + length : count + from + length);
}

/** White space inside becomes one blank. */
function trim(text: string): string {
  if (!/^\s|\s\s|[\t\n\r]|\s$/.test(text)) return text;
  return text.replace(/[ \t\n\r]+/g, ' ').replace(/^ | $/g, '');
}

/** The longest text that a function makes of others: a record of some MB could make one that fills the memory. */
const longestText = 10_000_000;

function replace(text: string, pattern: string, replacement: string, limit?: number): string {
  if (pattern === '') fail('$replace needs a pattern');
  if (limit !== undefined && limit < 0) fail('$replace takes no negative limit');
  const parts = text.split(pattern);
  const count = Math.min(parts.length - 1, limit === undefined ? parts.length : Math.ceil(limit));
  if (count * replacement.length > longestText) fail(`$replace gives a text longer than ${longestText}`);
  return [parts.slice(0, count + 1).join(replacement), ...parts.slice(count + 1)].join(pattern);
}

/** Half to even; `places` may be negative. Shifted as text, for multiplying would bring floating point in. */
function round(value: number, places = 0): number {
  const shift = (number: number, by: number) => {
    const [digits, exponent = '0'] = String(number).split('e');
    return Number(`${digits}e${Number(exponent) + by}`);
  };
  const shifted = places ? shift(value, places) : value;
  let whole = Math.round(shifted);
  if (Math.abs(whole - shifted) === 0.5 && Math.abs(whole % 2) === 1) whole -= 1;
  const rounded = places ? shift(whole, -places) : whole;
  return rounded === 0 ? 0 : rounded;
}

const decimal = /^-?[0-9]+(\.[0-9]+)?([Ee][-+]?[0-9]+)?$/;
const otherBase = /^(0[xX][0-9A-Fa-f]+|0[oO][0-7]+|0[bB][01]+)$/;

function toNumber(value: string | number | boolean): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  const isNumber = decimal.test(value) || otherBase.test(value);
  const number = isNumber ? Number(value) : Number.NaN;
  return Number.isFinite(number) ? number : fail(`'${value}' is not a number`);
}

function split(text: string, separator: string, limit?: number): string[] {
  if (limit !== undefined && limit < 0) fail('$split takes no negative limit');
  return text.split(separator, limit);
}

function join(texts: readonly string[], by = ''): string {
  if (texts.length * by.length > longestText) fail(`$join gives a text longer than ${longestText}`);
  return texts.join(by);
}

const total = (numbers: readonly number[]) => numbers.reduce((sum, one) => sum + one, 0);
const largest = (numbers: readonly number[]) => numbers.reduce((a, b) => Math.max(a, b));
const smallest = (numbers: readonly number[]) => numbers.reduce((a, b) => Math.min(a, b));
const orNothing = <T>(numbers: readonly number[], of: (numbers: readonly number[]) => T) =>
  numbers.length === 0 ? undefined : of(numbers);

const before = (text: string, mark: string) =>
  text.includes(mark) ? text.slice(0, text.indexOf(mark)) : text;
const after = (text: string, mark: string) =>
  text.includes(mark) ? text.slice(text.indexOf(mark) + mark.length) : text;

export const functions: ReadonlyMap<string, ExpressionFunction> = new Map<string, ExpressionFunction>(
  Object.entries({
    string: { takes: ['any'], run: textOf },
    number: { takes: ['scalar'], run: toNumber },
    boolean: { takes: ['any'], run: truth },
    not: { takes: ['any'], run: (value: unknown) => !isTrue(value) },
    exists: { takes: ['any'], run: () => true },
    uppercase: { takes: ['text'], run: (text: string) => text.toUpperCase() },
    lowercase: { takes: ['text'], run: (text: string) => text.toLowerCase() },
    trim: { takes: ['text'], run: trim },
    length: { takes: ['text'], run: countOf },
    substring: { takes: ['text', 'number', 'number?'], run: substring },
    substringBefore: { takes: ['text', 'text'], run: before },
    substringAfter: { takes: ['text', 'text'], run: after },
    contains: { takes: ['text', 'text'], run: (text: string, part: string) => text.includes(part) },
    split: { takes: ['text', 'text', 'number?'], run: split },
    join: { takes: ['texts', 'text?'], run: join },
    replace: { takes: ['text', 'text', 'text', 'number?'], run: replace },
    abs: { takes: ['number'], run: Math.abs },
    floor: { takes: ['number'], run: Math.floor },
    ceil: { takes: ['number'], run: Math.ceil },
    round: { takes: ['number', 'number?'], run: round },
    sum: { takes: ['numbers'], run: total },
    max: { takes: ['numbers'], run: (numbers: readonly number[]) => orNothing(numbers, largest) },
    min: { takes: ['numbers'], run: (numbers: readonly number[]) => orNothing(numbers, smallest) },
    average: {
      takes: ['numbers'],
      run: (numbers: readonly number[]) => orNothing(numbers, (all) => total(all) / all.length),
    },
    count: { takes: ['list'], run: (list: readonly unknown[]) => list.length },
  } satisfies Record<string, ExpressionFunction>),
);

/** What a function gives for a missing first argument. */
const ofNothing = new Map<string, unknown>([
  ['exists', false],
  ['count', 0],
]);

export type Call = (values: readonly unknown[]) => unknown;
type Check = (value: unknown) => unknown;

/** Checks the arguments as JSONata does, then calls. */
export function compileCall(name: string, { takes, run }: ExpressionFunction, count: number): Call {
  const checks = takes.slice(0, count).map((type) => checkOf(name, type.replace('?', '') as Type));
  const nothing = ofNothing.get(name);
  const [first] = checks as [Check];
  if (count === 1) {
    return ([value]) => {
      const ready = first(value);
      return ready === undefined ? nothing : run(ready as never);
    };
  }
  const needed = takes.filter((type) => !type.endsWith('?')).length;
  return (values) => {
    const ready = checks.map((check, n) => check(values[n]));
    if (ready[0] === undefined) return nothing;
    if (ready.slice(0, needed).includes(undefined)) fail(`$${name}: an argument is missing`);
    return run(...(ready as never[]));
  };
}

/** Gives the argument in the form that the function takes; undefined stays. */
function checkOf(name: string, type: Type): Check {
  if (type === 'any') return (value) => value;
  if (type === 'list') return (value) => (value === undefined || Array.isArray(value) ? value : [value]);
  if (type === 'texts' || type === 'numbers') {
    const of = type === 'texts' ? 'string' : 'number';
    return (value) => {
      if (value === undefined) return undefined;
      const list = Array.isArray(value) ? value : [value];
      return list.every((entry) => typeof entry === of) ? list : fail(`$${name} takes ${type}`);
    };
  }
  const types = { text: ['string'], number: ['number'], scalar: ['string', 'number', 'boolean'] }[type];
  return (value) => {
    if (value === undefined || types.includes(typeof value)) return value;
    return fail(`$${name} takes a ${type}, not ${JSON.stringify(value)}`);
  };
}

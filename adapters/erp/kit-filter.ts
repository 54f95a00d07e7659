import { Refusal } from './kit-entities';
import type { Row } from './kit-orders';

type Test = (row: Row) => boolean;

/** Texts, numbers as text, booleans and `/Date(…)/`: by time where both are times, else as text. */
export function compared(a: unknown, b: unknown): number {
  const [one, other] = [timeOf(a), timeOf(b)];
  if (one !== undefined && other !== undefined) return one - other;
  const [left, right] = [String(a ?? ''), String(b ?? '')];
  return left < right ? -1 : left > right ? 1 : 0;
}

function timeOf(value: unknown): number | undefined {
  const [, ms] = /^\/Date\((-?\d+)/.exec(String(value)) ?? [];
  return ms === undefined ? undefined : Number(ms);
}

const comparisons: Readonly<Record<string, (order: number) => boolean>> = {
  eq: (order) => order === 0,
  ne: (order) => order !== 0,
  gt: (order) => order > 0,
  ge: (order) => order >= 0,
  lt: (order) => order < 0,
  le: (order) => order <= 0,
};

const token = /\s*(\(|\)|(?:guid|datetimeoffset|datetime)?'(?:[^']|'')*'|[^\s()]+)/gy;

/** An OData `$filter` of comparisons, `and`, `or` and brackets. Anything else is refused, as the gateway does. */
export function filterOf(filter: string | null): Test {
  if (!filter) return () => true;
  const tokens = [...filter.matchAll(token)].map(([, text]) => text!);
  let at = 0;
  const wrong = () =>
    new Refusal(400, '/IWBEP/CM_MGW_EXP/001', `Invalid filter at ${tokens[at] ?? 'its end'}`);

  function either(): Test {
    const tests = [both()];
    while (tokens[at] === 'or' && at++) tests.push(both());
    return (row) => tests.some((test) => test(row));
  }
  function both(): Test {
    const tests = [single()];
    while (tokens[at] === 'and' && at++) tests.push(single());
    return (row) => tests.every((test) => test(row));
  }
  function single(): Test {
    if (tokens[at] === '(') {
      at++;
      const inner = either();
      if (tokens[at++] !== ')') throw wrong();
      return inner;
    }
    const [field, operator, value] = tokens.slice(at, at + 3);
    const compare = comparisons[operator ?? ''];
    if (!field || !compare || value === undefined) throw wrong();
    at += 3;
    const wanted = constant(value);
    return (row) => compare(compared(row[field], wanted));
  }

  const test = either();
  if (at < tokens.length) throw wrong();
  return test;
}

/** `'text'`, `guid'…'`, `datetimeoffset'2026-03-02T05:00:00Z'`, `true`. */
function constant(literal: string): string {
  const [, kind, text] = /^([a-z]*)'(.*)'$/s.exec(literal) ?? [];
  if (text === undefined) return literal;
  const plain = text.replaceAll("''", "'");
  return kind?.startsWith('datetime') ? `/Date(${Date.parse(plain)})/` : plain;
}

import { fail, isEqual, isNumber, textOf } from './values';

type Operator = (left: unknown, right: unknown) => unknown;

function arithmetic(run: (left: number, right: number) => number): Operator {
  return (left, right) => {
    if (left !== undefined && !isNumber(left)) fail(`${JSON.stringify(left)} is not a number`);
    if (right !== undefined && !isNumber(right)) fail(`${JSON.stringify(right)} is not a number`);
    return left === undefined || right === undefined ? undefined : run(left as number, right as number);
  };
}

function comparison(run: (left: string | number, right: string | number) => boolean): Operator {
  return (left, right) => {
    for (const side of [left, right]) {
      if (side === undefined || typeof side === 'string' || typeof side === 'number') continue;
      fail(`${JSON.stringify(side)} cannot be compared`);
    }
    if (left === undefined || right === undefined) return undefined;
    if (typeof left !== typeof right)
      fail(`${JSON.stringify(left)} and ${JSON.stringify(right)} differ in type`);
    return run(left as string, right as string);
  };
}

/** Operators that look at both sides; `and` and `or` look at the right one only if they must. */
export const operators: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  ['+', arithmetic((left, right) => left + right)],
  ['-', arithmetic((left, right) => left - right)],
  ['*', arithmetic((left, right) => left * right)],
  ['/', arithmetic((left, right) => left / right)],
  ['%', arithmetic((left, right) => left % right)],
  ['=', (left, right) => left !== undefined && right !== undefined && isEqual(left, right)],
  ['!=', (left, right) => left !== undefined && right !== undefined && !isEqual(left, right)],
  ['<', comparison((left, right) => left < right)],
  ['<=', comparison((left, right) => left <= right)],
  ['>', comparison((left, right) => left > right)],
  ['>=', comparison((left, right) => left >= right)],
  ['&', (left, right) => (textOf(left) ?? '') + (textOf(right) ?? '')],
  [
    'in',
    (left, right) =>
      left !== undefined && right !== undefined && (Array.isArray(right) ? right : [right]).includes(left),
  ],
]);

export function negative(value: unknown): unknown {
  if (value === undefined) return undefined;
  return isNumber(value) ? -value : fail(`${JSON.stringify(value)} is not a number`);
}

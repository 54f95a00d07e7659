import { join } from 'node:path';
import { packageRoot } from './paths';
import { readTable } from './table';

/** How much a unit is of the base units: an exact fraction of them, and the power of each (`{ m: 1, s: -1 }`). */
export interface Measure {
  readonly numerator: bigint;
  readonly denominator: bigint;
  readonly powers: Readonly<Record<string, number>>;
}

const one: Measure = { numerator: 1n, denominator: 1n, powers: {} };

/** What the expressions are made of: of each class (`prefix`, `base`, `metric`, `other`) its symbols and what they mean. */
type Atoms = Readonly<Record<string, ReadonlyMap<string, string>>>;

let atoms: Atoms | undefined;
const known = new Map<string, Measure | undefined>();

/**
 * What a UCUM expression such as `kg/m3`, `N.m`, `L/min` or `mm2` measures, exactly. Case counts. Undefined where it is
 * none, or holds a unit that is no fixed multiple of others (decibel, pH). Scales with a zero of their own (`Cel`) are
 * taken as intervals.
 */
export function measureOf(expression: string): Measure | undefined {
  if (known.has(expression)) return known.get(expression);
  // Codes from messages end up here: what they may be is endless, so no long ones are read and not all are kept.
  const measure = expression.length > 60 ? undefined : new Expression(expression).measure();
  if (known.size < 5_000) known.set(expression, measure);
  return measure;
}

/** The base units and their powers as UCUM writes them; empty for a number. */
export function dimensionOf({ powers }: Measure): string {
  return Object.entries(powers)
    .filter(([, power]) => power !== 0)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([unit, power]) => (power === 1 ? unit : `${unit}${power}`))
    .join('.');
}

/** One UCUM expression being read: units with powers, `.` and `/` from left to right, parentheses, annotations. */
class Expression {
  #rest: string;

  constructor(text: string) {
    this.#rest = text;
  }

  measure(): Measure | undefined {
    const measure = this.#rest === '' ? undefined : this.#term();
    return this.#rest === '' ? measure : undefined;
  }

  #take(pattern: RegExp): string | undefined {
    const found = pattern.exec(this.#rest)?.[0];
    if (found !== undefined) this.#rest = this.#rest.slice(found.length);
    return found;
  }

  #term(): Measure | undefined {
    let product: Measure | undefined = one;
    let operator = this.#take(/^\//) ?? '.';
    while (product !== undefined) {
      const factor = this.#component();
      product = factor && times(product, operator === '/' ? power(factor, -1) : factor);
      const next = this.#take(/^[./]/);
      if (next === undefined) break;
      operator = next;
    }
    return product;
  }

  #component(): Measure | undefined {
    if (this.#take(/^\(/) !== undefined) {
      const inside = this.#term();
      return this.#take(/^\)/) === undefined ? undefined : inside;
    }
    // Of what there are so many, UCUM says in braces; it is a number all the same.
    if (this.#take(/^\{[^{}]*\}/) !== undefined) return one;
    const tenth = this.#take(/^10[*^][+-]?\d{1,2}(?!\d)/);
    if (tenth !== undefined) return power(number('10'), Number(tenth.slice(3)));
    const digits = this.#take(/^\d{1,30}/);
    if (digits !== undefined) return number(digits);
    const symbol = this.#take(/^(\[[^\]]*\]|[A-Za-z%'_])+/);
    const unit = symbol === undefined ? undefined : unitNamed(symbol);
    const exponent = this.#take(/^[+-]?\d{1,2}(?!\d)/);
    this.#take(/^\{[^{}]*\}/);
    return unit && power(unit, Number(exponent ?? 1));
  }
}

/** A unit by its symbol, with or without a prefix. */
function unitNamed(symbol: string): Measure | undefined {
  atoms ??= readAtoms();
  const { base, metric, other, prefix: prefixes } = atoms;
  if (base?.has(symbol)) return { ...one, powers: { [symbol]: 1 } };
  const definition = other?.get(symbol) ?? metric?.get(symbol);
  if (definition !== undefined) return defined(definition);
  for (const [prefix, value] of prefixes ?? []) {
    const stem = symbol.slice(prefix.length);
    if (!symbol.startsWith(prefix) || !(base?.has(stem) || metric?.has(stem))) continue;
    const unit = measureOf(stem);
    if (unit !== undefined) return times(number(value), unit);
  }
  return undefined;
}

function readAtoms(): Atoms {
  const classes: Record<string, Map<string, string>> = {};
  for (const row of readTable<'class' | 'symbol' | 'means'>(join(packageRoot, 'model', 'ucum.tsv'))) {
    classes[row.class] ??= new Map();
    classes[row.class]?.set(row.symbol, row.means);
  }
  return classes;
}

/** A definition of the list: a unit, a number, or a number of a unit (`0.0254 m`). */
function defined(definition: string): Measure | undefined {
  const [first = '', second] = definition.split(' ');
  if (second === undefined) return /^\d/.test(first) ? number(first) : measureOf(first);
  const unit = measureOf(second);
  return unit && times(number(first), unit);
}

/** A decimal text, with or without an exponent, as a fraction. */
function number(text: string): Measure {
  const [digits = '', exponent = '0'] = text.split('e');
  const [whole = '', fraction = ''] = digits.split('.');
  const shift = Number(exponent) - fraction.length;
  const numerator = BigInt(whole + fraction) * 10n ** BigInt(Math.max(shift, 0));
  return reduced(numerator, 10n ** BigInt(Math.max(-shift, 0)), {});
}

function times(a: Measure, b: Measure): Measure {
  const powers = { ...a.powers };
  for (const [unit, exponent] of Object.entries(b.powers)) powers[unit] = (powers[unit] ?? 0) + exponent;
  return reduced(a.numerator * b.numerator, a.denominator * b.denominator, powers);
}

function power(measure: Measure, exponent: number): Measure {
  const size = BigInt(Math.abs(exponent));
  const [up, down] = [measure.numerator ** size, measure.denominator ** size];
  const powers = Object.fromEntries(
    Object.entries(measure.powers).map(([unit, each]) => [unit, each * exponent]),
  );
  return exponent < 0 ? reduced(down, up, powers) : reduced(up, down, powers);
}

function reduced(numerator: bigint, denominator: bigint, powers: Measure['powers']): Measure {
  const divisor = greatestCommon(numerator, denominator);
  return { numerator: numerator / divisor, denominator: denominator / divisor, powers };
}

function greatestCommon(a: bigint, b: bigint): bigint {
  let [larger, smaller] = [a, b];
  while (smaller !== 0n) [larger, smaller] = [smaller, larger % smaller];
  return larger === 0n ? 1n : larger;
}

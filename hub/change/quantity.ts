import { Decimal } from 'decimal.js';
import type { MaterialLine, Order, QuantityValue } from './shapes';
import { requestOf } from './shapes';

/** Wide enough that sums and products of plant quantities are exact. */
const Exact = Decimal.clone({ precision: 80, rounding: Decimal.ROUND_HALF_UP, toExpPos: 80, toExpNeg: -80 });

export type Exact = Decimal;

/** Decimal text with its unit: `{quantity: "10", unit: "PCE"}`. */
export interface Amount {
  readonly quantity: string;
  readonly unit: string;
}

/** Reads decimal text. What is no number counts as nothing: the schema's rules have reported it before. */
export function decimal(text: string | null | undefined): Exact {
  if (text === null || text === undefined || text.trim() === '') return new Exact(0);
  try {
    return new Exact(text.trim());
  } catch {
    return new Exact(0);
  }
}

/** Text without exponent and without trailing zeros: `8.000` becomes `8`. */
export const text = (value: Exact): string => value.toFixed();

/** Whether two decimal texts name the same number: `"8"` and `"8.000"` do. */
export function sameDecimal(a: string | null | undefined, b: string | null | undefined): boolean {
  if (a === b) return true;
  if (a === null || a === undefined || b === null || b === undefined) return false;
  try {
    return new Exact(a.trim()).equals(new Exact(b.trim()));
  } catch {
    return false; // text that is no number is compared as text, above
  }
}

/** Units that count whole things, as SAP, ISO and UN/ECE name them. */
const counting = new Set(['PCE', 'PC', 'ST', 'EA', 'H87', 'C62', 'SET', 'PR']);

/**
 * `a * b / c`, exact where the division ends within 12 places. Else rounded up to the finest step that the
 * three are written in: nobody runs short of material because of a third. Whole pieces stay whole pieces.
 */
export function proportion(a: Exact, b: Exact, c: Exact, unit = ''): Exact {
  if (c.isZero()) return zero;
  const quotient = a.times(b).div(c);
  const places = Math.max(a.decimalPlaces(), b.decimalPlaces(), c.decimalPlaces());
  if (quotient.decimalPlaces() <= 12 && !(counting.has(unit) && places === 0)) return quotient;
  return quotient.toDecimalPlaces(places, Decimal.ROUND_UP);
}

export const max = (a: Exact, b: Exact): Exact => (a.greaterThan(b) ? a : b);
export const min = (a: Exact, b: Exact): Exact => (a.lessThan(b) ? a : b);
export const zero: Exact = new Exact(0);

export function amountOf(line: { quantity?: QuantityValue[] }): Amount {
  const first = line.quantity?.[0];
  return { quantity: first?.quantityString ?? '0', unit: first?.unitOfMeasure ?? '' };
}

/** The line with another quantity; data type and other fields of the quantity stay. */
export function withAmount<Line extends MaterialLine>(line: Line, quantity: Exact, unit?: string): Line {
  const first = line.quantity?.[0] ?? { dataType: 'decimal' };
  const unitOfMeasure = unit ?? first.unitOfMeasure;
  const changed: QuantityValue = { ...first, quantityString: text(quantity) };
  if (unitOfMeasure !== undefined) changed.unitOfMeasure = unitOfMeasure;
  return { ...line, quantity: [changed, ...(line.quantity?.slice(1) ?? [])] };
}

const produces = new Set([
  'Produced',
  'Material Produced',
  'Yield Produced',
  'Co-product Produced',
  'By-product Produced',
]);
/** Whether the line is what comes out rather than what goes in. */
export const isProduced = (line: { readonly materialUse?: string }): boolean =>
  produces.has(line.materialUse ?? '');

/** How much of its product the order makes, from the produced material of its product; `undefined` when it does not say. */
export function orderQuantity(order: Order): Amount | undefined {
  const request = requestOf(order);
  const main = new Set(['Produced', 'Material Produced', 'Yield Produced']);
  const lines = request.segmentRequirement
    .flatMap((segment) => segment.materialRequirement ?? [])
    .filter((line) => main.has(line.materialUse ?? ''));
  const own = lines.filter((line) => line.materialDefinitionId?.[0] === request.operationsDefinitionId);
  const line = own.at(-1) ?? lines.at(-1);
  return line === undefined ? undefined : amountOf(line);
}

import Decimal from 'decimal.js';
import { isMissing } from '../paths';
import { asItIs, type Options, quoted, Refusal, type Transform, undoneBy } from './transform';

/** Decimal arithmetic with more digits than any quantity of a plant has; never an exponent in its text. */
const Exact = Decimal.clone({ precision: 60, toExpNeg: -1000, toExpPos: 1000 });

const plain = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?$/;

function decimalOf(input: unknown): Decimal {
  const text = String(input).trim();
  if (!plain.test(text)) throw new Refusal(`${quoted(input)} is not a decimal number`);
  return new Exact(text);
}

/** Without padding, exponent or a zero's sign. What is plain already, as most is, needs no arithmetic. */
function decimalText(input: string): string {
  let point = -1;
  for (let at = 0; at < input.length; at++) {
    const letter = input.charCodeAt(at);
    if (letter === 46 && point < 0 && at > 0) point = at;
    else if (letter < 48 || letter > 57) return plainText(decimalOf(input));
  }
  if (input === '') throw new Refusal("'' is not a decimal number");
  const whole = point < 0 ? input.length : point;
  let start = 0;
  while (start < whole - 1 && input.charCodeAt(start) === 48) start++;
  let end = input.length;
  if (point >= 0) {
    while (input.charCodeAt(end - 1) === 48) end--;
    if (end - 1 === point) end = point;
  }
  return input.slice(start, end);
}

/** SAP writes the sign behind the digits, a plus as well, and pads with blanks or zeros. */
function sapDecimal(input: string): string {
  const text = input.trim();
  const sign = text.at(-1);
  if (sign === '-') return decimalText(`-${text.slice(0, -1).trim()}`);
  return decimalText(sign === '+' ? text.slice(0, -1).trim() : text);
}

function plainText(value: Decimal): string {
  return value.isZero() ? '0' : value.toFixed();
}

function exactNumber(input: string): number {
  const exact = decimalOf(input);
  const number = exact.toNumber();
  if (!Number.isFinite(number) || !new Exact(String(number)).eq(exact)) {
    throw new Refusal(`${quoted(input)} has more digits than a number can hold`);
  }
  return number;
}

function fold(values: readonly unknown[], step: (a: Decimal, b: Decimal) => Decimal): string | undefined {
  const present = values.filter((value) => !isMissing(value)).map(decimalOf);
  return present.length === 0 ? undefined : plainText(present.reduce(step));
}

/** `by` may come from the record: `with: { by: "@name" }` or a path are read by the engine before. */
function factor(options: Options): Decimal {
  return decimalOf(options.by);
}

function divisor(options: Options): Decimal {
  const by = factor(options);
  if (by.isZero()) throw new Refusal('cannot be divided by 0');
  return by;
}

export const decimalTransforms = {
  'decimal-text': {
    summary: 'Writes a decimal number without padding or exponent. No digit is lost to floating point.',
    examples: [
      { input: '12.500', output: '12.5' },
      { input: '007.000', output: '7' },
      { input: '-0.00', output: '0' },
      { input: '.50', output: '0.5' },
      { input: 0.015, output: '0.015' },
      { input: 1e-7, output: '0.0000001' },
      { input: '1,5', refused: 'is not a decimal number' },
    ],
    apply: decimalText,
    inverse: () => asItIs,
  },
  'sap-decimal': {
    summary: 'A number as SAP writes it: padded, with the sign behind, or with an exponent.',
    examples: [
      { input: '       12.500 ', output: '12.5' },
      { input: '3.000-', output: '-3' },
      { input: '0000012345.432+', output: '12345.432' },
      { input: '1.5000000000000000E+01', output: '15' },
      { input: '1.500,00', refused: 'is not a decimal number' },
      { input: '-3.50', output: '3.5-', direction: 'out' },
    ],
    apply: sapDecimal,
    write: (input: string) => decimalText(input).replace(/^-(.*)$/, '$1-'),
  },
  number: {
    gives: 'number',
    summary: 'A JSON number, for systems that take no text; refuses what a number cannot hold exactly.',
    examples: [
      { input: '0.015', output: 0.015 },
      { input: '12', output: 12 },
      { input: '0.12345678901234567891', refused: 'more digits than a number can hold' },
      { input: 'twelve', refused: 'is not a decimal number' },
    ],
    apply: exactNumber,
    inverse: () => undoneBy('decimal-text'),
  },
  negate: {
    summary: 'Changes the sign.',
    examples: [
      { input: '3.5', output: '-3.5' },
      { input: '-3', output: '3' },
      { input: '0', output: '0' },
    ],
    apply: (input: string) => plainText(decimalOf(input).neg()),
    inverse: () => undoneBy('negate'),
  },
  absolute: {
    summary: 'Drops the sign.',
    examples: [{ input: '-3.50', output: '3.5' }],
    apply: (input: string) => plainText(decimalOf(input).abs()),
  },
  multiply: {
    summary: 'Multiplies by a fixed number.',
    options: { by: 'The factor.' },
    needs: ['by'],
    examples: [
      { input: '1.5', with: { by: 60 }, output: '90' },
      { input: '0.1', with: { by: '3' }, output: '0.3' },
    ],
    apply: (input: string, options: Options) => plainText(decimalOf(input).mul(factor(options))),
    inverse: (options: Options) => undoneBy('divide', options),
  },
  divide: {
    summary: 'Divides by a fixed number.',
    options: { by: 'The divisor.' },
    needs: ['by'],
    examples: [
      { input: '90', with: { by: 60 }, output: '1.5' },
      { input: '1', with: { by: 0 }, refused: 'cannot be divided by 0' },
    ],
    apply: (input: string, options: Options) => plainText(decimalOf(input).div(divisor(options))),
    inverse: (options: Options) => undoneBy('multiply', options),
  },
  round: {
    summary: 'Rounds half up, away from zero.',
    options: { places: 'Digits behind the point; 0 when absent.' },
    examples: [
      { input: '2.345', with: { places: 2 }, output: '2.35' },
      { input: '-0.5', output: '-1' },
    ],
    apply: (input: string, options: Options) =>
      plainText(decimalOf(input).toDecimalPlaces(Number(options.places ?? 0), Decimal.ROUND_HALF_UP)),
  },
  sum: {
    summary: 'Adds the numbers of several paths; missing ones are left out.',
    takes: 'list',
    examples: [
      { input: ['0.1', '0.2'], output: '0.3' },
      { input: ['4', null], output: '4' },
    ],
    apply: (input: readonly unknown[]) => fold(input, (a, b) => a.add(b)),
  },
  product: {
    summary: 'Multiplies the numbers of several paths; missing when one of them is.',
    takes: 'list',
    examples: [
      { input: ['0.015', '4'], output: '0.06' },
      { input: ['4', null], output: null },
    ],
    apply: (input: readonly unknown[]) =>
      input.some(isMissing) ? undefined : fold(input, (a, b) => a.mul(b)),
  },
  quotient: {
    summary: 'Divides the number of the first path by that of the second; missing when one of them is.',
    takes: 'list',
    examples: [
      { input: ['8', '4'], output: '2' },
      { input: ['8', '0'], refused: 'cannot be divided by 0' },
    ],
    apply: (input: readonly unknown[]) =>
      input.some(isMissing) ? undefined : plainText(decimalOf(input[0]).div(divisor({ by: input[1] }))),
  },
} satisfies Record<string, Transform>;

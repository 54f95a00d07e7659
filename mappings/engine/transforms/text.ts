import { createHash } from 'node:crypto';
import { isMissing } from '../paths';
import { asItIs, type Options, quoted, Refusal, type Transform, undoneBy } from './transform';

/** Version 5 UUID in a namespace of the hub's own: the same texts always give the same id. */
function stableUuid(texts: readonly string[]): string {
  const hash = createHash('sha1')
    .update('esperanto\0')
    .update(JSON.stringify(texts))
    .digest()
    .subarray(0, 16);
  hash[6] = ((hash[6] as number) & 0x0f) | 0x50;
  hash[8] = ((hash[8] as number) & 0x3f) | 0x80;
  return hash.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

const textsOf = (values: readonly unknown[]) => values.filter((value) => !isMissing(value)).map(String);
const option = (options: Options, name: string) => String(options[name] ?? '');
const isDigits = (text: string) => /^\d+$/.test(text);

const zero = 48;
const nine = 57;

function trimLeadingZeros(text: string): string {
  if (text.charCodeAt(0) !== zero) return text;
  let start = -1;
  for (let at = 0; at < text.length; at++) {
    const letter = text.charCodeAt(at);
    if (letter < zero || letter > nine) return text;
    if (start < 0 && letter !== zero) start = at;
  }
  return start < 0 ? '0' : text.slice(start);
}

function part(input: string, options: Options): string | undefined {
  const by = option(options, 'by');
  const parts = input.split(by);
  const at = Number(options.at ?? 0);
  if (options.to === undefined) return parts.at(at);
  const to = Number(options.to);
  const chosen = parts.slice(at, to === -1 ? undefined : to + 1);
  return chosen.length > 0 ? chosen.join(by) : undefined;
}

export const textTransforms = {
  text: {
    summary: 'Writes a number or a truth value as text.',
    examples: [
      { input: 12, output: '12' },
      { input: true, output: 'true' },
    ],
    apply: (input: string) => input,
    inverse: () => asItIs,
  },
  trim: {
    summary: 'Drops white space at both ends.',
    examples: [
      { input: ' A 1 ', output: 'A 1' },
      { input: '  ', output: null },
    ],
    apply: (input: string) => input.trim() || undefined,
    inverse: () => asItIs,
  },
  upper: {
    summary: 'Writes capitals.',
    examples: [{ input: 'pce', output: 'PCE' }],
    apply: (input: string) => input.toUpperCase(),
  },
  lower: {
    summary: 'Writes small letters.',
    examples: [{ input: 'PCE', output: 'pce' }],
    apply: (input: string) => input.toLowerCase(),
  },
  prefix: {
    summary: 'Puts a text in front.',
    options: { text: 'What is put in front.' },
    needs: ['text'],
    examples: [{ input: '42', with: { text: 'PO-' }, output: 'PO-42' }],
    apply: (input: string, options: Options) => option(options, 'text') + input,
    inverse: (options: Options) => undoneBy('without-prefix', options),
  },
  'without-prefix': {
    summary: 'Takes a text away from the front; refuses a value that does not begin with it.',
    options: { text: 'What is taken away.' },
    needs: ['text'],
    examples: [
      { input: 'PO-42', with: { text: 'PO-' }, output: '42' },
      { input: '42', with: { text: 'PO-' }, refused: "does not begin with 'PO-'" },
    ],
    apply(input: string, options: Options) {
      const text = option(options, 'text');
      if (!input.startsWith(text)) throw new Refusal(`${quoted(input)} does not begin with ${quoted(text)}`);
      return input.slice(text.length);
    },
    inverse: (options: Options) => undoneBy('prefix', options),
  },
  suffix: {
    summary: 'Puts a text behind.',
    options: { text: 'What is put behind.' },
    needs: ['text'],
    examples: [{ input: '42', with: { text: '/A' }, output: '42/A' }],
    apply: (input: string, options: Options) => input + option(options, 'text'),
    inverse: (options: Options) => undoneBy('without-suffix', options),
  },
  'without-suffix': {
    summary: 'Takes a text away from the end; refuses a value that does not end with it.',
    options: { text: 'What is taken away.' },
    needs: ['text'],
    examples: [
      { input: '42/A', with: { text: '/A' }, output: '42' },
      { input: '42', with: { text: '/A' }, refused: "does not end with '/A'" },
    ],
    apply(input: string, options: Options) {
      const text = option(options, 'text');
      if (!input.endsWith(text)) throw new Refusal(`${quoted(input)} does not end with ${quoted(text)}`);
      return input.slice(0, input.length - text.length);
    },
    inverse: (options: Options) => undoneBy('suffix', options),
  },
  without: {
    summary: 'Takes a text out wherever it stands.',
    options: { text: 'What is taken out.' },
    needs: ['text'],
    examples: [{ input: '8f58e87a-0d8c', with: { text: '-' }, output: '8f58e87a0d8c' }],
    apply: (input: string, options: Options) => input.replaceAll(option(options, 'text'), '') || undefined,
  },
  shorten: {
    summary:
      'Cuts a text for people that is longer than the system takes. Not for ids: two could become one.',
    options: { length: 'The most characters that are kept.' },
    needs: ['length'],
    examples: [
      { input: 'Assemble and torque', with: { length: 8 }, output: 'Assemble' },
      { input: 'Press', with: { length: 8 }, output: 'Press' },
    ],
    apply: (input: string, options: Options) => input.slice(0, Number(options.length)),
  },
  'trim-leading-zeros': {
    summary:
      'Drops leading zeros of an id that is all digits, keeping at least one digit; other ids stay as they are.',
    options: { width: 'Digits of the native id, for the way back.' },
    examples: [
      { input: '000042', output: '42' },
      { input: '000', output: '0' },
      { input: '00A42', output: '00A42' },
    ],
    apply: trimLeadingZeros,
    inverse: (options: Options) => (options.width === undefined ? asItIs : undoneBy('pad-zeros', options)),
  },
  'pad-zeros': {
    summary: 'Puts zeros in front of an id that is all digits; other ids stay as they are.',
    options: { width: 'Digits of the result.' },
    needs: ['width'],
    examples: [
      { input: '42', with: { width: 6 }, output: '000042' },
      { input: 'A42', with: { width: 6 }, output: 'A42' },
    ],
    apply: (input: string, options: Options) =>
      isDigits(input) ? input.padStart(Math.min(Number(options.width), 64), '0') : input,
    inverse: () => undoneBy('trim-leading-zeros'),
  },
  part: {
    summary: 'Takes one part of a text that is split at a separator, or several that stand together.',
    options: {
      by: 'The separator.',
      at: 'Which part: 0 is the first, -1 the last.',
      to: 'Up to which part, that one included; absent: just one.',
    },
    needs: ['by'],
    examples: [
      { input: '1000001-0010', with: { by: '-', at: 0 }, output: '1000001' },
      { input: '1000001-0010', with: { by: '-', at: -1 }, output: '0010' },
      { input: '1000001', with: { by: '-', at: 1 }, output: null },
      { input: 'MFG-WO-00001-0010', with: { by: '-', at: 0, to: -2 }, output: 'MFG-WO-00001' },
    ],
    apply: part,
  },
  concat: {
    summary: 'Joins the texts of several paths; missing ones are left out.',
    takes: 'list',
    options: { by: 'What stands between them; nothing when absent.' },
    examples: [
      { input: ['1000001', '0010'], with: { by: '-' }, output: '1000001-0010' },
      { input: ['A', null], with: { by: '-' }, output: 'A' },
    ],
    apply: (input: readonly unknown[], options: Options) =>
      textsOf(input).join(option(options, 'by')) || undefined,
  },
  'uuid-of': {
    summary: 'A stable UUID of the given texts: the same texts always give the same id.',
    takes: 'list',
    examples: [{ input: ['1000001', '0010'], output: '63003200-d69a-5da6-bbc8-3c950d2a2515' }],
    apply: (input: readonly unknown[]) =>
      stableUuid(input.map((value) => (isMissing(value) ? '' : String(value)))),
  },
  'boolean-x': {
    gives: 'boolean',
    summary: "The ABAP truth value: 'X' is true, nothing is false.",
    takesMissing: true,
    examples: [
      { input: 'X', output: true },
      { input: '', output: false },
      { input: 'Y', refused: "is neither 'X' nor empty" },
      { input: true, output: 'X', direction: 'out' },
      { input: 'false', output: '', direction: 'out' },
    ],
    apply(input: string | undefined) {
      if (input !== 'X' && !isMissing(input)) throw new Refusal(`${quoted(input)} is neither 'X' nor empty`);
      return input === 'X';
    },
    write: (input: string | undefined) => (input === 'true' ? 'X' : ''),
  },
  boolean: {
    gives: 'boolean',
    summary: "A truth value from the text 'true' or 'false'.",
    examples: [
      { input: 'true', output: true },
      { input: 'false', output: false },
      { input: 'yes', refused: "is neither 'true' nor 'false'" },
    ],
    apply(input: string) {
      if (input !== 'true' && input !== 'false')
        throw new Refusal(`${quoted(input)} is neither 'true' nor 'false'`);
      return input === 'true';
    },
    inverse: () => undoneBy('text'),
  },
} satisfies Record<string, Transform>;

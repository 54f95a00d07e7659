import { DateTime } from 'luxon';
import type { MappingContext } from '../mapping';
import { isMissing } from '../paths';
import { decimalTransforms } from './decimals';
import { textTransforms } from './text';
import { timeTransforms } from './times';
import { type Options, quoted, Refusal, type Transform } from './transform';

const toDecimal = decimalTransforms['sap-decimal'].apply;
const { product, quotient } = decimalTransforms;

/** The units of SAP that standard values come in, internal, external and ISO, in seconds. */
const secondsOfUnit: ReadonlyMap<string, string> = new Map([
  ['S', '1'],
  ['SEC', '1'],
  ['MIN', '60'],
  ['H', '3600'],
  ['HUR', '3600'],
  ['STD', '3600'],
  ['TAG', '86400'],
  ['D', '86400'],
  ['DAY', '86400'],
]);

function sapSerial(input: string): string | undefined {
  const [, date, time, ms = ''] = /^(\d{8})(\d{6})(\d{3})?\d*$/.exec(input.trim()) ?? [];
  const at = DateTime.fromFormat(`${date} ${time}`, 'yyyyMMdd HHmmss', { zone: 'utc' });
  if (!at.isValid || at.year < 1990) return undefined;
  return `${at.toFormat("yyyy-MM-dd'T'HH:mm:ss")}${ms === '' ? '' : `.${ms}`}Z`;
}

function sapQuotient(input: readonly unknown[]): string | undefined {
  if (input.some(isMissing)) return undefined;
  return quotient.apply(input.map((value) => toDecimal(String(value))));
}

/** No time planned is no duration, rather than one of 0. */
function sapDuration([value, unit, base]: readonly unknown[]): string | undefined {
  if (isMissing(value) || toDecimal(String(value)) === '0') return undefined;
  const seconds = secondsOfUnit.get(String(unit ?? '').trim());
  if (seconds === undefined) {
    const known = [...secondsOfUnit.keys()].join(', ');
    throw new Refusal(`${quoted(unit)} is not a unit of time, such as ${known}`);
  }
  const all = product.apply([toDecimal(String(value)), seconds]);
  const one = isMissing(base) ? all : quotient.apply([all, toDecimal(String(base))]);
  return timeTransforms['seconds-duration'].apply(
    decimalTransforms.round.apply(one as string, { places: 3 }),
  );
}

function sapKey(input: readonly unknown[], options: Options): string | undefined {
  if (isMissing(input[0])) return undefined;
  const parts = input
    .filter((value) => !isMissing(value))
    .map((value) => textTransforms['trim-leading-zeros'].apply(String(value).trim()));
  return parts.join(String(options.by ?? '/'));
}

/** The day after, for SAP's last days are inclusive and ends of ISA-95 periods are not. 9999-12-31 is no end. */
function endOf(day: string | null | undefined, options: Options, context: MappingContext) {
  if (!day || day.startsWith('9999')) return undefined;
  const next = DateTime.fromISO(day, { zone: 'utc' }).plus({ days: 1 }).toISODate();
  return timeTransforms['local-date-time'].apply(`${next}T00:00:00`, options, context);
}

const zoneOption = { zone: "IANA zone, where it is not the site's." };

export const sapTransforms = {
  'missing-if': {
    summary: 'Takes certain texts for missing, such as / where SAP has no data.',
    options: { in: 'The text, or a list of texts.' },
    needs: ['in'],
    examples: [
      { input: '/', with: { in: '/' }, output: null },
      { input: 'A', with: { in: ['/', '-'] }, output: 'A' },
    ],
    apply(input: string, options: Options) {
      const texts = Array.isArray(options.in) ? options.in : [options.in];
      return texts.map(String).includes(input) ? undefined : input;
    },
  },
  'sap-quotient': {
    summary: 'Divides two numbers as SAP writes them; missing when one of them is.',
    takes: 'list',
    examples: [
      { input: ['       8.000 ', '4.000'], output: '2' },
      { input: ['3.000-', '2'], output: '-1.5' },
      { input: ['8', null], output: null },
      { input: ['8', '0.000'], refused: 'cannot be divided by 0' },
    ],
    apply: sapQuotient,
  },
  'sap-duration': {
    summary: 'A standard value, its unit and the quantity that it is for, as the duration of one; 0 is none.',
    takes: 'list',
    examples: [
      { input: ['15.000', 'MIN', '10.000'], output: 'PT90S' },
      { input: ['1.5', 'H', null], output: 'PT5400S' },
      { input: ['1', 'SEC', '3'], output: 'PT0.333S' },
      { input: ['0.000', '', '1.000'], output: null },
      { input: ['5', 'KWH', '1'], refused: 'is not a unit of time' },
    ],
    apply: sapDuration,
  },
  'sap-key': {
    summary:
      'Joins the parts of a key, each without its leading zeros; missing when the first is, other parts may be.',
    takes: 'list',
    options: { by: 'What stands between them; / when absent.' },
    examples: [
      { input: ['000000000000004711', '01'], output: '4711/1' },
      { input: ['PV-100', null], output: 'PV-100' },
      { input: [null, '01'], output: null },
    ],
    apply: sapKey,
  },
  'sap-serial': {
    summary:
      'The serial number of an IDoc, which is when it was made in UTC; missing when it is none of that kind.',
    examples: [
      { input: '20231128083400705437', output: '2023-11-28T08:34:00.705Z' },
      { input: '20231128083400', output: '2023-11-28T08:34:00Z' },
      { input: '0000000000000012', output: null },
      { input: 'A1', output: null },
    ],
    apply: sapSerial,
  },
  'sap-day-end': {
    summary: 'The end of a last day of SAP, eight digits; 00000000 and 99991231 are no end.',
    options: zoneOption,
    examples: [
      { input: '20260531', output: '2026-06-01T00:00:00+02:00' },
      { input: '20260328', output: '2026-03-29T00:00:00+01:00' },
      { input: '99991231', output: null },
      { input: '00000000', output: null },
    ],
    apply: (input: string, options: Options, context: MappingContext) =>
      endOf(timeTransforms['sap-date'].apply(input), options, context),
  },
  'odata-day-end': {
    summary: 'The end of a last day of an OData V2 service; 31 December 9999 is no end.',
    options: zoneOption,
    examples: [
      { input: '/Date(1780185600000)/', output: '2026-06-01T00:00:00+02:00' },
      { input: '/Date(253402214400000)/', output: null },
    ],
    apply: (input: string, options: Options, context: MappingContext) =>
      endOf(timeTransforms['odata-date'].apply(input), options, context),
  },
} satisfies Record<string, Transform>;

import { DateTime, Duration } from 'luxon';
import type { MappingContext } from '../mapping';
import { isMissing } from '../paths';
import { withOffset, withoutOffset } from './local-hours';
import { asItIs, type Options, quoted, Refusal, type Transform, thenReplay } from './transform';

const hasOffset = /(?:Z|[+-]\d{2}:?\d{2})$/i;

function zoneOf(options: Options, context: MappingContext): string {
  const zone = options.zone ?? context.zone;
  if (typeof zone !== 'string' || zone === '') {
    throw new Refusal(
      'has no offset, and the site has no time zone',
      `Set timeZone for the plant in hub.yaml, ${thenReplay}.`,
    );
  }
  return zone;
}

/** ISO text with the offset that holds at that place on that day. */
function isoIn(at: DateTime, what: unknown): string {
  const text = at.isValid ? at.toISO({ suppressMilliseconds: true }) : null;
  if (text === null)
    throw new Refusal(`${quoted(what)} is not a time: ${at.invalidExplanation ?? at.invalidReason}`);
  return text;
}

/** An ISO text as an instant; text without an offset is local time of the site. */
function instantOf(input: string, options: Options, context: MappingContext): DateTime {
  const text = input.trim();
  const at =
    hasOffset.test(text) && text.includes('T')
      ? DateTime.fromISO(text, { setZone: true })
      : DateTime.fromISO(text, { zone: zoneOf(options, context) });
  if (!at.isValid)
    throw new Refusal(`${quoted(input)} is not a time: ${at.invalidExplanation ?? at.invalidReason}`);
  return at;
}

const sapDigits = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})$/;

/** `20260302` and `240000` are the end of that day; `00000000` is no date. */
function sapDateTime(
  [date, time]: readonly unknown[],
  options: Options,
  context: MappingContext,
): string | undefined {
  const digits = isMissing(date) ? '' : String(date).replace(/-/g, '');
  if (digits === '' || /^0+$/.test(digits)) return undefined;
  const clock = isMissing(time) ? '000000' : String(time).replace(/:/g, '');
  const endOfDay = clock === '240000';
  const text = `${digits}${endOfDay ? '000000' : clock}`;
  if (!/^\d{14}$/.test(text)) throw new Refusal(`${quoted(date)} ${quoted(time)} is not a date and a time`);
  const zone = zoneOf(options, context);
  const usual = endOfDay ? undefined : withOffset(text.replace(sapDigits, '$1-$2-$3T$4:$5:$6'), zone);
  if (usual !== undefined) return usual;
  const at = DateTime.fromFormat(text, 'yyyyMMddHHmmss', { zone });
  return isoIn(endOfDay ? at.plus({ days: 1 }) : at, [date, time]);
}

function sapWrite(format: string) {
  return (input: string, options: Options, context: MappingContext) =>
    instantOf(input, options, context).setZone(zoneOf(options, context)).toFormat(format);
}

function odataDate(input: string): string | undefined {
  const found = /^\/Date\((-?\d+)(?:[+-]\d{4})?\)\/$/.exec(input);
  if (!found) throw new Refusal(`${quoted(input)} is not an OData date such as /Date(1492041600000)/`);
  return DateTime.fromMillis(Number(found[1]), { zone: 'utc' }).toISODate() ?? undefined;
}

function odataTime(input: string): string {
  const length = Duration.fromISO(input);
  if (!length.isValid || !input.startsWith('PT')) {
    throw new Refusal(`${quoted(input)} is not an OData time such as PT11H30M00S`);
  }
  return length.toFormat('hh:mm:ss');
}

/** Date and time of day of an OData V2 service, which are local to the plant. */
function odataDateTime([date, time]: readonly unknown[], options: Options, context: MappingContext) {
  if (isMissing(date)) return undefined;
  const clock = isMissing(time) ? '00:00:00' : odataTime(String(time));
  return sapDateTime([odataDate(String(date)), clock], options, context);
}

/** A day alone is taken as it stands; an instant as the day at the site. */
function dayOf(input: string, options: Options, context: MappingContext): DateTime {
  if (/^\d{4}-\d{2}-\d{2}$/.test(input)) return DateTime.fromISO(input, { zone: 'utc' });
  const local = instantOf(input, options, context).setZone(zoneOf(options, context));
  return DateTime.utc(local.year, local.month, local.day);
}

function secondsOf(input: string): number {
  const length = Duration.fromISO(input);
  if (!length.isValid) throw new Refusal(`${quoted(input)} is not a duration such as PT90S`);
  return length.as('seconds');
}

const zoneOption = { zone: "IANA zone, where it is not the site's." };

export const timeTransforms = {
  'local-date-time': {
    summary:
      "Adds the offset that the native time leaves out, by the site's zone and that day's rule. A time that has one keeps it.",
    options: { ...zoneOption, between: 'What is written between date and time; T where it is absent.' },
    examples: [
      { input: '2026-03-02T06:00:00', output: '2026-03-02T06:00:00+01:00' },
      { input: '2026-07-02T06:00:00', output: '2026-07-02T06:00:00+02:00' },
      { input: '2026-07-02 06:00', output: '2026-07-02T06:00:00+02:00' },
      { input: '2026-03-02T06:00:00Z', output: '2026-03-02T06:00:00Z' },
      { input: '2026-02-30T06:00:00', refused: 'is not a time' },
      { input: '2026-03-02T05:00:00Z', output: '2026-03-02T06:00:00', direction: 'out' },
      {
        input: '2026-03-02T05:00:00Z',
        with: { between: ' ' },
        output: '2026-03-02 06:00:00',
        direction: 'out',
      },
    ],
    apply(input: string, options: Options, context: MappingContext) {
      const text = input.trim().replace(/^(\d{4}-\d{2}-\d{2}) /, '$1T');
      const usual = hasOffset.test(text) ? undefined : withOffset(text, zoneOf(options, context));
      return usual ?? isoIn(instantOf(text, options, context), input);
    },
    write(input: string, options: Options, context: MappingContext) {
      const usual = withoutOffset(input, zoneOf(options, context));
      const local = usual ?? sapWrite("yyyy-MM-dd'T'HH:mm:ss")(input, options, context);
      return local.replace('T', String(options.between ?? 'T'));
    },
  },
  'iso-instant': {
    summary: "An instant in UTC. A time without an offset is taken as the site's.",
    options: zoneOption,
    examples: [
      { input: '2026-03-02T06:00:00+01:00', output: '2026-03-02T05:00:00Z' },
      { input: '2026-03-02T06:00:00', output: '2026-03-02T05:00:00Z' },
      { input: '2026-03-02T06:00:00.2500000Z', output: '2026-03-02T06:00:00.250Z' },
      { input: 'tomorrow', refused: 'is not a time' },
    ],
    apply: (input: string, options: Options, context: MappingContext) =>
      isoIn(instantOf(input, options, context).toUTC(), input),
    inverse: () => asItIs,
  },
  'sap-date-time': {
    summary: 'Date and time of SAP, from two paths; 240000 is the end of the day, 00000000 no date.',
    takes: 'list',
    options: zoneOption,
    examples: [
      { input: ['20260302', '060000'], output: '2026-03-02T06:00:00+01:00' },
      { input: ['20260302', '240000'], output: '2026-03-03T00:00:00+01:00' },
      { input: ['2026-07-02', '06:00:00'], output: '2026-07-02T06:00:00+02:00' },
      { input: ['00000000', '000000'], output: null },
      { input: ['20260302', null], output: '2026-03-02T00:00:00+01:00' },
      { input: ['20261302', '060000'], refused: 'is not a time' },
    ],
    apply: sapDateTime,
    splits: ['sap-date', 'sap-time'],
  },
  'sap-date': {
    summary: 'A date of SAP, eight digits; 00000000 is no date.',
    options: zoneOption,
    examples: [
      { input: '20260302', output: '2026-03-02' },
      { input: '00000000', output: null },
      { input: '2026', refused: 'is not a date' },
      { input: '2026-03-02T23:30:00Z', output: '20260303', direction: 'out' },
    ],
    apply(input: string) {
      if (/^0+$/.test(input)) return undefined;
      const at = DateTime.fromFormat(input, 'yyyyMMdd', { zone: 'utc' });
      if (!at.isValid) throw new Refusal(`${quoted(input)} is not a date of eight digits`);
      return at.toISODate();
    },
    write: (input: string, options: Options, context: MappingContext) =>
      dayOf(input, options, context).toFormat('yyyyMMdd'),
  },
  'sap-time': {
    summary: 'A time of day of SAP, six digits.',
    options: zoneOption,
    examples: [
      { input: '063000', output: '06:30:00' },
      { input: '6:30', refused: 'is not a time of six digits' },
      { input: '2026-03-02T05:30:00Z', output: '063000', direction: 'out' },
    ],
    apply(input: string) {
      if (!/^\d{6}$/.test(input)) throw new Refusal(`${quoted(input)} is not a time of six digits`);
      return input.replace(/^(..)(..)(..)$/, '$1:$2:$3');
    },
    write: sapWrite('HHmmss'),
  },
  'odata-date': {
    summary: 'A date of an OData V2 service.',
    options: zoneOption,
    examples: [
      { input: '/Date(1492041600000)/', output: '2017-04-13' },
      { input: '2017-04-13', refused: 'is not an OData date' },
      { input: '2017-04-12T23:30:00Z', output: '/Date(1492041600000)/', direction: 'out' },
    ],
    apply: odataDate,
    write: (input: string, options: Options, context: MappingContext) =>
      `/Date(${dayOf(input, options, context).toMillis()})/`,
  },
  'odata-time': {
    summary: 'A time of day of an OData V2 service.',
    options: zoneOption,
    examples: [
      { input: 'PT11H30M00S', output: '11:30:00' },
      { input: '11:30', refused: 'is not an OData time' },
      { input: '2026-03-02T10:30:00Z', output: 'PT11H30M00S', direction: 'out' },
    ],
    apply: odataTime,
    write: sapWrite("'PT'HH'H'mm'M'ss'S'"),
  },
  'odata-date-time': {
    summary: 'Date and time of day of an OData V2 service, from two paths, local to the plant.',
    takes: 'list',
    options: zoneOption,
    examples: [
      { input: ['/Date(1492041600000)/', 'PT11H30M00S'], output: '2017-04-13T11:30:00+02:00' },
      { input: [null, 'PT00H00M00S'], output: null },
    ],
    apply: odataDateTime,
    splits: ['odata-date', 'odata-time'],
  },
  'seconds-duration': {
    writes: 'number',
    summary: 'A duration that is given in seconds.',
    examples: [
      { input: 90, output: 'PT90S' },
      { input: '1.5', output: 'PT1.5S' },
      { input: 'PT1M', refused: 'is not a number of seconds' },
      { input: 'PT1M30S', output: 90, direction: 'out' },
    ],
    apply(input: string) {
      if (!/^\d+(\.\d+)?$/.test(input)) throw new Refusal(`${quoted(input)} is not a number of seconds`);
      return `PT${input}S`;
    },
    write: secondsOf,
  },
} satisfies Record<string, Transform>;

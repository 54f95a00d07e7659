import { compareTimes, instantOf, isDateTime, isDecimal, isDuration } from './formats';

describe('a date-time is an xsd:dateTime', () => {
  test.each([
    ['2026-02-28T12:00:00', 'the zone may be left out'],
    ['2026-02-28T12:00:00Z', 'universal time'],
    ['2012-11-29T11:58:25.3149559+01:00', 'any number of digits of a second'],
    ['2024-02-29T00:00:00Z', 'a leap day'],
    ['2026-12-31T24:00:00', 'the end of a day'],
    ['2026-01-01T00:00:00+14:00', 'the zone furthest east'],
  ])('%s: %s', (text) => {
    expect(isDateTime(text)).toBe(true);
  });

  test.each([
    ['2026-13-01T00:00:00Z', 'there is no month 13'],
    ['2026-02-29T00:00:00Z', 'no leap year'],
    ['2026-02-28 12:00:00Z', 'a space for T'],
    ['2026-02-28', 'no time'],
    ['2026-02-28T25:00:00', 'no hour 25'],
    ['2026-02-28T24:00:01', 'past the end of the day'],
    ['2026-02-28T12:60:00', 'no minute 60'],
    ['2026-02-28T12:00:00z', 'lower-case zone'],
    ['26-02-28T12:00:00', 'a year of two digits'],
    ['', 'nothing'],
  ])('%s is none: %s', (text) => {
    expect(isDateTime(text)).toBe(false);
  });
});

test.each([
  ['PT90S', true],
  ['P1DT2H', true],
  ['-P1Y2M', true],
  ['PT1.5S', true],
  ['P', false],
  ['PT', false],
  ['P1W', false],
  ['90', false],
])('%s is a duration: %s', (text, expected) => {
  expect(isDuration(text)).toBe(expected);
});

test.each([
  ['1.000', true],
  ['-.5', true],
  ['+007', true],
  ['1e5', false],
  ['1,5', false],
  ['', false],
  ['.', false],
])('%s is a decimal: %s', (text, expected) => {
  expect(isDecimal(text)).toBe(expected);
});

test('an instant is known only where a zone is given', () => {
  expect(instantOf('2026-03-01T00:30:00+01:00')).toBe(Date.UTC(2026, 1, 28, 23, 30));
  expect(instantOf('2026-02-28T24:00:00Z')).toBe(Date.UTC(2026, 2, 1));
  expect(instantOf('2026-03-01T00:30:00')).toBeUndefined();
});

test('times are compared only where both have a zone or neither has', () => {
  expect(compareTimes('2026-03-01T00:30:00+01:00', '2026-03-01T00:00:00Z')).toBeLessThan(0);
  expect(compareTimes('2026-03-01T01:00:00', '2026-03-01T00:30:00')).toBeGreaterThan(0);
  expect(compareTimes('2026-03-01T01:00:00', '2026-03-01T00:30:00Z')).toBeUndefined();
});

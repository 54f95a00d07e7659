import fc from 'fast-check';
import { DateTime } from 'luxon';
import { withOffset, withoutOffset } from './local-hours';

const zone = fc.constantFrom(
  'Europe/Berlin',
  'America/St_Johns',
  'Australia/Lord_Howe',
  'Asia/Kolkata',
  'UTC',
);
const instant = fc
  .date({ min: new Date('2020-01-01T00:00:00Z'), max: new Date('2030-01-01T00:00:00Z'), noInvalidDate: true })
  .map((date) => date.toISOString().replace(/\.\d+/, ''));
const changes = fc.integer({ min: -7200, max: 7200 }).chain((seconds) =>
  // Around the changes of clocks in Berlin and on Lord Howe Island.
  fc
    .constantFrom(
      '2026-03-29T01:00:00Z',
      '2026-10-25T01:00:00Z',
      '2026-04-04T15:00:00Z',
      '2026-10-03T15:30:00Z',
    )
    .map((at) => new Date(Date.parse(at) + seconds * 1000).toISOString().replace(/\.\d+/, '')),
);

test('agrees with the rules of the zone wherever it answers', () => {
  fc.assert(
    fc.property(zone, fc.oneof(instant, changes), (name, text) => {
      const local = DateTime.fromISO(text).setZone(name).toFormat("yyyy-MM-dd'T'HH:mm:ss");
      expect([local, undefined]).toContain(withoutOffset(text, name));
      const back = DateTime.fromISO(local, { zone: name }).toISO({ suppressMilliseconds: true });
      expect([back, undefined]).toContain(withOffset(local, name));
    }),
    { numRuns: 3000 },
  );
});

test.each([
  ['2026-03-02T06:00', '2026-03-02T06:00:00+01:00'],
  ['2026-07-02T06:00:59', '2026-07-02T06:00:59+02:00'],
  ['2026-03-29T02:30', undefined],
  ['2026-02-30T06:00', undefined],
  ['2026-03-02T06:60', undefined],
  ['2026-03-02T24:00', undefined],
  ['2026-03-02', undefined],
])('%s in Berlin is %s', (text, expected) => {
  expect(withOffset(text, 'Europe/Berlin')).toBe(expected);
});

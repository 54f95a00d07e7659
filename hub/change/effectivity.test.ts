import { checkRevisions } from './check-revisions';
import type { Effectivity, Subject } from './effectivity';
import { instant, isEffective, ordinals } from './effectivity';

const zone = 'Europe/Berlin';
const subject = (of: Partial<Subject>): Subject => ({
  orderId: '1000002',
  moment: '2026-03-02T06:00:00',
  ...of,
});

test.each<[string, Effectivity, Partial<Subject>, 'yes' | 'no' | 'partly']>([
  ['nothing stated: always', {}, {}, 'yes'],
  ['the moment it begins belongs to it', { from: '2026-03-02T06:00:00' }, {}, 'yes'],
  ['a moment before it begins', { from: '2026-03-02T06:00:01' }, {}, 'no'],
  ['the moment it ends belongs to the next', { to: '2026-03-02T06:00:00' }, {}, 'no'],
  ['plant time and UTC are compared as instants', { from: '2026-03-02T05:00:00Z' }, {}, 'yes'],
  ['summer time counts', { from: '2026-07-01T06:00:00' }, { moment: '2026-07-01T04:00:00Z' }, 'yes'],
  ['an order that is named', { orders: ['1000002'] }, {}, 'yes'],
  ['an order that is not named', { orders: ['1000003'] }, {}, 'no'],
  ['a lot that is named', { lots: ['L7'] }, { lot: 'L7' }, 'yes'],
  ['a lot that nobody knows', { lots: ['L7'] }, {}, 'no'],
  ['the second of the next two orders', { orderCount: 2 }, { ordinal: 1 }, 'yes'],
  ['the third of the next two orders', { orderCount: 2 }, { ordinal: 2 }, 'no'],
  [
    'all serial numbers in range',
    { serials: [{ from: 'SN-0100' }] },
    { serials: ['SN-0100', 'SN-99999'] },
    'yes',
  ],
  [
    'the end of a serial range is not in it',
    { serials: [{ from: 'SN-0100', to: 'SN-0110' }] },
    { serials: ['SN-0110'] },
    'no',
  ],
  [
    'some serial numbers in range',
    { serials: [{ to: 'SN-0102' }] },
    { serials: ['SN-0101', 'SN-0102'] },
    'partly',
  ],
  ['another prefix is another series', { serials: [{ from: 'SN-0100' }] }, { serials: ['XX-0100'] }, 'no'],
  [
    'the serial numbers of another end item',
    { serials: [{ item: 'CAR', from: '1' }] },
    { item: 'TRUCK', serials: ['5'] },
    'no',
  ],
  [
    'all that is stated has to hold',
    { from: '2026-01-01T00:00:00', orders: ['1000002'], orderCount: 1 },
    { ordinal: 1 },
    'no',
  ],
])('%s', (_title, effectivity, of, effective) => {
  expect(isEffective(effectivity, subject(of), zone).effective).toBe(effective);
});

test('a partly effective order names the serial numbers it holds for', () => {
  const answer = isEffective(
    { serials: [{ from: 'A1', to: 'A3' }] },
    subject({ serials: ['A1', 'A2', 'A3'] }),
    zone,
  );
  expect(answer).toMatchObject({ effective: 'partly', serials: ['A1', 'A2'] });
});

test('orders are counted from the day it begins, earliest first, equal ones by number', () => {
  const orders = [
    { orderId: '3', startTime: '2026-03-04T00:00:00' },
    { orderId: '2', startTime: '2026-03-03T00:00:00' },
    { orderId: '1', startTime: '2026-03-03T00:00:00' },
    { orderId: '0', startTime: '2026-03-01T00:00:00' },
  ];
  expect([...ordinals(orders, '2026-03-02T00:00:00', zone).keys()]).toEqual(['1', '2', '3']);
});

test.each<[string, Array<[string, Effectivity]>, string[]]>([
  [
    'a revision without an end ends where the next begins',
    [
      ['A', {}],
      ['B', { from: '2026-03-01' }],
    ],
    [],
  ],
  [
    'revisions that follow one another',
    [
      ['A', { to: '2026-03-01' }],
      ['B', { from: '2026-03-01' }],
    ],
    [],
  ],
  [
    'revisions that overlap',
    [
      ['A', { to: '2026-03-02' }],
      ['B', { from: '2026-03-01' }],
    ],
    ['effectivity-overlap'],
  ],
  [
    'revisions with a gap between',
    [
      ['A', { to: '2026-03-01' }],
      ['B', { from: '2026-03-02' }],
    ],
    ['effectivity-gap'],
  ],
  [
    'a revision that ends before it begins',
    [['A', { from: '2026-03-02', to: '2026-03-01' }]],
    ['effectivity-empty'],
  ],
  ['a date that is none', [['A', { from: 'soon' }]], ['effectivity-date']],
])('%s', (_title, revisions, rules) => {
  const issues = checkRevisions(
    revisions.map(([version, effectivity]) => ({ version, effectivity })),
    zone,
  );
  expect(issues.map((issue) => issue.rule)).toEqual(rules);
});

test('a text that is no time is no instant', () => {
  expect(instant('soon', zone)).toBeUndefined();
  expect(instant('2026-03-02T06:00:00', zone)).toBe(Date.parse('2026-03-02T05:00:00Z'));
});

test('a serial number that two revisions hold for at the same time is an issue', () => {
  const revision = (version: string, from: string, to: string, dates: object = {}) => ({
    version,
    effectivity: { ...dates, serials: [{ item: 'PV-100', from, to }] },
  });
  const base = { version: 'A', effectivity: {} };
  expect(
    checkRevisions([base, revision('B', 'SN-100', 'SN-200'), revision('C', 'SN-200', 'SN-300')], zone),
  ).toEqual([]);
  expect(
    checkRevisions([base, revision('B', 'SN-100', 'SN-200'), revision('C', 'SN-150', 'SN-300')], zone),
  ).toEqual([
    {
      rule: 'effectivity-overlap',
      path: 'revision C',
      message: 'serial numbers SN-150/SN-300 of revision C are also in SN-100/SN-200 of B',
    },
  ]);
  const apart = [
    revision('B', 'SN-100', 'SN-200', { to: '2026-03-01T00:00:00' }),
    revision('C', 'SN-150', 'SN-300', { from: '2026-03-01T00:00:00' }),
  ];
  expect(checkRevisions(apart, zone)).toEqual([]);
});

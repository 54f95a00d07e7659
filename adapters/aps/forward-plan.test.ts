import fc from 'fast-check';
import { forwardPlan, type PlannableOrder, type Span } from './forward-plan';

const order = (reference: string, differences: Partial<PlannableOrder> = {}): PlannableOrder => ({
  reference,
  fixed: false,
  span: { start: 0, end: 10 },
  durationMs: 10,
  due: 100,
  resources: ['PRESS'],
  ...differences,
});
const plan = (orders: PlannableOrder[], down: Record<string, Span[]> = {}, now = 0) =>
  Object.fromEntries(
    [...forwardPlan(orders, new Map(Object.entries(down)), now)].map(([reference, { start }]) => [
      reference,
      start,
    ]),
  );

test.each<[string, PlannableOrder[], Record<string, Span[]>, number, Record<string, number>]>([
  ['one after another by reference', [order('2'), order('1')], {}, 0, { 1: 0, 2: 10 }],
  ['the earlier due date first', [order('1'), order('2', { due: 50 })], {}, 0, { 2: 0, 1: 10 }],
  ['not before now', [order('1')], {}, 7, { 1: 7 }],
  ['not before its own start', [order('1', { span: { start: 30, end: 40 } })], {}, 7, { 1: 30 }],
  ['after the resource is up again', [order('1')], { PRESS: [{ start: 5, end: 25 }] }, 0, { 1: 25 }],
  ['before an outage that comes later', [order('1')], { PRESS: [{ start: 10, end: 25 }] }, 0, { 1: 0 }],
  [
    'other resources are other queues',
    [order('1'), order('2', { resources: ['ASSY'] })],
    {},
    0,
    { 1: 0, 2: 0 },
  ],
  [
    'confirmed orders stay',
    [order('1'), order('2', { fixed: true, span: { start: 4, end: 9 } })],
    {},
    0,
    { 1: 9 },
  ],
])('%s', (_title, orders, down, now, expected) => {
  expect(plan(orders, down, now)).toEqual(expected);
});

test('no resource ever does two orders at once, nor works while it is down', () => {
  const orders = fc.array(
    fc.record({ start: fc.nat(100), durationMs: fc.integer({ min: 1, max: 30 }), two: fc.boolean() }),
    {
      maxLength: 12,
    },
  );
  const outage = fc.record({ start: fc.nat(200), length: fc.integer({ min: 1, max: 50 }) });
  fc.assert(
    fc.property(orders, outage, (given, { start, length }) => {
      const down = { start, end: start + length };
      const spans = [
        down,
        ...forwardPlan(
          given.map((one, index) =>
            order(`${index}`, {
              span: { start: one.start, end: one.start + one.durationMs },
              durationMs: one.durationMs,
              resources: one.two ? ['PRESS', 'ASSY'] : ['PRESS'],
            }),
          ),
          new Map([['PRESS', [down]]]),
          0,
        ).values(),
      ].sort((a, b) => a.start - b.start || a.end - b.end);
      return spans.every((span, index) => index === 0 || spans[index - 1]!.end <= span.start);
    }),
  );
});

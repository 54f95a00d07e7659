import { HubError } from '../../model/errors';
import type { DecisionRequest } from './decide';
import { decide, tick } from './decide';
import { defaultRules, ShopFloor } from './shop-floor.example';

const now = '2026-03-02T08:00:00Z';

/** 1000001 done, 1000002 and 1000004 with seals used, 1000003 not begun. */
const floor = () =>
  new ShopFloor()
    .order('1000001', 4)
    .order('1000002', 10)
    .order('1000003', 6)
    .order('1000004', 5)
    .finish('1000001')
    .report('1000002', '0010', { consumed: [['SEAL-EPDM', '10']] })
    .report('1000004', '0010', { consumed: [['SEAL-EPDM', '2']] })
    .open();

const approve: DecisionRequest = {
  orderIds: ['1000002'],
  action: 'approve',
  by: 'Huber',
  reason: 'new seals are here',
};

const codeOf = (run: () => unknown): string | undefined => {
  try {
    run();
  } catch (thrown) {
    if (thrown instanceof HubError) return thrown.code;
    throw thrown;
  }
  return undefined;
};

test('a decision keeps who, when and why, and touches no other order', () => {
  const { change } = floor();
  const decided = decide(change, approve, now);
  expect(decided.orders[1]).toMatchObject({
    standing: 'approved',
    scope: 'remaining',
    decisions: [
      { action: 'approve', by: 'Huber', reason: 'new seals are here', at: now, scope: 'remaining' },
    ],
  });
  expect(decided.orders[3]?.standing).toBe('waiting');
  expect(change.orders[1]?.standing).toBe('waiting');
});

test('one decision may be for all that wait', () => {
  const decided = decide(floor().change, { ...approve, orderIds: 'all' }, now);
  expect(decided.orders.map((order) => order.standing)).toEqual([
    'untouched',
    'approved',
    'by-policy',
    'approved',
  ]);
});

test.each<[string, Partial<DecisionRequest>, string]>([
  ['on an order that the change does not concern', { orderIds: ['9'] }, 'HUB_BAD_DECISION'],
  ['on no order', { orderIds: [] }, 'HUB_BAD_DECISION'],
  ['on a done order', { orderIds: ['1000001'] }, 'HUB_ALREADY_DECIDED'],
  ['on an order that policy has settled', { orderIds: ['1000003'] }, 'HUB_ALREADY_DECIDED'],
  ['by nobody', { by: ' ' }, 'HUB_BAD_DECISION'],
  ['without a reason', { reason: '' }, 'HUB_BAD_DECISION'],
  ['that is none of the four', { action: 'perhaps' as 'approve' }, 'HUB_BAD_DECISION'],
  ['to defer without saying until when', { action: 'defer' }, 'HUB_BAD_DECISION'],
  ['to defer to the past', { action: 'defer', until: { time: '2026-03-02T07:00:00Z' } }, 'HUB_BAD_DECISION'],
  ['to extend by nothing', { action: 'extend', additions: { operations: [] } }, 'HUB_BAD_DECISION'],
  [
    'to approve with additions',
    { additions: { instructions: [{ segmentId: '0010', text: 'x' }] } },
    'HUB_BAD_DECISION',
  ],
])('a decision %s is refused', (_title, wrong, code) => {
  const { change } = floor();
  expect(codeOf(() => decide(change, { ...approve, ...wrong }, now))).toBe(code);
});

test('a second decision on the same order is refused, for all only when nothing waits any more', () => {
  const once = decide(floor().change, approve, now);
  expect(codeOf(() => decide(once, approve, now))).toBe('HUB_ALREADY_DECIDED');
  const all = decide(once, { ...approve, orderIds: 'all' }, now);
  expect(codeOf(() => decide(all, { ...approve, orderIds: 'all' }, now))).toBe('HUB_ALREADY_DECIDED');
});

test('either all the named orders are decided or none', () => {
  const once = decide(floor().change, approve, now);
  const both = { ...approve, orderIds: ['1000004', '1000002'] };
  expect(codeOf(() => decide(once, both, now))).toBe('HUB_ALREADY_DECIDED');
  expect(once.orders[3]?.standing).toBe('waiting');
});

test('a decision made on ground that has moved is refused, one that has seen it is taken', () => {
  const at = floor();
  const seen = at.change.ground;
  at.report('1000002', '0010', { state: 'Completed' }).look();
  expect(codeOf(() => decide(at.change, { ...approve, seen }, now))).toBe('HUB_BAD_DECISION');
  expect(decide(at.change, { ...approve, seen: at.change.ground }, now).orders[1]?.standing).toBe('approved');
});

describe('where the rules ask for two', () => {
  const two = () => {
    const at = new ShopFloor()
      .order('1000002', 10)
      .report('1000002', '0010', { consumed: [['SEAL-EPDM', '1']] });
    at.rules = { ...defaultRules, fourEyes: ['line-feeding'] };
    return at.open().change;
  };

  test('the first approval waits for the second, by somebody else', () => {
    const first = decide(two(), approve, now);
    expect(first.orders[0]?.standing).toBe('waiting');
    expect(codeOf(() => decide(first, approve, now))).toBe('HUB_BAD_DECISION');
    const second = decide(first, { ...approve, by: 'Maier' }, now);
    expect(second.orders[0]?.standing).toBe('approved');
    expect(second.orders[0]?.decisions.map((one) => one.by)).toEqual(['Huber', 'Maier']);
  });

  test('one is enough to reject', () => {
    expect(decide(two(), { ...approve, action: 'reject' }, now).orders[0]?.standing).toBe('rejected');
  });
});

describe('a decision that is put off', () => {
  const until = { time: '2026-03-02T10:00:00Z' };
  const deferred = () => decide(floor().change, { ...approve, action: 'defer', until }, now);

  test('asks again when its time has come', () => {
    expect(tick(deferred(), '2026-03-02T09:59:59Z').change.orders[1]?.standing).toBe('deferred');
    const { change, alerts } = tick(deferred(), '2026-03-02T10:00:00Z');
    expect(change.orders[1]).toMatchObject({ standing: 'waiting', round: 2 });
    expect(alerts.map((alert) => alert.orderId)).toContain('1000002');
  });

  test('asks again when its operation is done', () => {
    const change = decide(floor().change, { ...approve, action: 'defer', until: { operation: '0010' } }, now);
    expect(tick(change, now).change).toBe(change);
    expect(
      tick(change, now, (order, at) => order === '1000002' && at === '0010').change.orders[1]?.standing,
    ).toBe('waiting');
  });

  test('to the next order is never asked again for this one', () => {
    const change = decide(floor().change, { ...approve, action: 'defer', until: { nextOrder: true } }, now);
    expect(tick(change, '2027-01-01T00:00:00Z').change.orders[1]?.standing).toBe('deferred');
  });

  test('may be taken earlier', () => {
    expect(decide(deferred(), approve, now).orders[1]?.standing).toBe('approved');
  });
});

describe('a decision that nobody takes', () => {
  test('raises an alert once, then takes the stated default', () => {
    const { change } = floor();
    const early = tick(change, '2026-03-02T09:59:00Z');
    expect(early.alerts).toEqual([]);
    const alerted = tick(change, '2026-03-02T10:00:00Z');
    expect(alerted.alerts.map((alert) => alert.orderId)).toEqual(['1000002', '1000004']);
    expect(tick(alerted.change, '2026-03-02T10:01:00Z').alerts).toEqual([]);
    const late = tick(alerted.change, '2026-03-02T11:00:00Z').change;
    expect(late.orders[1]).toMatchObject({
      standing: 'rejected',
      decisions: [{ action: 'reject', by: 'deadline' }],
    });
    expect(tick(late, '2026-03-03T11:00:00Z').change).toBe(late);
  });
});

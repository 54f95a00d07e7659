import { decide } from './decide';
import { reassess } from './reassess';
import { ShopFloor } from './shop-floor.example';

const at = '2026-03-02T08:00:00Z';

test('an order that policy had settled asks when it has begun before anything was sent', () => {
  const floor = new ShopFloor().order('1000003', 6).open().report('1000003', '0010', {}).look();
  expect(floor.change.orders[0]).toMatchObject({
    standing: 'waiting',
    round: 2,
    impact: { state: 'started' },
  });
  expect(floor.ready).toEqual(['order-hold/1000003/2', 'job-hold/1000003-0010/2']);
});

test('an order that policy had settled goes on when its change is out already: the machine says if it is too late', () => {
  const floor = new ShopFloor().order('1000003', 6).open().send('order-change/1000003/1');
  floor.report('1000003', '0010', {}).look();
  expect(floor.standing('1000003')).toBe('by-policy');
});

test('an order that is done meanwhile is left alone and gets nothing more', () => {
  const floor = new ShopFloor()
    .order('1000002', 10)
    .report('1000002', '0010', { consumed: [['SEAL-EPDM', '2']] })
    .open()
    .finish('1000002')
    .look();
  expect(floor.standing('1000002')).toBe('untouched');
  expect(floor.change.orders[0]?.notes[0]?.text).toContain('The order is done.');
  expect(() =>
    decide(floor.change, { orderIds: 'all', action: 'approve', by: 'H', reason: 'r' }, at),
  ).toThrow('nothing in change C waits');
});

test('an order in which the old part is used meanwhile shows it, and the ground counts on', () => {
  const floor = new ShopFloor().order('1000002', 10).report('1000002', '0010', {}).open();
  const { ground } = floor.change;
  const seen = reassess(
    floor.change,
    floor.commands,
    floor.report('1000002', '0010', { consumed: [['SEAL-EPDM', '2']] }).question,
  );
  expect(seen.moved).toEqual([
    'Order 1000002: A component that changes has already been consumed. What it hits is held until the supervisor decides.',
  ]);
  expect(seen.change.ground).toBe(ground + 1);
  expect(reassess(seen.change, seen.commands, floor.question).moved).toEqual([]);
});

test('an order that comes in while the change is open joins it', () => {
  const floor = new ShopFloor().order('1000003', 6).open().run().order('1000009', 2).look();
  expect(floor.standing('1000009')).toBe('by-policy');
  expect(floor.ready).toEqual(['order-change/1000009/1']);
});

test('an order once asked about is decided by a person even when its new state would not need it', () => {
  const floor = new ShopFloor().order('1000003', 6).open().acknowledge('order-change/1000003/1');
  floor
    .send('job-update/1000003-0010/1')
    .answer('job-update/1000003-0010/1', { kind: 'refused', problem: 'busy' });
  expect(floor.look().standing('1000003')).toBe('waiting');
  const { ground } = floor.change;
  expect(floor.look().change.ground).toBe(ground);
});

test('an order that runs on when the revision comes into effect is asked about then', () => {
  const floor = new ShopFloor().order('1000002', 10).report('1000002', '0010', {});
  floor.effectivity = { from: '2026-03-02T12:00:00' };
  expect(floor.open().standing('1000002')).toBe('untouched');
  floor.now = '2026-03-02T11:00:00Z';
  expect(floor.look().standing('1000002')).toBe('waiting');
  expect(floor.ready).toContain('order-hold/1000002/2');
});

test('a command that is not owed any more does not come back when its failure is told again', () => {
  const floor = new ShopFloor().order('1000003', 6).open();
  const failed = { kind: 'failed', problem: 'no' } as const;
  floor.send('order-change/1000003/1').answer('order-change/1000003/1', failed);
  floor.report('1000003', '0010', { consumed: [['SEAL-EPDM', '2']] }).look();
  expect(floor.standing('1000003')).toBe('waiting');
  floor.answer('order-change/1000003/1', failed);
  expect(floor.command('order-change/1000003/1')?.state).toBe('dropped');
});

test('an MES that refuses to take an order back leaves it owed: the set says so', () => {
  const floor = new ShopFloor().order('1000003', 6).open();
  floor.send('order-change/1000003/1');
  floor.answer('order-change/1000003/1', { kind: 'refused', problem: 'begun' });
  // The MES had taken it after all.
  floor.answer('order-change/1000003/1', { kind: 'acknowledged' });
  const decision = { orderIds: 'all', action: 'reject', by: 'Huber', reason: 'too late' } as const;
  floor.change = decide(floor.change, decision, at);
  floor.plan().send('order-change/1000003/2');
  floor.answer('order-change/1000003/2', { kind: 'refused', problem: 'begun' });
  expect(floor.command('order-change/1000003/2')?.state).toBe('failed');
  expect(floor.change.state).toBe('partly in force');
});

test('an order on its way back keeps what has been used of the new part meanwhile', () => {
  const floor = new ShopFloor().order('1000003', 6).open().send('order-change/1000003/1');
  floor.answer('order-change/1000003/1', { kind: 'refused', problem: 'begun' });
  floor.answer('order-change/1000003/1', { kind: 'acknowledged' });
  const decision = { orderIds: 'all', action: 'reject', by: 'Huber', reason: 'too late' } as const;
  floor.change = decide(floor.change, decision, at);
  floor.plan();
  for (const used of ['2', '4']) {
    floor.report('1000003', '0010', { consumed: [['SEAL-FKM', '2']] }).look();
    const { item } = floor.command('order-change/1000003/2')!.message;
    expect(JSON.stringify(item)).toContain(
      `"materialDefinitionId":["SEAL-FKM"],"materialUse":"Consumed","quantity":[{"quantityString":"${used}"`,
    );
  }
});

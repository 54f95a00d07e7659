import { asBuilt } from './as-built';
import { asBuiltPage } from './as-built-page';
import { decide } from './decide';
import type { Order } from './shapes';
import { ShopFloor } from './shop-floor.example';

test('an order that changed in mid-run shows both revisions, what each used, and who decided', () => {
  const floor = new ShopFloor()
    .order('1000002', 10)
    .report('1000002', '0010', { consumed: [['SEAL-EPDM', '10']] });
  floor.open();
  floor.change = decide(
    floor.change,
    { orderIds: 'all', action: 'approve', by: 'Huber', reason: 'new seals are here' },
    '2026-03-02T08:00:00Z',
  );
  floor.plan().run();
  floor.orders.set('1000002', floor.command('order-change/1000002/1')?.message.item as unknown as Order);
  floor.report('1000002', '0010', {
    state: 'Completed',
    consumed: [
      ['SEAL-FKM', '9'],
      ['BODY-50', '10'],
      ['GREASE', '1'],
    ],
  });
  const built = asBuilt(floor.orders.get('1000002')!, floor.grounds[0]!.execution, [floor.change]);
  expect(built).toMatchObject({
    planned: 'A',
    decisions: [{ by: 'Huber', action: 'approve', reference: 'ECN-2001' }],
  });
  expect(built.operations.map(({ id, revisions, state }) => [id, revisions, state])).toEqual([
    ['0010', ['A', 'B'], 'Completed'],
    ['0020', ['B'], 'not reported'],
  ]);
  expect(built.operations[0]?.components).toEqual([
    { material: 'BODY-50', unit: 'PCE', planned: '10', used: '10' },
    { material: 'SEAL-EPDM', unit: 'PCE', planned: '10', used: '10' },
    { material: 'SEAL-FKM', unit: 'PCE', planned: '10', used: '9', deviation: '1 less than asked for' },
    { material: 'GREASE', unit: 'PCE', planned: '0', used: '1', deviation: 'not asked for' },
  ]);
});

test('as built reads as a page', () => {
  const floor = new ShopFloor().order('1000001', 4).finish('1000001').open();
  const built = asBuilt(floor.orders.get('1000001')!, floor.grounds[0]!.execution, [floor.change]);
  expect(asBuiltPage(built)).toContain(
    'Operation 0010: Completed, made to A\n  BODY-50: 0 of 4 PCE  (4 less than asked for)',
  );
});

test('an order that was done before the change was built to the old revision', () => {
  const floor = new ShopFloor().order('1000001', 4).finish('1000001').open();
  const built = asBuilt(floor.orders.get('1000001')!, floor.grounds[0]!.execution, [floor.change]);
  expect(built.operations.map((operation) => operation.revisions)).toEqual([['A'], ['A']]);
});

import { decide } from './decide';
import { changePage } from './page';
import type { Order } from './shapes';
import { requestOf, revisionOf } from './shapes';
import { ShopFloor } from './shop-floor.example';
import { undo } from './undo';

const at = '2026-03-02T09:00:00Z';
const by = { by: 'Huber', reason: 'FKM batch is blocked' };

const takenBack = (floor: ShopFloor) => {
  Object.assign(floor, undo(floor.change, floor.commands, floor.grounds, by, at));
  return floor;
};

test('what was carried out is taken back in reverse order, with what stood there before', () => {
  const floor = takenBack(new ShopFloor().order('1000003', 6).open().run());
  const order: string[] = [];
  for (let next = floor.ready[0]; next !== undefined; next = floor.ready[0]) {
    order.push(next);
    floor.acknowledge(next);
  }
  expect(order).toEqual([
    'parameter-write/PRESS-01/1/undo',
    'replan/1000003/1/undo',
    'job-update/1000003-0010/1/undo',
    'component-list/1000003/1/undo',
    'order-change/1000003/1/undo',
  ]);
  expect(floor.command('parameter-write/PRESS-01/1/undo')?.message.item).toMatchObject({
    equipmentProperty: [{ id: 'PressForce', value: [{ valueString: '12.5' }] }],
  });
  const before = floor.command('order-change/1000003/1/undo')?.message.item as unknown as Order;
  expect(revisionOf(before)).toBe('A');
  expect(requestOf(before).requestState).toBe('Released');
  expect(floor.change.state).toBe('undone');
});

test('the value that the machine itself held before it was written goes first', () => {
  const floor = new ShopFloor().order('1000003', 6).open();
  for (const name of ['order-change/1000003/1', 'job-update/1000003-0010/1']) floor.acknowledge(name);
  const receipt = { PressForce: { before: 12.7, after: 14 } };
  floor
    .send('parameter-write/PRESS-01/1')
    .answer('parameter-write/PRESS-01/1', { kind: 'acknowledged', receipt });
  expect(takenBack(floor).command('parameter-write/PRESS-01/1/undo')?.message.item).toEqual({
    id: 'PRESS-01',
    equipmentProperty: [
      { id: 'PressForce', value: [{ valueString: '12.7', dataType: 'decimal', unitOfMeasure: 'kN' }] },
    ],
  });
});

test('what was not sent yet is never sent', () => {
  const floor = takenBack(new ShopFloor().order('1000003', 6).open());
  expect(floor.ready).toEqual([]);
  expect(floor.change.state).toBe('undone');
  expect(floor.plan().ready).toEqual([]);
});

test('a held order is let go', () => {
  const held = new ShopFloor()
    .order('1000002', 10)
    .report('1000002', '0010', { consumed: [['SEAL-EPDM', '2']] });
  const floor = takenBack(held.open().run()).run();
  expect(floor.inState('acknowledged')).toEqual([
    'order-hold/1000002/1',
    'job-hold/1000002-0010/1',
    'job-hold/1000002-0010/1/undo',
    'order-hold/1000002/1/undo',
  ]);
  expect(floor.change.state).toBe('undone');
});

test('an order in which the new part is used stays as it is, and the page lists it', () => {
  const floor = new ShopFloor().order('1000003', 6).open().run();
  takenBack(floor.report('1000003', '0010', { consumed: [['SEAL-FKM', '2']] })).run();
  expect(floor.change.state).toBe('partly in force');
  expect(floor.change.undo?.cannot).toEqual(
    expect.arrayContaining([
      {
        commandId: 'C/order-change/1000003/1',
        reason: 'already consumed: SEAL-FKM; a change back is needed instead',
      },
      { commandId: 'C/job-update/1000003-0010/1', reason: 'the job has begun in its new form' },
    ]),
  );
  expect(changePage(floor.change, floor.commands)).toContain(
    'cannot be taken back: C/order-change/1000003/1',
  );
});

test('a command whose answer is missing is taken back when it is there', () => {
  const floor = takenBack(new ShopFloor().order('1000003', 6).open().send('order-change/1000003/1'));
  expect(floor.change.undo?.cannot).toMatchObject([{ reason: 'its answer is still missing' }]);
  floor.answer('order-change/1000003/1', { kind: 'acknowledged' });
  takenBack(floor).run();
  expect(floor.change.state).toBe('undone');
});

test('a change that is taken back takes no decision', () => {
  const floor = takenBack(new ShopFloor().order('1000003', 6).open());
  expect(() => decide(floor.change, { orderIds: 'all', action: 'approve', ...by }, at)).toThrow('taken back');
});

test('nobody is asked any more about a change that is taken back, and what was held goes on', () => {
  const floor = new ShopFloor()
    .order('1000002', 10)
    .report('1000002', '0010', { state: 'Running', good: '5', consumed: [['SEAL-EPDM', '10']] })
    .open()
    .run();
  expect(floor.change.orders[0]!.standing).toBe('waiting');
  takenBack(floor).run();
  expect(floor.change.state).toBe('undone');
  expect(floor.change.orders[0]).toMatchObject({
    standing: 'untouched',
    notes: [{ text: 'The change was taken back before this was decided.' }],
  });
  expect(changePage(floor.change, floor.commands)).not.toContain('your decision');
  expect(floor.inState('acknowledged')).toContain('order-hold/1000002/1/undo');
});

import { acceptedOrder } from './accepted';
import { decide } from './decide';
import { diffDefinitions } from './diff';
import { line, parameter, revisionA, revisionB } from './pv-100.example';
import type { OperationsDefinition, Order } from './shapes';
import { requestOf, revisionOf } from './shapes';
import { ShopFloor } from './shop-floor.example';
import { holdsTaken, supersede } from './supersede';

const at = '2026-03-02T08:00:00Z';
const by = { by: 'Huber', reason: 'as agreed' };

/** Revision C on top of B: another grease. */
const revisionC: OperationsDefinition = structuredClone(revisionB);
revisionC.version = 'C';
revisionC.operationsSegment![1]!.materialSpecification![1] = line('0040', 'LUBE-02', '0.02', 'KG');

/** The same shop floor with the change from B to C, as it finds the orders. */
const second = (floor: ShopFloor): ShopFloor =>
  floor
    .another('C2', diffDefinitions(revisionB, revisionC), { A: diffDefinitions(revisionA, revisionC) })
    .open();

const running = () =>
  new ShopFloor()
    .order('1000002', 10)
    .order('1000003', 6)
    .report('1000002', '0010', { consumed: [['SEAL-EPDM', '10']] });

test('a second revision during the decision on the first takes over what is still open', () => {
  const floor = running().open().acknowledge('order-change/1000003/1');
  floor.orders.set('1000003', floor.command('order-change/1000003/1')?.message.item as unknown as Order);
  const newer = second(floor);
  const { change, commands } = supersede(floor.change, floor.commands, newer.change, at);
  expect(change.orders.map((order) => order.standing)).toEqual(['untouched', 'by-policy']);
  expect(change.orders[0]?.supersededBy).toBe('C2');
  expect(change.orders[0]?.notes.at(-1)?.text).toBe('It is superseded by ECN-2001 (change C2).');
  expect(commands.filter((one) => one.orderId === '1000002').map((one) => one.state)).toEqual([
    'dropped',
    'dropped',
  ]);
});

test('an order takes the whole difference from the revision it is made to', () => {
  const newer = second(running().open());
  newer.change = decide(newer.change, { orderIds: ['1000002'], action: 'approve', ...by }, at);
  newer.plan();
  const order = newer.command('order-change/1000002/1')?.message.item as unknown as Order;
  expect(revisionOf(order)).toBe('C');
  expect(
    requestOf(order).segmentRequirement.flatMap((segment) =>
      segment.materialRequirement!.map(
        (one) => `${one.materialDefinitionId} ${one.quantity?.[0]?.quantityString}`,
      ),
    ),
  ).toEqual(['BODY-50 10', 'SEAL-EPDM 10', 'SEAL-FKM 10', 'SCREW-M8 60', 'LUBE-02 0.2', 'PV-100 10']);
  expect(newer.run().command('parameter-write/PRESS-01/1')?.message.item).toMatchObject({
    equipmentProperty: [{ id: 'PressForce', value: [{ valueString: '14.0' }] }],
  });
});

test('the order of the hub follows what the MES accepted: held, changed, released, and back in its old form', () => {
  const floor = running().open();
  const accept = (name: string) => {
    floor.acknowledge(name);
    const ground = floor.grounds.find((one) => one.order.id === '1000002')!;
    const order = acceptedOrder(floor.change, floor.commands, floor.command(name)!, ground);
    if (order) floor.orders.set('1000002', order);
    const [press] = requestOf(floor.orders.get('1000002')!).segmentRequirement;
    return [press?.segmentState, revisionOf(floor.orders.get('1000002')!)];
  };
  expect(accept('order-hold/1000002/1')).toEqual(['Held', 'A']);
  expect(accept('job-hold/1000002-0010/1')).toEqual(['Held', 'A']);
  floor.change = decide(floor.change, { orderIds: 'all', action: 'approve', ...by }, at);
  floor.plan();
  expect(accept('order-change/1000002/1')).toEqual(['Held', 'B']);
  // The MES has the new form when it says that the component list comes too late; the supervisor gives it up.
  floor.change = {
    ...floor.change,
    orders: floor.change.orders.map((one) => ({ ...one, standing: 'waiting', round: 2 })),
  };
  floor.change = decide(floor.change, { orderIds: ['1000002'], action: 'reject', ...by }, at);
  floor.plan();
  expect(accept('order-change/1000002/2')).toEqual(['Held', 'A']);
});

test('a hold that a later change has no need of is let go by it, not forgotten', () => {
  const floor = running().open().run();
  expect(floor.command('order-hold/1000002/1')!.state).toBe('acknowledged');
  const older = floor.change;
  // The later revision changes but a value, about which work goes on while it is decided.
  const later: OperationsDefinition = structuredClone(revisionA);
  later.version = 'C';
  later.operationsSegment![0]!.parameterSpecification = [parameter('PressForce', '13', 'kN')];
  const newer = new ShopFloor().order('1000002', 10);
  newer.report('1000002', '0010', { state: 'Running', good: '5' });
  newer.diff = diffDefinitions(revisionA, later);
  newer.id = 'D';
  newer.open();
  const left = supersede(older, floor.commands, newer.change, at);
  expect(left.change.orders.find(({ id }) => id === '1000002')!.standing).toBe('untouched');
  newer.commands = holdsTaken(left.change, left.commands, newer.change);
  expect(newer.commands.map(({ id, state }) => `${id} ${state}`)).toEqual([
    'D/order-hold/1000002/1 acknowledged',
    'D/job-hold/1000002-0010/1 acknowledged',
  ]);
  newer.change = decide(newer.change, { orderIds: 'all', action: 'reject', ...by }, at);
  newer.plan().run();
  expect(newer.inState('acknowledged')).toEqual(
    expect.arrayContaining(['order-release/1000002/1', 'job-resume/1000002-0010/1']),
  );
});

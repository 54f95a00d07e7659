import { decide } from './decide';
import { diffDefinitions, diffOrders } from './diff';
import { line, operation, orderFromErp, revisionA, revisionB } from './pv-100.example';
import { retry } from './settle';
import type { Order } from './shapes';
import { requestOf } from './shapes';
import { ShopFloor } from './shop-floor.example';

const at = '2026-03-02T08:00:00Z';
const by = { by: 'Huber', reason: 'as agreed' };

const running = () =>
  new ShopFloor().order('1000002', 10).report('1000002', '0010', { consumed: [['SEAL-EPDM', '2']] });
const decided = (floor: ShopFloor, action: 'approve' | 'reject' | 'defer', more = {}) => {
  floor.change = decide(floor.change, { orderIds: 'all', action, ...by, ...more }, at);
  return floor.plan();
};

test('an order that has not begun brings its values along, and the machine is written once for all of them', () => {
  const floor = new ShopFloor().order('1000003', 6).order('1000005', 2).open().run();
  expect(floor.commands.filter((one) => one.kind === 'parameter-write')).toHaveLength(1);
  expect(floor.command('parameter-write/PRESS-01/1')?.dependsOn).toEqual([
    'C/order-change/1000003/1',
    'C/job-update/1000003-0010/1',
    'C/order-change/1000005/1',
    'C/job-update/1000005-0010/1',
  ]);
  expect(floor.change.state).toBe('in force');
});

test('kinds of command that the project carries nowhere are left out, and nothing waits for them', () => {
  const floor = running();
  floor.capabilities = { kinds: ['order-hold', 'order-change', 'order-release'], machines: [] };
  decided(floor.open(), 'approve').run();
  expect(floor.inState('acknowledged')).toEqual([
    'order-hold/1000002/1',
    'order-change/1000002/1',
    'order-release/1000002/1',
  ]);
  expect(floor.change.state).toBe('in force');
});

test('a value is not written while another order on the machine waits for its decision', () => {
  const floor = running()
    .order('1000004', 5)
    .report('1000004', '0010', { consumed: [['SEAL-EPDM', '2']] })
    .open();
  floor.change = decide(floor.change, { orderIds: ['1000002'], action: 'approve', ...by }, at);
  floor.plan().run();
  expect(floor.command('parameter-write/PRESS-01/1')).toBeUndefined();
  expect(floor.inState('acknowledged')).not.toContain('job-resume/1000002-0010/1');
  decided(floor, 'approve').run();
  expect(floor.change.state).toBe('in force');
  expect(floor.inState('acknowledged')).toContain('job-resume/1000002-0010/1');
});

test('an order of another product that runs on the machine is not given the new value in mid-run', () => {
  const floor = new ShopFloor().order('1000003', 6).order('7', 1).report('7', '0010', {});
  const other = floor.orders.get('7')!;
  requestOf(other).operationsDefinitionId = 'PV-200';
  floor.open().run();
  expect(floor.command('parameter-write/PRESS-01/1')).toMatchObject({
    state: 'planned',
    after: [{ orderId: '7', segmentId: '0010' }],
  });
  expect(floor.report('7', '0010', { state: 'Completed' }).ready).toEqual(['parameter-write/PRESS-01/1']);
});

describe('a decision that is put off', () => {
  test('to a moment leaves the order held', () => {
    const floor = decided(running().open().run(), 'defer', { until: { time: '2026-03-02T10:00:00Z' } });
    expect(floor.ready).toEqual([]);
  });

  test('to the end of an operation lets work go on to reach it', () => {
    const floor = decided(running().open().run(), 'defer', { until: { operation: '0010' } });
    expect(floor.ready).toEqual(['order-release/1000002/1']);
    expect(floor.run().inState('acknowledged')).toContain('job-resume/1000002-0010/1');
  });
});

describe('a machine that has begun the job', () => {
  const refused = () => {
    const floor = new ShopFloor().order('1000003', 6).open().acknowledge('order-change/1000003/1');
    return floor
      .send('job-update/1000003-0010/1')
      .answer('job-update/1000003-0010/1', { kind: 'refused', problem: 'job state is 3' });
  };

  test('makes the change ask again for that order, and says why', () => {
    const floor = refused();
    expect(floor.change.orders[0]).toMatchObject({ standing: 'waiting', round: 2 });
    expect(floor.change.orders[0]?.notes[0]?.text).toContain('job state is 3');
    expect(floor.change.state).toBe('going out');
  });

  test('gets nothing more of the first round', () => {
    const floor = refused();
    expect(floor.ready).toEqual([]);
    expect(floor.inState('dropped')).toEqual([
      'component-list/1000003/1',
      'replan/1000003/1',
      'parameter-write/PRESS-01/1',
    ]);
  });

  test('is held when its progress is known, and the second decision carries out the same change', () => {
    const floor = refused()
      .report('1000003', '0010', { consumed: [['SEAL-EPDM', '2']] })
      .look();
    expect(floor.change.orders[0]?.impact.action).toBe('hold+ask');
    decided(floor.run(), 'approve').run();
    expect(floor.change.state).toBe('in force');
    const order = floor.command('order-change/1000003/2')?.message.item as unknown as Order;
    const seals = requestOf(order).segmentRequirement[0]!.materialRequirement!.slice(1);
    expect(seals.map((one) => one.quantity?.[0]?.quantityString)).toEqual(['2', '10']);
    expect(floor.inState('acknowledged')).toEqual(
      expect.arrayContaining([
        'component-list/1000003/2',
        'parameter-write/PRESS-01/1+1',
        'job-resume/1000003-0010/2',
      ]),
    );
  });
});

describe('a command that fails', () => {
  const failed = () => {
    const floor = decided(running().open().run(), 'approve').acknowledge('order-change/1000002/1');
    return floor
      .send('parameter-write/PRESS-01/1')
      .answer('parameter-write/PRESS-01/1', { kind: 'failed', problem: 'reads back 12.5' })
      .run();
  };

  test('drops what depends on it and nothing else: the order stays held', () => {
    const floor = failed();
    expect(floor.inState('dropped')).toEqual(['order-release/1000002/1', 'job-resume/1000002-0010/1']);
    expect(floor.inState('acknowledged')).toContain('component-list/1000002/1');
    expect(floor.change.state).toBe('partly in force');
  });

  test('and is then acknowledged after all lets the rest follow', () => {
    const floor = failed().answer('parameter-write/PRESS-01/1', {
      kind: 'acknowledged',
      receipt: { value: '14.0' },
    });
    expect(floor.command('parameter-write/PRESS-01/1')).toMatchObject({
      state: 'acknowledged',
      receipt: { value: '14.0' },
    });
    expect(floor.ready).toEqual(['order-release/1000002/1']);
    expect(floor.run().change.state).toBe('in force');
  });

  test('can be tried a second time', () => {
    const floor = failed();
    const again = retry(floor.change, floor.commands, 'C/parameter-write/PRESS-01/1', at);
    Object.assign(floor, again);
    expect(floor.ready).toEqual(['parameter-write/PRESS-01/1']);
    expect(floor.run().change.state).toBe('in force');
  });

  test('at the very first leaves a change that failed', () => {
    const floor = new ShopFloor().order('1000003', 6).open();
    floor
      .send('order-change/1000003/1')
      .answer('order-change/1000003/1', { kind: 'failed', problem: 'unknown order' });
    expect(floor.change.state).toBe('failed');
  });
});

test('an acknowledgement stands: neither a second one nor a late failure changes it', () => {
  const floor = new ShopFloor().order('1000003', 6).open().acknowledge('order-change/1000003/1');
  const before = floor.commands;
  floor.answer('order-change/1000003/1', { kind: 'failed', problem: 'time-out' });
  floor.answer('order-change/1000003/1', { kind: 'acknowledged' });
  expect(floor.commands).toEqual(before);
});

test('an extended order gets its rework, its other supply and its further instruction', () => {
  const floor = running().open();
  floor.change = decide(
    floor.change,
    {
      orderIds: 'all',
      action: 'extend',
      ...by,
      scope: 'all',
      additions: {
        operations: [{ segment: { id: '0015', description: ['Take the old seals out'] }, follows: '0010' }],
        instructions: [{ segmentId: '0010', text: 'Mark pieces with the new seal' }],
        supply: [{ segmentId: '0020', lineId: '0040', material: 'LUBE-02' }],
        resources: [{ segmentId: '0020', equipmentId: 'ASSY-02' }],
      },
    },
    at,
  );
  floor.plan();
  const order = requestOf(floor.command('order-change/1000002/1')?.message.item as unknown as Order);
  expect(order.segmentRequirement.map((segment) => segment.id)).toEqual(['0010', '0015', '0020']);
  expect(order.segmentRequirement[0]?.description).toEqual(['Press seals', 'Mark pieces with the new seal']);
  expect(order.segmentRequirement[2]).toMatchObject({
    equipmentRequirement: [{ equipmentId: ['ASSY-02'] }],
    materialRequirement: [{}, { materialDefinitionId: ['LUBE-02'] }, {}],
  });
});

test('where two operations on a machine disagree about a value, each job brings its own and the machine is not written', () => {
  const two = structuredClone(revisionB);
  const press = (force: string) =>
    operation(
      '0020',
      'Press again',
      'PRESS-01',
      [line('0030', 'SCREW-M8', '8')],
      [{ id: 'PressForce', value: [{ valueString: force, unitOfMeasure: 'kN' }] }],
    );
  const before = { ...revisionA, operationsSegment: [revisionA.operationsSegment![0]!, press('10')] };
  two.operationsSegment![1] = press('11');
  const floor = new ShopFloor().order('1000003', 6);
  const order = floor.orders.get('1000003')!;
  requestOf(order).segmentRequirement[1]!.equipmentRequirement = [
    { id: 'PRESS-01', equipmentId: ['PRESS-01'] },
  ];
  floor.diff = diffDefinitions(before, two);
  floor.open();
  expect(floor.commands.map((one) => one.kind)).not.toContain('parameter-write');
  expect(floor.commands.filter((one) => one.kind === 'job-update')).toHaveLength(2);
});

describe('a changed customer order', () => {
  const wanted = (floor: ShopFloor, quantity: number) => {
    floor.diff = diffOrders(floor.orders.get('1000003')!, orderFromErp('1000003', quantity));
    return floor;
  };

  test('that has not begun goes to MES, ERP, machine and planning at once', () => {
    const floor = wanted(new ShopFloor().order('1000003', 6), 8).open().run();
    expect(floor.inState('acknowledged')).toEqual([
      'order-change/1000003/1',
      'component-list/1000003/1',
      'job-update/1000003-0010/1',
      'replan/1000003/1',
    ]);
    const order = floor.command('job-update/1000003-0010/1')?.message.item as unknown as Order;
    const [job] = requestOf(order).segmentRequirement;
    expect(job?.segmentParameter?.map((one) => one.id)).toEqual(['PressForce', 'HoldTime']);
    expect(job?.materialRequirement?.map((one) => `${one.id} ${one.quantity?.[0]?.quantityString}`)).toEqual([
      '0010 8',
      '0020 16',
      'PV-100 8',
    ]);
    expect(floor.change.state).toBe('in force');
  });

  test('that runs is held and asked about, and goes on with its new quantity', () => {
    const floor = wanted(new ShopFloor().order('1000003', 6).report('1000003', '0010', {}), 8).open();
    expect(floor.ready).toEqual(['order-hold/1000003/1', 'job-hold/1000003-0010/1']);
    decided(floor.run(), 'approve').run();
    expect(floor.change.state).toBe('in force');
    expect(floor.inState('acknowledged')).toContain('job-resume/1000003-0010/1');
  });
});

import { totalDemand } from './demand';
import { diffDefinitions, diffOrders } from './diff';
import type { Diff } from './diff-items';
import type { Effectivity } from './effectivity';
import type { OrderOnGround } from './impact';
import { assessImpact } from './impact';
import { line, operation, orderFromErp, revisionA, revisionB, zone } from './pv-100.example';
import type { OperationsDefinition } from './shapes';
import { requestOf } from './shapes';
import { defaultRules as rules, ShopFloor } from './shop-floor.example';

const now = '2026-03-02T07:00:00Z';
const toB = diffDefinitions(revisionA, revisionB);

const assess = (floor: ShopFloor, diff: Diff = toB, more: { effectivity?: Effectivity; now?: string } = {}) =>
  assessImpact({ diff, orders: floor.grounds, rules, now, zone, ...more });

const changed = (edit: (definition: OperationsDefinition) => void) => {
  const after = structuredClone(revisionA);
  edit(after);
  after.version = 'C';
  return diffDefinitions(revisionA, after);
};

const floor = () => new ShopFloor().order('1', 10);

describe('the state of an order is that of its furthest hit operation', () => {
  const onlyForce = changed((d) => {
    d.operationsSegment![0]!.parameterSpecification![0]!.value![0]!.valueString = '13';
  });
  const onlyScrews = changed((d) => {
    d.operationsSegment![1]!.materialSpecification![0] = line('0030', 'SCREW-M8', '6');
  });

  test.each<[string, ShopFloor, Diff, string, string]>([
    ['nothing reported', floor(), toB, 'not-started', 'apply'],
    [
      'the press is at work, no new part used yet',
      floor().report('1', '0010', {}),
      toB,
      'started',
      'hold+ask',
    ],
    [
      'only what stays has been consumed',
      floor().report('1', '0010', { consumed: [['BODY-50', '2']] }),
      toB,
      'started',
      'hold+ask',
    ],
    [
      'what is replaced has been consumed',
      floor().report('1', '0010', { consumed: [['SEAL-EPDM', '2']] }),
      toB,
      'component-consumed',
      'hold+ask',
    ],
    [
      'all of it has been given back',
      floor()
        .report('1', '0010', { consumed: [['SEAL-EPDM', '2']] })
        .report('1', '0010', { consumed: [['SEAL-EPDM', '-2']] }),
      toB,
      'started',
      'hold+ask',
    ],
    [
      'the pressing is done',
      floor().report('1', '0010', { state: 'Completed' }),
      toB,
      'operation-done',
      'ask',
    ],
    ['all is done', floor().finish('1'), toB, 'order-done', 'none'],
    ['a value changes in mid-run', floor().report('1', '0010', {}), onlyForce, 'started', 'ask'],
    [
      'only a later operation is hit',
      floor().report('1', '0010', { consumed: [['SEAL-EPDM', '20']] }),
      onlyScrews,
      'not-started',
      'apply',
    ],
  ])('%s', (_title, at, diff, state, action) => {
    expect(assess(at, diff)).toMatchObject([{ state, action }]);
  });
});

test('an operation that is put in before work that has begun comes too late', () => {
  const inspect = changed((d) => d.operationsSegment!.splice(1, 0, operation('0015', 'Inspect', 'CAM', [])));
  expect(assess(floor(), inspect)[0]).toMatchObject({ state: 'not-started', action: 'ask' });
  expect(assess(floor().report('1', '0010', {}), inspect)[0]).toMatchObject({ state: 'not-started' });
  expect(assess(floor().report('1', '0020', {}), inspect)[0]).toMatchObject({ state: 'operation-done' });
});

test('a component that moves counts as consumed where it was consumed', () => {
  const moved = changed((d) => {
    const seal = d.operationsSegment![0]!.materialSpecification!.pop()!;
    d.operationsSegment![1]!.materialSpecification!.push(seal);
  });
  const at = floor().report('1', '0010', { consumed: [['SEAL-EPDM', '2']] });
  expect(assess(at, moved)[0]).toMatchObject({
    state: 'component-consumed',
    action: 'hold+ask',
    operations: [{ id: '0020', state: 'component-consumed' }],
  });
});

test('a customer option changed after the body is built but before assembly hits only the assembly', () => {
  // A car: the mirror and its fixing kit belong to assembly, the body is built already.
  const car = (version: string, mirror: string, kit: string): OperationsDefinition => ({
    ...revisionA,
    version,
    operationsSegment: [
      revisionA.operationsSegment![0]!,
      operation('0020', 'Assemble', 'ASSY-01', [line('0030', mirror, '2'), line('0040', kit, '1')]),
    ],
  });
  const at = floor().report('1', '0010', { state: 'Completed', consumed: [['SEAL-EPDM', '20']] });
  const materials = requestOf(at.orders.get('1')!).segmentRequirement[1]!.materialRequirement!;
  materials.splice(0, 2, line('0030', 'MIRROR-STD', '20'), line('0040', 'FIX-STD', '10'));
  const [impact] = assess(
    at,
    diffDefinitions(car('A', 'MIRROR-STD', 'FIX-STD'), car('B', 'MIRROR-CAM', 'FIX-CAM')),
  );
  expect(impact).toMatchObject({ state: 'not-started', progress: 'running', operations: [{ id: '0020' }] });
  expect(impact?.demand.map((effect) => `${effect.material} ${effect.delta}`)).toEqual([
    'MIRROR-STD -20',
    'FIX-STD -10',
    'MIRROR-CAM 20',
    'FIX-CAM 10',
  ]);
});

describe('an order is left out or left alone', () => {
  test('when it makes another product or is in the new revision already', () => {
    const at = floor();
    const other = orderFromErp('2', 1);
    requestOf(other).operationsDefinitionId = 'PV-200';
    const orders: OrderOnGround[] = [{ order: other }];
    expect(assessImpact({ diff: toB, orders, rules, now, zone })).toEqual([]);
    requestOf(at.orders.get('1')!)._operationsDefinitionId = { schemeVersionId: 'B' };
    expect(assess(at)).toEqual([]);
  });

  test('when its work comes before the revision is in effect', () => {
    const early = { now: '2026-03-02T04:59:59Z', effectivity: { from: '2026-03-02T07:00:01' } };
    expect(assess(floor(), toB, early)[0]).toMatchObject({
      action: 'none',
      reason: 'The change does not hold for this order: its work comes before 2026-03-02T07:00:01.',
      demand: [],
    });
  });

  test('but a running order is asked about once the revision is in effect, whatever its planned start', () => {
    const running = floor().report('1', '0010', {});
    const effectivity = { from: '2026-03-02T07:30:00' };
    expect(assess(running, toB, { effectivity })[0]?.action).toBe('hold+ask');
    expect(assess(running, toB, { effectivity, now: '2026-03-02T06:00:00Z' })[0]?.action).toBe('none');
  });
});

describe('an order that is made to a third revision', () => {
  const at = floor();
  requestOf(at.orders.get('1')!)._operationsDefinitionId = { schemeVersionId: 'A1' };

  test('takes the difference from there', () => {
    const fromA1 = {
      ...toB,
      before: 'A1',
      items: toB.items.filter((item) => item.kind === 'quantity-changed'),
    };
    const question = { diff: toB, diffsFrom: { A1: fromA1 }, orders: at.grounds, rules, now, zone };
    const [impact] = assessImpact(question);
    expect(impact).toMatchObject({ action: 'apply', operations: [{ id: '0020' }] });
    expect(impact?.demand).toMatchObject([{ material: 'SCREW-M8', delta: '-20' }]);
  });

  test('is not changed where no difference from there is known', () => {
    expect(assess(at)[0]).toMatchObject({
      action: 'refuse',
      reason: 'It is made to revision A1: no difference from there is known.',
      demand: [],
    });
  });
});

describe('what policy would apply is asked instead', () => {
  test('when it holds for some of the serial numbers only', () => {
    const orders = [{ ...floor().grounds[0]!, serials: ['S1', 'S2'] }];
    const [impact] = assessImpact({
      diff: toB,
      orders,
      rules,
      now,
      zone,
      effectivity: { serials: [{ from: 'S2' }] },
    });
    expect(impact).toMatchObject({ action: 'ask', serials: ['S2'] });
  });

  test('when the machine is down', () => {
    const unavailable = new Set(['PRESS-01']);
    const [impact] = assessImpact({ diff: toB, orders: floor().grounds, rules, now, zone, unavailable });
    expect(impact?.reason).toContain('Not available at present: PRESS-01.');
  });

  test('when its new component list cannot be worked out', () => {
    const at = floor();
    const last = requestOf(at.orders.get('1')!).segmentRequirement[1]!;
    last.materialRequirement = last.materialRequirement!.filter((one) => one.materialUse === 'Consumed');
    const tag = changed((d) =>
      d.operationsSegment![1]!.materialSpecification!.push(line('0050', 'TAG', '1')),
    );
    expect(assess(at, tag)[0]).toMatchObject({ action: 'ask' });
    expect(assess(at, tag)[0]?.reason).toContain('does not say how much it makes');
  });
});

test('a changed customer order hits that order alone', () => {
  const at = floor().order('2', 4);
  const [impact, ...others] = assess(at, diffOrders(at.orders.get('1')!, orderFromErp('1', 12)));
  expect(others).toEqual([]);
  expect(impact).toMatchObject({
    id: '1',
    severity: 'line-feeding',
    action: 'apply',
    operations: [{ id: '', state: 'not-started' }],
  });
  expect(impact?.demand.find((effect) => effect.material === 'SEAL-EPDM')?.delta).toBe('4');
});

test('the demand of all orders adds up by plant day', () => {
  const late = { material: 'A', unit: 'PCE', delta: '0.1', date: '2026-03-02T22:59:00Z' };
  const next = { ...late, delta: '0.2', date: '2026-03-02T23:00:00Z' };
  const third = { ...next, delta: '0.1', date: '2026-03-03T08:00:00' };
  expect(totalDemand([{ demand: [late, next] }, { demand: [third] }], zone)).toEqual([
    { material: 'A', unit: 'PCE', delta: '0.1', date: '2026-03-02' },
    { material: 'A', unit: 'PCE', delta: '0.3', date: '2026-03-03' },
  ]);
});

test('500 changed components on a thousand open orders are assessed in one go', () => {
  const plan = (version: string, quantity: string): OperationsDefinition => ({
    id: 'PV-100',
    version,
    operationsSegment: [
      operation(
        '0010',
        'Press',
        'PRESS-01',
        Array.from({ length: 500 }, (_, i) => line(String(i), `P-${i}`, quantity)),
      ),
    ],
  });
  const order = floor().orders.get('1')!;
  const orders = Array.from({ length: 1_000 }, (_, i) => ({ order: { ...order, id: String(i) } }));
  const impacts = assessImpact({
    diff: diffDefinitions(plan('A', '1'), plan('B', '2')),
    orders,
    rules,
    now,
    zone,
  });
  expect(impacts).toHaveLength(1_000);
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../model/paths';
import { planCommands } from './carry-out';
import type { Change } from './change';
import { openChange } from './change';
import type { Capabilities, Command } from './commands';
import { commandKinds, markSent, ready } from './commands';
import { decide } from './decide';
import { diffDefinitions } from './diff';
import { executionEffects } from './execution';
import { completeOrder } from './explode';
import { foldExecution } from './fold-execution';
import type { OrderOnGround } from './impact';
import { assessImpact } from './impact';
import { changePage } from './page';
import { orderFromErp, performance, revisionA, revisionB, zone } from './pv-100.example';
import { loadRules } from './rules';
import { settle } from './settle';
import type { Order } from './shapes';
import { requestOf, revisionOf } from './shapes';

// The story of the example plant: revision B of the process valve arrives while its orders are made.

const file = 'hub/change/rules.default.yaml';
const rules = loadRules(readFileSync(join(packageRoot, file), 'utf8'), file);
const capabilities: Capabilities = { kinds: commandKinds, machines: ['PRESS-01'] };
const now = '2026-03-02T07:00:00Z';

const reports = [
  performance('r1', '1000001', '0010', { state: 'Completed', good: '4', consumed: [['SEAL-EPDM', '8']] }),
  performance('r2', '1000001', '0020', { state: 'Completed', good: '4', consumed: [['SCREW-M8', '32']] }),
  performance('r3', '1000002', '0010', { state: 'Running', good: '5', consumed: [['SEAL-EPDM', '10']] }),
].map((report) => executionEffects(report, 'mes'));
const executions = foldExecution({
  segments: reports.flatMap((one) => one.segments),
  consumptions: reports.flatMap((one) => one.consumptions),
});
const orders: OrderOnGround[] = [
  ['1000001', 4],
  ['1000002', 10],
  ['1000003', 6],
].map(([id, quantity]) => ({
  order: completeOrder(orderFromErp(id as string, quantity as number), revisionA),
  execution: executions.get(id as string),
}));

const diff = diffDefinitions(revisionA, revisionB);
const impacts = assessImpact({ diff, orders, rules, now, zone });
const opened = openChange({ id: 'C1', reference: 'ECN-2001', diff, impacts, rules, now });
const atOnce = planCommands(opened, orders, capabilities);

const names = (commands: readonly Command[]) => commands.map((command) => command.id.slice('C1/'.length));
const one = (commands: readonly Command[], name: string) => commands.find((it) => it.id === `C1/${name}`)!;
const components = (order: Order) =>
  requestOf(order).segmentRequirement.flatMap((segment) =>
    (segment.materialRequirement ?? []).map(
      (line) => `${line.id} ${line.materialDefinitionId?.[0]} ${line.quantity?.[0]?.quantityString}`,
    ),
  );

/** Sends and acknowledges whatever is ready until nothing is; gives the waves in which commands went out. */
function carryOut(change: Change, commands: readonly Command[]) {
  const waves: string[][] = [];
  let state = { change, commands: [...commands] };
  for (let wave = ready(state.commands); wave.length > 0; wave = ready(state.commands)) {
    waves.push(names(wave));
    for (const { id } of wave) {
      state.commands = markSent(state.commands, new Set([id]), now);
      state = settle(state.change, state.commands, id, { kind: 'acknowledged' }, now);
    }
  }
  return { ...state, waves };
}

/** The operation that is held, with the reason code that the MES knows and the change that it is held for. */
const held = {
  id: '0010',
  segmentState: 'Held',
  segmentParameter: expect.arrayContaining([
    { id: 'HoldReason', value: [{ valueString: 'MATERIAL-CHANGE', dataType: 'string' }] },
    { id: 'HoldReference', value: [{ valueString: 'ECN-2001', dataType: 'string' }] },
  ]),
};

describe('revision B arrives', () => {
  test('and each of the three orders is judged by where it stands', () => {
    expect(impacts).toMatchObject([
      { id: '1000001', severity: 'line-feeding', state: 'order-done', action: 'none' },
      { id: '1000002', severity: 'line-feeding', state: 'component-consumed', action: 'hold+ask' },
      { id: '1000003', severity: 'line-feeding', state: 'not-started', action: 'apply' },
    ]);
    expect(impacts[1]?.operations).toMatchObject([
      { id: '0010', state: 'component-consumed', action: 'hold+ask', equipment: ['PRESS-01'] },
      { id: '0020', state: 'not-started', action: 'apply', equipment: ['ASSY-01'] },
    ]);
    expect(impacts[1]?.reason).toBe(
      'A component that changes has already been consumed. What it hits is held until the supervisor decides.',
    );
  });

  test('and the need for components follows the remaining quantity', () => {
    const date = '2026-03-02T07:00:00';
    expect(impacts.map((impact) => impact.demand)).toEqual([
      [],
      [
        { material: 'SEAL-EPDM', unit: 'PCE', delta: '-10', date },
        { material: 'SCREW-M8', unit: 'PCE', delta: '-20', date },
        { material: 'SEAL-FKM', unit: 'PCE', delta: '10', date },
      ],
      [
        { material: 'SEAL-EPDM', unit: 'PCE', delta: '-12', date },
        { material: 'SCREW-M8', unit: 'PCE', delta: '-12', date },
        { material: 'SEAL-FKM', unit: 'PCE', delta: '12', date },
      ],
    ]);
  });

  test('and what the change hits of the running order is held at once, the one not started changed at once, the done one left alone', () => {
    expect(names(atOnce)).toEqual([
      'order-hold/1000002/1',
      'job-hold/1000002-0010/1',
      'order-change/1000003/1',
      'component-list/1000003/1',
      'job-update/1000003-0010/1',
      'replan/1000003/1',
    ]);
    expect(atOnce.some((command) => command.orderId === '1000001')).toBe(false);
    expect(one(atOnce, 'order-hold/1000002/1').message).toMatchObject({
      verb: 'Change',
      noun: 'OperationsSchedule',
      item: {
        id: '1000002',
        operationsRequest: [{ requestState: 'Released', segmentRequirement: [held, {}] }],
      },
    });
    expect(one(atOnce, 'job-hold/1000002-0010/1').message.item).toMatchObject({
      workRequest: [{ id: '1000002', jobOrder: [{ id: '1000002-0010', command: 'Pause' }] }],
    });
  });

  test('and the order not started becomes revision B as a whole', () => {
    const order = one(atOnce, 'order-change/1000003/1').message.item as unknown as Order;
    expect(revisionOf(order)).toBe('B');
    expect(components(order)).toEqual([
      '0010 BODY-50 6',
      '0020 SEAL-FKM 12',
      '0030 SCREW-M8 36',
      '0040 LUBE-01 0.090',
      'PV-100 PV-100 6',
    ]);
    const job = one(atOnce, 'job-update/1000003-0010/1').message.item as unknown as Order;
    expect(requestOf(job).segmentRequirement).toMatchObject([
      { id: '0010', segmentParameter: [{ id: 'PressForce', value: [{ valueString: '14.0' }] }, {}] },
    ]);
  });
});

describe('the supervisor approves revision B for the remaining quantity of 1000002', () => {
  const first = carryOut(opened, atOnce);
  const approved = decide(
    first.change,
    { orderIds: ['1000002'], action: 'approve', by: 'Meister Huber', reason: 'FKM seals are at the line' },
    now,
  );
  const afterwards = planCommands(approved, orders, capabilities, first.commands);
  const set = [...first.commands, ...afterwards];
  const end = carryOut(approved, set);

  test('before that, the set is under way and the press keeps its value', () => {
    expect(first.change.state).toBe('going out');
    expect(names(first.commands).join()).not.toContain('parameter-write');
  });

  test('what is used stays on the old seal and the rest goes to the new one', () => {
    const order = one(set, 'order-change/1000002/1').message.item as unknown as Order;
    expect(components(order)).toEqual([
      '0010 BODY-50 10',
      '0020 SEAL-EPDM 10',
      '0020 SEAL-FKM 10',
      '0030 SCREW-M8 60',
      '0040 LUBE-01 0.150',
      'PV-100 PV-100 10',
    ]);
    expect(requestOf(order).segmentRequirement[0]).toMatchObject(held);
  });

  test('the press is written after the MES accepted, and work goes on only after that', () => {
    expect(end.waves).toEqual([
      ['order-change/1000002/1'],
      ['component-list/1000002/1', 'parameter-write/PRESS-01/1'],
      ['replan/1000002/1', 'order-release/1000002/1'],
      ['job-resume/1000002-0010/1'],
    ]);
    expect(one(set, 'parameter-write/PRESS-01/1').message).toEqual({
      verb: 'Change',
      noun: 'Equipment',
      item: {
        id: 'PRESS-01',
        equipmentProperty: [
          { id: 'PressForce', value: [{ valueString: '14.0', dataType: 'decimal', unitOfMeasure: 'kN' }] },
        ],
      },
    });
    const released = one(set, 'order-release/1000002/1').message.item as unknown as Order;
    expect(requestOf(released).requestState).toBe('Released');
    expect(revisionOf(released)).toBe('B');
  });

  test('with everything acknowledged the one set is in force', () => {
    expect(end.change.state).toBe('in force');
    expect(end.commands).toHaveLength(12);
    expect(end.commands.every((command) => command.changeId === 'C1')).toBe(true);
  });

  test('planning once more plans nothing more', () => {
    expect(planCommands(approved, orders, capabilities, end.commands)).toEqual([]);
  });

  test('the page tells it as the supervisor would', () => {
    expect(changePage(end.change, end.commands, zone)).toContain(
      [
        'What changes',
        '  - Operation 0010: parameter PressForce changes from 12.5 kN to 14.0 kN.',
        '  - Operation 0010: SEAL-EPDM (2 PCE) is replaced by SEAL-FKM (2 PCE).',
        '  - Operation 0020: SCREW-M8 changes from 8 PCE to 6 PCE.',
      ].join('\n'),
    );
    expect(changePage(opened, atOnce, zone)).toContain('1000002  WAITS FOR YOUR DECISION');
    expect(changePage(opened, atOnce, zone)).toContain('SEAL-FKM: 22 PCE more on 2026-03-02');
  });
});

test('a rejected order goes on as it was, and the press is written only when it is through', () => {
  const first = carryOut(opened, atOnce);
  const rejected = decide(
    first.change,
    { orderIds: 'all', action: 'reject', by: 'Meister Huber', reason: 'finish with the old seal' },
    now,
  );
  const set = [...first.commands, ...planCommands(rejected, orders, capabilities, first.commands)];
  const end = carryOut(rejected, set);
  expect(end.waves).toEqual([['order-release/1000002/1'], ['job-resume/1000002-0010/1']]);
  const waiting = one(end.commands, 'parameter-write/PRESS-01/1');
  expect(waiting.after).toEqual([{ orderId: '1000002', segmentId: '0010' }]);
  expect(end.change.state).toBe('going out');
  const through = (orderId: string, segmentId: string) => orderId === '1000002' && segmentId === '0010';
  expect(ready(end.commands, through)).toEqual([waiting]);
});

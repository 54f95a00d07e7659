import { executionEffects, progressOf } from './execution';
import { foldExecution } from './fold-execution';
import { orderFromErp, performance } from './pv-100.example';
import type { OperationsPerformance } from './shapes';
import { withRequest } from './shapes';

type Sent = readonly [performance: OperationsPerformance, source: string];

function fold(...messages: Sent[]) {
  const rows = messages.map(([message, source]) => executionEffects(message, source));
  return foldExecution({
    segments: rows.flatMap((one) => one.segments),
    consumptions: rows.flatMap((one) => one.consumptions),
  }).get('1000002');
}

const mes = (id: string, segment: string, reported: Parameters<typeof performance>[3]): Sent => [
  performance(id, '1000002', segment, reported),
  'mes',
];

test('consumption of several reports adds up exactly, by material and unit', () => {
  const execution = fold(
    mes('r1', '0020', { consumed: [['LUBE-01', '0.1', 'KG']] }),
    mes('r2', '0020', { consumed: [['LUBE-01', '0.2', 'KG']] }),
    mes('r3', '0020', { consumed: [['SCREW-M8', '8']] }),
  );
  expect(execution?.segments['0020']?.consumed).toEqual([
    { material: 'LUBE-01', quantity: '0.3', unit: 'KG' },
    { material: 'SCREW-M8', quantity: '8', unit: 'PCE' },
  ]);
});

test('a report that arrives twice counts once', () => {
  const report = mes('r1', '0010', { good: '5', consumed: [['SEAL-EPDM', '10']] });
  expect(fold(report, report)).toEqual(fold(report));
});

test('good pieces of machine and MES on one operation are not added up', () => {
  const execution = fold(
    mes('r1', '0010', { good: '3' }),
    [performance('job-1', '1000002', '0010', { good: '5' }), 'press'],
    mes('r2', '0010', { good: '2' }),
  );
  expect(execution?.segments['0010']?.good).toEqual({ quantity: '5', unit: 'PCE' });
});

test('a machine that reports on under the same id replaces what it said, but never with less', () => {
  const running = mes('job-1', '0010', { state: 'Running', good: '2' });
  const completed = mes('job-1', '0010', { state: 'Completed', good: '10' });
  for (const messages of [
    [running, completed],
    [completed, running],
  ]) {
    expect(fold(...messages)?.segments['0010']).toMatchObject({
      state: 'Completed',
      good: { quantity: '10' },
      startTime: '2026-03-02T06:10:00Z',
      endTime: '2026-03-02T06:40:00Z',
    });
  }
});

test('what comes out is not consumption', () => {
  const [message] = mes('r1', '0020', { consumed: [['PV-100', '1']] });
  message.operationsResponse[0]!.segmentResponse[0]!.materialActual![0]!.materialUse = 'Produced';
  expect(executionEffects(message).consumptions).toEqual([]);
});

describe('an order', () => {
  const order = orderFromErp('1000002', 10);

  test.each([
    ['is not started when nobody reported', [], 'not-started'],
    ['is not started while its job waits', [mes('a', '0010', { state: 'Ready' })], 'not-started'],
    ['runs from its first operation', [mes('a', '0010', { state: 'Completed' })], 'running'],
    [
      'is done with its last',
      [mes('a', '0010', { state: 'Completed' }), mes('b', '0020', { state: 'Completed' })],
      'done',
    ],
  ] as const)('%s', (_title, messages, progress) => {
    expect(progressOf(order, fold(...messages))).toBe(progress);
  });

  test('that the ERP closed is done whatever was reported', () => {
    const closed = withRequest(order, (request) => ({ ...request, requestState: 'Closed' }));
    expect(progressOf(closed, undefined)).toBe('done');
  });
});

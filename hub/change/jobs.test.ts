import { executionEffects } from './execution';
import { foldExecution } from './fold-execution';
import { saidOfOperations } from './jobs';
import { performance, type Reported } from './pv-100.example';

/** Reports of a machine on jobs of operation 0010 of one order, in the order they come. */
const reports = (...said: ReadonlyArray<readonly [job: string, reported: Reported]>) =>
  said.map(([job, reported], i) => performance(`R-${i}`, '1000002', job, reported));
const given = (job: string, state: 'Waiting' | 'Closed' = 'Waiting') => ({
  id: `hub/1000002-${job}`,
  orderId: '1000002',
  segmentId: job,
  source: 'hub',
  state,
});
const rowsOf = (told: ReturnType<typeof reports>) => told.map((one) => executionEffects(one, 'press'));
const operation = (told: ReturnType<typeof reports>, ...jobs: ReturnType<typeof given>[]) => {
  const rows = rowsOf(told);
  const segments = [...rows.flatMap((one) => one.segments), ...jobs];
  return foldExecution({ segments, consumptions: rows.flatMap((one) => one.consumptions) }).get('1000002')!
    .segments['0010']!;
};

// what the machine said, the further job, then how far the operation is
test.each([
  ['the first job runs', [['0010', { state: 'Running', good: '1' }]], given('0010+2'), 'Running', '1'],
  ['the first is done', [['0010', { state: 'Completed', good: '4' }]], given('0010+2'), 'Running', '4'],
  [
    'the second runs',
    [
      ['0010', { state: 'Completed', good: '4' }],
      ['0010+2', { state: 'Held', good: '1' }],
    ],
    given('0010+2'),
    'Held',
    '5',
  ],
  [
    'both are done',
    [
      ['0010', { state: 'Completed', good: '4' }],
      ['0010+2', { state: 'Completed', good: '2' }],
    ],
    given('0010+2'),
    'Completed',
    '6',
  ],
  [
    'the second was withdrawn',
    [['0010', { state: 'Completed', good: '4' }]],
    given('0010+2', 'Closed'),
    'Completed',
    '4',
  ],
] as const)('an operation with two jobs: %s', (_, said, job, state, quantity) => {
  const seen = operation(reports(...said), job);
  expect(seen).toMatchObject({ state, good: { quantity, unit: 'PCE' }, jobs: 2 });
  expect(seen.endTime !== undefined).toBe(state === 'Completed');
});

test('which job runs, and whether one does, is known', () => {
  const first = ['0010', { state: 'Completed', good: '4' }] as const;
  expect(operation(reports(first), given('0010+2'))).toMatchObject({ idle: true });
  expect(operation(reports(first, ['0010+2', { state: 'Running' }]), given('0010+2'))).toMatchObject({
    job: '0010+2',
  });
  expect(operation(reports(['0010', { state: 'Running' }]), given('0010+2'))).not.toHaveProperty('job');
});

test('a job that failed to go out is waited for again once it is sent again', () => {
  const rows = [given('0010+2'), given('0010+2', 'Closed'), given('0010+2')];
  expect(operation(reports(['0010', { state: 'Completed', good: '4' }]), ...rows).state).toBe('Running');
});

describe('to MES and ERP, a machine with two jobs speaks of one operation', () => {
  const told = reports(
    ['0010', { state: 'Completed', good: '4' }],
    ['0010+2', { state: 'Completed', good: '2' }],
  );
  const executions = (upTo: number) =>
    foldExecution({
      segments: [...rowsOf(told.slice(0, upTo)).flatMap((one) => one.segments), given('0010+2')],
      consumptions: [],
    });
  const said = (at: number) =>
    saidOfOperations(told[at]!, executions(at + 1)).operationsResponse[0]!.segmentResponse[0]!;

  test('the end of the first job is not the end of it', () => {
    expect(said(0)).toMatchObject({ segmentRequirementId: ['0010'], segmentState: 'Running' });
    expect(said(0)).not.toHaveProperty('actualEndTime');
  });

  test('the end of the last one is', () => {
    expect(said(1)).toMatchObject({ segmentRequirementId: ['0010'], segmentState: 'Completed' });
    expect(said(1)).toHaveProperty('actualEndTime');
  });

  test('what it says of an operation with one job stays as it is', () => {
    const [one] = reports(['0010', { state: 'Completed', good: '4' }]);
    expect(saidOfOperations(one!, foldExecution({ segments: [], consumptions: [] }))).toEqual(one);
  });
});

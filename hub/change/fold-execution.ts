import type {
  ExecutionRows,
  OrderExecution,
  SegmentExecution,
  SegmentReport,
  SegmentState,
} from './execution';
import { GIVEN, hasBegun, isDone, stateRank } from './execution';
import { isExtraJob, jobNumber, operationOf } from './job-ids';
import type { Exact } from './quantity';
import { decimal, max, text, zero } from './quantity';

/**
 * Execution state of each order from its rows, in the order they arrived. A second row of the same id takes the
 * place of the first unless it says less (a redelivered older state). An operation once done stays done.
 */
export function foldExecution(rows: ExecutionRows): Map<string, OrderExecution> {
  const orders = new Map<string, Map<string, Folding>>();
  const at = (orderId: string, segmentId: string): Folding => {
    const segments = orders.get(orderId) ?? new Map<string, Folding>();
    orders.set(orderId, segments);
    const folding = segments.get(segmentId) ?? { state: 'Waiting', good: new Map(), consumed: new Map() };
    segments.set(segmentId, folding);
    return folding;
  };
  for (const row of latest(rows.segments)) addReport(at(row.orderId, row.segmentId), row);
  for (const row of new Map(rows.consumptions.map((one) => [one.id, one])).values()) {
    const { consumed: sums } = at(row.orderId, row.segmentId);
    const key = `${row.material}\0${row.unit}`;
    sums.set(key, (sums.get(key) ?? zero).plus(decimal(row.quantity)));
  }
  return new Map(
    [...orders].map(([orderId, jobs]) => {
      const segments = [...byOperation(jobs)].map(([id, own]) => [id, foldedJobs(id, own)] as const);
      return [orderId, { orderId, segments: Object.fromEntries(segments) }];
    }),
  );
}

interface Folding {
  state: SegmentState;
  /** Of a job that was given to a machine: what is known before the machine itself speaks of it. */
  given?: SegmentState;
  spoken?: boolean;
  startTime?: string;
  endTime?: string;
  unit?: string;
  /** Good quantity by source. */
  readonly good: Map<string, Exact>;
  readonly consumed: Map<string, Exact>;
}

function latest(reports: readonly SegmentReport[]): Iterable<SegmentReport> {
  const byId = new Map<string, SegmentReport>();
  for (const report of reports) {
    const known = byId.get(report.id);
    const saysLess =
      report.source !== GIVEN &&
      known?.state &&
      (!report.state || stateRank[report.state] < stateRank[known.state]);
    if (known === undefined || !saysLess) byId.set(report.id, report);
  }
  return byId.values();
}

function addReport(folding: Folding, report: SegmentReport): void {
  const { state, startTime, endTime } = report;
  if (report.source === GIVEN) {
    if (state !== undefined) folding.given = state;
    return;
  }
  folding.spoken ||= state !== undefined;
  if (state !== undefined && !(isDone(folding.state) && stateRank[state] <= stateRank[folding.state])) {
    folding.state = state;
  }
  // Times are compared as texts of one source's format; the earliest start and the latest end stand.
  if (startTime && (folding.startTime === undefined || startTime < folding.startTime)) {
    folding.startTime = startTime;
  }
  if (endTime && (folding.endTime === undefined || endTime > folding.endTime)) folding.endTime = endTime;
  if (report.goodQuantity === undefined) return;
  const sum = (folding.good.get(report.source) ?? zero).plus(decimal(report.goodQuantity));
  folding.good.set(report.source, sum);
  folding.unit ??= report.goodUnit;
}

function folded(segmentId: string, folding: Folding): SegmentExecution {
  const { startTime, endTime } = folding;
  const good = [...folding.good.values()];
  return {
    segmentId,
    state: folding.state,
    ...(startTime ? { startTime } : {}),
    ...(endTime ? { endTime } : {}),
    ...(good.length > 0 ? { good: { quantity: text(good.reduce(max)), unit: folding.unit ?? '' } } : {}),
    consumed: [...folding.consumed].map(([key, quantity]) => {
      const [material = '', unit = ''] = key.split('\0');
      return { material, quantity: text(quantity), unit };
    }),
  };
}

type Jobs = ReadonlyArray<readonly [id: string, folding: Folding]>;

function byOperation(jobs: ReadonlyMap<string, Folding>): Map<string, Jobs> {
  const operations = new Map<string, Array<readonly [string, Folding]>>();
  for (const job of jobs) {
    const id = operationOf(job[0]);
    const known = operations.get(id);
    if (known === undefined) operations.set(id, [job]);
    else known.push(job);
  }
  return operations;
}

/** Several jobs are one operation: begun with the first, done with the last, and all that they made and used is its own. */
function foldedJobs(id: string, all: Jobs): SegmentExecution {
  const [first] = all as [Jobs[number]];
  if (all.length === 1 && !isExtraJob(first[0])) return folded(id, first[1]);
  const jobs = all.map(([job, folding]): Jobs[number] => {
    const { spoken, given = folding.state } = folding;
    return [job, spoken ? folding : { ...folding, state: given }];
  });
  const whole: Folding = { state: 'Waiting', good: new Map(), consumed: new Map() };
  const open = jobs.filter(([, { state }]) => !isDone(state));
  const running = open.find(([, { state }]) => hasBegun(state));
  whole.state = open.length === 0 ? first[1].state : (running?.[1].state ?? 'Running');
  if (open.length === jobs.length && running === undefined) whole.state = first[1].state;
  for (const [, { startTime, endTime, unit, good, consumed: used }] of jobs) {
    if (startTime && (whole.startTime === undefined || startTime < whole.startTime))
      whole.startTime = startTime;
    if (open.length === 0 && endTime && (whole.endTime === undefined || endTime > whole.endTime)) {
      whole.endTime = endTime;
    }
    whole.unit ??= unit;
    for (const [source, sum] of good) whole.good.set(source, (whole.good.get(source) ?? zero).plus(sum));
    for (const [key, sum] of used) whole.consumed.set(key, (whole.consumed.get(key) ?? zero).plus(sum));
  }
  return {
    ...folded(id, whole),
    jobs: Math.max(...jobs.map(([job]) => jobNumber(job))),
    ...(running && isExtraJob(running[0]) ? { job: running[0] } : {}),
    ...(open.length > 0 && running === undefined ? { idle: true as const } : {}),
  };
}

import type { Amount, Exact } from './quantity';
import { decimal, max, text, zero } from './quantity';
import type { OperationsPerformance, Order, Parameter, SegmentResponse } from './shapes';
import { requestOf } from './shapes';

/** ISA-95 response states, as far as they tell how far an operation is. */
export type SegmentState =
  | 'Waiting'
  | 'Ready'
  | 'Running'
  | 'Held'
  | 'Paused'
  | 'Suspended'
  | 'Completed'
  | 'Aborted'
  | 'Closed';

/** A row: what one report says of one operation. A later report under the same id takes its place. */
export interface SegmentReport {
  /** Source, performance and segment response: an MES reports increments of one operation under one response id. */
  readonly id: string;
  readonly orderId: string;
  readonly segmentId: string;
  /** The system that reports; good quantities of two systems on one operation are never added up. */
  readonly source: string;
  readonly state?: SegmentState;
  readonly startTime?: string;
  readonly endTime?: string;
  /** Increment since the previous report of this source: decimal text. */
  readonly goodQuantity?: string;
  readonly goodUnit?: string;
}

/** A row: material that one report says was consumed. */
export interface ConsumptionReport {
  readonly id: string;
  readonly orderId: string;
  readonly segmentId: string;
  readonly source: string;
  readonly material: string;
  readonly lot?: string;
  /** Increment, decimal text; negative where material was given back. */
  readonly quantity: string;
  readonly unit: string;
}

export interface ExecutionRows {
  readonly segments: readonly SegmentReport[];
  readonly consumptions: readonly ConsumptionReport[];
}

export interface SegmentExecution {
  readonly segmentId: string;
  readonly state: SegmentState;
  readonly startTime?: string;
  readonly endTime?: string;
  readonly good?: Amount;
  readonly consumed: ReadonlyArray<Amount & { readonly material: string }>;
}

export interface OrderExecution {
  readonly orderId: string;
  /** By operation; an operation that nobody reported on is absent. */
  readonly segments: Readonly<Record<string, SegmentExecution>>;
}

const states: Record<SegmentState, number> = {
  Waiting: 0,
  Ready: 1,
  Running: 2,
  Held: 2,
  Paused: 2,
  Suspended: 2,
  Completed: 3,
  Aborted: 3,
  Closed: 4,
};

export const isDone = (state: SegmentState): boolean => states[state] >= 3;
export const hasBegun = (state: SegmentState): boolean => states[state] >= 2;

/**
 * The rows that a performance message means for the storage tables, keyed by `id`: writing them twice is like
 * writing them once. Quantities in a message are increments since the previous report of that source.
 */
export function executionEffects(performance: OperationsPerformance, source = ''): ExecutionRows {
  const segments: SegmentReport[] = [];
  const consumptions: ConsumptionReport[] = [];
  for (const answer of performance.operationsResponse) {
    for (const response of answer.segmentResponse) {
      const orderId =
        response.operationsRequestId?.[0] ??
        answer.operationsRequestId?.[0] ??
        performance.operationsScheduleId ??
        '';
      const segmentId =
        response.segmentRequirementId?.[0] ??
        answer.segmentRequirementId?.[0] ??
        response.processSegmentId?.[0] ??
        '';
      const place = {
        id: [source, performance.id, response.id].filter(Boolean).join('/'),
        orderId,
        segmentId,
        source,
      };
      segments.push({ ...place, ...reported(response) });
      consumptions.push(...consumed(response, place));
    }
  }
  return { segments, consumptions };
}

type Place = Pick<SegmentReport, 'id' | 'orderId' | 'segmentId' | 'source'>;

function reported(response: SegmentResponse): Partial<SegmentReport> {
  const state = response.segmentState;
  const good = response.segmentData?.find((data: Parameter) => data.id === 'GoodQuantity')?.value?.[0];
  return {
    ...(state !== undefined && Object.hasOwn(states, state) ? { state: state as SegmentState } : {}),
    ...(response.actualStartTime ? { startTime: response.actualStartTime } : {}),
    ...(response.actualEndTime ? { endTime: response.actualEndTime } : {}),
    ...(good?.valueString ? { goodQuantity: good.valueString } : {}),
    ...(good?.unitOfMeasure ? { goodUnit: good.unitOfMeasure } : {}),
  };
}

const consumes = new Set(['Consumed', 'Material Consumed']);

function consumed(response: SegmentResponse, place: Place): ConsumptionReport[] {
  const actuals = response.materialActual ?? [];
  return actuals.flatMap((actual, i) => {
    if (!consumes.has(actual.materialUse ?? '')) return [];
    const quantity = actual.quantity?.[0];
    const row: ConsumptionReport = {
      ...place,
      id: `${place.id}/${actual.id ?? i + 1}`,
      material: actual.materialDefinitionId?.[0] ?? actual.materialLotId?.[0] ?? '',
      ...(actual.materialLotId?.[0] ? { lot: actual.materialLotId[0] } : {}),
      quantity: text(decimal(quantity?.quantityString)),
      unit: quantity?.unitOfMeasure ?? '',
    };
    return [row];
  });
}

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
    [...orders].map(([orderId, segments]) => {
      const entries = [...segments].map(([id, folding]) => [id, folded(id, folding)] as const);
      return [orderId, { orderId, segments: Object.fromEntries(entries) }];
    }),
  );
}

interface Folding {
  state: SegmentState;
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
    const saysLess = known?.state && (!report.state || states[report.state] < states[known.state]);
    if (known === undefined || !saysLess) byId.set(report.id, report);
  }
  return byId.values();
}

function addReport(folding: Folding, report: SegmentReport): void {
  const { state, startTime, endTime } = report;
  if (state !== undefined && !(isDone(folding.state) && states[state] <= states[folding.state])) {
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

export type OrderProgress = 'not-started' | 'running' | 'done';

/**
 * How far an order is: from its operations, or from what its own state says (closed or completed at the ERP).
 * A cancelled or aborted order counts as done: nothing more is made of it.
 */
export function progressOf(order: Order, execution: OrderExecution | undefined): OrderProgress {
  const request = requestOf(order);
  if (['Completed', 'Closed', 'Cancelled', 'Aborted'].includes(request.requestState ?? '')) return 'done';
  const reported = Object.values(execution?.segments ?? {});
  const done = request.segmentRequirement.every((segment) => {
    const state = execution?.segments[segment.id]?.state;
    return state !== undefined && isDone(state);
  });
  if (done && request.segmentRequirement.length > 0) return 'done';
  return reported.some((segment) => hasBegun(segment.state) || segment.consumed.length > 0)
    ? 'running'
    : 'not-started';
}

import { type BuiltReport, builtReport } from './built-reports';
import type { Amount } from './quantity';
import { decimal, text } from './quantity';
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

/** With what was told of pieces beyond progress. */
export interface ReportedRows extends ExecutionRows {
  readonly built: readonly BuiltReport[];
}

export interface SegmentExecution {
  readonly segmentId: string;
  readonly state: SegmentState;
  readonly startTime?: string;
  readonly endTime?: string;
  readonly good?: Amount;
  readonly consumed: ReadonlyArray<Amount & { readonly material: string }>;
  /** Number of its last job, where a machine has been given more than one for it. */
  readonly jobs?: number;
  /** The job that runs, where it is not the first: `0010+2`. */
  readonly job?: string;
  /** Between two jobs: the operation has begun and nothing of it runs. */
  readonly idle?: true;
}

/** Source of the row that says that a job has been given to a machine, before the machine itself speaks of it. */
export const GIVEN = 'hub';

export interface OrderExecution {
  readonly orderId: string;
  /** By operation; an operation that nobody reported on is absent. */
  readonly segments: Readonly<Record<string, SegmentExecution>>;
}

/** How far each state is. */
export const stateRank: Record<SegmentState, number> = {
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

export const isDone = (state: SegmentState): boolean => stateRank[state] >= 3;
export const hasBegun = (state: SegmentState): boolean => stateRank[state] >= 2;

/**
 * The rows that a performance message means for the storage tables, keyed by `id`: writing them twice is like
 * writing them once. Quantities in a message are increments since the previous report of that source.
 */
export function executionEffects(performance: OperationsPerformance, source = ''): ReportedRows {
  const built: BuiltReport[] = [];
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
      const told = builtReport(response, place);
      if (told !== undefined) built.push(told);
    }
  }
  return { segments, consumptions, built };
}

type Place = Pick<SegmentReport, 'id' | 'orderId' | 'segmentId' | 'source'>;

function reported(response: SegmentResponse): Partial<SegmentReport> {
  const state = response.segmentState;
  const good = response.segmentData?.find((data: Parameter) => data.id === 'GoodQuantity')?.value?.[0];
  return {
    ...(state !== undefined && Object.hasOwn(stateRank, state) ? { state: state as SegmentState } : {}),
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

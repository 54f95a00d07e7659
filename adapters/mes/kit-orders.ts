import { HubError } from '../../model/errors';
import type { CanonicalObject, Message } from '../../model/message';
import {
  applyRequest,
  due,
  isPositive,
  listOf,
  type Order,
  type Segment,
  sum,
  textOf,
  textsOf,
} from './kit-order';
import { type Progress, performance } from './kit-report';

export interface OrderBookOptions {
  /** Equipment that reports by itself; every other segment is reported by an operator. */
  readonly machines: readonly string[];
  /** The operator reports a manual segment as soon as the segment before it is completed. */
  readonly autoManual: boolean;
  readonly now: () => Date;
}

/** What somebody reports about a segment: a machine through the hub, or an operator at the MES. */
export interface SegmentReport {
  readonly order: string;
  readonly segment: string;
  readonly state?: string;
  /** Good pieces since the previous report. */
  readonly good?: string;
  readonly startTime?: string;
  readonly endTime?: string;
}

export interface OrderBook {
  /** Takes a transaction in; returns the performances to report because of it. Throws HUB_REJECTED with the reason. */
  take(message: Message): Message[];
  /** Takes a report; returns the performances to report because of it. Throws HUB_REJECTED for what it does not know. */
  report(report: SegmentReport): Message[];
  orders(): Order[];
}

/** The orders of a small MES: what was asked, what was made, what was consumed for it. */
export function orderBook({ machines, autoManual, now }: OrderBookOptions): OrderBook {
  const orders = new Map<string, Order>();
  /** Reports that came before their order did: the hub carries orders and progress to an MES on their own ways. */
  const early = new Map<string, SegmentReport[]>();
  let reports = 0;

  function take(message: Message): Message[] {
    if (message.noun === 'OperationsSchedule')
      return message.items.flatMap((item) => schedule(message, item));
    if (message.noun !== 'OperationsPerformance' || message.verb === 'Get') return [];
    return message.items.flatMap(reportsIn).flatMap((report) => {
      if (orders.has(report.order)) return progress(report);
      early.set(report.order, [...(early.get(report.order) ?? []), report]);
      return [];
    });
  }

  function schedule({ verb }: Message, item: CanonicalObject): Message[] {
    return listOf(item.operationsRequest).flatMap((request) => {
      const id = String(request.id);
      const known = orders.get(id);
      if (!known && (verb === 'Change' || verb === 'Cancel')) throw unknownOrder(id);
      if (verb === 'Get') return [];
      if (verb === 'Cancel') {
        known!.requestState = 'Cancelled';
        return [];
      }
      const order = applyRequest(request, known);
      orders.set(id, order);
      const waiting = early.get(id) ?? [];
      early.delete(id);
      return [...waiting.flatMap(progress), ...manual(order)];
    });
  }

  function progress(report: SegmentReport): Message[] {
    const order = orders.get(report.order);
    if (!order) throw unknownOrder(report.order);
    const segment = order.segments.find(({ id }) => id === report.segment);
    if (!segment) throw rejected(`order ${order.id} has no segment ${report.segment}`, report.segment);
    const made = advance(order, segment, report);
    return [...(made ? [performanceOf(order, made)] : []), ...manual(order)];
  }

  /** What changed by a report; undefined when it says nothing new. */
  function advance(order: Order, segment: Segment, report: SegmentReport): Progress | undefined {
    const good = goodIn(order, segment, report);
    const state = report.state ?? segment.state;
    const changed = state !== segment.state;
    segment.state = state;
    segment.good = sum(segment.good, good);
    segment.startTime ??= report.startTime ?? now().toISOString();
    if (state === 'Completed') segment.endTime ??= report.endTime ?? now().toISOString();
    const consumed = due(order, segment, segment.materialRequirements, order.consumed);
    const produced = due(order, segment, segment.products, order.produced);
    order.consumed.push(...consumed);
    order.produced.push(...produced);
    order.responseState = order.segments.every(isCompleted) ? 'Completed' : 'Running';
    if (!changed && !isPositive(good) && consumed.length + produced.length === 0) return undefined;
    return { segment, good, consumed, produced };
  }

  /** The operator works on the first segment that is open, once a machine or a colleague has finished what comes before. */
  function manual(order: Order): Message[] {
    if (!autoManual || order.requestState === 'Held' || order.requestState === 'Cancelled') return [];
    const at = order.segments.findIndex((segment) => !isCompleted(segment));
    const segment = order.segments[at];
    if (at < 1 || !segment || segment.equipment.some((id) => machines.includes(id))) return [];
    if (segment.held && !segment.held.serials) return [];
    const { id } = segment;
    const running = segment.state === 'Running' ? [] : progressOf(order.id, id, { state: 'Running' });
    return [
      ...running,
      ...progress({ order: order.id, segment: id, state: 'Completed', good: order.segments[at - 1]!.good }),
    ];
  }

  /** Without looking for further manual work, which would begin the same segment again. */
  function progressOf(order: string, segment: string, report: { state: string }): Message[] {
    const kept = orders.get(order)!;
    const made = advance(kept, kept.segments.find(({ id }) => id === segment)!, {
      order,
      segment,
      ...report,
    });
    return made ? [performanceOf(kept, made)] : [];
  }

  const performanceOf = (order: Order, made: Progress) => {
    reports += 1;
    return performance(order, made, reports, now());
  };

  return { take, report: progress, orders: () => [...orders.values()] };
}

const isCompleted = ({ state }: Segment) => state === 'Completed';

/** Who counts nothing and completes has made the whole order. */
function goodIn(order: Order, segment: Segment, { state, good = '0' }: SegmentReport): string {
  if (!/^\d+(\.\d+)?$/.test(good)) throw rejected(`the good quantity ${good} is no number`, good);
  const uncounted = state === 'Completed' && !isCompleted(segment) && !isPositive(sum(segment.good, good));
  return uncounted ? order.quantity : good;
}

function reportsIn(item: CanonicalObject): SegmentReport[] {
  return listOf(item.operationsResponse).flatMap((response) =>
    listOf(response.segmentResponse).map((segment) => {
      const order =
        textsOf(segment.operationsRequestId)[0] ??
        textsOf(response.operationsRequestId)[0] ??
        textOf(item.operationsScheduleId);
      const good = listOf(segment.segmentData).find(({ id }) => id === 'GoodQuantity');
      const text = textOf(listOf(good?.value)[0]?.valueString);
      return {
        order: order ?? '',
        segment: textsOf(segment.segmentRequirementId)[0] ?? String(segment.id),
        ...optional('state', textOf(segment.segmentState)),
        ...optional('good', text),
        ...optional('startTime', textOf(segment.actualStartTime)),
        ...optional('endTime', textOf(segment.actualEndTime)),
      };
    }),
  );
}

const optional = (name: string, value: string | undefined) => (value === undefined ? {} : { [name]: value });

const unknownOrder = (id: string) => rejected(`order ${id} is not known here`, id);
const rejected = (message: string, value: string) => new HubError('HUB_REJECTED', message, { value });

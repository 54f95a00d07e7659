import type { Order, Parameter, SegmentRequirement } from './shapes';
import { requestOf, withRequest } from './shapes';

/** What of an order is held, and why. */
export interface Hold {
  /** Code that the MES knows, e.g. `MATERIAL-CHANGE`. */
  readonly reason: string;
  /** The change that it is held for. */
  readonly reference: string;
  /** Operations of the order; absent: the order as a whole. */
  readonly segments?: readonly string[];
  /** Serial numbers; absent: all pieces. */
  readonly serials?: readonly string[];
}

/** Parameters of an operation that say why it is held, for which change, and which serial numbers alone. */
const [REASON, REFERENCE, SERIALS] = ['HoldReason', 'HoldReference', 'HeldSerial'] as const;
const marks: ReadonlySet<string> = new Set([REASON, REFERENCE, SERIALS]);

export const isMark = ({ id }: Parameter): boolean => marks.has(id);
const isMarked = ({ segmentParameter = [] }: SegmentRequirement): boolean => segmentParameter.some(isMark);

/**
 * The order with just that held: as a whole by its own state, else by the state of the operations, or by the serial
 * numbers that their parameters name while the others go on. Reason and change stand on the operations held.
 */
export function held(order: Order, { reason, reference, segments, serials }: Hold): Order {
  const text = (id: string, values: readonly string[]): Parameter => ({
    id,
    value: values.map((valueString) => ({ valueString, dataType: 'string' })),
  });
  const parameters = [
    text(REASON, [reason]),
    text(REFERENCE, [reference]),
    ...(serials === undefined ? [] : [text(SERIALS, serials)]),
  ];
  const isWhole = segments === undefined && serials === undefined;
  const marked = withSegments(order, (segment) => {
    if (segments !== undefined && !segments.includes(segment.id)) return segment;
    const own = (segment.segmentParameter ?? []).filter((one) => !isMark(one));
    const state = isWhole || serials !== undefined ? {} : { segmentState: 'Held' };
    return { ...segment, ...state, segmentParameter: [...own, ...parameters] };
  });
  return isWhole ? withState(marked, 'Held') : marked;
}

/** The order with nothing of it held any more. */
export function released(order: Order): Order {
  const before = requestOf(order).requestState;
  const free = withSegments(order, (segment) => {
    if (!isMarked(segment)) return segment;
    const { segmentParameter = [], segmentState, ...rest } = segment;
    const own = segmentParameter.filter((one) => !isMark(one));
    return {
      ...rest,
      ...(segmentState === undefined
        ? {}
        : { segmentState: segmentState === 'Held' ? 'Released' : segmentState }),
      ...(own.length === 0 ? {} : { segmentParameter: own }),
    };
  });
  return withState(free, before === undefined || before === 'Held' ? 'Released' : before);
}

/** The order with just that held which is held of another form of it. */
export function heldAs(source: Order, order: Order): Order {
  const from = new Map(requestOf(source).segmentRequirement.map((segment) => [segment.id, segment]));
  const marked = withSegments(order, (segment) => {
    const held = from.get(segment.id);
    if (held === undefined || !isMarked(held)) return segment;
    const own = (segment.segmentParameter ?? []).filter((one) => !isMark(one));
    const state = held.segmentState === 'Held' ? { segmentState: 'Held' } : {};
    const segmentParameter = [...own, ...(held.segmentParameter ?? []).filter(isMark)];
    return { ...segment, ...state, segmentParameter };
  });
  return requestOf(source).requestState === 'Held' ? withState(marked, 'Held') : marked;
}

const withState = (order: Order, requestState: string): Order => {
  const stated = withRequest(order, (request) => ({ ...request, requestState }));
  return order.scheduleState === undefined ? stated : { ...stated, scheduleState: requestState };
};

const withSegments = (order: Order, edit: (segment: SegmentRequirement) => SegmentRequirement): Order =>
  withRequest(order, (request) => ({
    ...request,
    segmentRequirement: request.segmentRequirement.map(edit),
  }));

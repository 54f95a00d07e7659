import Decimal from 'decimal.js';
import type { CanonicalObject } from '../../model/message';

/** A material line of a segment as the MES keeps it. Quantities are totals for the order, decimal text. */
export interface Line {
  readonly id: string;
  readonly material: string;
  readonly quantity: string;
  readonly unit?: string;
}

/** What was taken from or put into stock for a line. A line that changed its material has two of these. */
export interface Booking {
  readonly segment: string;
  readonly line: string;
  readonly material: string;
  readonly quantity: string;
  readonly unit?: string;
}

export interface Segment {
  readonly id: string;
  readonly equipment: readonly string[];
  readonly materialRequirements: readonly Line[];
  readonly products: readonly Line[];
  state: string;
  /** Why it is held; absent: it is not. */
  readonly held?: Held;
  /** Good pieces reported so far. */
  good: string;
  startTime?: string;
  endTime?: string;
}

/** What is held of a segment: all of it, or only some serial numbers. */
export interface Held {
  readonly reason?: string;
  readonly reference?: string;
  readonly serials?: readonly string[];
}

/** An order as the MES keeps it. */
export interface Order {
  readonly id: string;
  requestState: string;
  responseState: string;
  /** Product and how many of it, from the produced line of the last segment. */
  product?: string;
  quantity: string;
  operationsDefinition?: string;
  segments: Segment[];
  readonly consumed: Booking[];
  readonly produced: Booking[];
}

/** The request of a new order, or what a change says over what the MES already keeps. */
export function applyRequest(request: CanonicalObject, known?: Order): Order {
  const order: Order = known ?? {
    id: String(request.id),
    requestState: 'Released',
    responseState: 'Waiting',
    quantity: '1',
    segments: [],
    consumed: [],
    produced: [],
  };
  order.requestState = textOf(request.requestState) ?? order.requestState;
  const definition = textOf(request.operationsDefinitionId);
  if (definition) order.operationsDefinition = definition;
  for (const requirement of listOf(request.segmentRequirement)) {
    const at = order.segments.findIndex(({ id }) => id === requirement.id);
    const segment = segmentFrom(requirement, order.segments[at]);
    if (at < 0) order.segments.push(segment);
    else order.segments[at] = segment;
  }
  const product = order.segments.at(-1)?.products[0];
  if (product) {
    order.product = product.material;
    order.quantity = product.quantity;
  }
  return order;
}

/** A list that is there replaces the whole list; one that is absent leaves what is known. */
function segmentFrom(requirement: CanonicalObject, known?: Segment): Segment {
  const materials = listOf(requirement.materialRequirement);
  const lines = (use: string) => materials.filter(({ materialUse }) => materialUse === use).map(lineFrom);
  const given = requirement.materialRequirement !== undefined;
  const equipment = listOf(requirement.equipmentRequirement).flatMap((one) => textsOf(one.equipmentId));
  const held = heldIn(requirement);
  const { held: _, ...kept } = known ?? { state: 'Waiting', good: '0' };
  return {
    ...(kept as Segment),
    ...(held ? { held } : {}),
    id: String(requirement.id),
    equipment: equipment.length > 0 ? equipment : (known?.equipment ?? []),
    materialRequirements: given ? lines('Consumed') : (known?.materialRequirements ?? []),
    products: given ? lines('Produced') : (known?.products ?? []),
  };
}

/** Why a segment is held stands in its parameters; serial numbers name the pieces that alone are held. */
function heldIn(requirement: CanonicalObject): Held | undefined {
  const parameters = listOf(requirement.segmentParameter);
  const texts = (name: string) =>
    listOf(parameters.find(({ id }) => id === name)?.value).flatMap(
      (value) => textOf(value.valueString) ?? [],
    );
  const [reason] = texts('HoldReason');
  const [reference] = texts('HoldReference');
  const serials = texts('HeldSerial');
  if (requirement.segmentState !== 'Held' && reason === undefined) return undefined;
  return {
    ...(reason ? { reason } : {}),
    ...(reference ? { reference } : {}),
    ...(serials.length > 0 ? { serials } : {}),
  };
}

function lineFrom(requirement: CanonicalObject): Line {
  const quantity = listOf(requirement.quantity)[0];
  const unit = textOf(quantity?.unitOfMeasure);
  return {
    id: String(requirement.id),
    material: textsOf(requirement.materialDefinitionId)[0] ?? '',
    quantity: textOf(quantity?.quantityString) ?? '0',
    ...(unit ? { unit } : {}),
  };
}

/**
 * What is still to be booked for the good pieces of a segment. Lines of one id and unit belong together, as when a
 * component was replaced half way: their share of good pieces in the order's quantity, less what was booked on that id
 * before whatever its material was then, goes to them in their order, each up to its own quantity. So pieces already
 * made consume nothing again, and no booking is ever taken back. Six decimals, half up.
 */
export function due(
  order: Order,
  segment: Segment,
  lines: readonly Line[],
  booked: readonly Booking[],
): Booking[] {
  if (!isPositive(order.quantity)) return [];
  const share = new Decimal(segment.good).div(order.quantity);
  const here = booked.filter((booking) => booking.segment === segment.id);
  return [...groups(lines).values()].flatMap((group) => {
    const [{ id, unit }] = group as [Line];
    const before = here.filter((booking) => booking.line === id && booking.unit === unit);
    const total = share.times(totalOf(group)).toDecimalPlaces(6, Decimal.ROUND_HALF_UP);
    return spread(total.minus(totalOf(before)), group, before, segment.id);
  });
}

function groups(lines: readonly Line[]): Map<string, Line[]> {
  const found = new Map<string, Line[]>();
  for (const line of lines) {
    const key = JSON.stringify([line.id, line.unit]);
    found.set(key, [...(found.get(key) ?? []), line]);
  }
  return found;
}

/** The last line takes what is over: more pieces than ordered need more material than planned. */
function spread(
  open: Decimal,
  lines: readonly Line[],
  before: readonly Booking[],
  segment: string,
): Booking[] {
  let rest = open;
  return lines.flatMap(({ id, material, quantity, unit }, n) => {
    const taken = totalOf(before.filter((booking) => booking.material === material));
    const room = n === lines.length - 1 ? rest : Decimal.max(new Decimal(quantity).minus(taken), 0);
    const amount = Decimal.min(rest, room);
    if (amount.lte(0)) return [];
    rest = rest.minus(amount);
    return [{ segment, line: id, material, quantity: amount.toFixed(), ...(unit ? { unit } : {}) }];
  });
}

const totalOf = (amounts: readonly { quantity: string }[]): Decimal =>
  amounts.reduce((total, { quantity }) => total.plus(quantity), new Decimal(0));

export const sum = (a: string, b: string): string => new Decimal(a).plus(b).toFixed();
export const isPositive = (quantity: string): boolean => new Decimal(quantity).gt(0);

export const listOf = (value: unknown): CanonicalObject[] =>
  Array.isArray(value) ? (value as CanonicalObject[]) : [];
export const textsOf = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);
export const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

import { materialOf } from './diff-lines';
import type { Effectivity, SerialRange } from './effectivity';
import { isProduced } from './quantity';
import type { MaterialLine, OperationsDefinition, Order } from './shapes';
import { requestOf } from './shapes';

/**
 * What a revision holds for stands on the line of what it makes, in properties of these names: `EffectiveSerials` as
 * ranges `FROM/TO` (half-open, either side may be empty), `EffectiveLots`, `EffectiveOrders`, `EffectiveOrderCount`.
 * Several values of a property are several ranges, lots or orders.
 */
const [SERIALS, LOTS, ORDERS, COUNT] = [
  'EffectiveSerials',
  'EffectiveLots',
  'EffectiveOrders',
  'EffectiveOrderCount',
] as const;

/** What the revision itself states: its dates, and for which serial numbers, lots, orders or number of orders. */
export function effectivityOf(definition: OperationsDefinition): Effectivity {
  const { effectiveStartDate: from, effectiveEndDate: to } = definition;
  const outputs = outputsOf(definition);
  const values = (id: string) => outputs.flatMap((line) => valuesOf(line, id));
  const serials = values(SERIALS).map((text) => rangeOf(text, definition.id));
  const [lots, orders] = [values(LOTS), values(ORDERS)];
  const [count] = values(COUNT);
  return {
    ...(from ? { from } : {}),
    ...(to ? { to } : {}),
    ...(serials.length > 0 ? { serials } : {}),
    ...(lots.length > 0 ? { lots } : {}),
    ...(orders.length > 0 ? { orders } : {}),
    ...(count !== undefined && /^\d+$/.test(count) ? { orderCount: Number(count) } : {}),
  };
}

/** Whether the line is the product itself: what it says is about the revision, and no component of it. */
export const isOutput = (line: MaterialLine, product: string): boolean =>
  isProduced(line) && materialOf(line) === product;

function outputsOf({ id, operationsSegment = [] }: OperationsDefinition): MaterialLine[] {
  return operationsSegment
    .flatMap((segment) => segment.materialSpecification ?? [])
    .filter((line) => isOutput(line, id));
}

const valuesOf = (line: MaterialLine, id: string): string[] =>
  (line.materialSpecificationProperty ?? [])
    .filter((property) => property.id === id)
    .flatMap(({ value = [] }) => value.flatMap(({ valueString }) => valueString || []));

function rangeOf(text: string, item: string): SerialRange {
  const [from = '', to = ''] = text.split('/');
  return { item, ...(from ? { from } : {}), ...(to ? { to } : {}) };
}

/** Serial numbers and lot of what an order makes, as its produced line names them: sublots are single pieces. */
export function piecesOf(order: Order): { readonly serials?: readonly string[]; readonly lot?: string } {
  const { operationsDefinitionId: product, segmentRequirement } = requestOf(order);
  const lines = segmentRequirement.flatMap((segment) => segment.materialRequirement ?? []).filter(isProduced);
  const line = lines.findLast((one) => materialOf(one) === product) ?? lines.at(-1);
  const { materialSubLotId: serials = [], materialLotId: [lot] = [] } = line ?? {};
  return { ...(serials.length > 0 ? { serials } : {}), ...(lot ? { lot } : {}) };
}

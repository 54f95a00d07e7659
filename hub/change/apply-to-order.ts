import { HubError } from '../../model/errors';
import { applyOrderDiff } from './apply-order-diff';
import { resequence, withOperation, withoutOperation } from './apply-sequence';
import type { ConsumedLines } from './consumption';
import { consumedLines } from './consumption';
import type { Diff, DiffItem } from './diff-items';
import { materialOf } from './diff-lines';
import type { OrderExecution } from './execution';
import { isDone } from './execution';
import type { Exact } from './quantity';
import {
  amountOf,
  decimal,
  isProduced,
  max,
  min,
  orderQuantity,
  proportion,
  withAmount,
  zero,
} from './quantity';
import { definedAs } from './segments';
import { forSerials, keptForOthers, type SerialSplit, splitBySerial } from './serial-split';
import type { MaterialLine, Order, Parameter, SegmentRequirement } from './shapes';
import { requestOf, revisionOf, withRequest } from './shapes';

/** Whether pieces already made stay as they are (`remaining`) or are made over again (`all`). */
export type Scope = 'all' | 'remaining';

/**
 * The order as it must be after the change: components, quantities, parameters, resources, operations and revision.
 * What was consumed always stays on the line it was consumed on. With `remaining`, only what is still to be made
 * goes to the new line and an operation that is done stays as it is; with `all`, the whole order gets the new line.
 * Quantities follow the order's own totals (scrap allowances stay in them) and are exact. An order that is already
 * in the new revision comes back as it was. Throws HUB_INVALID where the order does not say how much it makes and that
 * is needed.
 *
 * @param only serial numbers for which the change holds: components of the other pieces stay on their lines, and each of
 * both lines names its serial numbers. Values, operations and resources are those of the order as a whole.
 */
export function applyToOrder(
  order: Order,
  diff: Diff,
  execution: OrderExecution | undefined,
  scope: Scope,
  only?: readonly string[],
): Order {
  const consumed = consumedLines(order, execution);
  if (diff.of === 'order') return applyOrderDiff(order, diff, consumed, execution, scope);
  if (diff.after !== undefined && revisionOf(order) === diff.after) return order;
  const split = splitBySerial(order, only);
  const ground: Ground =
    split === undefined
      ? { order, execution, consumed, scope }
      : {
          order,
          execution,
          consumed: keptForOthers(order, split, scope === 'all' ? new Map() : consumed),
          scope: 'remaining',
          split,
        };
  let segments = requestOf(order).segmentRequirement;
  for (const item of diff.items) segments = applyItem(segments, item, ground);
  return withRequest(order, (request) => ({
    ...request,
    ...(diff.after === undefined
      ? {}
      : { _operationsDefinitionId: { ...request._operationsDefinitionId, schemeVersionId: diff.after } }),
    segmentRequirement: segments,
  }));
}

interface Ground {
  readonly order: Order;
  readonly execution: OrderExecution | undefined;
  readonly consumed: ConsumedLines;
  readonly scope: Scope;
  /** Where the change holds for some pieces only. */
  readonly split?: SerialSplit;
}

type Segments = SegmentRequirement[];

const stateOf = (ground: Ground, segmentId: string) => ground.execution?.segments[segmentId]?.state;

function applyItem(segments: Segments, item: DiffItem, ground: Ground): Segments {
  if (item.kind === 'operation-added') return withOperation(segments, item, ground.order);
  if (item.kind === 'operation-removed') return withoutOperation(segments, item, ground.execution);
  if (item.kind === 'operation-resequenced') return resequence(segments, item);
  return segments.map((segment) => {
    const here = definedAs(segment) === item.segmentId;
    const from = item.kind === 'component-moved' && definedAs(segment) === item.old?.segmentId;
    if (!here && !from) return segment;
    const state = stateOf(ground, segment.id);
    if (state !== undefined && isDone(state) && ground.scope === 'remaining') return segment;
    if (item.kind.startsWith('parameter')) return { ...segment, segmentParameter: parameters(segment, item) };
    const resources = applyResources(segment, item);
    if (resources !== undefined) return resources;
    const lines = segment.materialRequirement ?? [];
    const materialRequirement = from
      ? withoutLine(lines, item, ground)
      : applyLine(lines, item, ground, segment);
    return materialRequirement === lines ? segment : { ...segment, materialRequirement };
  });
}

function parameters(segment: SegmentRequirement, item: DiffItem): Parameter[] {
  const others = (segment.segmentParameter ?? []).filter((one) => one.id !== item.parameterId);
  if (item.new === undefined) return others;
  const { value, unit, dataType } = item.new;
  const changed: Parameter = {
    id: item.parameterId ?? '',
    value: [
      {
        valueString: value ?? '',
        ...(dataType ? { dataType } : {}),
        ...(unit ? { unitOfMeasure: unit } : {}),
      },
    ],
  };
  const at = (segment.segmentParameter ?? []).findIndex((one) => one.id === item.parameterId);
  return others.toSpliced(at === -1 ? others.length : at, 0, changed);
}

function applyResources(segment: SegmentRequirement, item: DiffItem): SegmentRequirement | undefined {
  const named = item.new?.resources ?? [];
  const value = item.new?.value;
  switch (item.kind) {
    case 'resource-changed':
      return { ...segment, equipmentRequirement: named.map((id) => ({ id, equipmentId: [id] })) };
    case 'tooling-changed':
      return { ...segment, physicalAssetRequirement: named.map((id) => ({ id, physicalAssetId: [id] })) };
    case 'skill-changed':
      return { ...segment, personnelRequirement: named.map((id) => ({ id, personnelClassId: [id] })) };
    case 'instruction-changed':
      return { ...segment, description: value === undefined ? [] : value.split('\n') };
    case 'duration-changed':
      return segment.duration === undefined || value === undefined
        ? segment
        : { ...segment, duration: value };
    case 'site-changed':
      return value === undefined
        ? segment
        : { ...segment, hierarchyScope: { ...segment.hierarchyScope, equipmentId: value } };
    default:
      return undefined;
  }
}

/** The order's line that a difference speaks of: line id and old material, else the material alone. */
function findLine(lines: readonly MaterialLine[], item: DiffItem): number {
  const material = item.old?.material;
  const own = lines.findIndex((line) => line.id === item.lineId && materialOf(line) === material);
  if (own !== -1) return own;
  return lines.findIndex((line) => materialOf(line) === material && !isProduced(line));
}

function applyLine(
  lines: MaterialLine[],
  item: DiffItem,
  ground: Ground,
  segment: SegmentRequirement,
): MaterialLine[] {
  if (item.new?.line === undefined && item.kind !== 'component-removed') return lines;
  if (item.kind === 'component-removed') return withoutLine(lines, item, ground);
  if (item.kind === 'component-added') {
    return [...lines, ...newLines(item, forPieces(item, ground, segment), ground)];
  }
  if (item.kind === 'component-moved') return [...lines, ...movedLines(item, ground)];
  const at = findLine(lines, item);
  // A line that the order does not have (any more) is not brought in by a change of it.
  if (at === -1) return lines;
  const old = lines[at]!;
  const done = ground.consumed.get(old) ?? zero;
  if (item.kind === 'component-replaced' || item.kind === 'unit-changed') {
    const stays = done.greaterThan(0) ? [forSerials(withAmount(old, done), ground.split?.others)] : [];
    return lines.toSpliced(at, 1, ...stays, ...newLines(item, newTotal(old, item, ground, segment), ground));
  }
  const { materialDefinitionId, materialUse } = item.new!.line!;
  const changed: MaterialLine = {
    ...old,
    ...(item.kind === 'alternative-changed' ? { materialDefinitionId } : {}),
    ...(item.kind === 'use-changed' ? { materialUse } : {}),
  };
  if (item.kind !== 'quantity-changed') return lines.toSpliced(at, 1, changed);
  const rest = newTotal(old, item, ground, segment);
  const total = ground.scope === 'all' ? max(rest, done) : done.plus(rest);
  return lines.toSpliced(at, 1, withAmount(old, total));
}

/** Takes the line out, but what was consumed stays on it. */
function withoutLine(lines: MaterialLine[], item: DiffItem, ground: Ground): MaterialLine[] {
  const at = findLine(lines, item);
  if (at === -1) return lines;
  const old = lines[at]!;
  const done = ground.consumed.get(old) ?? zero;
  const stays = done.greaterThan(0) ? [forSerials(withAmount(old, done), ground.split?.others)] : [];
  return lines.toSpliced(at, 1, ...stays);
}

/** The line as the new revision has it; none where nothing is left to be supplied. */
function newLines(item: DiffItem, quantity: Exact, { split }: Ground): MaterialLine[] {
  if (quantity.isZero()) return [];
  const {
    assemblySpecification: _parts,
    materialSpecificationProperty: _properties,
    ...line
  } = item.new!.line!;
  return [forSerials(withAmount(line, quantity, item.new?.unit || undefined), split?.serials)];
}

/** What is still to be supplied on the new line for what the old line still asks. */
function newTotal(old: MaterialLine, item: DiffItem, ground: Ground, segment: SegmentRequirement): Exact {
  const asked = amountOf(old);
  const perOld = decimal(item.old?.quantity);
  if (asked.unit !== (item.old?.unit ?? '') || perOld.isZero()) return forPieces(item, ground, segment);
  const done = ground.scope === 'all' ? zero : (ground.consumed.get(old) ?? zero);
  const open = max(decimal(asked.quantity).minus(done), zero);
  return proportion(open, decimal(item.new?.quantity), perOld, item.new?.unit);
}

/** Quantity for one product times the pieces that the operation still has to make. */
function forPieces(item: DiffItem, ground: Ground, segment: SegmentRequirement): Exact {
  const made = orderQuantity(ground.order);
  if (made === undefined) {
    throw new HubError('HUB_INVALID', `order ${ground.order.id} does not say how much it makes`, {
      at: `order ${ground.order.id} operation ${segment.id}`,
      todo: 'Send the order again with its produced material and quantity.',
    });
  }
  const pieces = decimal(made.quantity);
  const good = decimal(ground.execution?.segments[segment.id]?.good?.quantity);
  const left = ground.scope === 'all' ? pieces : max(pieces.minus(good), zero);
  const open = ground.split === undefined ? left : min(left, decimal(String(ground.split.serials.length)));
  return decimal(item.new?.quantity).times(open);
}

/**
 * What of a moved line is not yet consumed where it was, as the line it was: what else changes on it has items of
 * its own. Nothing moves out of an operation that is done.
 */
function movedLines(item: DiffItem, ground: Ground): MaterialLine[] {
  const source = requestOf(ground.order).segmentRequirement.find(
    (segment) => definedAs(segment) === item.old?.segmentId,
  );
  const lines = source?.materialRequirement ?? [];
  const old = lines[findLine(lines, item)];
  if (source === undefined || old === undefined) return [];
  const state = stateOf(ground, source.id);
  if (state !== undefined && isDone(state) && ground.scope === 'remaining') return [];
  const asked = decimal(amountOf(old).quantity);
  const open = ground.scope === 'all' ? asked : max(asked.minus(ground.consumed.get(old) ?? zero), zero);
  return open.isZero() ? [] : [withAmount(old, open)];
}

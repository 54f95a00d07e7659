import type { DiffItem } from './diff-items';
import type { OrderExecution } from './execution';
import { hasBegun } from './execution';
import { isProduced } from './quantity';
import { definedAs } from './segments';
import type { Order, SegmentRequirement } from './shapes';
import { requestOf } from './shapes';

type Segments = SegmentRequirement[];

/** The order's operations with the new one at its place; its components come as differences of their own. */
export function withOperation(segments: Segments, item: DiffItem, order: Order): Segments {
  const segment = item.new?.segment;
  if (segment === undefined || segments.some((one) => definedAs(one) === segment.id)) return segments;
  const request = requestOf(order);
  const requirement: SegmentRequirement = {
    id: segment.id,
    ...(segment.description ? { description: segment.description } : {}),
    processSegmentId: segment.processSegmentId?.[0] ?? segment.id,
    ...(request.operationsDefinitionId ? { operationsDefinitionId: request.operationsDefinitionId } : {}),
    operationsSegmentId: segment.id,
    ...(segment.parameterSpecification ? { segmentParameter: segment.parameterSpecification } : {}),
    ...(segment.equipmentSpecification ? { equipmentRequirement: segment.equipmentSpecification } : {}),
  };
  return withProductLast(insertAfter(segments, requirement, item.new?.follows));
}

/** An operation that has begun stays: what was done there was done. What the order makes moves to the last operation. */
export function withoutOperation(
  segments: Segments,
  item: DiffItem,
  execution: OrderExecution | undefined,
): Segments {
  const gone = segments.find((one) => definedAs(one) === item.segmentId);
  const state = gone === undefined ? undefined : execution?.segments[gone.id]?.state;
  if (gone === undefined || (state !== undefined && hasBegun(state))) return segments;
  const products = (gone.materialRequirement ?? []).filter(isProduced);
  const rest = segments.filter((one) => one !== gone);
  const last = rest.at(-1);
  if (products.length === 0 || last === undefined) return rest;
  const materialRequirement = [...(last.materialRequirement ?? []), ...products];
  return [...rest.slice(0, -1), { ...last, materialRequirement }];
}

export function resequence(segments: Segments, item: DiffItem): Segments {
  const moved = segments.find((one) => definedAs(one) === item.segmentId);
  if (moved === undefined) return segments;
  const others = segments.filter((one) => one !== moved);
  return withProductLast(insertAfter(others, moved, item.new?.follows));
}

const mainUses = new Set(['Produced', 'Material Produced', 'Yield Produced']);

/** What the order is about comes out of its last operation: it moves there when another one has become the last. */
export function withProductLast(segments: Segments): Segments {
  const makes = ({ materialRequirement = [] }: SegmentRequirement) =>
    materialRequirement.filter((line) => mainUses.has(line.materialUse ?? ''));
  const from = segments.findLast((segment) => makes(segment).length > 0);
  const last = segments.at(-1);
  if (from === undefined || last === undefined || from === last) return segments;
  const products = new Set(makes(from));
  return segments.map((segment) => {
    const lines = segment.materialRequirement ?? [];
    if (segment === from)
      return { ...segment, materialRequirement: lines.filter((line) => !products.has(line)) };
    return segment === last ? { ...segment, materialRequirement: [...lines, ...products] } : segment;
  });
}

function insertAfter(segments: Segments, segment: SegmentRequirement, follows: string | undefined): Segments {
  const at = follows === undefined ? 0 : segments.findIndex((one) => definedAs(one) === follows) + 1;
  return segments.toSpliced(at, 0, segment);
}

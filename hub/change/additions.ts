import { withProductLast } from './apply-sequence';
import type { Additions } from './change';
import type { MaterialLine, Order, SegmentRequirement } from './shapes';
import { withRequest } from './shapes';

/** The order with what the supervisor added: operations, another resource, another supply, further instructions. */
export function withAdditions(order: Order, additions: Additions | undefined): Order {
  if (additions === undefined) return order;
  return withRequest(order, (request) => {
    let segments = request.segmentRequirement.map((segment) => added(segment, additions));
    for (const { segment, follows } of additions.operations ?? []) {
      if (segments.some((one) => one.id === segment.id)) continue;
      const at = segments.findIndex((one) => one.id === follows);
      const product = request.operationsDefinitionId;
      const whole: SegmentRequirement = {
        processSegmentId: segment.id,
        ...(product === undefined ? {} : { operationsDefinitionId: product }),
        operationsSegmentId: segment.id,
        ...segment,
      };
      segments = segments.toSpliced(at === -1 ? segments.length : at + 1, 0, whole);
    }
    return { ...request, segmentRequirement: withProductLast(segments) };
  });
}

function added(segment: SegmentRequirement, additions: Additions): SegmentRequirement {
  const of = <T extends { readonly segmentId: string }>(list: readonly T[] | undefined) =>
    (list ?? []).filter((one) => one.segmentId === segment.id);
  const resources = of(additions.resources);
  const instructions = of(additions.instructions).map((one) => one.text);
  const supply = new Map(of(additions.supply).map((one) => [one.lineId, one]));
  const supplied = (line: MaterialLine): MaterialLine => {
    const other = supply.get(line.id);
    if (other === undefined) return line;
    return {
      ...line,
      ...(other.material ? { materialDefinitionId: [other.material] } : {}),
      ...(other.lot ? { materialLotId: [other.lot] } : {}),
    };
  };
  const equipment = resources.map(({ equipmentId: id }) => ({ id, equipmentId: [id] }));
  return {
    ...segment,
    ...(instructions.length > 0 ? { description: [...(segment.description ?? []), ...instructions] } : {}),
    ...(equipment.length > 0 ? { equipmentRequirement: equipment } : {}),
    ...(supply.size > 0 ? { materialRequirement: segment.materialRequirement?.map(supplied) } : {}),
  };
}

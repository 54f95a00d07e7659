import { definedAs } from './segments';
import type { AssetLine, OperationsDefinition, Order } from './shapes';
import { requestOf, revisionOf, withRequest } from './shapes';

/**
 * An order as the ERP sends it says what and how many; the definition in effect says how. Fills each operation's
 * parameters, and its equipment, tools and instruction where the order names none, and pins the order to the definition's
 * revision. What the order says itself stands; an order that is pinned to another revision comes back as it was.
 */
export function completeOrder(order: Order, definition: OperationsDefinition): Order {
  const pinned = revisionOf(order);
  if (requestOf(order).operationsDefinitionId !== definition.id) return order;
  if (pinned !== undefined && pinned !== definition.version) return order;
  const segments = new Map((definition.operationsSegment ?? []).map((segment) => [segment.id, segment]));
  return withRequest(order, (request) => ({
    ...request,
    ...(definition.version === undefined
      ? {}
      : {
          _operationsDefinitionId: {
            ...request._operationsDefinitionId,
            schemeVersionId: definition.version,
          },
        }),
    segmentRequirement: request.segmentRequirement.map((requirement) => {
      const segment = segments.get(definedAs(requirement));
      if (segment === undefined) return requirement;
      const own = new Set((requirement.segmentParameter ?? []).map((parameter) => parameter.id));
      const parameters = (segment.parameterSpecification ?? []).filter((parameter) => !own.has(parameter.id));
      const equipment = requirement.equipmentRequirement ?? segment.equipmentSpecification;
      const description = requirement.description ?? segment.description;
      const tools = requirement.physicalAssetRequirement ?? segment.physicalAssetSpecification?.map(tool);
      return {
        ...requirement,
        ...(description ? { description } : {}),
        ...(own.size + parameters.length > 0
          ? { segmentParameter: [...(requirement.segmentParameter ?? []), ...parameters] }
          : {}),
        ...(equipment ? { equipmentRequirement: equipment } : {}),
        ...(tools ? { physicalAssetRequirement: tools } : {}),
      };
    }),
  }));
}

const tool = ({ id, physicalAssetId, physicalAssetClassId }: AssetLine): AssetLine => ({
  id,
  ...(physicalAssetId ? { physicalAssetId } : {}),
  ...(physicalAssetClassId ? { physicalAssetClassId } : {}),
});

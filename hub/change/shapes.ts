/**
 * The fields of canonical objects that the change engine reads. Narrower than the generated types on purpose:
 * whatever else an object carries passes through untouched.
 */
export interface QuantityValue {
  /** Decimal text, e.g. `"0.015"`; never a number. */
  quantityString?: string | null;
  dataType?: string | null;
  unitOfMeasure?: string | null;
}

export interface ValueText {
  valueString?: string | null;
  dataType?: string | null;
  unitOfMeasure?: string | null;
}

export interface Parameter {
  id: string;
  value?: ValueText[];
  description?: string[];
}

/** `MaterialSpecification` of a definition (quantity for one product) or `MaterialRequirement` of an order (total). */
export interface MaterialLine {
  /** The M-BOM line id, stable across revisions. */
  id: string;
  /** The first is the material; further ones are its alternatives. */
  materialDefinitionId?: string[];
  materialLotId?: string[];
  /** Of what an order makes: its serial numbers. */
  materialSubLotId?: string[];
  description?: string[];
  materialUse?: string;
  quantity?: QuantityValue[];
  /** `Logical` marks a phantom: it is never stored, its parts go into the parent. */
  assemblyType?: string;
  assemblySpecification?: MaterialLine[];
  assemblyRequirement?: MaterialLine[];
  /** `Replaces` names the line's predecessor material, `AlternativeGroup` the group of alternative lines. */
  materialSpecificationProperty?: Parameter[];
  materialRequirementProperty?: Parameter[];
}

export interface EquipmentLine {
  id: string;
  equipmentId?: string[];
  equipmentClassId?: string[];
}

export interface AssetLine {
  id: string;
  physicalAssetId?: string[];
  physicalAssetClassId?: string[];
}

export interface PersonnelLine {
  id: string;
  personnelClassId?: string[];
}

export interface HierarchyScope {
  equipmentId?: string;
  equipmentLevel?: string;
}

export interface OperationsSegment {
  id: string;
  description?: string[];
  duration?: string;
  processSegmentId?: string[];
  hierarchyScope?: HierarchyScope;
  parameterSpecification?: Parameter[];
  personnelSpecification?: PersonnelLine[];
  equipmentSpecification?: EquipmentLine[];
  physicalAssetSpecification?: AssetLine[];
  materialSpecification?: MaterialLine[];
}

/** M-BOM and process plan of a product in one revision. */
export interface OperationsDefinition {
  id: string;
  version?: string;
  description?: string[];
  effectiveStartDate?: string;
  effectiveEndDate?: string;
  hierarchyScope?: HierarchyScope;
  operationsSegment?: OperationsSegment[];
}

export interface SegmentRequirement {
  id: string;
  description?: string[];
  processSegmentId?: string;
  operationsDefinitionId?: string;
  operationsSegmentId?: string;
  earliestStartTime?: string;
  latestEndTime?: string;
  duration?: string;
  segmentState?: string;
  hierarchyScope?: HierarchyScope;
  segmentParameter?: Parameter[];
  personnelRequirement?: PersonnelLine[];
  equipmentRequirement?: EquipmentLine[];
  physicalAssetRequirement?: AssetLine[];
  materialRequirement?: MaterialLine[];
}

export interface OperationsRequest {
  id: string;
  description?: string[];
  startTime?: string;
  endTime?: string;
  priority?: string;
  requestState?: string;
  operationsDefinitionId?: string;
  /** `schemeVersionId` is the revision of the definition that the order is made to. */
  _operationsDefinitionId?: { schemeVersionId?: string };
  hierarchyScope?: HierarchyScope;
  segmentRequirement: SegmentRequirement[];
}

/** A production order: a schedule with one request, both under the order's number. */
export interface Order {
  id: string;
  operationsType?: string;
  scheduleState?: string;
  startTime?: string;
  endTime?: string;
  operationsRequest: OperationsRequest[];
}

export interface MaterialActual {
  id?: string;
  materialDefinitionId?: string[];
  materialLotId?: string[];
  /** Serial numbers. */
  materialSubLotId?: string[];
  materialUse?: string;
  quantity?: QuantityValue[];
}

export interface SegmentResponse {
  id: string;
  actualStartTime?: string;
  actualEndTime?: string;
  operationsRequestId?: string[];
  segmentRequirementId?: string[];
  processSegmentId?: string[];
  segmentState?: string;
  segmentData?: Parameter[];
  materialActual?: MaterialActual[];
}

export interface OperationsPerformance {
  id: string;
  operationsScheduleId?: string;
  operationsResponse: Array<{
    id: string;
    operationsRequestId?: string[];
    segmentRequirementId?: string[];
    responseState?: string;
    segmentResponse: SegmentResponse[];
  }>;
}

/** The one request of an order. An order without a request is not an order: the schema refuses it before. */
export function requestOf(order: Order): OperationsRequest {
  const request = order.operationsRequest[0];
  if (request === undefined) throw new RangeError(`order ${order.id} has no operations request`);
  return request;
}

/** The order with its request replaced by what `edit` makes of it. */
export function withRequest(order: Order, edit: (request: OperationsRequest) => OperationsRequest): Order {
  return { ...order, operationsRequest: [edit(requestOf(order)), ...order.operationsRequest.slice(1)] };
}

/** Revision that the order is made to, where it is pinned. */
export function revisionOf(order: Order): string | undefined {
  return requestOf(order)._operationsDefinitionId?.schemeVersionId;
}

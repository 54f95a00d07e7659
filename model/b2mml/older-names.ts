/** A member of an older release that has another name, or another form, in the model's release. */
export interface Rename {
  /** Type of the model's release that it stands in; `*` for any. */
  readonly within: string;
  readonly older: string;
  readonly newer: string;
  /** What the older name said and the newer says in a property of its own. */
  readonly with?: Readonly<Record<string, string>>;
  /** The older element is a wrapper around this one. */
  readonly unwrap?: string;
  /** Read backwards: the newer object goes into this element of the older wrapper. */
  readonly wrap?: string;
}

/** Nouns of V0401 and V0600 that became others. */
export const nouns: Readonly<Record<string, string>> = {
  ProductionSchedule: 'OperationsSchedule',
  ProductionPerformance: 'OperationsPerformance',
  ProductionCapability: 'OperationsCapability',
  ProductDefinition: 'OperationsDefinition',
  ProductInformation: 'OperationsDefinitionInformation',
  EquipmentCapabilityTestSpec: 'TestSpecification',
  MaterialTestSpec: 'TestSpecification',
  QAMaterialTestSpec: 'TestSpecification',
  QualificationTestSpecification: 'TestSpecification',
  PhysicalAssetCapabilityTestSpec: 'TestSpecification',
  WorkflowSpecificationType: 'WorkflowSpecificationNodeType',
  ResourceNetworkConnectionInformation: 'ResourceRelationshipNetworkInformation',
};

const rename = (within: string, older: string, newer: string): Rename => ({ within, older, newer });

/** Properties of material lines are named after the kind of line in older releases. */
const materialLines = (within: string, newer: string, uses: Readonly<Record<string, string>>): Rename[] =>
  Object.entries(uses).map(([older, materialUse]) => ({ within, older, newer, with: { materialUse } }));

/**
 * Where members went from V0401 and V0600. A member that is not listed keeps its name, or is found under its name with
 * `Child` (Equipment in Equipment became EquipmentChild); what is found nowhere is carried as extension.
 */
export const renames: readonly Rename[] = [
  rename('*', 'location', 'hierarchyScope'),
  rename('HierarchyScope', 'location', 'hierarchyScopeChild'),
  rename('HierarchyScope', 'hierarchyScope', 'hierarchyScopeChild'),
  ...[
    'equipmentCapabilityTestSpecificationId',
    'materialTestSpecificationId',
    'qaMaterialTestSpecificationId',
    'qualificationTestSpecificationId',
    'physicalAssetCapabilityTestSpecificationId',
  ].map((older) => rename('*', older, 'testSpecificationId')),
  // schedules
  rename('OperationsSchedule', 'productionRequest', 'operationsRequest'),
  rename('OperationsRequest', 'productProductionRuleId', 'operationsDefinitionId'),
  rename('OperationsRequest', 'segmentResponse', 'requestedSegmentResponse'),
  rename('OpSegmentRequirement', 'productSegmentId', 'operationsSegmentId'),
  { ...rename('OpSegmentRequirement', 'productionParameter', 'segmentParameter'), unwrap: 'parameter' },
  ...materialLines('OpSegmentRequirement', 'materialRequirement', {
    materialProducedRequirement: 'Produced',
    materialConsumedRequirement: 'Consumed',
    consumableExpectedRequirement: 'Consumable',
  }),
  rename('OpMaterialRequirement', 'materialProducedRequirementProperty', 'materialRequirementProperty'),
  rename('OpMaterialRequirement', 'materialConsumedRequirementProperty', 'materialRequirementProperty'),
  rename('OpMaterialRequirement', 'consumableExpectedRequirementProperty', 'materialRequirementProperty'),
  // performance
  rename('OperationsPerformance', 'productionResponse', 'operationsResponse'),
  rename('OperationsPerformance', 'productionScheduleId', 'operationsScheduleId'),
  rename('OperationsPerformance', 'endTime', 'endtime'),
  rename('OperationsResponse', 'productionRequestId', 'operationsRequestId'),
  rename('OperationsResponse', 'productProductionRuleId', 'operationsDefinitionId'),
  rename('OpSegmentResponse', 'productSegmentId', 'operationsSegmentId'),
  rename('OpSegmentResponse', 'productionData', 'segmentData'),
  rename('OpSegmentData', 'productionData', 'segmentDataChild'),
  ...materialLines('OpSegmentResponse', 'materialActual', {
    materialProducedActual: 'Produced',
    materialConsumedActual: 'Consumed',
    consumableActual: 'Consumable',
  }),
  rename('OpMaterialActual', 'materialProducedActualProperty', 'materialActualProperty'),
  rename('OpMaterialActual', 'materialConsumedActualProperty', 'materialActualProperty'),
  rename('OpMaterialActual', 'consumableActualProperty', 'materialActualProperty'),
  // definitions
  rename('OperationsDefinitionInformation', 'productDefinition', 'operationsDefinition'),
  rename('OperationsDefinition', 'productSegment', 'operationsSegment'),
  rename('OperationsDefinition', 'workDefinitionId', 'workMasterSourceId'),
  rename('OperationsSegment', 'productSegment', 'operationsSegmentChild'),
  rename('OperationsSegment', 'parameter', 'parameterSpecification'),
  rename('ProcessSegment', 'parameter', 'processSegmentParameter'),
  rename('SegmentDependency', 'timingFactor', 'dependencyFactor'),
  // resources
  rename('EquipmentClass', 'equipmentId', 'equipmentSourceId'),
  rename('PersonnelClass', 'personId', 'personSourceId'),
  rename('PhysicalAssetClass', 'physicalAssetId', 'physicalAssetSourceId'),
  rename('MaterialClass', 'materialDefinitionId', 'materialDefinitionSourceId'),
  rename('MaterialDefinition', 'materialLotId', 'materialLotSourceId'),
  rename('MaterialSubLot', 'materialSublotProperty', 'materialLotProperty'),
  rename('MaterialSubLot', 'assemblyLotId', 'assemblyLot'),
  rename('MaterialSubLot', 'assemblySubLotId', 'assemblySubLot'),
  rename('MaterialLot', 'assemblyLotId', 'assemblyLot'),
  rename('MaterialLot', 'assemblySubLotId', 'assemblySubLot'),
  // work
  rename('WorkMaster', 'parameter', 'parameterSpecification'),
  rename('WorkDirective', 'parameter', 'parameterSpecification'),
  rename('WorkRequest', 'workype', 'workType'),
  rename('JobList', 'workype', 'workType'),
  rename('JobResponse', 'jobResponsetData', 'jobResponseData'),
  rename('JobResponse', 'workDirectiveId', 'workDirective'),
  rename('WorkAlert', 'property', 'workAlertProperty'),
  rename('WorkAlertDefinition', 'property', 'workAlertDefinitionProperty'),
  rename('WorkflowSpecification', 'node', 'workflowSpecificationNode'),
  rename('WorkflowSpecification', 'connection', 'workflowSpecificationConnection'),
  rename('WorkflowSpecificationNode', 'nodeType', 'workflowSpecificationNodeTypeId'),
  rename('WorkflowSpecificationNode', 'property', 'workflowSpecificationNodeProperty'),
  rename('WorkflowSpecificationNodeType', 'property', 'workflowSpecificationNodeTypeProperty'),
  rename('WorkflowSpecificationConnection', 'connectionType', 'workflowSpecificationConnectionTypeId'),
  rename('WorkflowSpecificationConnection', 'fromNodeId', 'fromWSNodeId'),
  rename('WorkflowSpecificationConnection', 'toNodeId', 'toWSNodeId'),
  rename('WorkflowSpecificationConnection', 'property', 'workflowSpecificationConnectionProperty'),
  rename('WorkflowSpecificationConnectionType', 'property', 'workflowSpecificationConnectionTypeProperty'),
  rename('WorkflowSpecificationInformation', 'workflowSpecificationType', 'workflowSpecificationNodeType'),
  rename('HierarchyScope', 'equipmentElementLevel', 'equipmentLevel'),
];

/** Values that were spelt otherwise. */
export const values: Readonly<Record<string, string>> = {
  Holding: 'Held',
  'Resurned Sample': 'Returned Sample',
};

/**
 * What the model requires and older releases do not: taken from the first of these properties of the same object, or
 * given by the one it stands in. Where nothing is known it is empty.
 */
export const completions: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  OpSegmentRequirement: {
    processSegmentId: ['operationsSegmentId', 'id'],
    operationsSegmentId: ['processSegmentId', 'id'],
    operationsDefinitionId: ['^operationsDefinitionId'],
  },
};

/**
 * Requests and responses that older releases allow without segments: the whole is its only segment, under its own
 * identifier.
 */
export const wholeAsSegment: Readonly<Record<string, string>> = {
  OperationsRequest: 'segmentRequirement',
  OperationsResponse: 'segmentResponse',
};

/**
 * Left out when an older release that has no place for them is written: reading that release fills them in again.
 */
export const leftOut: ReadonlySet<string> = new Set([
  'id',
  'processSegmentId',
  'operationsSegmentId',
  'operationsDefinitionId',
]);

/** Where an object without the identifier that the model requires takes it from; else it gets its number. */
export const identitySources: readonly string[] = [
  'operationsRequest',
  'operationsResponse',
  'materialSubLotId',
  'materialLotId',
  'materialDefinitionId',
  'materialClassId',
  'equipmentId',
  'equipmentClassId',
  'physicalAssetId',
  'physicalAssetClassId',
  'personId',
  'personnelClassId',
  'operationsSegmentId',
  'processSegmentId',
  'operationsRequestId',
  'operationsDefinition',
];

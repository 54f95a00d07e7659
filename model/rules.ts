/**
 * The rules above the schema, each in one place. `rule-checks.ts` carries them out; a rule's name stands in the issue.
 */

/** `end-not-before-start`: wherever an object has both properties. Times of which only one has a zone are not compared. */
export const periods: readonly (readonly [start: string, end: string])[] = [
  ['startTime', 'endTime'],
  // As the standard spells it in OperationsPerformance.
  ['startTime', 'endtime'],
  ['earliestStartTime', 'latestEndTime'],
  ['actualStartTime', 'actualEndTime'],
  ['requestedStartTime', 'requestedEndTime'],
  ['effectiveStartDate', 'effectiveEndDate'],
];

/** `number`: the text is a number where the data type beside it says so. Null and, in a value, empty mean "none". */
export const numericTexts: readonly { text: string; emptyMeansNone: boolean }[] = [
  { text: 'quantityString', emptyMeansNone: false },
  { text: 'valueString', emptyMeansNone: true },
];

const decimal = /^[+-]?(\d+(\.\d*)?|\.\d+)$/;
const integer = /^[+-]?\d+$/;
const real = /^([+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?|-?INF|NaN)$/;

/** What a number of a data type looks like. Data types that are not listed hold no numbers. */
export const numberForms: ReadonlyMap<string, RegExp> = new Map([
  ...['decimal', 'Amount', 'Measure', 'Numeric', 'Quantity'].map((type) => [type, decimal] as const),
  ...['integer', 'int', 'long', 'short', 'byte'].map((type) => [type, integer] as const),
  ...['nonNegativeInteger', 'unsignedInt', 'unsignedLong', 'unsignedShort', 'unsignedByte'].map(
    (type) => [type, /^(\+?\d+|-0+)$/] as const,
  ),
  ['positiveInteger', /^\+?0*[1-9]\d*$/],
  ['negativeInteger', /^-0*[1-9]\d*$/],
  ['nonPositiveInteger', /^(-\d+|\+?0+)$/],
  ...['float', 'double'].map((type) => [type, real] as const),
]);

/**
 * `reference`: identifiers that name another entry of the list they stand in. Held only against whole objects: a Get,
 * Change or Cancel may name what it does not carry.
 */
export const references: readonly { list: string; from: string; at: readonly string[] }[] = [
  { list: 'operationsSegment', from: 'operationsSegment', at: ['segmentDependency', 'segmentId'] },
  { list: 'operationsSegment', from: 'operationsSegment', at: ['dependentOperationsSegmentId'] },
  { list: 'workflowSpecificationNode', from: 'workflowSpecificationConnection', at: ['fromWSNodeId'] },
  { list: 'workflowSpecificationNode', from: 'workflowSpecificationConnection', at: ['toWSNodeId'] },
];

/** `cycle`: lists in which an object holds others of its kind; none may come to hold itself, nested or by its id. */
export const assemblies: readonly string[] = [
  'assemblyDefinition',
  'assemblyClass',
  'assemblyLot',
  'assemblySubLot',
  'assemblyBillOfMaterialItem',
  'equipmentChild',
  'physicalAssetChild',
  'operationsSegmentChild',
  'processSegmentChild',
];

/** `cycle` in bills of several definitions: what a definition consumes must not in turn be made from its product. */
export const bills = {
  noun: 'OperationsDefinition',
  segments: 'operationsSegment',
  lines: 'materialSpecification',
  consumed: new Set(['Consumed', 'Material Consumed', 'Consumable']),
  produced: new Set(['Produced', 'Material Produced']),
} as const;

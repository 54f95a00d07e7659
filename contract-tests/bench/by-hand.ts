import { transforms } from '../../mappings/engine';
import type { CanonicalObject, Message } from '../../model/message';
import type { BenchComponent, BenchOperation, BenchOrder } from './order';

type Apply = (input: unknown, options: object, context: object) => string;
const context = { zone: 'Europe/Berlin' };
const use = (name: string) => {
  const apply = transforms.get(name)!.apply as Apply;
  return (input: unknown) => apply(input, {}, context);
};

/** What the values become is done by the same functions in all ways, so that the ways of mapping are compared. */
export const values = {
  trimmed: use('trim-leading-zeros'),
  decimal: use('sap-decimal'),
  localTime: use('local-date-time'),
};
export const units: Readonly<Record<string, string>> = { PCE: 'PCE', KGM: 'KG' };
export const states: Readonly<Record<string, string>> = { I0002: 'Released' };

const { trimmed, decimal, localTime } = values;

/** The mapping bench/order as a programmer would write it, without a look at whether anything is missing or wrong. */
export function mapByHand(order: BenchOrder): Message {
  const id = trimmed(order.number);
  const product = trimmed(order.product);
  const byOperation = new Map<string, BenchComponent[]>();
  for (const component of order.components) {
    const known = byOperation.get(component.operation);
    if (known) known.push(component);
    else byOperation.set(component.operation, [component]);
  }
  const segments = order.operations.map((operation) =>
    segmentOf(operation, product, byOperation.get(operation.number) ?? []),
  );
  segments.at(-1)!.materialRequirement.push({
    id: product,
    materialDefinitionId: [product],
    materialUse: 'Produced',
    quantity: quantityOf(order.quantity, order.unit),
  } as never);
  const request = {
    id,
    description: [order.description],
    operationsType: 'Production',
    startTime: localTime(order.start),
    endTime: localTime(order.end),
    requestState: states[order.status],
    operationsDefinitionId: product,
    _operationsDefinitionId: { schemeVersionId: order.revision },
    segmentRequirement: segments,
  };
  return {
    verb: 'Process',
    noun: 'OperationsSchedule',
    applicationArea: { creationDateTime: '2026-03-01T00:00:00Z', bodId: 'by-hand' },
    items: [{ id, operationsType: 'Production', operationsRequest: [request] } as unknown as CanonicalObject],
  };
}

function segmentOf(operation: BenchOperation, product: string, components: readonly BenchComponent[]) {
  return {
    id: operation.number,
    description: [operation.description],
    operationsType: 'Production',
    earliestStartTime: localTime(operation.start),
    latestEndTime: localTime(operation.end),
    processSegmentId: operation.number,
    operationsDefinitionId: product,
    operationsSegmentId: operation.number,
    segmentState: states[operation.status],
    segmentParameter: [
      {
        id: 'Force',
        value: [{ valueString: decimal(operation.force), dataType: 'decimal', unitOfMeasure: 'kN' }],
      },
    ],
    equipmentRequirement: [{ id: operation.workCentre, equipmentId: [operation.workCentre] }],
    materialRequirement: components.map((component) => ({
      id: component.item,
      description: [component.description],
      materialDefinitionId: [trimmed(component.material)],
      materialUse: 'Consumed',
      quantity: quantityOf(component.quantity, component.unit),
    })),
  };
}

const quantityOf = (quantity: string, unit: string) => [
  { quantityString: decimal(quantity), dataType: 'decimal', unitOfMeasure: units[unit] },
];

/** The same items as one JSONata expression, which knows no time zones: only times are made by a function of ours. */
export const asJsonata = `(
$trimmed := function($id) { $replace($id, /^0+(?=[0-9]+$)/, "") };
$decimal := function($text) { $string($number($trim($text))) };
{
  "id": $trimmed(number), "operationsType": "Production",
  "operationsRequest": [{
    "id": $trimmed(number), "description": [description], "operationsType": "Production",
    "startTime": $localTime(start), "endTime": $localTime(end), "requestState": $lookup($states, status),
    "operationsDefinitionId": $trimmed(product), "_operationsDefinitionId": {"schemeVersionId": revision},
    "segmentRequirement": [operations.(
      $operation := $;
      {
        "id": number, "description": [description], "operationsType": "Production",
        "earliestStartTime": $localTime(start), "latestEndTime": $localTime(end),
        "processSegmentId": number, "operationsDefinitionId": $trimmed($$.product), "operationsSegmentId": number,
        "segmentState": $lookup($states, status),
        "segmentParameter": [{"id": "Force",
          "value": [{"valueString": $decimal(force), "dataType": "decimal", "unitOfMeasure": "kN"}]}],
        "equipmentRequirement": [{"id": workCentre, "equipmentId": [workCentre]}],
        "materialRequirement": $append([$$.components[operation = $operation.number].{
          "id": item, "description": [description], "materialDefinitionId": [$trimmed(material)],
          "materialUse": "Consumed",
          "quantity": [{"quantityString": $decimal(quantity), "dataType": "decimal", "unitOfMeasure": $lookup($units, unit)}]
        }], number = $$.operations[-1].number ? [{
          "id": $trimmed($$.product), "materialDefinitionId": [$trimmed($$.product)], "materialUse": "Produced",
          "quantity": [{"quantityString": $decimal($$.quantity), "dataType": "decimal", "unitOfMeasure": $lookup($units, $$.unit)}]
        }] : [])
      }
    )]
  }]
})`;

import { randomUUID } from 'node:crypto';
import type { CanonicalObject, Message } from '../../model/message';

/** Transactions for the shared contract suite and for trying the kit by hand. */

const area = () => ({
  sender: { logicalId: 'SAMPLE' },
  creationDateTime: new Date().toISOString(),
  bodId: randomUUID(),
});

const amount = (quantityString: string, unitOfMeasure: string) => [
  { quantityString, dataType: 'decimal', unitOfMeasure },
];

const material = (id: string, name: string, materialUse: string, quantity: string): CanonicalObject => ({
  id,
  materialDefinitionId: [name],
  materialUse,
  quantity: amount(quantity, 'PCE'),
});

const segment = (id: string, equipment: string, materials: CanonicalObject[]): CanonicalObject => ({
  id,
  processSegmentId: id,
  operationsDefinitionId: 'PV-100',
  operationsSegmentId: id,
  equipmentRequirement: [{ id: equipment, equipmentId: [equipment] }],
  materialRequirement: materials,
});

/** ProcessOperationsSchedule of an order for four valves: pressed by a machine, assembled by hand. */
export function order(id: string, verb: 'Process' | 'Change' = 'Process'): Message {
  const request: CanonicalObject = {
    id,
    operationsType: 'Production',
    requestState: 'Released',
    operationsDefinitionId: 'PV-100',
    segmentRequirement: [
      segment('0010', 'PRESS-01', [
        material('0010', 'BODY-50', 'Consumed', '4'),
        material('0020', 'SEAL-EPDM', 'Consumed', '8'),
      ]),
      segment('0020', 'ASSY-01', [
        material('0030', 'SCREW-M8', 'Consumed', '32'),
        material('PV-100', 'PV-100', 'Produced', '4'),
      ]),
    ],
  };
  const items = [{ id, operationsType: 'Production', operationsRequest: [request] }];
  return { verb, noun: 'OperationsSchedule', applicationArea: area(), items };
}

/** ProcessOperationsPerformance: a segment of an order, its state and the good pieces since the previous report. */
export function performance(
  orderId: string,
  segmentId = '0010',
  segmentState = 'Running',
  good = '1',
): Message {
  const response: CanonicalObject = {
    id: `${orderId}-${segmentId}`,
    operationsRequestId: [orderId],
    segmentRequirementId: [segmentId],
    segmentState,
    segmentData: [{ id: 'GoodQuantity', value: [{ valueString: good, dataType: 'decimal' }] }],
  };
  const id = randomUUID();
  return {
    verb: 'Process',
    noun: 'OperationsPerformance',
    applicationArea: area(),
    items: [
      {
        id,
        operationsScheduleId: orderId,
        operationsResponse: [{ id, operationsRequestId: [orderId], segmentResponse: [response] }],
      },
    ],
  };
}

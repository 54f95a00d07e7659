import type {
  MaterialLine,
  OperationsDefinition,
  OperationsPerformance,
  OperationsSegment,
  Order,
  Parameter,
  SegmentResponse,
} from './shapes';

/** The example plant's product in both revisions, its orders and reports: what the tests of this folder tell of. */

export const zone = 'Europe/Berlin';

export const line = (id: string, material: string, quantity: string, unit = 'PCE'): MaterialLine => ({
  id,
  materialDefinitionId: [material],
  materialUse: 'Consumed',
  quantity: [{ quantityString: quantity, dataType: 'decimal', unitOfMeasure: unit }],
});

export const parameter = (id: string, value: string, unit: string): Parameter => ({
  id,
  value: [{ valueString: value, dataType: 'decimal', unitOfMeasure: unit }],
});

export const operation = (
  id: string,
  description: string,
  equipment: string,
  lines: MaterialLine[],
  parameters: Parameter[] = [],
): OperationsSegment => ({
  id,
  description: [description],
  duration: 'PT90S',
  processSegmentId: [id],
  parameterSpecification: parameters,
  equipmentSpecification: [{ id: equipment, equipmentId: [equipment] }],
  materialSpecification: lines,
});

export const revisionA: OperationsDefinition = {
  id: 'PV-100',
  version: 'A',
  description: ['Process valve DN50'],
  effectiveStartDate: '2026-01-01T00:00:00',
  operationsSegment: [
    operation(
      '0010',
      'Press seals',
      'PRESS-01',
      [line('0010', 'BODY-50', '1'), line('0020', 'SEAL-EPDM', '2')],
      [parameter('PressForce', '12.5', 'kN'), parameter('HoldTime', '2', 's')],
    ),
    operation('0020', 'Assemble and torque', 'ASSY-01', [
      line('0030', 'SCREW-M8', '8'),
      line('0040', 'LUBE-01', '0.015', 'KG'),
    ]),
  ],
};

export const revisionB: OperationsDefinition = {
  ...revisionA,
  version: 'B',
  effectiveStartDate: '2026-03-02T06:00:00',
  operationsSegment: [
    operation(
      '0010',
      'Press seals',
      'PRESS-01',
      [line('0010', 'BODY-50', '1'), line('0020', 'SEAL-FKM', '2')],
      [parameter('PressForce', '14.0', 'kN'), parameter('HoldTime', '2', 's')],
    ),
    operation('0020', 'Assemble and torque', 'ASSY-01', [
      line('0030', 'SCREW-M8', '6'),
      line('0040', 'LUBE-01', '0.015', 'KG'),
    ]),
  ],
};

/** An order of PV-100 in revision A, as the ERP sends it: totals for the order, no parameters. */
export function orderFromErp(id: string, quantity: number): Order {
  const total = (of: MaterialLine, perPiece: number, unit: string): MaterialLine => ({
    ...of,
    quantity: [{ quantityString: String(perPiece * quantity), dataType: 'decimal', unitOfMeasure: unit }],
  });
  const requirement = (segment: string, machine: string, materialRequirement: MaterialLine[]) => ({
    id: segment,
    processSegmentId: segment,
    operationsDefinitionId: 'PV-100',
    operationsSegmentId: segment,
    earliestStartTime: '2026-03-02T07:00:00',
    latestEndTime: '2026-03-02T15:00:00',
    equipmentRequirement: [{ id: machine, equipmentId: [machine] }],
    materialRequirement,
  });
  return {
    id,
    operationsType: 'Production',
    scheduleState: 'Released',
    startTime: '2026-03-02T07:00:00',
    endTime: '2026-03-02T15:00:00',
    operationsRequest: [
      {
        id,
        startTime: '2026-03-02T07:00:00',
        endTime: '2026-03-02T15:00:00',
        priority: '5',
        requestState: 'Released',
        operationsDefinitionId: 'PV-100',
        segmentRequirement: [
          requirement('0010', 'PRESS-01', [
            total(line('0010', 'BODY-50', '1'), 1, 'PCE'),
            total(line('0020', 'SEAL-EPDM', '2'), 2, 'PCE'),
          ]),
          requirement('0020', 'ASSY-01', [
            total(line('0030', 'SCREW-M8', '8'), 8, 'PCE'),
            {
              ...line('0040', 'LUBE-01', '0'),
              quantity: [{ quantityString: (0.015 * quantity).toFixed(3), unitOfMeasure: 'KG' }],
            },
            { ...total(line('PV-100', 'PV-100', '1'), 1, 'PCE'), materialUse: 'Produced' },
          ]),
        ],
      },
    ],
  };
}

export interface Reported {
  readonly state?: string;
  readonly good?: string;
  readonly consumed?: ReadonlyArray<readonly [material: string, quantity: string, unit?: string]>;
}

/** One report of execution on one operation of an order. */
export function performance(
  id: string,
  orderId: string,
  segmentId: string,
  reported: Reported,
): OperationsPerformance {
  const response: SegmentResponse = {
    id,
    actualStartTime: '2026-03-02T06:10:00Z',
    ...(reported.state === 'Completed' ? { actualEndTime: '2026-03-02T06:40:00Z' } : {}),
    segmentRequirementId: [segmentId],
    operationsRequestId: [orderId],
    segmentState: reported.state ?? 'Running',
    segmentData: reported.good ? [parameter('GoodQuantity', reported.good, 'PCE')] : [],
    materialActual: (reported.consumed ?? []).map(([material, quantity, unit = 'PCE'], i) => ({
      id: `${id}-${i + 1}`,
      materialDefinitionId: [material],
      materialUse: 'Consumed',
      quantity: [{ quantityString: quantity, dataType: 'decimal', unitOfMeasure: unit }],
    })),
  };
  return {
    id,
    operationsScheduleId: orderId,
    operationsResponse: [{ id, operationsRequestId: [orderId], segmentResponse: [response] }],
  };
}

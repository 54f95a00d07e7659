import type { OperationsDefinition, OperationsSchedule } from '../generated/types';
import type { Message } from '../message';

/** A production order as the hub carries it. */
export function order(): Message<OperationsSchedule> {
  return {
    verb: 'Process',
    noun: 'OperationsSchedule',
    releaseId: 'V0701',
    applicationArea: { sender: { logicalId: 'erp' }, creationDateTime: '2026-03-02T06:00:00Z', bodId: 'm-1' },
    items: [
      {
        id: '1000001',
        operationsType: 'Production',
        operationsRequest: [
          {
            id: '1000001',
            description: ['Process valve <DN50> & seals'],
            startTime: '2026-03-02T08:00:00+01:00',
            endTime: '2026-03-02T10:00:00+01:00',
            priority: '1',
            requestState: 'Released',
            operationsDefinitionId: 'PV-100',
            _operationsDefinitionId: { schemeVersionId: 'A' },
            segmentRequirement: [
              {
                id: '0010',
                processSegmentId: '0010',
                operationsDefinitionId: 'PV-100',
                operationsSegmentId: '0010',
                segmentParameter: [
                  {
                    id: 'PressForce',
                    value: [{ valueString: '12.5', dataType: 'decimal', unitOfMeasure: 'kN' }],
                  },
                ],
                equipmentRequirement: [{ id: 'PRESS-01', equipmentId: ['PRESS-01'] }],
                materialRequirement: [
                  {
                    id: '0020',
                    materialDefinitionId: ['SEAL-EPDM'],
                    materialUse: 'Consumed',
                    quantity: [{ quantityString: '8.000', dataType: 'decimal', unitOfMeasure: 'PCE' }],
                  },
                ],
              },
            ],
          },
        ],
      },
    ],
  };
}

/** An M-BOM with process plan. */
export function definition(): OperationsDefinition {
  const line = (id: string, material: string, quantityString: string) => ({
    id,
    materialDefinitionId: [material],
    materialUse: 'Consumed' as const,
    quantity: [{ quantityString, dataType: 'decimal' as const, unitOfMeasure: 'PCE' }],
  });
  return {
    id: 'PV-100',
    version: 'A',
    operationsType: 'Production',
    operationsSegment: [
      {
        id: '0010',
        duration: 'PT90S',
        processSegmentId: ['0010'],
        parameterSpecification: [
          { id: 'PressForce', value: [{ valueString: '12.5', dataType: 'decimal', unitOfMeasure: 'kN' }] },
        ],
        materialSpecification: [line('0010', 'BODY-50', '1'), line('0020', 'SEAL-EPDM', '2')],
      },
      { id: '0020', materialSpecification: [line('0030', 'SCREW-M8', '8')] },
    ],
  };
}

import { randomUUID } from 'node:crypto';
import type { CanonicalObject, Message } from '../../model/message';
import type { Booking, Order, Segment } from './kit-order';

/** What happened on a segment since the MES last reported on it. */
export interface Progress {
  readonly segment: Segment;
  readonly good: string;
  readonly consumed: readonly Booking[];
  readonly produced: readonly Booking[];
}

/** ProcessOperationsPerformance for one segment; its quantities are increments since the previous report. */
export function performance(order: Order, progress: Progress, number: number, now: Date): Message {
  const time = now.toISOString();
  return {
    verb: 'Process',
    noun: 'OperationsPerformance',
    applicationArea: {
      sender: { logicalId: 'MES', confirmationCode: 'Always' },
      creationDateTime: time,
      bodId: randomUUID(),
    },
    items: [
      {
        id: `${order.id}-${number}`,
        publishedDate: time,
        operationsType: 'Production',
        operationsScheduleId: order.id,
        performanceState: order.responseState,
        operationsResponse: [
          {
            id: `${order.id}-${number}`,
            operationsType: 'Production',
            operationsRequestId: [order.id],
            ...(order.operationsDefinition ? { operationsDefinitionId: [order.operationsDefinition] } : {}),
            responseState: order.responseState,
            segmentResponse: [segmentResponse(order, progress)],
          },
        ],
      },
    ],
  };
}

function segmentResponse({ id }: Order, { segment, good, consumed, produced }: Progress): CanonicalObject {
  const materials = [
    ...consumed.map((booking) => materialActual(booking, 'Consumed')),
    ...produced.map((booking) => materialActual(booking, 'Produced')),
  ];
  return {
    id: `${id}-${segment.id}`,
    ...(segment.startTime ? { actualStartTime: segment.startTime } : {}),
    ...(segment.endTime ? { actualEndTime: segment.endTime } : {}),
    operationsRequestId: [id],
    segmentRequirementId: [segment.id],
    segmentState: segment.state,
    segmentData: [{ id: 'GoodQuantity', value: [{ valueString: good, dataType: 'decimal' }] }],
    ...(segment.equipment[0]
      ? { equipmentActual: [{ id: segment.equipment[0], equipmentId: [segment.equipment[0]] }] }
      : {}),
    ...(materials.length > 0 ? { materialActual: materials } : {}),
  };
}

function materialActual({ line, material, quantity, unit }: Booking, materialUse: string): CanonicalObject {
  return {
    id: line,
    materialDefinitionId: [material],
    materialUse,
    quantity: [{ quantityString: quantity, dataType: 'decimal', ...(unit ? { unitOfMeasure: unit } : {}) }],
  };
}

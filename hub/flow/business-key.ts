import type { CanonicalObject } from '../../model/message';

type Part = Record<string, unknown>;

const first = (value: unknown): unknown => (Array.isArray(value) ? value[0] : value);
const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

/** The order that an object speaks of, where it speaks of one. */
export function orderOf(noun: string, item: CanonicalObject): string | undefined {
  switch (noun) {
    case 'OperationsSchedule':
      return text((first(item.operationsRequest) as Part | undefined)?.id) ?? text(item.id);
    case 'OperationsPerformance':
      return (
        text(item.operationsScheduleId) ??
        text(first((first(item.operationsResponse) as Part | undefined)?.operationsRequestId))
      );
    case 'WorkSchedule':
      return text((first(item.workRequest) as Part | undefined)?.id);
    default:
      return undefined;
  }
}

/**
 * What a receiver must get in order: everything about one order belongs together, whatever the noun;
 * any other object is its own key.
 */
export function businessKey(noun: string, item: CanonicalObject): string {
  const order = orderOf(noun, item);
  return order === undefined ? `${noun}/${item.id ?? ''}` : `order/${order}`;
}

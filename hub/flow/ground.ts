import type { OrderOnGround } from '../change/impact';
import type { Order } from '../change/shapes';
import type { Reads } from '../storage/store';
import { executionOf } from './execution-of';

/** Orders as they stand on the shop floor: what they ask for, and how far they are. Unknown ids are left out. */
export async function groundOf(
  reads: Reads,
  orderIds: readonly string[],
): Promise<Map<string, OrderOnGround>> {
  const ids = [...new Set(orderIds)].sort();
  if (ids.length === 0) return new Map();
  const objects = await reads.listObjects({ noun: 'OperationsSchedule', ids, limit: ids.length });
  const executions = await executionOf(reads, ids);
  return new Map(
    objects.map(({ id, body }): [string, OrderOnGround] => {
      const execution = executions.get(id);
      return [id, { order: body as Order, ...(execution ? { execution } : {}) }];
    }),
  );
}

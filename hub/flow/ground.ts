import { piecesOf } from '../change/effectivity-of';
import type { OrderOnGround } from '../change/impact';
import type { Order } from '../change/shapes';
import type { Reads } from '../storage/store';
import { executionOf } from './execution-of';

/** A statement takes only so many parameters. */
const PORTION = 1000;

/** Orders as they stand on the shop floor: what they ask for, and how far they are. Unknown ids are left out. */
export async function groundOf(
  reads: Reads,
  orderIds: Iterable<string>,
): Promise<Map<string, OrderOnGround>> {
  const ids = [...new Set(orderIds)].sort();
  const grounds = new Map<string, OrderOnGround>();
  for (let i = 0; i < ids.length; i += PORTION) {
    const portion = ids.slice(i, i + PORTION);
    const objects = await reads.listObjects({ noun: 'OperationsSchedule', ids: portion, limit: PORTION });
    const executions = await executionOf(reads, portion);
    for (const { id, body } of objects) {
      const execution = executions.get(id);
      const order = body as Order;
      grounds.set(id, { order, ...(execution ? { execution } : {}), ...piecesOf(order) });
    }
  }
  return grounds;
}

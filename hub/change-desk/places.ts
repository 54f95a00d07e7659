import type { ChangeOrder } from '../change/change';
import type { Diff } from '../change/diff-items';
import { type Effectivity, ordinals } from '../change/effectivity';
import { progressOf } from '../change/execution';
import type { OrderOnGround } from '../change/impact';
import { requestOf, revisionOf } from '../change/shapes';
import { groundOf } from '../flow/ground';
import type { Reads } from '../storage/store';

/**
 * The orders with their places, where a revision holds for the next so many orders of its product. An order that has a
 * place keeps it; free ones go to those that begin first.
 */
export async function withPlaces(
  reads: Reads,
  { id, diff, effectivity }: { readonly id: string; readonly diff: Diff; readonly effectivity?: Effectivity },
  orders: readonly OrderOnGround[],
  zone: string,
): Promise<readonly OrderOnGround[]> {
  if (diff.of !== 'definition') return orders;
  const { orderCount, from } = effectivity ?? diff.effective;
  if (orderCount === undefined) return orders;
  const known = await reads.listChangeOrders({ changeId: id });
  const taken = new Set(
    known.flatMap(({ body }) => ((body as ChangeOrder).impact.counted ? (body as ChangeOrder).id : [])),
  );
  const all = await groundOf(reads, await reads.ordersUsing('definition', [diff.id]));
  const free: { orderId: string; startTime: string }[] = [];
  for (const { order, execution } of all.values()) {
    const startTime = requestOf(order).startTime ?? order.startTime;
    // One that is made to the revision from the beginning has a place as well.
    if (revisionOf(order) === diff.after) taken.add(order.id);
    else if (startTime !== undefined && !taken.has(order.id) && progressOf(order, execution) !== 'done')
      free.push({ orderId: order.id, startTime });
  }
  const places = ordinals(free, from, zone);
  return orders.map((ground) => {
    const ordinal = taken.has(ground.order.id) ? 0 : places.get(ground.order.id);
    return ordinal === undefined
      ? ground
      : { ...ground, ordinal: taken.has(ground.order.id) ? 0 : taken.size + ordinal };
  });
}

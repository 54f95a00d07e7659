import { HubError } from '../../model/errors';
import { type AsBuilt, asBuilt } from '../change/as-built';
import type { Change, ChangeOrder } from '../change/change';
import type { UseKind } from '../change/order-uses';
import { groundOf } from '../flow/ground';
import type { Reads } from '../storage/store';
import { headOf, WHAT_IF } from './set';

/** An order as it was planned against what was built, with the changes that concerned it. Throws HUB_NOT_FOUND. */
export async function asBuiltOf(reads: Reads, orderId: string): Promise<AsBuilt> {
  const ground = (await groundOf(reads, [orderId])).get(orderId);
  if (!ground) throw new HubError('HUB_NOT_FOUND', `there is no order ${orderId}`, { value: orderId });
  const rows = (await reads.listChanges({ orderId, limit: 1000 })).filter(({ state }) => state !== WHAT_IF);
  const changes: Change[] = [];
  for (const row of rows.sort((a, b) => (a.id < b.id ? -1 : 1))) {
    const own = await reads.listChangeOrders({ changeId: row.id, orderIds: [orderId] });
    changes.push({ ...headOf(row), orders: own.map(({ body }) => body as ChangeOrder) });
  }
  return asBuilt(ground.order, ground.execution, changes, await reads.builtOf(orderId));
}

/** Open orders that use something, each with the operations that do. */
export async function usersOf(
  reads: Reads,
  kind: UseKind,
  ref: string,
): Promise<{ orderId: string; segments: string[] }[]> {
  const users = new Map<string, string[]>();
  for (const { orderId, segmentId } of await reads.usesOf(kind, [ref])) {
    users.set(orderId, [...(users.get(orderId) ?? []), ...(segmentId === '' ? [] : [segmentId])]);
  }
  return [...users].map(([orderId, segments]) => ({ orderId, segments }));
}

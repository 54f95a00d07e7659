import { HubError } from '../../model/errors';
import { type AsBuilt, asBuilt } from '../change/as-built';
import type { Change } from '../change/change';
import type { UseKind } from '../change/order-uses';
import { requestOf } from '../change/shapes';
import { groundOf } from '../flow/ground';
import type { Reads } from '../storage/store';
import { WHAT_IF } from './set';

/** An order as it was planned against what was built, with the changes that concerned it. Throws HUB_NOT_FOUND. */
export async function asBuiltOf(reads: Reads, orderId: string): Promise<AsBuilt> {
  const ground = (await groundOf(reads, [orderId])).get(orderId);
  if (!ground) throw new HubError('HUB_NOT_FOUND', `there is no order ${orderId}`, { value: orderId });
  const { operationsDefinitionId: product } = requestOf(ground.order);
  const rows = [
    ...(await reads.listChanges({ objectId: orderId, limit: 1000 })),
    ...(product === undefined ? [] : await reads.listChanges({ objectId: product, limit: 1000 })),
  ];
  const changes = rows
    .filter(({ state }) => state !== WHAT_IF)
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map(({ body }) => body as Change);
  return asBuilt(ground.order, ground.execution, changes);
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

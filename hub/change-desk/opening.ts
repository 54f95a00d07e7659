import type { Message } from '../../model/message';
import { type Change, openChange } from '../change/change';
import type { Command } from '../change/commands';
import type { Diff, OrderDiff } from '../change/diff-items';
import type { Effectivity } from '../change/effectivity';
import { assessImpact, type OrderOnGround } from '../change/impact';
import type { OperationsDefinition } from '../change/shapes';
import { holdsTaken, supersede } from '../change/supersede';
import type { Applied, Origin } from '../flow/apply';
import { groundOf } from '../flow/ground';
import { newId } from '../storage/id';
import type { Reads, StoredObject, Tx } from '../storage/store';
import { advance } from './advance';
import { difference, type Edition, keepHashes } from './differences';
import { heldAgainst } from './editions';
import { ordersOf, withDifferences } from './ground';
import { withPlaces } from './places';
import { newSet, openRows, readSet, type Workshop } from './set';

/** A change as it would begin now: the difference from each order's own revision, and what the rules say of each order. */
export async function assess(
  reads: Reads,
  { rules, zone }: Workshop,
  diff: Diff,
  orders: readonly OrderOnGround[],
  how: Pick<Change, 'id' | 'reference' | 'effectivity'> & { readonly now: string },
  to?: Edition,
): Promise<Change> {
  const { id, now, effectivity } = how;
  const stated = effectivity ? { effectivity } : {};
  const differences = await withDifferences(reads, { diff }, orders, to);
  const placed = await withPlaces(reads, { id, diff, ...stated }, orders, zone);
  const impacts = assessImpact({ ...differences, ...stated, orders: placed, rules, now, zone });
  return openChange({ ...how, ...differences, impacts, rules });
}

/** What was said of a product: a revision, or something about one. */
export interface Publication extends Applied {
  readonly message: Message;
  readonly from: Origin;
}

/**
 * A new revision of a product becomes a change of all the orders that it hits; it takes over from older ones what these
 * have not carried out. False: it says nothing new about how the product is made.
 */
export async function openRevision(tx: Tx, shop: Workshop, publication: Publication): Promise<boolean> {
  const { object, message, from } = publication;
  const edition = editionOf(object);
  if (!publication.before) {
    await keepHashes(tx, edition);
    return true;
  }
  const before = await heldAgainst(tx, { object, before: publication.before }, shop.zone);
  const diff = await difference(tx, editionOf(before), edition);
  if (diff.items.length === 0) return false;
  const now = new Date();
  const { orders, past } = await ordersOf(tx, object.id, doneBefore(shop, now));
  for (const orderId of past) await tx.putOrderUses(orderId, []);
  const reference = message.applicationArea.sender?.referenceId ?? `${object.id} version ${object.version}`;
  await begin(tx, shop, { diff, orders, reference, object, before, from, now });
  return true;
}

const editionOf = ({ body, version }: StoredObject): Edition => ({
  body: body as OperationsDefinition,
  version,
});

/** Orders done before this moment are not looked at any more. */
export const doneBefore = ({ project }: Workshop, now: Date): string =>
  new Date(now.getTime() - project.change.forgetDoneAfterMs).toISOString();

export interface Wish {
  readonly diff: OrderDiff;
  readonly stored: StoredObject;
  readonly message: Message;
  readonly from: Origin;
}

/** What an order's owner wants of it, while it is in execution, becomes a change of this one order. */
export async function openWish(tx: Tx, shop: Workshop, { diff, stored, message, from }: Wish): Promise<void> {
  const orders = [...(await groundOf(tx, [stored.id])).values()];
  const { sender, bodId } = message.applicationArea;
  const reference =
    sender?.referenceId ??
    (bodId === undefined ? `order ${stored.id}` : `order ${stored.id}, ${from.system} ${bodId}`);
  await begin(tx, shop, { diff, orders, reference, object: stored, before: stored, from, now: new Date() });
}

export interface Beginning {
  readonly diff: Diff;
  /** Where it is not what the revision itself states. */
  readonly effectivity?: Effectivity;
  readonly orders: readonly OrderOnGround[];
  readonly reference: string;
  readonly object: StoredObject;
  readonly before: StoredObject;
  readonly from: Origin;
  readonly now: Date;
}

/** Opens a change, and takes it as far as it goes. */
export async function begin(tx: Tx, shop: Workshop, beginning: Beginning): Promise<void> {
  const { diff, orders, reference, object, before, from, effectivity } = beginning;
  const now = beginning.now.toISOString();
  const older = await openRows(tx, object.id);
  const known = { id: newId(), reference, now, ...(effectivity ? { effectivity } : {}) };
  const change = await assess(tx, shop, diff, orders, known);
  const how = { now, messageId: from.messageId };
  const taken: Command[] = [];
  for (const row of older) {
    if (row.noun !== object.noun) continue;
    const set = await readSet(tx, row.id);
    const left = supersede(set.change, set.commands, change, now);
    if (left.change === set.change) continue;
    await advance(tx, shop, { ...set, ...left }, how);
    taken.push(...holdsTaken(left.change, left.commands, change));
  }
  const { noun, id: objectId, version: toVersion } = object;
  const versions = diff.of === 'order' ? {} : { toVersion };
  const row = { noun, objectId, fromVersion: before.version, ...versions, createdAt: now };
  await advance(tx, shop, { ...newSet(change, row), commands: taken }, how);
}

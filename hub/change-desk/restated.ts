import { type Change, isUndecided } from '../change/change';
import { decide } from '../change/decide';
import { diffOrders } from '../change/diff';
import type { DiffItem, OrderDiff } from '../change/diff-items';
import { completeOrder } from '../change/explode';
import { restated } from '../change/restated';
import { type Order, requestOf, revisionOf } from '../change/shapes';
import type { Origin, Restatement } from '../flow/apply';
import { definitionIn } from '../flow/revision';
import type { Reads, Tx } from '../storage/store';
import { advance, isInExecution } from './advance';
import { openWish } from './opening';
import { LOCK, openRows, readSet, type Workshop } from './set';

/** States in which its owner has ended the order: that is a fact and no wish. */
const ENDED = new Set(['Completed', 'Closed', 'Cancelled', 'Aborted']);

/**
 * An order that its owner states anew. Only what the owner says differently from the last time counts; what planning
 * and engineering changes have made of the order since stays. Where execution has the order, a difference is a wish:
 * it becomes a change, and the order stays as it is until execution has accepted it.
 *
 * The owner is the system that the order first came from. What another system states takes the order's place as it is.
 */
export async function restateOrder(
  tx: Tx,
  shop: Workshop,
  { stored, wanted, message, from }: Restatement,
): Promise<Order | 'change'> {
  const first = await tx.getObject(stored.noun, stored.id, { version: 1 });
  if (first?.system !== from.system) return wanted;
  const order = stored.body as Order;
  const [last, wish] = await comparable(tx, await lastSaid(tx, order, from, message.verb), wanted);
  const ended = ENDED.has(requestOf(wish).requestState ?? '');
  if (ended || !(await isInExecution(tx, shop.project, order.id))) return restated(order, last, wish);
  await tx.lock(LOCK);
  const open = await undecidedWish(tx, order.id);
  // A wish that nobody has decided on yet goes on in the new one.
  const base = open?.diff.of === 'order' ? open.diff.target : order;
  const merged = restated(base, last, wish);
  const diff = wishOf(order, merged, base === order ? diffOrders(last, wish).items : []);
  if (diff.items.length > 0) {
    if (open && diffOrders(base, merged).items.length === 0) return order;
    await openWish(tx, shop, { diff, stored, message, from });
    return 'change';
  }
  if (open) await withdraw(tx, shop, open, from);
  return merged;
}

async function undecidedWish(tx: Tx, orderId: string): Promise<Change | undefined> {
  for (const { id } of await openRows(tx, orderId)) {
    const { change } = await readSet(tx, id);
    if (change.diff.of === 'order' && change.orders.some(isUndecided)) return change;
  }
  return undefined;
}

/** The owner asks for the order as it is, after all. */
async function withdraw(tx: Tx, shop: Workshop, wish: Change, { system, messageId }: Origin): Promise<void> {
  const now = new Date().toISOString();
  const set = await readSet(tx, wish.id);
  const decision = {
    orderIds: 'all',
    action: 'reject',
    by: system,
    reason: 'the wish is withdrawn',
  } as const;
  await advance(tx, shop, { ...set, change: decide(set.change, decision, now) }, { now, messageId });
}

/** What the owner said of the order the last time; where messages are forgotten already, the order as it kept it last. */
async function lastSaid(
  reads: Reads,
  order: Order,
  { system, messageId }: Origin,
  verb: string,
): Promise<Order> {
  const filter = { system, noun: 'OperationsSchedule', verb, objectKey: order.id, limit: 2 };
  for (const { id, body } of await reads.listMessages(filter)) {
    // Undefined where bodies are no longer kept.
    const items = (body as { items: readonly { id?: string }[] } | undefined)?.items ?? [];
    const said = id === messageId ? undefined : items.find((item) => item.id === order.id);
    if (said) return said as unknown as Order;
  }
  const versions = await reads.objectVersions('OperationsSchedule', order.id);
  const version = versions.find((one) => one.system === system)?.version;
  const kept = version && (await reads.getObject('OperationsSchedule', order.id, { version }));
  return kept ? (kept.body as Order) : order;
}

/** Another product or revision brings other machine parameters with it, which the owner does not know. */
async function comparable(reads: Reads, last: Order, wanted: Order): Promise<[Order, Order]> {
  const variant = (order: Order) => `${requestOf(order).operationsDefinitionId} ${revisionOf(order)}`;
  if (variant(last) === variant(wanted)) return [last, wanted];
  const completed = async (order: Order) => {
    const product = requestOf(order).operationsDefinitionId;
    const definition =
      product === undefined ? undefined : await definitionIn(reads, product, revisionOf(order));
    return definition ? completeOrder(order, definition) : order;
  };
  return [await completed(last), await completed(wanted)];
}

/** The difference in the owner's own words where it speaks of the order as a whole, else in those of the order as it stands. */
function wishOf(order: Order, merged: Order, said: readonly DiffItem[]): OrderDiff {
  const diff = diffOrders(order, merged);
  const isOfWhole = diff.items.length > 0 && said.length > 0 && said.every((item) => item.segmentId === '');
  return isOfWhole ? { ...diff, items: said } : diff;
}

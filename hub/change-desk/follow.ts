import type { Command } from '../change/commands';
import type { OrderOnGround } from '../change/impact';
import { reassess } from '../change/reassess';
import { type Order, requestOf } from '../change/shapes';
import { groundOf } from '../flow/ground';
import type { ConcernedChange, Reads, Tx } from '../storage/store';
import type { Advance } from './advance';
import { withDifferences } from './ground';
import { withPlaces } from './places';
import { type ChangeSet, headOf, LOCK, OPEN, ORDERS_LOCK, WHAT_IF, type Workshop } from './set';
import { mayFreeWrite } from './slice';
import { work } from './work';

/**
 * An order has moved: it came in, was planned anew, or progress was reported. Changes that concern it look at it again,
 * and what waited for it may go. An order that comes in late is taken in by the last change of its product. `order`: as
 * it stands, where that is at hand.
 */
export async function followOrder(
  tx: Tx,
  shop: Workshop,
  { orderId, order: stated }: { readonly orderId: string; readonly order?: Order },
  how: Advance,
): Promise<void> {
  await tx.lock(LOCK, 'shared');
  const grounds = groundOf(tx, [orderId]);
  const order = stated ?? (await grounds).get(orderId)?.order;
  if (order === undefined) return;
  const product = requestOf(order).operationsDefinitionId;
  const concerning = tx.changesConcerning({ orderId, states: OPEN, product, besides: WHAT_IF });
  const [known, found] = await Promise.all([grounds, concerning]);
  const ground = known.get(orderId)!;
  const newest = await notTakenBack(tx, found.find(({ why }) => why === 'product')?.id);
  const own = found.flatMap(({ why, id }) => (why === 'order' ? [id] : []));
  const concerned = new Set([...own.sort().reverse(), ...(newest === undefined ? [] : [newest])]);
  const waiting = found.flatMap((one) => (waitsFor(one, orderId) ? [one.id] : []));
  const ids = [...new Set([...concerned, ...waiting.sort()])].filter((id) => id !== newest);
  if (newest !== undefined) ids.push(newest);
  if (ids.length > 0) await tx.lock(ORDERS_LOCK);
  for (const id of ids) {
    await work(tx, shop, {
      id,
      orderIds: [orderId],
      edit: (set) =>
        concerned.has(id) && !set.change.undo ? lookedAt(tx, shop, set, [ground], how.now) : set,
      matters: (before, after) => hasMoved(before, after) || waits(after) || mayFree(after, ground, shop),
      how: () => how,
    });
  }
}

async function notTakenBack(reads: Reads, id: string | undefined): Promise<string | undefined> {
  if (id === undefined) return undefined;
  const row = await reads.getChange(id);
  return row && headOf(row).undo === undefined ? id : undefined;
}

/** A command that waits until an operation of the order is done. */
const waitsFor = ({ why, body }: ConcernedChange, orderId: string): boolean =>
  why === 'command' && (body as Command).after.some((operation) => operation.orderId === orderId);

/**
 * The change as the ground is now: orders that moved on since it was looked at show it, and ask where they must.
 * `besides`: other orders that may be concerned by now.
 */
export async function reassessed(
  reads: Reads,
  shop: Workshop,
  set: ChangeSet,
  now: string,
  besides: readonly OrderOnGround[] = [],
): Promise<ChangeSet> {
  const grounds = await groundOf(
    reads,
    set.change.orders.map(({ id }) => id),
  );
  const others = besides.filter(({ order }) => !grounds.has(order.id));
  return lookedAt(reads, shop, set, [...grounds.values(), ...others], now);
}

async function lookedAt(
  reads: Reads,
  { rules, zone }: Workshop,
  set: ChangeSet,
  orders: readonly OrderOnGround[],
  now: string,
): Promise<ChangeSet> {
  const known = await withDifferences(reads, set.change, orders);
  const placed = await withPlaces(reads, known, orders, zone);
  const { change, commands } = reassess(known, set.commands, { orders: placed, rules, now, zone });
  return { ...set, change, commands };
}

const hasMoved = (before: ChangeSet, after: ChangeSet): boolean =>
  before.change.orders !== after.change.orders ||
  after.commands.some((command, i) => command !== before.commands[i]);

/** A command waits for what happens on the shop floor. */
const waits = ({ commands }: ChangeSet): boolean =>
  commands.some(({ state, after }) => state === 'planned' && after.length > 0);

const mayFree = (set: ChangeSet, ground: OrderOnGround, shop: Workshop): boolean =>
  mayFreeWrite(set, new Map([[ground.order.id, ground]]), shop);

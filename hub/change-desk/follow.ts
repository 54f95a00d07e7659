import type { Change } from '../change/change';
import type { OrderOnGround } from '../change/impact';
import { reassess } from '../change/reassess';
import { requestOf } from '../change/shapes';
import { groundOf } from '../flow/ground';
import type { ChangeRow, Reads, Tx } from '../storage/store';
import { type Advance, advance } from './advance';
import { withDifferences } from './ground';
import { type ChangeSet, LOCK, openSets, setOf, WHAT_IF, type Workshop } from './set';

/**
 * An order has moved: it came in, was planned anew, or progress was reported. Changes that concern it look at it again,
 * and what waited for it may go. An order that comes in late is taken in by the last change of its product.
 */
export async function followOrder(tx: Tx, shop: Workshop, orderId: string, how: Advance): Promise<void> {
  const ground = (await groundOf(tx, [orderId])).get(orderId);
  if (ground === undefined) return;
  const newest = await lastRevision(tx, requestOf(ground.order).operationsDefinitionId);
  const open = await openSets(tx);
  const rows = [...open.filter(({ id }) => id !== newest?.id), ...(newest ? [newest] : [])];
  if (rows.length > 0) await tx.lock(LOCK);
  for (const row of rows) {
    const set = await setOf(tx, row);
    const concerns = row.id === newest?.id || set.change.orders.some(({ id }) => id === orderId);
    const next = concerns && !set.change.undo ? await lookedAt(tx, shop, set, [ground], how.now) : set;
    if (hasMoved(set, next) || waits(next)) await advance(tx, shop, next, how);
  }
}

/** The last change that a revision of the product has made, unless it was taken back. */
async function lastRevision(reads: Reads, product: string | undefined): Promise<ChangeRow | undefined> {
  if (product === undefined) return undefined;
  const rows = await reads.listChanges({ objectId: product, limit: 20 });
  const last = rows.find(({ noun, state }) => noun === 'OperationsDefinition' && state !== WHAT_IF);
  return last && (last.body as Change).undo === undefined ? last : undefined;
}

/** The change as the ground is now: orders that moved on since it was looked at show it, and ask where they must. */
export async function reassessed(
  reads: Reads,
  shop: Workshop,
  set: ChangeSet,
  now: string,
): Promise<ChangeSet> {
  const grounds = await groundOf(
    reads,
    set.change.orders.map(({ id }) => id),
  );
  return lookedAt(reads, shop, set, [...grounds.values()], now);
}

async function lookedAt(
  reads: Reads,
  { rules, zone }: Workshop,
  set: ChangeSet,
  orders: readonly OrderOnGround[],
  now: string,
): Promise<ChangeSet> {
  const known = await withDifferences(reads, set.change, orders);
  const { change, commands } = reassess(known, set.commands, { orders, rules, now, zone });
  return { ...set, change, commands };
}

const hasMoved = (before: ChangeSet, after: ChangeSet): boolean =>
  before.change.orders !== after.change.orders ||
  before.change.state !== after.change.state ||
  after.commands.some((command, i) => command !== before.commands[i]);

/** A value for a machine, or a command after an operation, waits for what happens on the shop floor. */
const waits = ({ commands, change }: ChangeSet): boolean =>
  commands.some(({ state, after }) => state === 'planned' && after.length > 0) ||
  (change.diff.items.some(({ kind }) => kind.startsWith('parameter')) &&
    !commands.some(({ kind, state }) => kind === 'parameter-write' && state !== 'dropped'));

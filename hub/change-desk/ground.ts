import type { DefinitionDiff, Differences } from '../change/diff-items';
import { progressOf } from '../change/execution';
import type { OrderOnGround } from '../change/impact';
import { requestOf, revisionOf } from '../change/shapes';
import { groundOf } from '../flow/ground';
import { editionIn } from '../flow/revision';
import type { Reads } from '../storage/store';
import { difference, type Edition } from './differences';

export interface ProductOrders {
  /** Open orders, and those done lately: a change says that it leaves them alone. */
  readonly orders: readonly OrderOnGround[];
  /** Orders done for so long that nobody asks any more. */
  readonly past: readonly string[];
}

/** The orders of a product as they stand, found through the index. */
export async function ordersOf(reads: Reads, product: string, doneBefore: string): Promise<ProductOrders> {
  const grounds = await groundOf(reads, await reads.ordersUsing('definition', [product]));
  const orders: OrderOnGround[] = [];
  const past: string[] = [];
  for (const [id, ground] of grounds) {
    const ended = endOf(ground);
    if (ended !== undefined && Date.parse(ended) < Date.parse(doneBefore)) past.push(id);
    else orders.push(ground);
  }
  return { orders, past };
}

/** When the order was done, or should have been where nobody reported; `undefined`: it is open. */
function endOf({ order, execution }: OrderOnGround): string | undefined {
  if (progressOf(order, execution) !== 'done') return undefined;
  const ends = Object.values(execution?.segments ?? {}).flatMap(({ endTime }) => endTime ?? []);
  return ends.length > 0 ? ends.sort().at(-1) : requestOf(order).endTime;
}

/**
 * The difference with those from the other revisions that these orders are made to, as far as the hub has seen them:
 * an order takes the whole way from its own revision.
 */
export async function withDifferences<T extends Differences>(
  reads: Reads,
  change: T,
  orders: readonly OrderOnGround[],
  to?: Edition,
): Promise<T> {
  const { diff, diffsFrom = {} } = change;
  if (diff.of === 'order') return change;
  const known = new Set([diff.before, diff.after, undefined, ...Object.keys(diffsFrom)]);
  const revisions = orders
    .filter(
      ({ order, execution }) =>
        requestOf(order).operationsDefinitionId === diff.id && progressOf(order, execution) !== 'done',
    )
    .map(({ order }) => revisionOf(order));
  const missing = new Set(revisions.filter((revision) => !known.has(revision)));
  if (missing.size === 0) return change;
  const after = to ?? (await editionIn(reads, diff.id, diff.after));
  const found: Record<string, DefinitionDiff> = {};
  for (const revision of after === undefined ? [] : missing) {
    const before = await editionIn(reads, diff.id, revision);
    if (before) found[revision!] = await difference(reads, before, after!);
  }
  return Object.keys(found).length === 0 ? change : { ...change, diffsFrom: { ...diffsFrom, ...found } };
}

import { restated } from '../change/restated';
import type { Order } from '../change/shapes';
import type { Project } from '../project';
import type { Tx } from '../storage/store';
import { keepSet } from './keep';
import { type ChangeSet, openRows, readSlice } from './set';

export interface Moved {
  readonly before: Order;
  readonly after: Order;
  /** The change that moved it. */
  readonly besides?: string;
  readonly now: string;
}

/**
 * What a customer wants of an order was worked out on the order as it stood. When the order itself moves on (planned
 * anew, or changed by another change), open wishes are brought up to what it is now, so that they undo nothing of that.
 */
export async function rebase(
  tx: Tx,
  project: Project,
  { before, after, besides, now }: Moved,
): Promise<void> {
  for (const row of await openRows(tx, after.id)) {
    if (row.id === besides) continue;
    const set = await readSlice(tx, row.id, []);
    const moved = rebased(set, before, after);
    if (moved !== set) await keepSet(tx, project, moved, now);
  }
}

function rebased(set: ChangeSet, before: Order, after: Order): ChangeSet {
  const { diff } = set.change;
  if (diff.of !== 'order') return set;
  const target = restated(after, before, diff.target);
  return { ...set, change: { ...set.change, diff: { ...diff, target } } };
}

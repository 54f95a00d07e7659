import type { Change } from './change';
import { isUndecided, noted, overallState, withOrders } from './change';
import type { Command } from './commands';
import { dropPlanned } from './drop-planned';

/**
 * A newer revision while an older change is still open: the later fact wins. Orders that the newer change takes over
 * and that the older one has not yet changed leave the older one; what was planned for them there is dropped. What the
 * older change has sent stands: the newer change starts from the revision that the order is made to then.
 *
 * A hold of the older change stays in force; the newer one holds the order again, under its own reference, and
 * releases it. Where the newer one holds nothing of its own, it takes over the hold; see `holdsTaken`.
 */
export function supersede(
  older: Change,
  commands: readonly Command[],
  newer: Change,
  now: string,
): { readonly change: Change; readonly commands: Command[] } {
  const taken = new Set(
    newer.orders.filter((order) => order.impact.action !== 'none').map((order) => order.id),
  );
  const why = `superseded by ${newer.reference} (change ${newer.id})`;
  let next = [...commands];
  const change = withOrders(older, (order) => {
    const unsent = order.standing === 'by-policy' && !hasGoneOut(commands, order.id);
    if (!taken.has(order.id) || !(isUndecided(order) || unsent)) return order;
    next = dropPlanned(next, order.id, why, now, true);
    const { due: _due, until: _until, firstApproval: _first, ...rest } = order;
    const left = {
      ...rest,
      standing: 'untouched' as const,
      supersededBy: newer.id,
      movedAt: older.ground + 1,
    };
    return noted(left, `It is ${why}.`, now);
  });
  if (change === older) return { change: older, commands: next };
  const moved: Change = { ...change, ground: older.ground + 1 };
  return { change: { ...moved, state: overallState(moved, next) }, commands: next };
}

const hasGoneOut = (commands: readonly Command[], orderId: string): boolean =>
  commands.some(
    (one) =>
      one.orderId === orderId &&
      one.kind === 'order-change' &&
      (one.state === 'sent' || one.state === 'acknowledged'),
  );

/**
 * Holds of an older change that are in force on orders which the newer one takes over without holding them itself, as
 * commands of the newer: it is the one to let them go on.
 */
export function holdsTaken(older: Change, commands: readonly Command[], newer: Change): Command[] {
  const taken = new Set(
    older.orders.filter(({ supersededBy }) => supersededBy === newer.id).map(({ id }) => id),
  );
  const own = new Set(newer.orders.filter(({ impact }) => impact.action === 'hold+ask').map(({ id }) => id));
  return commands
    .filter((one) => isInForce(one, commands))
    .flatMap((one) => {
      const { orderId = '' } = one;
      if (!taken.has(orderId) || own.has(orderId)) return [];
      const id = one.id.replace(older.id, newer.id);
      // Whatever comes after it for the same order reaches machine and MES after it.
      return [{ ...one, id, changeId: newer.id, dependsOn: [], state: 'acknowledged' as const }];
    });
}

/** A hold that was accepted and that no release has followed. */
const isInForce = (hold: Command, commands: readonly Command[]): boolean =>
  (hold.kind === 'order-hold' || hold.kind === 'job-hold') &&
  hold.undoes === undefined &&
  (hold.state === 'acknowledged' || hold.state === 'sent') &&
  !commands.some((one) => isRelease(one) && one.dependsOn.includes(hold.id) && one.state !== 'dropped');

const isRelease = ({ kind }: Command): boolean => kind === 'order-release' || kind === 'job-resume';

import type { Change, Standing } from './change';
import type { OrderImpact } from './impact';
import type { Action, ExecutionState } from './rules';

/** What a what-if foresaw for an order, and what then came of it. */
export interface Foresight {
  readonly orderId: string;
  /** Absent: nobody reckoned with the order. */
  readonly foreseen?: { readonly state: ExecutionState; readonly action: Action };
  /** Absent: the change did not concern the order after all. */
  readonly happened?: {
    readonly state: ExecutionState;
    readonly action: Action;
    readonly standing: Standing;
  };
  readonly cameTrue: boolean;
}

/**
 * A kept what-if against the change as it was then carried out, by order: orders that went on while people talked
 * are those that did not come true.
 */
export function compareWhatIf(foreseen: readonly OrderImpact[], change: Change): Foresight[] {
  const before = new Map(foreseen.map((impact) => [impact.id, impact]));
  const after = new Map(change.orders.map((order) => [order.id, order]));
  return [...new Set([...before.keys(), ...after.keys()])].map((orderId) => {
    const then = before.get(orderId);
    const now = after.get(orderId);
    return {
      orderId,
      ...(then ? { foreseen: { state: then.state, action: then.action } } : {}),
      ...(now
        ? { happened: { state: now.impact.state, action: now.impact.action, standing: now.standing } }
        : {}),
      cameTrue: then !== undefined && then.state === now?.impact.state && then.action === now.impact.action,
    };
  });
}

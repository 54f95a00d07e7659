import { HubError } from '../../model/errors';
import type { Scope } from './apply-to-order';
import type { Additions, Change, ChangeOrder, Decision, Until } from './change';
import { askFrom, isUndecided, noted, withOrders } from './change';

/** What a supervisor decides, for some orders or for all that wait. */
export interface DecisionRequest {
  readonly orderIds: readonly string[] | 'all';
  readonly action: Decision['action'];
  readonly by: string;
  readonly reason: string;
  /** For approve and extend; absent: the remaining quantity. */
  readonly scope?: Scope;
  /** For defer. */
  readonly until?: Until;
  /** For extend. */
  readonly additions?: Additions;
  /** `ground` of the change as the supervisor saw it; a decision on older ground is refused. */
  readonly seen?: number;
}

/**
 * The change with the decision in it. All orders are decided or none.
 * Throws HUB_ALREADY_DECIDED for an order that no longer waits and HUB_BAD_DECISION for a decision that is incomplete,
 * not possible, or made on ground that has moved since.
 */
export function decide(change: Change, request: DecisionRequest, now: string): Change {
  checkRequest(change, request, now);
  const chosen = new Set(choose(change, request));
  const { action, by, reason, scope, until, additions } = request;
  const decision: Decision = {
    action,
    by,
    reason,
    at: now,
    ...(action === 'approve' || action === 'extend' ? { scope: scope ?? 'remaining' } : {}),
    ...(until ? { until } : {}),
    ...(additions ? { additions } : {}),
  };
  return withOrders(change, (order) => (chosen.has(order.id) ? decideOrder(order, decision) : order));
}

const bad = (change: Change, message: string, value?: unknown): HubError =>
  new HubError('HUB_BAD_DECISION', message, { at: `change ${change.id}`, value });

function checkRequest(change: Change, request: DecisionRequest, now: string): void {
  const { action, by, reason, until, additions, orderIds } = request;
  if (!['approve', 'defer', 'reject', 'extend'].includes(action)) {
    throw bad(change, `${action} is no decision: approve, defer, reject or extend`, action);
  }
  if (by.trim() === '') throw bad(change, 'a decision needs the name of who decides');
  if (reason.trim() === '') throw bad(change, 'a decision needs a reason');
  if (change.undo !== undefined) throw bad(change, 'the change is being taken back');
  if (orderIds !== 'all' && orderIds.length === 0) throw bad(change, 'the decision names no order');
  if (action === 'defer') checkUntil(change, until, now);
  else if (until !== undefined) throw bad(change, `until belongs to defer, not to ${action}`, until);
  const added = Object.values(additions ?? {}).some((list) => list.length > 0);
  if (action === 'extend' && !added) throw bad(change, 'extend needs what is added', additions);
  if (action !== 'extend' && added)
    throw bad(change, `additions belong to extend, not to ${action}`, additions);
}

function checkUntil(change: Change, until: Until | undefined, now: string): void {
  if (until === undefined) throw bad(change, 'defer needs until: an operation, a time or the next order');
  if ('time' in until && !(Date.parse(until.time) > Date.parse(now))) {
    throw bad(change, 'defer needs a time to come, with its zone', until.time);
  }
}

function choose(change: Change, request: DecisionRequest): string[] {
  const known = new Map(change.orders.map((order) => [order.id, order]));
  const waiting = change.orders.filter(isUndecided);
  if (request.orderIds === 'all') {
    if (waiting.length === 0) {
      throw new HubError('HUB_ALREADY_DECIDED', `nothing in change ${change.id} waits for a decision`, {
        at: `change ${change.id}`,
      });
    }
  } else {
    for (const id of request.orderIds) checkOpen(change, id, known.get(id));
  }
  const chosen = request.orderIds === 'all' ? waiting : request.orderIds.map((id) => known.get(id)!);
  for (const order of chosen) {
    if (request.seen !== undefined && request.seen < order.movedAt) {
      throw bad(change, `order ${order.id} has moved since it was looked at: ${order.impact.reason}`);
    }
    checkOrder(change, order, request);
  }
  return chosen.map((order) => order.id);
}

function checkOpen(change: Change, id: string, order: ChangeOrder | undefined): void {
  if (order === undefined) throw bad(change, `change ${change.id} does not concern order ${id}`, id);
  if (isUndecided(order)) return;
  const last = order.decisions.at(-1);
  const how = last ? `${order.standing} by ${last.by} at ${last.at}` : order.standing;
  throw new HubError('HUB_ALREADY_DECIDED', `order ${id} is ${how}`, {
    at: `change ${change.id}`,
    value: id,
  });
}

function checkOrder(change: Change, order: ChangeOrder, request: DecisionRequest): void {
  const { until, by, action } = request;
  if (until && 'operation' in until) {
    const operation = order.impact.operations.find((one) => one.id === until.operation);
    if (operation?.state === 'operation-done') {
      throw bad(change, `operation ${until.operation} of order ${order.id} is already done`, until);
    }
  }
  if ((action === 'approve' || action === 'extend') && order.firstApproval?.by === by) {
    throw bad(change, `order ${order.id} needs a second person: ${by} has approved it already`, by);
  }
}

function decideOrder(order: ChangeOrder, decision: Decision): ChangeOrder {
  const decisions = [...order.decisions, decision];
  const { action, by } = decision;
  if (action === 'reject') return settled({ ...order, decisions }, 'rejected');
  if (action === 'defer') {
    return { ...settled({ ...order, decisions }, 'deferred'), until: decision.until! };
  }
  if (order.needsTwo && order.firstApproval === undefined) {
    const first = { ...order, decisions, firstApproval: decision };
    return noted(first, `${by} approved; a second person has to approve as well.`, decision.at);
  }
  const additions = decision.additions ?? order.firstApproval?.additions;
  const approved = settled({ ...order, decisions }, additions ? 'extended' : 'approved');
  return {
    ...approved,
    scope: decision.scope ?? order.scope,
    ...(additions ? { additions } : {}),
  };
}

function settled(order: ChangeOrder, standing: ChangeOrder['standing']): ChangeOrder {
  const { due: _due, until: _until, firstApproval: _first, ...rest } = order;
  return { ...rest, standing };
}

/** Whose decision a default is, in the change's history. */
export const deadlineName = 'deadline';

export interface Tick {
  readonly change: Change;
  /** What somebody should be told now. */
  readonly alerts: ReadonlyArray<{ readonly orderId: string; readonly text: string }>;
}

/**
 * What time does to a change: an alert before a decision is overdue, then the stated default, and a deferred order
 * asks again when its moment has come. `isDone` tells whether an operation of an order is done.
 */
export function tick(
  change: Change,
  now: string,
  isDone: (orderId: string, segmentId: string) => boolean = () => false,
): Tick {
  const alerts: Array<{ orderId: string; text: string }> = [];
  const next = withOrders(change, (order) => {
    const step = order.standing === 'deferred' ? stepDeferred(order, now, isDone) : stepWaiting(order, now);
    if (step === undefined) return order;
    alerts.push({ orderId: order.id, text: `Order ${order.id}: ${step.text}` });
    return step.order;
  });
  return { change: next, alerts };
}

/** What has become due for an order; `undefined`: nothing. */
type Step = { readonly order: ChangeOrder; readonly text: string } | undefined;

function stepDeferred(
  order: ChangeOrder,
  now: string,
  isDone: (orderId: string, segmentId: string) => boolean,
): Step {
  const { until } = order;
  if (until === undefined) return undefined;
  const hasCome =
    ('time' in until && Date.parse(now) >= Date.parse(until.time)) ||
    ('operation' in until && isDone(order.id, until.operation));
  if (!hasCome) return undefined;
  return { order: askFrom({ ...order, round: order.round + 1 }, now), text: 'the decision put off is due.' };
}

function stepWaiting(order: ChangeOrder, now: string): Step {
  const { due, patience } = order;
  if (order.standing !== 'waiting' || due === undefined || patience === undefined) return undefined;
  const { otherwise: action } = patience;
  const outcome = action === 'reject' ? 'left as it is' : 'changed';
  if (Date.parse(now) >= Date.parse(due.at)) {
    const reason = `no decision until ${due.at}`;
    const scope = action === 'approve' ? { scope: 'remaining' as const } : {};
    const decision: Decision = { action, by: deadlineName, reason, at: now, ...scope };
    const decided = decideOrder({ ...order, needsTwo: false }, decision);
    return { order: decided, text: `nobody decided in time, so it is ${outcome}.` };
  }
  if (due.alerted || Date.parse(now) < Date.parse(due.alertAt)) return undefined;
  const alerted = { ...order, due: { ...due, alerted: true } };
  return { order: alerted, text: `decide before ${due.at}, else it is ${outcome}.` };
}

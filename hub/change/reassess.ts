import type { Change, ChangeOrder } from './change';
import { askAgain, noted, openOrder, overallState, takesChange } from './change';
import type { Command } from './commands';
import type { ImpactQuestion, OrderImpact, OrderOnGround } from './impact';
import { assessImpact } from './impact';
import { baseOf } from './plan';
import { dropPlanned } from './settle';

export interface Reassessed {
  readonly change: Change;
  readonly commands: Command[];
  /** What has moved, in sentences: for the alert and the page. */
  readonly moved: readonly string[];
}

/**
 * Looks at the ground again, before a decision and after every report of progress: orders that moved on, that are done
 * by now, or that have come in since. An undecided order shows its new impact; one that policy had settled but of which
 * nothing has been sent asks when it has begun meanwhile; a done order is left alone. What was sent is not called
 * back: the machine or MES says itself when it is too late.
 */
export function reassess(
  change: Change,
  commands: readonly Command[],
  question: Omit<ImpactQuestion, 'diff' | 'effectivity'>,
): Reassessed {
  const { now, rules } = question;
  const impacts = new Map(assessGround(change, commands, question).map((impact) => [impact.id, impact]));
  const given = new Set(question.orders.map((ground) => ground.order.id));
  const ground = change.ground + 1;
  const moved: string[] = [];
  let next = [...commands];
  const orders = change.orders.map((order) => {
    const impact = impacts.get(order.id);
    if (impact === undefined || !given.has(order.id)) return order;
    const step = moveOrder(order, impact, next, now, ground);
    if (step === order) return order;
    moved.push(`Order ${order.id}: ${impact.reason}`);
    if (step.standing !== order.standing || step.round !== order.round) {
      next = dropPlanned(next, order.id, impact.reason, now);
    }
    return step;
  });
  const known = new Set(change.orders.map((order) => order.id));
  for (const impact of impacts.values()) {
    if (known.has(impact.id) || impact.action === 'none') continue;
    moved.push(`Order ${impact.id} has come in: ${impact.reason}`);
    orders.push(openOrder(impact, rules, now, ground));
  }
  if (moved.length === 0) return { change, commands: next, moved };
  const after: Change = { ...change, orders, ground };
  return { change: { ...after, state: overallState(after, next) }, commands: next, moved };
}

function assessGround(
  change: Change,
  commands: readonly Command[],
  question: Omit<ImpactQuestion, 'diff' | 'effectivity'>,
): OrderImpact[] {
  const based = (ground: OrderOnGround): OrderOnGround => ({
    ...ground,
    order: baseOf(change.diff, commands, ground.order),
  });
  return assessImpact({
    ...question,
    orders: question.orders.map(based),
    diff: change.diff,
    ...(change.effectivity ? { effectivity: change.effectivity } : {}),
  });
}

function moveOrder(
  order: ChangeOrder,
  impact: OrderImpact,
  commands: readonly Command[],
  now: string,
  ground: number,
): ChangeOrder {
  if (sameGround(order.impact, impact)) return order;
  const seen: ChangeOrder = { ...order, impact, movedAt: ground };
  if (order.standing === 'waiting' || order.standing === 'deferred') {
    if (impact.action === 'none' || impact.action === 'refuse') {
      const { due: _due, firstApproval: _first, until: _until, ...rest } = seen;
      const standing = impact.action === 'none' ? 'untouched' : 'refused';
      return noted({ ...rest, standing }, impact.reason, now);
    }
    // Once asked, an order is decided by a person, even if its new state alone would not need it.
    const asked: ChangeOrder = {
      ...seen,
      impact: { ...impact, action: impact.action === 'apply' ? 'ask' : impact.action },
    };
    return noted(asked, impact.reason, now);
  }
  if (!takesChange(order)) return { ...seen, movedAt: order.movedAt };
  if (wasSent(commands, order)) return { ...seen, movedAt: order.movedAt };
  if (impact.action === 'none') return noted({ ...seen, standing: 'untouched' }, impact.reason, now);
  const settledByPolicy = order.standing === 'by-policy' && impact.action !== 'apply';
  return settledByPolicy ? askAgain(seen, impact.reason, now, ground) : { ...seen, movedAt: order.movedAt };
}

const sameGround = (a: OrderImpact, b: OrderImpact): boolean =>
  a.state === b.state &&
  a.progress === b.progress &&
  a.action === b.action &&
  a.operations.length === b.operations.length &&
  a.operations.every((one, i) => one.state === b.operations[i]?.state);

/** Whether anything that changes the order has gone out; a hold has changed nothing. */
const wasSent = (commands: readonly Command[], order: ChangeOrder): boolean =>
  commands.some(
    (command) =>
      command.orderId === order.id &&
      command.undoes === undefined &&
      !command.kind.endsWith('hold') &&
      (command.state === 'sent' || command.state === 'acknowledged'),
  );

import { isDeepStrictEqual } from 'node:util';
import { refreshed } from './carry-out';
import type { Change, ChangeOrder } from './change';
import { askAgain, noted, openOrder, overallState, withOrders } from './change';
import { byOrder, type Command } from './commands';
import { isCorrected } from './diff-items';
import { dropPlanned, dropStaleWrites } from './drop-planned';
import type { ImpactQuestion, OrderImpact, OrderOnGround } from './impact';
import { assessImpact } from './impact';
import { baseOf } from './plan';

/** An impact question without what the change itself states. */
export type GroundQuestion = Omit<ImpactQuestion, 'diff' | 'diffsFrom' | 'effectivity'>;

export interface Reassessed {
  readonly change: Change;
  readonly commands: Command[];
  /** What has moved, in sentences: for the alert and the page. */
  readonly moved: readonly string[];
}

/**
 * Looks at the ground again, before a decision and after every report of progress: orders that moved on, that are done
 * by now, or that have come in since. An undecided order shows its new impact; one that policy had settled but of which
 * nothing has been sent asks when it has begun meanwhile; a done order is left alone. What is not yet sent is brought up
 * to what has been consumed since. What was sent is not called back: the machine or MES says itself when it is too late.
 */
export function reassess(change: Change, commands: readonly Command[], question: GroundQuestion): Reassessed {
  const { now, rules } = question;
  const impacts = new Map(assessGround(change, commands, question).map((impact) => [impact.id, impact]));
  const given = new Set(question.orders.map((ground) => ground.order.id));
  const ground = change.ground + 1;
  const moved: string[] = [];
  const own = byOrder(commands);
  let next = dropStaleWrites(commands, question.orders, 'another job has begun on the machine', now);
  const orders = change.orders.map((order) => {
    const impact = impacts.get(order.id);
    if (impact === undefined || !given.has(order.id) || order.supersededBy !== undefined) return order;
    const step = moveOrder(order, impact, own.get(order.id) ?? [], question, ground);
    if (impact.progress === 'done' || step.standing !== order.standing || step.round !== order.round) {
      const before = next;
      next = dropPlanned(next, order.id, impact.reason, now, impact.progress === 'done');
      if (step === order && next.some((one, i) => one !== before[i])) {
        return noted(order, 'The order was done before the change was carried out on it.', now);
      }
    }
    if (step !== order) moved.push(`Order ${order.id}: ${impact.reason}`);
    return step;
  });
  const known = new Set(change.orders.map((order) => order.id));
  // An order released after a correction has the corrected content.
  const corrected = new Set(
    question.orders.filter(({ order }) => isCorrected(change.diff, order)).map(({ order }) => order.id),
  );
  for (const impact of impacts.values()) {
    if (known.has(impact.id) || impact.action === 'none' || corrected.has(impact.id)) continue;
    moved.push(`Order ${impact.id} has come in: ${impact.reason}`);
    orders.push(openOrder(impact, rules, now, ground));
  }
  next = refreshed({ ...change, orders }, next, question.orders);
  const after: Change =
    moved.length === 0 ? withOrders(change, (_, i) => orders[i]!) : { ...change, orders, ground };
  return { change: { ...after, state: overallState(after, next) }, commands: next, moved };
}

function assessGround(change: Change, commands: readonly Command[], question: GroundQuestion): OrderImpact[] {
  const own = byOrder(commands);
  const based = (ground: OrderOnGround): OrderOnGround => ({
    ...ground,
    order: baseOf(change.diff, own.get(ground.order.id) ?? [], ground.order),
  });
  return assessImpact({
    ...question,
    orders: question.orders.map(based),
    diff: change.diff,
    ...(change.diffsFrom ? { diffsFrom: change.diffsFrom } : {}),
    ...(change.effectivity ? { effectivity: change.effectivity } : {}),
  });
}

function moveOrder(
  order: ChangeOrder,
  impact: OrderImpact,
  commands: readonly Command[],
  { now, rules }: Pick<ImpactQuestion, 'now' | 'rules'>,
  ground: number,
): ChangeOrder {
  const isOpen = order.standing === 'waiting' || order.standing === 'deferred';
  // Once asked, an order is decided by a person, even if its new state alone would not need it.
  const asked = isOpen && impact.action === 'apply' ? { ...impact, action: 'ask' as const } : impact;
  if (sameGround(order.impact, asked)) return order;
  const seen: ChangeOrder = { ...order, impact: asked, movedAt: ground };
  switch (order.standing) {
    case 'waiting':
    case 'deferred':
      return moveOpen(seen, now);
    case 'untouched': {
      // What was not yet in effect may come into effect while the order runs.
      if (impact.action === 'none') return order;
      const { decisions, notes, round } = order;
      return { ...openOrder(impact, rules, now, ground), decisions, notes, round: round + 1 };
    }
    case 'by-policy':
    case 'approved':
    case 'extended':
      // What was decided stands; what has gone out is answered by machine or MES.
      if (wasSent(commands)) return order;
      if (impact.action === 'none') return noted({ ...seen, standing: 'untouched' }, impact.reason, now);
      if (order.standing !== 'by-policy' || impact.action === 'apply') return order;
      return askAgain(seen, impact.reason, now, ground);
    default:
      return order;
  }
}

/** An open order shows its new impact, or is open no more. */
function moveOpen(seen: ChangeOrder, now: string): ChangeOrder {
  const { impact } = seen;
  if (impact.action === 'none' || impact.action === 'refuse') {
    const { due: _due, firstApproval: _first, until: _until, ...rest } = seen;
    const standing = impact.action === 'none' ? 'untouched' : 'refused';
    return noted({ ...rest, standing }, impact.reason, now);
  }
  return noted(seen, impact.reason, now);
}

const sameGround = (a: OrderImpact, b: OrderImpact): boolean =>
  a.state === b.state &&
  a.progress === b.progress &&
  a.action === b.action &&
  isDeepStrictEqual(a.serials, b.serials) &&
  a.operations.length === b.operations.length &&
  a.operations.every((one, i) => one.state === b.operations[i]?.state);

/** Whether anything that changes the order has gone out; a hold has changed nothing. */
const wasSent = (commands: readonly Command[]): boolean =>
  commands.some(
    (command) =>
      command.undoes === undefined &&
      !command.kind.endsWith('hold') &&
      (command.state === 'sent' || command.state === 'acknowledged'),
  );

import { diffFor, isCorrected } from './diff-items';
import type { EffectivityAnswer } from './effectivity';
import { instant, isEffective } from './effectivity';
import type { OrderProgress } from './execution';
import type { ImpactQuestion, OperationImpact, OrderOnGround } from './impact-terms';
import type { Action, ExecutionState } from './rules';
import { requestOf, revisionOf } from './shapes';

const weight: Record<Action, number> = { none: 0, apply: 1, ask: 2, 'hold+ask': 3, refuse: 4 };
/** The action that leaves the most to a person. */
export const strongest = (actions: readonly Action[]): Action =>
  actions.reduce((a, b) => (weight[b] > weight[a] ? b : a), 'none');

/** Effectivity looks at when the rest of the order is made: now for a running order, else its planned start, or now if that has passed. */
export function inEffect(
  ground: OrderOnGround,
  progress: OrderProgress,
  question: ImpactQuestion,
): EffectivityAnswer {
  const { diff, now, zone } = question;
  const effectivity = question.effectivity ?? (diff.of === 'definition' ? diff.effective : {});
  const request = requestOf(ground.order);
  const planned = request.startTime ?? ground.order.startTime;
  const later = planned !== undefined && (instant(planned, zone) ?? 0) > (instant(now, zone) ?? 0);
  const subject = {
    orderId: ground.order.id,
    moment: progress === 'not-started' && later ? planned : now,
    item: request.operationsDefinitionId,
    serials: ground.serials,
    lot: ground.lot,
    ordinal: ground.ordinal,
  };
  return isEffective(effectivity, subject, zone);
}

const stateReasons: Record<ExecutionState, string> = {
  'not-started': 'What changes has not begun on this order.',
  started: 'Work that the change hits has begun.',
  'component-consumed': 'A component that changes has already been consumed.',
  'operation-done': 'An operation that the change hits is already done.',
  'order-done': 'The order is done.',
};

const actionReasons: Record<Action, string> = {
  none: 'It stays as it is.',
  apply: 'The rules let the change be applied without asking.',
  ask: 'The supervisor decides; work goes on meanwhile.',
  'hold+ask': 'What it hits is held until the supervisor decides.',
  refuse: 'The rules do not allow the change on it any more.',
};

const PARTLY =
  'Components of the other pieces stay; values, operations and resources change for the whole order.';

/** What to do with an order and why, from its operations, its revision and what is in effect. */
export function propose(
  ground: OrderOnGround,
  operations: readonly OperationImpact[],
  state: ExecutionState,
  answer: EffectivityAnswer,
  question: ImpactQuestion,
): { action: Action; reason: string } {
  const { diff, unavailable } = question;
  const pinned = revisionOf(ground.order);
  if (state !== 'order-done' && answer.effective === 'no') {
    return { action: 'none', reason: `The change does not hold for this order: ${answer.reason}.` };
  }
  let action = strongest(operations.map((operation) => operation.action));
  if (action !== 'none' && diffFor(question, ground.order) === undefined) {
    return {
      action: 'refuse',
      reason: `It is made to revision ${pinned}: no difference from there is known.`,
    };
  }
  if (action !== 'none' && isCorrected(diff, ground.order)) {
    return {
      action: 'refuse',
      reason:
        `Revision ${pinned} was changed without a new name: the order keeps what it was released with. ` +
        'Publish the change under a name of its own to change orders.',
    };
  }
  const reasons = [stateReasons[state]];
  const asks = (because: string) => {
    if (action === 'apply') action = 'ask';
    reasons.push(because);
  };
  if (action !== 'none') {
    if (diff.of === 'definition' && pinned !== undefined && pinned !== diff.before) {
      reasons.push(`It is made to revision ${pinned} and takes the difference from there.`);
    }
    if (answer.effective === 'partly') {
      asks(`The change holds for part of the order: ${answer.reason}.`);
      reasons.push(PARTLY);
    }
    const down = operations.flatMap((one) => one.equipment).filter((id) => unavailable?.has(id));
    if (down.length > 0) asks(`Not available at present: ${[...new Set(down)].join(', ')}.`);
  }
  reasons.push(actionReasons[action]);
  return { action, reason: reasons.join(' ') };
}

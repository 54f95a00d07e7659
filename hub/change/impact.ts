import { applyToOrder } from './apply-to-order';
import { wasConsumed } from './consumption';
import type { DemandEffect } from './demand';
import { demandEffects } from './demand';
import type { Diff, DiffItem } from './diff-items';
import { diffFor, isCorrected } from './diff-items';
import type { OrderProgress } from './execution';
import { hasBegun, isDone, progressOf } from './execution';
import type { ImpactQuestion, OperationImpact, OrderImpact, OrderOnGround } from './impact-terms';
import { inEffect, propose, strongest } from './proposal';
import type { ExecutionState, Rules } from './rules';
import { actionFor, executionStates, severityOf, severityRank } from './rules';
import { definedAs } from './segments';
import type { Order, SegmentRequirement } from './shapes';
import { requestOf, revisionOf } from './shapes';

export type { ImpactQuestion, OperationImpact, OrderImpact, OrderOnGround } from './impact-terms';

/**
 * What a difference means for each of the orders: which operations it hits, how far they are, how grave it is, what
 * to do and why. Orders of other products, orders already in the new revision and orders no operation of which is
 * hit are left out; orders of a revision that was changed without a new name are refused, and it says so.
 */
export function assessImpact(question: ImpactQuestion): OrderImpact[] {
  const known = new Map<Diff, Map<string, DiffItem[]>>();
  const itemsOf = (diff: Diff) => {
    const items = known.get(diff) ?? byOperation(diff);
    known.set(diff, items);
    return items;
  };
  return question.orders.flatMap((ground) => {
    if (!concerns(question.diff, ground.order)) return [];
    const diff = diffFor(question, ground.order);
    const operations = hitOperations(ground, itemsOf(diff ?? question.diff), question);
    return operations.length === 0 ? [] : [assessOrder(ground, operations, diff, question)];
  });
}

function byOperation(diff: Diff): Map<string, DiffItem[]> {
  const groups = new Map<string, DiffItem[]>();
  for (const item of diff.items) {
    const known = groups.get(item.segmentId);
    if (known === undefined) groups.set(item.segmentId, [item]);
    else known.push(item);
  }
  return groups;
}

function concerns(diff: Diff, order: Order): boolean {
  if (diff.of === 'order') return order.id === diff.id;
  if (requestOf(order).operationsDefinitionId !== diff.id) return false;
  return diff.after === undefined || revisionOf(order) !== diff.after || isCorrected(diff, order);
}

function hitOperations(
  ground: OrderOnGround,
  items: ReadonlyMap<string, readonly DiffItem[]>,
  question: ImpactQuestion,
): OperationImpact[] {
  const segments = requestOf(ground.order).segmentRequirement;
  const progress = progressOf(ground.order, ground.execution);
  const known = new Map(segments.map((segment) => [definedAs(segment), segment]));
  const hits: OperationImpact[] = [];
  for (const [id, all] of items) {
    const segment = known.get(id);
    const hitting = segment === undefined ? all.filter((item) => id === '' || isAdded(item)) : all;
    if (hitting.length === 0) continue;
    const state = progress === 'done' ? 'order-done' : stateOfOperation(ground, hitting, segment, progress);
    hits.push(operationImpact(id, state, hitting, segment, question.rules));
  }
  return hits;
}

const isAdded = (item: DiffItem) => item.kind === 'operation-added';

function stateOfOperation(
  ground: OrderOnGround,
  items: readonly DiffItem[],
  segment: SegmentRequirement | undefined,
  progress: OrderProgress,
): ExecutionState {
  const { execution, order } = ground;
  if (segment === undefined) {
    const added = items.find(isAdded);
    if (added !== undefined) return passed(ground, added) ? 'operation-done' : 'not-started';
    return progress === 'running' ? 'started' : 'not-started';
  }
  const reported = execution?.segments[segment.id];
  if (reported !== undefined && isDone(reported.state)) return 'operation-done';
  const consumed = items.some((item) => {
    if (item.old?.material === undefined) return false;
    const from = item.kind === 'component-moved' ? item.old.segmentId : definedAs(segment);
    const at = requestOf(order).segmentRequirement.find((one) => definedAs(one) === from);
    return wasConsumed(execution, at?.id, item.old.material);
  });
  if (consumed) return 'component-consumed';
  return reported !== undefined && (hasBegun(reported.state) || reported.consumed.length > 0)
    ? 'started'
    : 'not-started';
}

/** Whether work has gone past the place where an operation is to be put in. */
function passed(ground: OrderOnGround, added: DiffItem): boolean {
  const segments = requestOf(ground.order).segmentRequirement;
  const follows = added.new?.follows;
  const at = follows === undefined ? 0 : segments.findIndex((one) => definedAs(one) === follows) + 1;
  return segments.slice(at).some((segment) => {
    const state = ground.execution?.segments[segment.id]?.state;
    return state !== undefined && hasBegun(state);
  });
}

function gravest(rules: Rules, severities: readonly string[]): string {
  return severities.reduce((a, b) => (severityRank(rules, b) > severityRank(rules, a) ? b : a));
}

function operationImpact(
  id: string,
  state: ExecutionState,
  items: readonly DiffItem[],
  segment: SegmentRequirement | undefined,
  rules: Rules,
): OperationImpact {
  const severities = items.map((item) => severityOf(rules, item));
  const own = (segment?.equipmentRequirement ?? []).flatMap((line) => line.equipmentId ?? [line.id]);
  const next = items.flatMap((item) => (item.kind === 'resource-changed' ? (item.new?.resources ?? []) : []));
  return {
    id,
    state,
    severity: gravest(rules, severities),
    action: strongest(severities.map((severity) => actionFor(rules, severity, state))),
    equipment: [...new Set([...own, ...next])],
    differences: items.map((item) => item.sentence),
  };
}

function assessOrder(
  ground: OrderOnGround,
  operations: readonly OperationImpact[],
  diff: Diff | undefined,
  question: ImpactQuestion,
): OrderImpact {
  const { rules } = question;
  const state = operations
    .map((operation) => operation.state)
    .reduce((a, b) => (executionStates.indexOf(b) > executionStates.indexOf(a) ? b : a));
  const progress = progressOf(ground.order, ground.execution);
  const answer = inEffect(ground, progress, question);
  const proposal = propose(ground, operations, state, answer, question);
  let action = proposal.action;
  let reason = proposal.reason;
  let demand: readonly DemandEffect[] = [];
  if (diff !== undefined && action !== 'none' && action !== 'refuse') {
    try {
      const after = applyToOrder(ground.order, diff, ground.execution, 'remaining', answer.serials);
      demand = demandEffects(ground.order, after);
    } catch (thrown) {
      action = action === 'hold+ask' ? action : 'ask';
      reason = `${reason} Its new component list cannot be worked out: ${(thrown as Error).message}.`;
    }
  }
  return {
    id: ground.order.id,
    severity: gravest(
      rules,
      operations.map((operation) => operation.severity),
    ),
    state,
    progress,
    action,
    reason,
    operations:
      action === 'none' ? operations.map((one) => ({ ...one, action: 'none' as const })) : operations,
    demand,
    ...(answer.serials ? { serials: answer.serials } : {}),
    ...(answer.counted && progress !== 'done' ? { counted: true as const } : {}),
  };
}

import type { ConsumedLines } from './consumption';
import type { OrderDiff } from './diff-items';
import { materialOf } from './diff-lines';
import type { OrderExecution } from './execution';
import { isDone } from './execution';
import type { Exact } from './quantity';
import { amountOf, decimal, isProduced, max, proportion, withAmount, zero } from './quantity';
import type { MaterialLine, Order, SegmentRequirement } from './shapes';
import { requestOf, withRequest } from './shapes';

/**
 * A changed customer order: the order as the sender wants it, with what cannot be undone kept from the order as it
 * stands: done operations, consumed components, the pinned revision, and whatever of an operation the sender does not state.
 */
export function applyOrderDiff(
  order: Order,
  diff: OrderDiff,
  consumed: ConsumedLines,
  execution: OrderExecution | undefined,
  scope: 'all' | 'remaining',
): Order {
  const known = new Map(requestOf(order).segmentRequirement.map((segment) => [segment.id, segment]));
  const { _operationsDefinitionId: pinned, operationsDefinitionId: product } = requestOf(order);
  return withRequest(diff.target, (request) => {
    const kept = request.segmentRequirement.map((wanted) => {
      const old = known.get(wanted.id);
      if (old === undefined) return wanted;
      const state = execution?.segments[old.id]?.state;
      if (state !== undefined && isDone(state) && scope === 'remaining') return old;
      return {
        ...old,
        ...wanted,
        materialRequirement: keepConsumed(wanted, old, consumed, scope),
      };
    });
    const wantedIds = new Set(request.segmentRequirement.map((segment) => segment.id));
    const begun = [...known.values()].filter(
      (segment) => !wantedIds.has(segment.id) && execution?.segments[segment.id] !== undefined,
    );
    const repin =
      request._operationsDefinitionId === undefined && pinned && request.operationsDefinitionId === product;
    return {
      ...request,
      ...(repin ? { _operationsDefinitionId: pinned } : {}),
      segmentRequirement: [...begun, ...kept],
    };
  });
}

/** Wanted lines; a consumed line that is no longer wanted, or wanted for less than was consumed, keeps what was consumed. */
function keepConsumed(
  wanted: SegmentRequirement,
  old: SegmentRequirement,
  consumed: ConsumedLines,
  scope: 'all' | 'remaining',
): MaterialLine[] {
  const lines = [...(wanted.materialRequirement ?? [])];
  for (const line of old.materialRequirement ?? []) {
    const done = consumed.get(line) ?? zero;
    if (isProduced(line) || !done.greaterThan(0)) continue;
    const same = lines.findIndex((one) => one.id === line.id && materialOf(one) === materialOf(line));
    if (same !== -1) {
      const asked = lines[same]!;
      if (amountOf(asked).unit === amountOf(line).unit) {
        lines[same] = withAmount(asked, max(decimal(amountOf(asked).quantity), done));
      }
      continue;
    }
    const successor = lines.findIndex((one) => one.id === line.id);
    if (successor === -1) lines.push(withAmount(line, done));
    else {
      const next = lines[successor]!;
      lines.splice(successor, 1, withAmount(line, done), withAmount(next, open(next, line, done, scope)));
    }
  }
  return lines;
}

/** Share of the wanted total that the old line had not yet consumed. */
function open(next: MaterialLine, line: MaterialLine, done: Exact, scope: 'all' | 'remaining'): Exact {
  const wanted = decimal(amountOf(next).quantity);
  const asked = decimal(amountOf(line).quantity);
  if (scope === 'all' || asked.isZero()) return wanted;
  return proportion(max(asked.minus(done), zero), wanted, asked, amountOf(next).unit);
}

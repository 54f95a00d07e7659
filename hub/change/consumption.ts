import { materialOf } from './diff-lines';
import type { OrderExecution } from './execution';
import type { Exact } from './quantity';
import { amountOf, decimal, isProduced, min, orderQuantity, proportion, zero } from './quantity';
import type { MaterialLine, Order } from './shapes';
import { requestOf } from './shapes';

/** What was consumed on each component line of an order, in the line's own unit. Lines without consumption are absent. */
export type ConsumedLines = ReadonlyMap<MaterialLine, Exact>;

/**
 * Shares out the reported consumption over the order's lines. A report names operation and material, so several lines
 * of one material in one operation are filled in their order, the last takes what is over. What was reported on an
 * operation that does not ask for the material counts on the one that does.
 */
export function consumedLines(order: Order, execution: OrderExecution | undefined): ConsumedLines {
  const shares = new Map<MaterialLine, Exact>();
  if (execution === undefined) return shares;
  const asking = new Map<string, Array<{ segmentId: string; line: MaterialLine }>>();
  for (const segment of requestOf(order).segmentRequirement) {
    for (const line of segment.materialRequirement ?? []) {
      if (isProduced(line)) continue;
      const material = materialOf(line);
      const known = asking.get(material) ?? [];
      known.push({ segmentId: segment.id, line });
      asking.set(material, known);
    }
  }
  for (const segment of Object.values(execution.segments)) {
    for (const used of segment.consumed) {
      const all = asking.get(used.material) ?? [];
      const here = all.filter((one) => one.segmentId === segment.segmentId);
      const lines = (here.length > 0 ? here : all).map((one) => one.line);
      const good = segment.good?.quantity;
      share(lines, decimal(used.quantity), used.unit, shares, () => piecesShare(order, good));
    }
  }
  return shares;
}

/** Share of the order that is finished, for consumption in a unit that the order does not use: no conversion is known. */
function piecesShare(order: Order, good: string | undefined): readonly [good: Exact, of: Exact] {
  return [decimal(good), decimal(orderQuantity(order)?.quantity)];
}

function share(
  lines: readonly MaterialLine[],
  quantity: Exact,
  unit: string,
  shares: Map<MaterialLine, Exact>,
  finished: () => readonly [good: Exact, of: Exact],
): void {
  let open = quantity;
  for (const [i, line] of lines.entries()) {
    const asked = amountOf(line);
    const before = shares.get(line) ?? zero;
    if (asked.unit !== unit) {
      const [good, of] = finished();
      shares.set(line, min(decimal(asked.quantity), proportion(decimal(asked.quantity), good, of)));
      continue;
    }
    const room = decimal(asked.quantity).minus(before);
    const part = i === lines.length - 1 ? open : min(open, room.isNegative() ? zero : room);
    if (!part.isZero()) shares.set(line, before.plus(part));
    open = open.minus(part);
  }
}

/** Whether the material was consumed on the operation, in whatever unit and whether the order asks for it there or not. */
export function wasConsumed(
  execution: OrderExecution | undefined,
  segmentId: string | undefined,
  material: string | undefined,
): boolean {
  const segment = segmentId === undefined ? undefined : execution?.segments[segmentId];
  return (
    segment?.consumed.some((one) => one.material === material && decimal(one.quantity).greaterThan(0)) ??
    false
  );
}

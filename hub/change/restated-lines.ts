import { isDeepStrictEqual as same } from 'node:util';
import { materialOf } from './diff-lines';
import type { Exact } from './quantity';
import { amountOf, decimal, isProduced, max, orderQuantity, proportion, withAmount, zero } from './quantity';
import type { MaterialLine, Order, SegmentRequirement } from './shapes';

interface Orders {
  readonly stored: Order;
  readonly last: Order;
  readonly wanted: Order;
}

/**
 * The material lines of an operation after the sender has stated the order anew. Lines are compared for one piece, by
 * their id: what the sender asks for as before stays as it is stored, scaled to the new quantity of the order.
 */
export function restatedLines(
  stored: SegmentRequirement,
  last: SegmentRequirement,
  wanted: SegmentRequirement,
  orders: Orders,
): MaterialLine[] {
  const [now, before, next] = [stored, last, wanted].map(groups) as [Groups, Groups, Groups];
  const said = [piecesOf(orders.last), piecesOf(orders.wanted)] as const;
  const made = [piecesOf(orders.stored), same(said[0], said[1]) ? piecesOf(orders.stored) : said[1]] as const;
  return [...new Set([...now.keys(), ...next.keys()])].flatMap((id) => {
    const [has, had, wants] = [now.get(id), before.get(id), next.get(id)];
    if (samePerPiece(had, wants, said)) return scaled(has ?? [], made);
    return wants ?? [];
  });
}

type Groups = Map<string, MaterialLine[]>;

/** Lines of one id belong together: a component replaced in mid-run has two. */
function groups(segment: SegmentRequirement): Groups {
  const found: Groups = new Map();
  for (const line of segment.materialRequirement ?? []) {
    const id = isProduced(line) ? `>${line.id}` : line.id;
    found.set(id, [...(found.get(id) ?? []), line]);
  }
  return found;
}

const piecesOf = (order: Order): Exact => decimal(orderQuantity(order)?.quantity);

type Pieces = readonly [before: Exact, after: Exact];

function samePerPiece(
  before: readonly MaterialLine[] | undefined,
  after: readonly MaterialLine[] | undefined,
  pieces: Pieces,
): boolean {
  if (before?.length !== after?.length) return false;
  return (before ?? []).every((line, i) => {
    const next = after![i]!;
    if (isProduced(line)) return same(line, next);
    const [old, now] = [amountOf(line), amountOf(next)];
    return (
      materialOf(line) === materialOf(next) &&
      old.unit === now.unit &&
      line.materialUse === next.materialUse &&
      isInProportion(old.quantity, now.quantity, pieces)
    );
  });
}

/** The sender rounds its totals: what differs by no more than that is the same for one piece. */
function isInProportion(before: string, after: string, [from, to]: Pieces): boolean {
  if (from.isZero() || to.isZero()) return decimal(before).equals(decimal(after));
  const ratio = to.div(from);
  const places = Math.max(decimals(before), decimals(after));
  const rounding = decimal('0.5').times(decimal('10').pow(-places)).times(ratio.plus(1));
  return decimal(after).minus(decimal(before).times(ratio)).abs().lessThanOrEqualTo(rounding);
}

const decimals = (text: string): number => text.split('.')[1]?.length ?? 0;

/** The group's total in proportion; the last line takes the difference, so that what was replaced stays as used. */
function scaled(lines: readonly MaterialLine[], [from, to]: Pieces): MaterialLine[] {
  if (from.equals(to) || from.isZero() || lines.some(isProduced)) return [...lines];
  const amounts = lines.map((line) => decimal(amountOf(line).quantity));
  const total = amounts.reduce((sum, one) => sum.plus(one), zero);
  const last = lines.length - 1;
  const others = amounts.slice(0, last).reduce((sum, one) => sum.plus(one), zero);
  return lines.map((line, i) => {
    if (i < last) return line;
    return withAmount(line, max(proportion(total, to, from, amountOf(line).unit).minus(others), zero));
  });
}

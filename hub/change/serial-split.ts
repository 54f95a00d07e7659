import type { ConsumedLines } from './consumption';
import { piecesOf } from './effectivity-of';
import type { Exact } from './quantity';
import { amountOf, decimal, isProduced, max, proportion, zero } from './quantity';
import type { MaterialLine, Order } from './shapes';
import { requestOf } from './shapes';

/** An order for whose pieces a change holds in part. */
export interface SerialSplit {
  /** Those that it holds for, and the others. */
  readonly serials: readonly string[];
  readonly others: readonly string[];
}

/** `undefined`: the change holds for all pieces, or nobody knows them. */
export function splitBySerial(order: Order, only: readonly string[] | undefined): SerialSplit | undefined {
  if (only === undefined) return undefined;
  const others = (piecesOf(order).serials ?? []).filter((serial) => !only.includes(serial));
  return others.length === 0 ? undefined : { serials: only, others };
}

/**
 * What stays on each line: the share of the pieces that the change does not hold for, or what was consumed, if that is
 * more. Which piece a component went into is not told, so those that it does not hold for are taken to come first.
 */
export function keptForOthers(order: Order, split: SerialSplit, consumed: ConsumedLines): ConsumedLines {
  const kept = new Map<MaterialLine, Exact>();
  const others = decimal(String(split.others.length));
  const all = others.plus(split.serials.length);
  for (const segment of requestOf(order).segmentRequirement) {
    for (const line of segment.materialRequirement ?? []) {
      if (isProduced(line)) continue;
      const { quantity, unit } = amountOf(line);
      kept.set(line, max(proportion(decimal(quantity), others, all, unit), consumed.get(line) ?? zero));
    }
  }
  return kept;
}

const SERIALS = 'SerialNumbers';

/** The line with the serial numbers that it is for. */
export function forSerials(line: MaterialLine, serials: readonly string[] | undefined): MaterialLine {
  if (serials === undefined) return line;
  const others = (line.materialRequirementProperty ?? []).filter(({ id }) => id !== SERIALS);
  const value = serials.map((valueString) => ({ valueString, dataType: 'string' }));
  return { ...line, materialRequirementProperty: [...others, { id: SERIALS, value }] };
}

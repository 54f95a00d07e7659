import { materialOf } from './diff-lines';
import { instant } from './effectivity';
import { decimal, isProduced, text, zero } from './quantity';
import type { Order } from './shapes';
import { requestOf } from './shapes';

/** By how much the need for a component changes: what supply, reservations and purchase have to follow. */
export interface DemandEffect {
  readonly material: string;
  readonly unit: string;
  /** Decimal text: `-10` is needed less, `10` more. */
  readonly delta: string;
  /** When it is needed: start of the operation, as the order states it. */
  readonly date?: string;
}

/** The difference in need between two states of an order, by component, unit and date; what stays the same is left out. */
export function demandEffects(before: Order, after: Order): DemandEffect[] {
  const needs = new Map<string, { material: string; unit: string; date?: string; delta: typeof zero }>();
  const count = (order: Order, sign: 1 | -1) => {
    const request = requestOf(order);
    for (const segment of request.segmentRequirement) {
      const date = segment.earliestStartTime ?? request.startTime;
      for (const line of segment.materialRequirement ?? []) {
        if (isProduced(line)) continue;
        const material = materialOf(line);
        const unit = line.quantity?.[0]?.unitOfMeasure ?? '';
        const key = `${material}\0${unit}\0${date ?? ''}`;
        const need = needs.get(key) ?? { material, unit, ...(date ? { date } : {}), delta: zero };
        need.delta = need.delta.plus(decimal(line.quantity?.[0]?.quantityString).times(sign));
        needs.set(key, need);
      }
    }
  };
  count(before, -1);
  count(after, 1);
  return [...needs.values()]
    .filter((need) => !need.delta.isZero())
    .map((need) => ({ ...need, delta: text(need.delta) }));
}

/** The effects on all orders together, by component and plant-local day: the page's and the planner's view. */
export function totalDemand(
  impacts: ReadonlyArray<{ readonly demand: readonly DemandEffect[] }>,
  zone: string,
): DemandEffect[] {
  const totals = new Map<string, DemandEffect>();
  for (const effect of impacts.flatMap((impact) => impact.demand)) {
    const day = effect.date === undefined ? undefined : dayOf(effect.date, zone);
    const key = `${effect.material}\0${effect.unit}\0${day ?? ''}`;
    const delta = decimal(totals.get(key)?.delta).plus(decimal(effect.delta));
    const { material, unit } = effect;
    totals.set(key, { material, unit, delta: text(delta), ...(day ? { date: day } : {}) });
  }
  return [...totals.values()].filter((effect) => effect.delta !== '0');
}

function dayOf(date: string, zone: string): string {
  const at = instant(date, zone);
  if (at === undefined) return date;
  return new Intl.DateTimeFormat('sv-SE', { timeZone: zone }).format(at);
}

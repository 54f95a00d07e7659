/** A span of time in ms, the end not included. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface PlannableOrder {
  readonly reference: string;
  /** Orders that are confirmed keep their time. */
  readonly fixed: boolean;
  /** The time as it stands: kept when fixed, else its start is the earliest one. */
  readonly span: Span;
  /** Working time in ms. */
  readonly durationMs: number;
  /** Earlier wins a resource that two want. */
  readonly due: number;
  readonly resources: readonly string[];
}

/**
 * Finite capacity, forward: orders by due date, then reference, each at the earliest time at which all its resources
 * are free for its whole duration and not down. Gives the span of every order that is not fixed.
 */
export function forwardPlan(
  orders: readonly PlannableOrder[],
  down: ReadonlyMap<string, readonly Span[]>,
  now: number,
): Map<string, Span> {
  const taken = new Map<string, Span[]>();
  const take = (order: PlannableOrder, span: Span) => {
    for (const resource of order.resources) taken.set(resource, [...(taken.get(resource) ?? []), span]);
  };
  for (const order of orders) if (order.fixed) take(order, order.span);

  const planned = new Map<string, Span>();
  for (const order of orders.filter(({ fixed }) => !fixed).sort(byDueThenReference)) {
    const blocked = order.resources.flatMap((name) => [
      ...(taken.get(name) ?? []),
      ...(down.get(name) ?? []),
    ]);
    const span = firstGap(blocked, Math.max(now, order.span.start), order.durationMs);
    planned.set(order.reference, span);
    take(order, span);
  }
  return planned;
}

function byDueThenReference(a: PlannableOrder, b: PlannableOrder): number {
  return a.due - b.due || (a.reference < b.reference ? -1 : 1);
}

function firstGap(blocked: readonly Span[], from: number, durationMs: number): Span {
  let start = from;
  for (const span of [...blocked].sort((a, b) => a.start - b.start)) {
    if (span.end > start && span.start < start + durationMs) start = span.end;
  }
  return { start, end: start + durationMs };
}

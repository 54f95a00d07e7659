import type { Confirmed } from './load';
import type { Effect } from './receivers';

/** What the checker found at one or all receivers. */
export interface Findings {
  /** Confirmed and never seen there. */
  readonly lost: number;
  /** Had its effect more than once. */
  readonly doubled: number;
  /** Had its effect after a later one. */
  readonly reordered: number;
  /** Effects. */
  readonly delivered: number;
  /** Longest time from confirmation to effect, in ms. */
  readonly maxDelayMs: number;
  /** The effects that were doubled or out of order, in words. */
  readonly wrong: readonly string[];
}

/**
 * Compares what was confirmed with what a receiver holds, and knows nothing of the hub. Parts count up from 1: the
 * effects of a part must read 1, 2, 3 …. A number that was taken but not confirmed to its sender may be among them.
 */
export function check(confirmed: readonly Confirmed[], effects: readonly Effect[]): Findings {
  const arrivals = new Map<string, number>();
  const last = new Map<string, number>();
  const wrong: string[] = [];
  let doubled = 0;
  let reordered = 0;
  for (const { key, n, at } of effects) {
    const name = `${key} ${n}`;
    if (arrivals.has(name)) doubled++;
    else arrivals.set(name, at);
    if (n < (last.get(key) ?? 0)) reordered++;
    if (n <= (last.get(key) ?? 0))
      wrong.push(`${name} after ${last.get(key)}, at ${new Date(at).toISOString()}`);
    last.set(key, n);
  }
  const missing = confirmed.filter(({ key, n }) => !arrivals.has(`${key} ${n}`));
  const delays = confirmed.map(({ key, n, at }) => (arrivals.get(`${key} ${n}`) ?? at) - at);
  return {
    lost: missing.length,
    doubled,
    reordered,
    delivered: effects.length,
    maxDelayMs: largest(delays),
    wrong,
  };
}

/** Time from the end of a breakdown until all that had been confirmed by then had arrived, in ms. */
export function recoveryMs(end: number, confirmed: readonly Confirmed[], effects: readonly Effect[]): number {
  const arrivals = new Map<string, number>();
  for (const { key, n, at } of effects) if (!arrivals.has(`${key} ${n}`)) arrivals.set(`${key} ${n}`, at);
  return largest(
    confirmed.filter(({ at }) => at <= end).map(({ key, n }) => (arrivals.get(`${key} ${n}`) ?? end) - end),
  );
}

function largest(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, value), 0);
}

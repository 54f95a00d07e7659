import { compareTimes } from './formats';
import { assemblies, numberForms, numericTexts, periods, references } from './rules';

/** Raised by validators while they run; they run to their end, so there is one for all. */
export const suspicion = { isRaised: false };

/** A quick look at the members of one object that are all there: does it break a rule, or may it with others? */
export interface Probe {
  readonly members: readonly string[];
  /** Given the values of the members. Without it, that they are there is enough. */
  readonly isSuspicious?: (...values: unknown[]) => boolean;
}

/**
 * What tells of an object with these properties whether the rules above the schema must be gone through. Must find all
 * that `checkRules` finds, and may find more.
 */
export function ruleProbes(properties: ReadonlySet<string>): Probe[] {
  return allProbes.filter(({ members }) => members.every((member) => properties.has(member)));
}

const allProbes: readonly Probe[] = [
  ...periods.map(([start, end]) => ({ members: [start, end], isSuspicious: mayEndBeforeStart })),
  ...numericTexts.map(({ text }) => ({ members: [text, 'dataType'], isSuspicious: mayBeNoNumber })),
  // References and assemblies are told only from the objects around.
  ...[...references.map(({ at }) => at.at(-1) ?? ''), ...assemblies].map((member) => ({ members: [member] })),
];

/** Times with the same fraction and zone are in the order of their texts; that is nearly all of them. */
export function mayEndBeforeStart(start: unknown, end: unknown): boolean {
  if (typeof start !== 'string' || typeof end !== 'string') return false;
  const seconds = 'yyyy-mm-ddThh:mm:ss'.length;
  if (
    end.length === start.length &&
    end[4] === '-' &&
    start[4] === '-' &&
    end.slice(seconds) === start.slice(seconds)
  ) {
    return end < start;
  }
  return (compareTimes(end, start) ?? 0) < 0;
}

export function mayBeNoNumber(text: unknown, dataType: unknown): boolean {
  if (typeof text !== 'string' || typeof dataType !== 'string') return false;
  return numberForms.get(dataType)?.test(text) === false;
}

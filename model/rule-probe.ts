import { compareTimes } from './formats';
import { assemblies, numberForms, numericTexts, periods, references } from './rules';

type Node = Readonly<Record<string, unknown>>;
type Probe = (object: Node) => boolean;

/**
 * A quick look at one object: does it break a rule above the schema, or may it do so together with others? Undefined
 * where no rule applies to objects with these properties. Must find all that `checkRules` finds, and may find more.
 */
export function ruleProbe(properties: ReadonlySet<string>): Probe | undefined {
  const probes: Probe[] = [
    ...periodProbes(properties),
    ...numberProbes(properties),
    ...presenceProbes(properties),
  ];
  const [first, ...others] = probes;
  if (first === undefined) return undefined;
  return others.length === 0 ? first : (object) => probes.some((probe) => probe(object));
}

function periodProbes(properties: ReadonlySet<string>): Probe[] {
  return periods
    .filter(([start, end]) => properties.has(start) && properties.has(end))
    .map(([start, end]) => (object) => {
      const [from, to] = [object[start], object[end]];
      return typeof from === 'string' && typeof to === 'string' && mayBeBefore(to, from);
    });
}

/** Times with the same fraction and zone are in the order of their texts; that is nearly all of them. */
function mayBeBefore(end: string, start: string): boolean {
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

function numberProbes(properties: ReadonlySet<string>): Probe[] {
  return numericTexts
    .filter(({ text }) => properties.has(text) && properties.has('dataType'))
    .map(({ text }) => (object) => {
      const { dataType, [text]: value } = object;
      if (typeof dataType !== 'string' || typeof value !== 'string') return false;
      const form = numberForms.get(dataType);
      return form !== undefined && !form.test(value);
    });
}

/** References and assemblies are told only from the objects around: that there are any is enough. */
function presenceProbes(properties: ReadonlySet<string>): Probe[] {
  const names = [...references.map(({ at }) => at.at(-1) ?? ''), ...assemblies];
  return names.filter((name) => properties.has(name)).map((name) => (object) => object[name] !== undefined);
}

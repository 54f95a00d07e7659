import type { CodeTable } from '../codes';
import type { CompiledMapping } from '../compiled';
import type { MappingSet } from '../load';
import type { Direction, Rule } from '../mapping';
import { table } from '../markdown';

/** Each code list of the mapping, in the directions in which it is read, with what becomes of other codes. */
export function codeLists(set: MappingSet, { source }: CompiledMapping): string[] {
  const names = [...new Set(codesOf(source.rules))].sort();
  return names.flatMap((name) => {
    const codes = set.codes.get(name);
    if (!codes) return [];
    return [`## Codes ${name}`, ...(codes.about ? [codes.about] : []), ...listOf(codes, source.direction)];
  });
}

const codesOf = (rules: readonly Rule[]): string[] =>
  rules.flatMap(({ codes, rules: inner = [], item = [] }) => [
    ...(codes === undefined ? [] : [codes]),
    ...codesOf([...inner, ...item]),
  ]);

function listOf({ toCanonical, toNative, otherwise }: CodeTable, direction: Direction): string[] {
  const reading = [table(['native', 'canonical'], [...toCanonical]), rest(otherwise.in)];
  if (direction === 'in') return reading;
  // Codes that are read, and never written, are not of interest to who receives.
  const writing = [table(['canonical', 'native'], [...(toNative ?? [])]), rest(otherwise.out)];
  return direction === 'out' ? writing : [...reading, 'On the way back:', ...writing];
}

const rest = (otherwise: string | undefined) =>
  otherwise === undefined ? 'Any other code is refused.' : `Any other code becomes ${otherwise}.`;

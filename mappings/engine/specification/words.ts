import type { Rule } from '../mapping';
import { transforms } from '../transforms';

/** What a rule does to its value, in words that both sides understand. */
export function howSet(rule: Rule): string {
  const { from = [], value, expr, as, codes, unit, xref, default: otherwise, when } = rule;
  return [
    ...(value === undefined ? [] : ['always this']),
    ...(expr === undefined ? [] : [`\`${expr}\``]),
    ...whichOf(rule, from),
    ...as.map(({ name, with: options }) =>
      Object.keys(options).length === 0 ? `\`${name}\`` : `\`${name}\` ${JSON.stringify(options)}`,
    ),
    ...(codes === undefined ? [] : [`code list ${codes}`]),
    ...(unit === undefined
      ? []
      : [`converted from ${unit.value ?? `the unit in ${unit.from}`} to ${unit.to}`]),
    ...(xref === undefined ? [] : [linked(xref)]),
    ...(rule.clears ? ['empty clears it'] : []),
    ...(otherwise === undefined ? [] : [`where it is missing: ${JSON.stringify(otherwise)}`]),
    ...(when.length === 0 ? [] : [`only where ${when.join(' and ')}`]),
  ].join('; ');
}

/** Which of several sources, or of several entries of a list, is taken. */
function whichOf(rule: Rule, from: readonly string[]): string[] {
  const selectors = from.map((path) => (path.match(/\[[^\]=]+=[^\]]*\]/g) ?? []).join(''));
  if (selectors.every((text) => text === '')) {
    if (from.length < 2) return [];
    return [isTogether(rule) ? 'all together' : 'the first that is there'];
  }
  return [`the first that is there of ${selectors.map((text) => text || 'the field alone').join(', ')}`];
}

function isTogether({ as: [first] }: Rule): boolean {
  return first !== undefined && transforms.get(first.name)?.takes === 'list';
}

const linked = ({ noun, system, unknown }: NonNullable<Rule['xref']>) =>
  `the ${noun} that it is linked with${system ? ` in ${system}` : ''}${unknown === 'issue' ? ', which must be' : ''}`;

/** Where the entries of a list come from, and which are taken. */
export function listIntroduction({ each, join, when, optional }: Rule, list: string): string {
  const only = when.length === 0 ? '' : ` where ${when.join(' and ')}`;
  if (each === undefined) return `One entry${only}.`;
  const joined = join ? `, with the entry of ${join.list} whose ${join.by} is ${join.equals} (#)` : '';
  return `One entry for each ${list}${only}${joined}.${optional ? '' : ' The list must be there.'} Names without a path are those of that entry.`;
}

import { type MappingCase, readCases } from '../cases';
import type { CompiledMapping } from '../compiled';
import { invertMapping } from '../invert';
import type { MappingSet } from '../load';
import { table } from '../markdown';
import { codeLists } from './codes';
import { conversions } from './conversions';
import { fieldSections } from './fields';

/**
 * The interface specification of a mapping in Markdown, for the people of both sides to read and sign: what goes
 * where, with both schemas' descriptions, what is done to values, the code lists, what is left out and why, what must
 * hold and an example.
 */
export function spec(set: MappingSet, name: string): string {
  const mapping = set.get(name);
  const parts = [
    ...heading(mapping),
    ...(mapping.source.identity ? ['The message goes through as it is.'] : fieldSections(set, mapping)),
    ...conversions(mapping.source.rules),
    ...codeLists(set, mapping),
    ...leftOut(mapping),
    ...lost(set, mapping),
    ...cases(mapping),
    ...signatures(mapping),
  ];
  return `${parts.join('\n\n')}\n`;
}

function heading({ name, stamp, source }: CompiledMapping): string[] {
  const records = source.records.join(', ');
  const message = `${source.verbs.join('/')} ${source.nouns.join('/')}`;
  const way = {
    in: `${records} → ${message}`,
    out: `${message} → ${records}`,
    both: `${records} ⇄ ${message}`,
  };
  const facts = [
    ['carries', way[source.direction]],
    ['version', stamp],
    ...(source.key.length > 0 ? [['records of one key keep their order', source.key.join(' and ')]] : []),
    ...(source.each === undefined ? [] : [['once for each', source.each]]),
    ...(source.when.length === 0 ? [] : [['only where', source.when.join(' and ')]]),
    ...(source.empty.length === 0
      ? []
      : [['counts as not there', source.empty.map((value) => JSON.stringify(value)).join(', ')]]),
  ];
  return [`# ${name}`, ...(source.about ? [source.about] : []), table(['', ''], facts as string[][])];
}

function leftOut({ source }: CompiledMapping): string[] {
  if (source.unused.size === 0) return [];
  const rows = [...source.unused].map(([path, { reason }]) => [path, reason]);
  return ['## Not carried', table(['native', 'why'], rows)];
}

function lost(set: MappingSet, { source }: CompiledMapping): string[] {
  if (source.direction !== 'both' || source.identity) return [];
  const { lost: losses } = invertMapping(source, set.schemas.get(source.native ?? ''));
  if (losses.length === 0) return [];
  return [
    '## Lost on the way back',
    table(
      ['canonical', 'why'],
      losses.map(({ path, reason }) => [path, reason]),
    ),
  ];
}

/** The cases are what was agreed: each is run by `esperanto test`. */
function cases(mapping: CompiledMapping): string[] {
  const all = readCases(mapping).map(({ at }) => at);
  const first = all.find(({ output }) => output !== undefined);
  if (!first) return [];
  const code = (value: unknown) => `\`\`\`json\n${JSON.stringify(value, null, 2)}\n\`\`\``;
  const results = all.map((one, n) => [String(n + 1), one.case, resultOf(one)]);
  return [
    '## Cases',
    'What has been tried, and is tried again with each change.',
    table(['', 'case', 'result'], results),
    '## Example',
    `${first.case}:`,
    code(first.input),
    'becomes',
    code(first.output),
  ];
}

function resultOf({ issues, output }: MappingCase): string {
  if (issues !== undefined) return `refused: ${issues.join('; ')}`;
  return Array.isArray(output) && output.length === 0 ? 'left out' : 'carried';
}

function signatures({ source, name }: CompiledMapping): string[] {
  const [system = ''] = name.split('/');
  const [from, to] = source.direction === 'out' ? ['the hub', system] : [system, 'the hub'];
  const rows = [`for ${from}, which sends`, `for ${to}, which receives`].map((side) => [side, '', '', '']);
  return ['## Agreed', table(['', 'name', 'date', 'signature'], rows)];
}

import { readCases } from './cases';
import type { CompiledMapping } from './compiled';
import { coverage } from './coverage';
import { invertMapping } from './invert';
import { surveyMapping } from './lint';
import type { MappingSet } from './load';
import type { Rule } from './mapping';
import { table } from './markdown';
import { parsePath } from './paths';
import type { SchemaNode } from './schema-node';

/**
 * The interface specification of a mapping in Markdown, for the people of both sides to read and sign: what goes
 * where, with both schemas' descriptions, the code tables, what is left out and why, and an example.
 */
export function spec(set: MappingSet, name: string): string {
  const mapping = set.get(name);
  const parts = [
    ...heading(mapping),
    ...fields(set, mapping),
    ...codeTables(set, mapping),
    ...leftOut(mapping),
    ...lost(set, mapping),
    ...example(mapping),
    ...signatures,
  ];
  return `${parts.join('\n\n')}\n`;
}

const signatures = [
  '## Agreed',
  table(
    ['for', 'name', 'date'],
    [
      ['', '', ''],
      ['', '', ''],
    ],
  ),
];

function heading({ name, stamp, source }: CompiledMapping): string[] {
  const [records, message] = [
    source.records.join(', '),
    `${source.verbs.join('/')} ${source.nouns.join('/')}`,
  ];
  const way = {
    in: `${records} → ${message}`,
    out: `${message} → ${records}`,
    both: `${records} ⇄ ${message}`,
  };
  const facts = [
    ['carries', way[source.direction]],
    ['version', stamp],
    ...(source.key.length > 0 ? [['records keep their order by', source.key.join(', ')]] : []),
    ...(source.each === undefined ? [] : [['once for each', source.each]]),
    ...(source.when.length === 0 ? [] : [['only when', source.when.join(' and ')]]),
  ];
  return [`# ${name}`, ...(source.about ? [source.about] : []), table(['', ''], facts as string[][])];
}

function fields(set: MappingSet, mapping: CompiledMapping): string[] {
  if (mapping.source.identity) return ['The message goes through as it is.'];
  const { native, canonical } = surveyMapping(mapping, set.schemas, set.codes);
  const rows = coverage(set, mapping.name)
    .rows.filter(({ line, kind }) => line > 0 && kind !== 'dropped' && kind !== 'lost')
    .map((row) => [
      row.native,
      described(native, row.native),
      row.canonical,
      described(canonical, row.canonical),
      row.note,
    ]);
  return ['## Fields', table(['native', 'meaning', 'canonical', 'meaning', 'how'], rows)];
}

/** The description that a schema gives to a path such as `a.b[].c`; empty when there is none. */
function described(root: SchemaNode | undefined, path: string): string {
  let at = root;
  if (!at || path === '' || !/^[\w.[\]=-]+$/.test(path)) return '';
  for (const step of parsePath(path.replaceAll('[]', '[0]')).steps) {
    if (step.kind === 'key') {
      while (at?.isList) at = at.items();
      at = at?.property(step.key);
    } else at = at?.isList ? at.items() : at;
  }
  return at?.description ?? '';
}

function codeTables(set: MappingSet, { source }: CompiledMapping): string[] {
  const names = new Set(allRules(source.rules).flatMap(({ codes }) => codes ?? []));
  return [...names].sort().flatMap((name) => {
    const codes = set.codes.get(name);
    if (!codes) return [];
    const rows = [...codes.toCanonical].map(([native, canonical]) => [native, canonical]);
    const { otherwise } = codes;
    const rest =
      otherwise.in === undefined ? 'Any other code is refused.' : `Any other code means ${otherwise.in}.`;
    return [
      `## Codes ${name}`,
      ...(codes.about ? [codes.about] : []),
      table(['native', 'canonical'], rows),
      rest,
    ];
  });
}

const allRules = (rules: readonly Rule[]): Rule[] =>
  rules.flatMap((rule) => [rule, ...allRules(rule.rules ?? []), ...allRules(rule.item ?? [])]);

function leftOut({ source }: CompiledMapping): string[] {
  if (source.unused.size === 0) return [];
  const rows = [...source.unused].map(([path, { reason }]) => [path, reason]);
  return ['## Not carried', table(['native', 'why'], rows)];
}

function lost(set: MappingSet, { source }: CompiledMapping): string[] {
  if (source.direction !== 'both' || source.identity) return [];
  const rows = invertMapping(source, set.schemas.get(source.native ?? '')).lost.map(({ path, reason }) => [
    path,
    reason,
  ]);
  return rows.length === 0 ? [] : ['## Lost on the way back', table(['canonical', 'why'], rows)];
}

function example(mapping: CompiledMapping): string[] {
  const first = readCases(mapping).find(({ at }) => at.output !== undefined)?.at;
  if (!first) return [];
  const code = (value: unknown) => `\`\`\`json\n${JSON.stringify(value, null, 2)}\n\`\`\``;
  return ['## Example', `${first.case}:`, code(first.input), 'becomes', code(first.output)];
}

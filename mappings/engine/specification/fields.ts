import type { CompiledMapping } from '../compiled';
import { type Survey, surveyMapping } from '../lint';
import { dotted } from '../lint/sources';
import type { MappingSet } from '../load';
import type { Rule } from '../mapping';
import { table } from '../markdown';
import { parsePath } from '../paths';
import type { SchemaNode } from '../schema-node';
import { howSet, listIntroduction } from './words';

/** The rules that fill one object, or each entry of one list. */
interface Section {
  readonly title: string;
  readonly introduction: string;
  /** Source path of the entries, which the paths of the section leave out. */
  readonly entry: string;
  /** Those of the entries outside, the nearest last, for `^.` */
  readonly outside: readonly string[];
  readonly rules: readonly Rule[];
  /** Target path of what the rules fill: `operationsRequest[].segmentRequirement[].` */
  readonly at: string;
}

/** A table for the message or record, and one for each list in it. */
export function fieldSections(set: MappingSet, mapping: CompiledMapping): string[] {
  const survey = surveyMapping(mapping, set.schemas, set.codes);
  const top: Section = {
    title: 'Fields',
    introduction: '',
    ...entryOf(mapping.source.each ?? '.', { entry: '', outside: [] }),
    rules: mapping.source.rules,
    at: '',
  };
  return sectionsFrom(top).flatMap(({ title, introduction, ...section }) => {
    const rows = section.rules.filter(isLeaf).map((rule) => rowOf(rule, section, survey));
    if (rows.length === 0) return [];
    return [
      section.at === '' ? `## ${title}` : `### ${title}`,
      ...(introduction === '' ? [] : [introduction]),
      table(header(survey), rows),
    ];
  });
}

const isLeaf = (rule: Rule) => rule.item === undefined && rule.rules === undefined;

/** What is sent stands first. */
function header({ scope }: Survey): string[] {
  const sides = scope.direction === 'in' ? ['native', 'canonical'] : ['canonical', 'native'];
  return [sides[0]!, 'meaning', sides[1]!, 'meaning', 'must be there', 'how'];
}

function sectionsFrom(section: Section): Section[] {
  const inner = section.rules
    .filter((rule) => !isLeaf(rule))
    .flatMap((rule) => {
      const at = `${section.at}${rule.set}[].`;
      const { entry, outside } = rule.each === undefined ? section : entryOf(rule.each, section);
      const introduction = listIntroduction(rule, entry);
      const rules = rule.rules ?? rule.item ?? [];
      return sectionsFrom({ title: at.slice(0, -1), introduction, entry, outside, rules, at });
    });
  return [section, ...inner];
}

/** Where the entries of a list stand in the record, without places: `E1AFKOL.E1AFFLL.E1AFVOL`; with `[*]`, in a holder. */
function entryOf(
  each: string,
  around: Pick<Section, 'entry' | 'outside'>,
): Pick<Section, 'entry' | 'outside'> {
  const { scope, up, steps } = parsePath(each);
  const base = scope === 'entry' ? around.entry : scope === 'parent' ? (around.outside.at(-up) ?? '') : '';
  const all = steps.findIndex(({ kind }) => kind === 'all');
  const holder = all < 0 ? [] : [dotted(base, steps.slice(0, all))];
  return { entry: dotted(base, steps), outside: [...around.outside, around.entry, ...holder] };
}

function rowOf(rule: Rule, { entry, at }: Pick<Section, 'entry' | 'at'>, survey: Survey): string[] {
  const { scope, native, canonical } = survey;
  const carried = scope.carried.find((one) => one.rule === rule);
  const sources = [...new Set(carried?.sources ?? [])];
  const [from, to] = scope.direction === 'in' ? [native, canonical] : [canonical, native];
  const constant = rule.value === undefined ? '' : JSON.stringify(rule.value);
  return [
    sources.map((path) => within(path, entry)).join(', ') || constant,
    [...new Set(sources.map((path) => described(from, path)).filter((text) => text !== ''))].join(' / '),
    rule.set,
    described(to, rule.set.startsWith('@') ? '' : at + rule.set),
    rule.value !== undefined ? '' : rule.optional || rule.default !== undefined ? 'no' : 'yes',
    howSet(rule),
  ];
}

const within = (path: string, entry: string) =>
  entry !== '' && path.startsWith(`${entry}.`) ? path.slice(entry.length + 1) : path;

/** The description that a schema gives to a path such as `a.b[].c`, and what its values may be. */
function described(root: SchemaNode | undefined, path: string): string {
  let at = root;
  if (!at || path === '' || !/^[\w.[\]=-]+$/.test(path)) return '';
  for (const step of parsePath(path.replaceAll('[]', '[0]')).steps) {
    if (step.kind === 'key') {
      while (at?.isList) at = at.items();
      at = at?.property(step.key);
    } else at = at?.isList ? at.items() : at;
  }
  const length = at?.schema.maxLength;
  const facts = [
    ...(at?.description ? [at.description] : []),
    ...(at?.enum && at.enum.length <= 8 ? [`One of ${at.enum.join(', ')}.`] : []),
    ...(length === undefined ? [] : [`At most ${String(length)} characters.`]),
  ];
  return facts.join(' ');
}

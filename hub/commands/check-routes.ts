import { join } from 'node:path';
import type { Declared } from '../../adapters/adapter';
import type { CheckIssue, CompiledMapping, MappingSet, Rule } from '../../mappings/engine';
import { readCatalogue } from '../../model/schemas';
import { transactionOf } from '../../model/validate';
import type { Flow, FlowTarget, Project, Read, Route } from '../project';
import { type YamlPath, yamlLines } from '../yaml-lines';

/** The record types that a system hands to the hub and takes from it. */
export type Words = Pick<Declared, 'receives' | 'sends'>;

type Say = (path: YamlPath, code: string, message: string) => void;

/**
 * What is wrong where systems, mappings and flows of a hub.yaml meet: names of mappings, their direction, the records
 * they read and write, flows to a system that does not take that noun or verb, flows that nothing ever enters.
 */
export function checkRoutes(
  project: Project,
  mappings: MappingSet,
  words: ReadonlyMap<string, Words>,
): CheckIssue[] {
  const file = join(project.dir, 'hub.yaml');
  const { lineOf } = yamlLines(file);
  const issues: CheckIssue[] = [];
  const say: Say = (path, code, message) =>
    issues.push({ code, file, line: lineOf(path), path: path.join('.'), message });
  const used = new Set<CompiledMapping>();
  const named = (map: string, path: YamlPath): CompiledMapping | undefined => {
    if (mappings.has(map)) {
      const mapping = mappings.get(map);
      used.add(mapping);
      return mapping;
    }
    say(path, 'unknown-mapping', `there is no mapping '${map}'`);
    return undefined;
  };

  for (const [system, { reads }] of Object.entries(project.systems)) {
    for (const [type, maps] of Object.entries(reads)) {
      const path = ['systems', system, 'reads', type];
      for (const { map, needs } of maps) {
        checkRead(type, named(map, path), path, say);
        checkNeeds(needs, path, say);
      }
    }
  }
  for (const [n, flow] of project.flows.entries()) {
    checkEntry(flow, ['flows', n, 'on'], project, mappings, say);
    for (const [at, target] of flow.to.entries()) {
      const path = ['flows', n, 'to', at];
      const mapping = named(target.map, path);
      if (mapping) checkTarget(flow, target, mapping, path, say);
      if (mapping) checkTaken(target, mapping, words, path, say);
    }
    for (const [at, target] of (flow.onFailure ?? []).entries()) {
      const path = ['flows', n, 'onFailure', at];
      const mapping = named(target.map, path);
      if (mapping) checkTarget(flow, target, mapping, path, say);
      if (mapping) checkTaken(target, mapping, words, path, say);
    }
  }
  for (const [kind, route] of Object.entries(project.change.commands)) {
    const path = ['change', 'commands', kind];
    const mapping = named(route.map, path);
    if (mapping) checkTaken(route, mapping, words, path, say);
  }
  for (const { source } of used) issues.push(...strangers(source.rules, source.file, project));
  return issues;
}

/** Rules whose xref names a system that the project does not have: no link could ever be found. */
function strangers(rules: readonly Rule[], file: string, project: Project): CheckIssue[] {
  return rules.flatMap(({ xref, line, set, rules: inner = [], item = [] }) => {
    const within = strangers([...inner, ...item], file, project);
    const system = xref?.system;
    if (system === undefined || Object.hasOwn(project.systems, system)) return within;
    const known = Object.keys(project.systems).join(', ');
    const message = `xref names the system '${system}', which hub.yaml does not have (known: ${known})`;
    return [{ code: 'unknown-system', file, line, path: set, message }, ...within];
  });
}

function checkRead(type: string, mapping: CompiledMapping | undefined, path: YamlPath, say: Say): void {
  if (!mapping) return;
  if (mapping.direction === 'out') {
    say(path, 'wrong-direction', `${mapping.name} reads no records: its direction is out`);
  } else if (!mapping.recordTypes.includes(type)) {
    say(path, 'wrong-record', `${mapping.name} reads ${mapping.recordTypes.join(', ')}, not ${type}`);
  }
}

/** What a record waits for must be something that can come. */
function checkNeeds(needs: Read['needs'], path: YamlPath, say: Say): void {
  if (typeof needs !== 'object') return;
  for (const [n, { noun }] of needs.entries())
    if (!isNoun(noun)) say([...path, 'needs', n, 'noun'], 'unknown-noun', `the model has no noun '${noun}'`);
}

const isNoun = (name: string) => readCatalogue().transactions.some(({ noun }) => noun === name);

/** Whether anything can enter the flow: its transactions exist, and the systems it names give them. */
function checkEntry(
  { on }: Flow,
  path: YamlPath,
  { systems }: Project,
  mappings: MappingSet,
  say: Say,
): void {
  if (!isNoun(on.noun)) {
    say([...path, 'noun'], 'unknown-noun', `the model has no noun '${on.noun}'`);
    return;
  }
  for (const [n, verb] of (on.verbs ?? []).entries()) {
    if (!transactionOf(verb, on.noun))
      say([...path, 'verbs', n], 'unknown-verb', `there is no ${verb} of ${on.noun}`);
  }
  for (const [n, system] of (on.from ?? []).entries()) {
    const reads = Object.values(systems[system]?.reads ?? {}).flat();
    const read = reads.flatMap(({ map }) => (mappings.has(map) ? [mappings.get(map)] : []));
    const gives = read.some(({ nouns }) => nouns.length === 0 || nouns.includes(on.noun));
    if (systems[system] && !gives)
      say([...path, 'from', n], 'never-enters', `no record of ${system} becomes ${on.noun}`);
  }
}

/** Whether the target's mapping takes what the flow carries. */
function checkTarget(
  { on }: Flow,
  { verb, system }: FlowTarget,
  { name, nouns, verbs, direction }: CompiledMapping,
  path: YamlPath,
  say: Say,
): void {
  if (direction === 'in') return;
  if (nouns.length > 0 && !nouns.includes(on.noun)) {
    const takes = nouns.join(', ');
    say(path, 'noun-not-taken', `${system} does not take ${on.noun} by ${name}, which takes ${takes}`);
  }
  const sent =
    verb === undefined ? (on.verbs ?? []) : typeof verb === 'string' ? [verb] : [verb.first, verb.then];
  for (const one of sent) {
    if (verbs.length > 0 && !(verbs as readonly string[]).includes(one))
      say(path, 'verb-not-taken', `${name} takes ${verbs.join(', ')}, not ${one}`);
  }
}

/** Whether the system takes the records that the mapping writes. */
function checkTaken(
  { system }: Route,
  mapping: CompiledMapping,
  words: ReadonlyMap<string, Words>,
  path: YamlPath,
  say: Say,
): void {
  if (mapping.direction === 'in') {
    say(path, 'wrong-direction', `${mapping.name} writes no records: its direction is in`);
    return;
  }
  const sends = words.get(system)?.sends;
  const [type] = mapping.recordTypes;
  // A system that takes nothing at all has been named before.
  if (sends && sends.length > 0 && type !== undefined && !sends.includes(type)) {
    say(path, 'record-not-taken', `${system} takes ${sends.join(', ')}, and ${mapping.name} writes ${type}`);
  }
}

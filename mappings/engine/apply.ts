import { createHash } from 'node:crypto';
import type { Issue } from '../../model/errors';
import type { CanonicalObject, Message } from '../../model/message';
import type { Schema } from './canonical';
import type { CodeTable } from './codes';
import { compileRules } from './compile';
import type { ApplyOptions, CompiledMapping, MappedRecord, ReadOutcome, WriteOutcome } from './compiled';
import { compileConditions, parseCondition } from './conditions';
import type { OneWay } from './convert';
import { compileEntries } from './each';
import { emptying } from './empty';
import { itemsOf, messageOf, readIdentity, writeIdentity, wrongWay } from './envelope';
import { invertMapping } from './invert';
import { compileKey } from './key';
import type { Mapping, MappingContext, Rule } from './mapping';
import { parsePath } from './paths';
import { badRule } from './report';
import { type Frame, type Run, rootFrame, type TraceEntry, type Tree } from './run';
import type { RuleFunction } from './scope';
import { closeHoles } from './targets';

/** Compiles a mapping. Throws HubError HUB_BAD_MAPPING with file and line. */
export function compileMapping(
  mapping: Mapping,
  tables: ReadonlyMap<string, CodeTable>,
  schemas: ReadonlyMap<string, Schema> = new Map(),
): CompiledMapping {
  const read = mapping.direction === 'out' ? undefined : compileRead(mapping, tables);
  const native = schemas.get(mapping.native ?? '');
  const backwards = mapping.direction === 'both' ? invertMapping(mapping, native).mapping : mapping;
  const write = mapping.direction === 'in' ? undefined : compileWrite(backwards, tables);
  return {
    name: mapping.name,
    stamp: stampOf(mapping, tables),
    direction: mapping.direction,
    noun: mapping.nouns[0] ?? '',
    verb: mapping.verbs[0] ?? '',
    verbs: mapping.verbs,
    nouns: mapping.nouns,
    recordTypes: mapping.records,
    source: mapping,
    read(body, context, options) {
      if (!read) throw wrongWay(mapping, 'read');
      return read(body, context, options);
    },
    write(from, context, options) {
      if (!write) throw wrongWay(mapping, 'write');
      return write(from, context, options);
    },
  };
}

interface Way {
  readonly direction: OneWay;
  readonly fill: RuleFunction;
  /** Some rule sets a list beyond its first place. */
  readonly makesHoles: boolean;
  /** What is mapped: the whole, or one entry after another; undefined when the list is missing. */
  frames(run: Run): Frame[] | undefined;
}

function compileWay(mapping: Mapping, direction: OneWay, tables: ReadonlyMap<string, CodeTable>): Way {
  const fill = compileRules(mapping.rules, { mapping, direction, tables, prefix: '' });
  const makesHoles = setsBeyondFirst(mapping.rules);
  const { each, when, lines } = mapping;
  try {
    if (each !== undefined) {
      const entries = compileEntries({ each, when }, parsePath(each), false);
      return { direction, fill, makesHoles, frames: (run) => entries(rootFrame(run.root), run, '', 0) };
    }
    const guard = compileConditions(when.map(parseCondition));
    const frames = (run: Run) => {
      const frame = rootFrame(run.root);
      return !guard || guard(frame, run) ? [frame] : [];
    };
    return { direction, fill, makesHoles, frames };
  } catch (error) {
    const set = each === undefined ? 'when' : 'each';
    throw badRule(error, mapping, { set, line: lines.get(set) ?? 1 });
  }
}

function setsBeyondFirst(rules: readonly Rule[]): boolean {
  return rules.some(
    ({ set, rules: inner = [], item = [] }) =>
      /\[(0*[1-9])/.test(set) || setsBeyondFirst(inner) || setsBeyondFirst(item),
  );
}

function begin(root: unknown, direction: OneWay, context: MappingContext, options?: ApplyOptions): Run {
  const trace = options?.trace ? { trace: [] as TraceEntry[] } : {};
  return { root, context, direction, sets: 0, issues: [], envelope: {}, groups: new Map(), ...trace };
}

function objectOf(way: Way, frame: Frame, run: Run): Tree {
  const out: Tree = {};
  way.fill(frame, run, out);
  if (way.makesHoles) closeHoles(out);
  return out;
}

function compileRead(mapping: Mapping, tables: ReadonlyMap<string, CodeTable>): CompiledMapping['read'] {
  if (mapping.identity) {
    return (body) => {
      const message = readIdentity(mapping, body);
      return 'rule' in message ? { issues: [message] } : { message };
    };
  }
  const way = compileWay(mapping, 'in', tables);
  const cleaned = mapping.empty.length === 0 ? undefined : emptying(mapping.empty);
  return (body, context, options): ReadOutcome => {
    const run = begin(cleaned ? cleaned(body) : body, 'in', context, options);
    const frames = way.frames(run);
    if (!frames) return { issues: [missingList(mapping)] };
    const items: CanonicalObject[] = [];
    for (const frame of frames) items.push(objectOf(way, frame, run));
    if (run.issues.length > 0) return { issues: run.issues };
    const message = messageOf(mapping, run.envelope, context, items);
    if ('rule' in message) return { issues: [message] };
    return run.trace ? { message, trace: run.trace } : { message };
  };
}

function missingList(mapping: Mapping): Issue {
  const path = mapping.each ?? '';
  return { rule: mapping.name, path, message: `${path}: missing`, todo: 'Send the list; it may be empty.' };
}

function compileWrite(mapping: Mapping, tables: ReadonlyMap<string, CodeTable>): CompiledMapping['write'] {
  const key = compileKey(mapping);
  const type = mapping.records[0] ?? '';
  if (mapping.identity) {
    return (from, context) => {
      const body = writeIdentity(mapping, from, context);
      if ('rule' in body) return { issues: [body] };
      const run = begin(body.items[0], 'out', context);
      const record = { type, key: key(rootFrame(run.root), run), body };
      return run.issues.length > 0 ? { issues: run.issues } : { records: [record] };
    };
  }
  const way = compileWay(mapping, 'out', tables);
  return (from: Message | CanonicalObject, given, options): WriteOutcome => {
    const { items, context } = itemsOf(from, given);
    const records: MappedRecord[] = [];
    const issues: Issue[] = [];
    const trace: TraceEntry[] = [];
    for (const item of items) {
      const run = begin(item, 'out', context, options);
      // An item without the list of the header's each has nothing for this system.
      for (const frame of way.frames(run) ?? []) {
        records.push({ type, key: key(frame, run), body: objectOf(way, frame, run) });
      }
      for (const issue of run.issues) issues.push(issue);
      for (const entry of run.trace ?? []) trace.push(entry);
    }
    if (issues.length > 0) return { issues };
    return options?.trace ? { records, trace } : { records };
  };
}

/** `name@version#hash`: the hash covers the file and the code tables it names, for both change what comes out. */
function stampOf(mapping: Mapping, tables: ReadonlyMap<string, CodeTable>): string {
  const hash = createHash('sha256').update(mapping.text);
  for (const name of [...codesOf(mapping.rules)].sort()) hash.update(tables.get(name)?.text ?? '');
  return `${mapping.name}@${mapping.version}#${hash.digest('hex').slice(0, 8)}`;
}

function codesOf(rules: readonly Rule[]): Set<string> {
  const names = rules.flatMap(({ codes, rules: inner = [], item = [] }) => [
    ...(codes === undefined ? [] : [codes]),
    ...codesOf([...inner, ...item]),
  ]);
  return new Set(names);
}

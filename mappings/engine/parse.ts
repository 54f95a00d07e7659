import { readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import {
  type Document,
  isMap,
  isScalar,
  LineCounter,
  type Node,
  parseDocument,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { HubError } from '../../model/errors';
import { closest } from './closest';
import type { Direction, Join, Mapping, Rule, TransformUse, UnitUse, XrefUse } from './mapping';
import { headerWords, ruleWords } from './words';

/** Reads one `*.map.yaml`. Throws HubError HUB_BAD_MAPPING with file and line for everything that is not the language. */
export function parseMapping(file: string, text: string = readFileSync(file, 'utf8')): Mapping {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const reader = new Reader(file, lines, document);
  const [error] = document.errors;
  if (error) throw reader.bad(error.message, error.pos[0]);
  if (!isMap(document.contents))
    throw reader.bad('a mapping begins with its header: version, direction, …', 0);
  const header = reader.words(document.contents, headerWords, 'a mapping');
  const name = `${basename(dirname(file))}/${basename(file).replace(/\.map\.ya?ml$/, '')}`;
  const message = header.message ? reader.map(header.message.node, 'message') : undefined;
  const identity = header.identity?.value === true;
  if (!header.rules && !identity) throw reader.bad('there are no rules', 0);
  return {
    name,
    file,
    text,
    version: String(header.version?.value ?? '1'),
    ...(header.about ? { about: String(header.about.value) } : {}),
    direction: reader.oneOf(header.direction, ['in', 'out', 'both'] as const, 'direction') as Direction,
    ...(header.native ? { native: String(header.native.value) } : {}),
    empty: header.empty ? [header.empty.value].flat() : [],
    records: reader.texts(header.records),
    verbs: reader.texts(message?.verb),
    nouns: reader.texts(message?.noun),
    identity,
    key: reader.texts(header.key),
    ...(header.each ? { each: String(header.each.value) } : {}),
    when: reader.texts(header.when),
    rules: header.rules ? reader.rules(header.rules.node, 'rules') : [],
    unused: reader.unused(header.unused?.node),
    lines: new Map(Object.entries(header).map(([word, at]) => [word, at.line])),
  };
}

interface Entry {
  readonly node: Node | null;
  readonly value: unknown;
  readonly line: number;
}

type Entries = { [word: string]: Entry | undefined } & Record<string, Entry>;

/** Walks the YAML tree, so that every complaint has its line. */
class Reader {
  constructor(
    readonly file: string,
    readonly lines: LineCounter,
    readonly document: Document,
  ) {}

  lineAt(offset: number): number {
    return this.lines.linePos(offset).line;
  }

  bad(why: string, offset: number): HubError {
    const at = `${this.file}:${this.lineAt(offset)}`;
    return new HubError('HUB_BAD_MAPPING', `${at}: ${why}`, { at });
  }

  map(node: Node | null, what: string): Entries {
    if (!isMap(node)) throw this.bad(`${what} must be a list of name: value`, node?.range?.[0] ?? 0);
    const entries: Entries = Object.create(null);
    for (const { key, value } of (node as YAMLMap<Node, Node | null>).items) {
      const name = isScalar(key) ? String(key.value) : String(key);
      const js = value === null ? null : value.toJS(this.document);
      entries[name] = { node: value, value: js, line: this.lineAt(key.range?.[0] ?? 0) };
    }
    return entries;
  }

  /** A map whose names are all known; a misspelt one is named with its nearest. */
  words(node: Node, known: ReadonlyMap<string, string>, what: string): Entries {
    const entries = this.map(node, what);
    for (const [word, { line }] of Object.entries(entries)) {
      if (known.has(word)) continue;
      const near = closest(word, [...known.keys()]);
      const at = `${this.file}:${line}`;
      const hint = near ? `did you mean '${near}'?` : `the words are ${[...known.keys()].join(', ')}`;
      throw new HubError('HUB_BAD_MAPPING', `${at}: ${what} has no word '${word}'; ${hint}`, { at });
    }
    return entries;
  }

  oneOf<T extends string>(entry: Entry | undefined, allowed: readonly T[], what: string): T {
    const found = allowed.find((one) => one === entry?.value);
    if (found === undefined) {
      throw this.bad(`${what} must be one of ${allowed.join(', ')}`, entry?.node?.range?.[0] ?? 0);
    }
    return found;
  }

  texts(entry: Entry | undefined): string[] {
    if (entry === undefined || entry.value === null) return [];
    const list = Array.isArray(entry.value) ? entry.value : [entry.value];
    if (list.some((one) => typeof one === 'object')) {
      throw this.bad('a text or a list of texts is expected here', entry.node?.range?.[0] ?? 0);
    }
    return list.map(String);
  }

  rules(node: Node | null, what: string): Rule[] {
    const items = (node as YAMLSeq<Node> | null)?.items;
    if (!Array.isArray(items) || isMap(node)) {
      throw this.bad(`${what} must be a list of rules`, node?.range?.[0] ?? 0);
    }
    return items.map((item) => this.rule(item));
  }

  rule(node: Node): Rule {
    const words = this.words(node, ruleWords, 'a rule');
    const offset = node.range?.[0] ?? 0;
    const has = (word: string) => words[word] !== undefined;
    if (!has('set')) throw this.bad('a rule needs set', offset);
    const set = String(words.set?.value);
    const sources = ['from', 'value', 'each', 'item', 'expr'].filter(has);
    const scalarList = has('each') && has('from') && sources.length === 2 && !has('rules');
    if (sources.length !== 1 && !scalarList) {
      const found = sources.length === 0 ? 'none' : sources.join(' and ');
      throw this.bad(
        `${set}: a rule has exactly one of from, value, each, item and expr, here ${found}`,
        offset,
      );
    }
    if (has('rules') !== (has('each') && !scalarList)) {
      throw this.bad(
        `${set}: each and rules belong together (or each and from, for a list of values)`,
        offset,
      );
    }
    if (has('default') && has('each') && !Array.isArray(words.default?.value)) {
      throw this.bad(`${set}: the default of a list is a list, such as []`, offset);
    }
    if (has('clears') && (this.texts(words.from).length !== 1 || set.startsWith('@') || has('each')))
      throw this.bad(`${set}: clears goes with one field, from, and a member of the object`, offset);
    const other = has('xref') && ['codes', 'unit', 'value', 'item', 'rules'].find(has);
    if (other) throw this.bad(`${set}: xref is for an id, and does not go with ${other}`, offset);
    if (has('value') && words.value?.value === null) throw this.bad(`${set}: the value is empty`, offset);
    return {
      set,
      line: this.lineAt(offset),
      ...(has('from') ? { from: this.texts(words.from) } : {}),
      ...(has('value') ? { value: words.value?.value } : {}),
      ...(has('expr') ? { expr: String(words.expr?.value) } : {}),
      ...(has('interpreted') ? { interpreted: words.interpreted?.value === true } : {}),
      ...(has('each') ? { each: String(words.each?.value) } : {}),
      ...(has('rules') ? { rules: this.rules(words.rules?.node ?? null, 'rules') } : {}),
      ...(has('item') ? { item: this.rules(words.item?.node ?? null, 'item') } : {}),
      ...(has('join') ? { join: this.join(words.join as Entry) } : {}),
      when: this.texts(words.when),
      as: this.transforms(words.as, words.with),
      ...(has('codes') ? { codes: String(words.codes?.value) } : {}),
      ...(has('unit') ? { unit: this.unit(words.unit as Entry) } : {}),
      ...(has('xref') ? { xref: this.xref(words.xref as Entry) } : {}),
      optional: words.optional?.value === true || words.clears?.value === true,
      ...(words.clears?.value === true ? { clears: true } : {}),
      ...(has('default') ? { default: words.default?.value } : {}),
    };
  }

  join(entry: Entry): Join {
    const { list, by, equals } = this.map(entry.node, 'join');
    if (!list || !by || !equals)
      throw this.bad('join needs list, by and equals', entry.node?.range?.[0] ?? 0);
    return { list: String(list.value), by: String(by.value), equals: String(equals.value) };
  }

  unit(entry: Entry): UnitUse {
    const { from, value, to, ...others } = this.map(entry.node, 'unit');
    const isWhole = to !== undefined && (from === undefined) !== (value === undefined);
    if (!isWhole || Object.keys(others).length > 0)
      throw this.bad('unit needs from or value, and to', entry.node?.range?.[0] ?? 0);
    const known = from === undefined ? { value: String(value?.value) } : { from: String(from.value) };
    return { ...known, to: String(to.value) };
  }

  /** `xref: Equipment`, `xref: { noun: Equipment, system: erp, unknown: issue }`. */
  xref(entry: Entry): XrefUse {
    if (typeof entry.value === 'string' && entry.value !== '') return { noun: entry.value, unknown: 'keep' };
    const { noun, system, unknown, ...others } = this.map(entry.node, 'xref');
    const given = unknown?.value ?? 'keep';
    if (!noun || Object.keys(others).length > 0 || (given !== 'keep' && given !== 'issue')) {
      throw this.bad(
        'xref needs a noun, and takes system and unknown: keep or issue',
        entry.node?.range?.[0] ?? 0,
      );
    }
    return { noun: String(noun.value), ...(system ? { system: String(system.value) } : {}), unknown: given };
  }

  /** `as: trim`, `as: [trim, upper]`, `as: [{ prefix: { text: A } }]`; parameters under `with` go to every one. */
  transforms(as: Entry | undefined, parameters: Entry | undefined): TransformUse[] {
    if (as === undefined) return [];
    const shared = parameters ? (parameters.value as Record<string, unknown>) : {};
    const list = Array.isArray(as.value) ? as.value : [as.value];
    return list.flatMap((one) =>
      typeof one === 'object' && one !== null
        ? Object.entries(one).map(([name, own]) => ({ name, with: { ...shared, ...(own as object) } }))
        : [{ name: String(one), with: shared }],
    );
  }

  unused(node: Node | null | undefined): Mapping['unused'] {
    if (!node) return new Map();
    return new Map(
      Object.entries(this.map(node, 'unused')).map(([path, { value, line }]) => {
        if (typeof value === 'string' && value.trim() !== '') return [path, { reason: value, line }];
        throw this.bad(`unused: say why ${path} is not read`, node.range?.[0] ?? 0);
      }),
    );
  }
}

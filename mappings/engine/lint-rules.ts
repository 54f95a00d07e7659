import type { CodeTable } from './codes';
import { parseCondition } from './conditions';
import { closest, type OneWay } from './convert';
import { lintExpression } from './lint-expressions';
import { lintTargets } from './lint-targets';
import { lintValue } from './lint-values';
import { type CheckIssue, contextNames, envelopeNames, type Mapping, type Rule } from './mapping';
import { type Path, parsePath, type Step, stepsText } from './paths';
import { follow, type SchemaNode } from './schema-node';

/** What is known while rules are held against both schemas. A side without a schema is not looked at. */
export interface LintScope {
  readonly mapping: Mapping;
  readonly direction: OneWay;
  readonly tables: ReadonlyMap<string, CodeTable>;
  readonly issues: CheckIssue[];
  /** Source paths that are read, as dotted names without indexes. */
  readonly read: Set<string>;
  /** What goes where, for reports. */
  readonly carried: Carried[];
  /** Required targets of everything that the rules fill. */
  readonly required: { readonly path: string; readonly isSet: boolean }[];
}

/** A rule that sets a value: from which native and canonical paths, with `[]` for lists. */
export interface Carried {
  readonly rule: Rule;
  readonly sources: readonly string[];
  readonly target: string;
}

/** The entries that paths may start from. */
export interface SourceFrame {
  readonly node: SchemaNode | undefined;
  /** Dotted path of the entry from the root. */
  readonly at: string;
  readonly parent?: SourceFrame;
  readonly joined?: SourceFrame;
}

export function say(scope: LintScope, line: number, code: string, path: string, message: string): void {
  scope.issues.push({ code, file: scope.mapping.file, line, path, message });
}

export function lintRules(
  rules: readonly Rule[],
  scope: LintScope,
  source: SourceFrame,
  target: SchemaNode | undefined,
  at: string,
): void {
  lintTargets(rules, scope, target, at);
  for (const rule of rules) lintRule(rule, scope, source, target, at);
}

function lintRule(
  rule: Rule,
  scope: LintScope,
  source: SourceFrame,
  target: SchemaNode | undefined,
  at: string,
): void {
  const path = at === '' ? rule.set : `${at}.${rule.set}`;
  const to = targetNode(rule, scope, target, path);
  if (rule.each === undefined) {
    lintConditions(rule.when, rule.line, scope, source);
    for (const from of rule.from ?? []) lintSource(from, rule.line, scope, source);
    if (rule.item) {
      lintRules(rule.item, scope, source, expectList(rule, scope, to, path), `${path}[]`);
      return;
    }
    if (rule.expr !== undefined) lintExpression(rule, scope, source);
    lintValue(rule, scope, rule.from ? sourceNode(rule, source) : undefined, to, path);
    carry(rule, scope, source, path);
    return;
  }
  const list = lintSource(rule.each, rule.line, scope, source, true);
  const inner = entryFrame(rule.each, list, source);
  const joined = rule.join ? lintJoin(rule, scope, inner) : undefined;
  const frame: SourceFrame = { ...inner, ...(joined ? { joined } : {}) };
  lintConditions(rule.when, rule.line, scope, frame);
  const entry = expectList(rule, scope, to, path);
  if (rule.rules) lintRules(rule.rules, scope, frame, entry, `${path}[]`);
  for (const from of rule.from ?? []) lintSource(from, rule.line, scope, frame);
  if (!rule.from) return;
  lintValue(rule, scope, sourceNode(rule, frame), entry, path);
  carry(rule, scope, frame, path);
}

function carry(rule: Rule, scope: LintScope, source: SourceFrame, target: string): void {
  const sources = (rule.from ?? []).map((text) => {
    const path = parsePath(text);
    const frame = path.scope === 'context' ? undefined : frameOf(path, source);
    return frame ? dotted(frame.at, path.steps) : text;
  });
  scope.carried.push({ rule, sources, target });
}

/** The schema of what the rule sets. Says so when there is no such field. */
function targetNode(rule: Rule, scope: LintScope, target: SchemaNode | undefined, path: string) {
  if (rule.set.startsWith('@')) {
    const name = rule.set.slice(1);
    if (scope.direction === 'out' || !envelopeNames.some((one) => one === name)) {
      say(
        scope,
        rule.line,
        'unknown-target',
        path,
        `the envelope has no '${rule.set}' that could be set here`,
      );
    }
    return undefined;
  }
  return target && known(parsePath(rule.set).steps, target, rule.line, scope, path, 'unknown-target');
}

function known(
  steps: readonly Step[],
  from: SchemaNode,
  line: number,
  scope: LintScope,
  path: string,
  code: 'unknown-target' | 'unknown-source',
): SchemaNode | undefined {
  const found = follow(from, steps);
  if (!('unknown' in found)) return found;
  const { unknown, at } = found;
  if (unknown.kind === 'key') {
    const near = closest(unknown.key, at.properties);
    const why = at.isList ? `is in a list: use an index, a selector or each` : `does not exist in the schema`;
    say(
      scope,
      line,
      code,
      path,
      `${path}: '${unknown.key}' ${why}${near ? `; did you mean '${near}'?` : ''}`,
    );
  } else say(scope, line, code, path, `${path}: ${stepsText([unknown])} stands where the schema has no list`);
  return undefined;
}

function expectList(
  rule: Rule,
  scope: LintScope,
  to: SchemaNode | undefined,
  path: string,
): SchemaNode | undefined {
  if (!to || to.anything) return undefined;
  if (to.isList) return to.items();
  say(scope, rule.line, 'wrong-type', path, `${path} is not a list: set its fields one by one`);
  return undefined;
}

function frameOf(path: Path, source: SourceFrame): SourceFrame | undefined {
  if (path.scope === 'entry') return source;
  if (path.scope === 'joined') return source.joined;
  let at: SourceFrame | undefined = source;
  if (path.scope === 'root') while (at?.parent) at = at.parent;
  else for (let n = 0; n < path.up; n++) at = at?.parent;
  return at;
}

/** Holds a path against the source schema and notes it as read. */
export function lintSource(
  text: string,
  line: number,
  scope: LintScope,
  source: SourceFrame,
  isList = false,
): SchemaNode | undefined {
  const path = parsePath(text);
  if (path.scope === 'context') {
    const name = text.slice(1);
    if (contextNames.some((one) => one === name)) return undefined;
    say(scope, line, 'unknown-source', text, `there is no ${text}; there are @${contextNames.join(', @')}`);
    return undefined;
  }
  const frame = frameOf(path, source);
  if (!frame) {
    say(
      scope,
      line,
      'unknown-source',
      text,
      `${text}: there is no ${path.scope === 'joined' ? 'join' : 'entry outside'} here`,
    );
    return undefined;
  }
  const full = dotted(frame.at, path.steps);
  if (!isList) scope.read.add(full);
  for (const [n, step] of path.steps.entries()) {
    if (step.kind === 'where') scope.read.add(`${dotted(frame.at, path.steps.slice(0, n))}.${step.key}`);
  }
  return frame.node && known(path.steps, frame.node, line, scope, full || text, 'unknown-source');
}

function sourceNode(rule: Rule, source: SourceFrame): SchemaNode | undefined {
  const [only] = rule.from ?? [];
  if (only === undefined || rule.from?.length !== 1) return undefined;
  const path = parsePath(only);
  const frame = path.scope === 'context' ? undefined : frameOf(path, source);
  const found = frame?.node && follow(frame.node, path.steps);
  return found && 'unknown' in found ? undefined : found;
}

/** The entry of a list, within the one that rules see around it: with `[*]`, the entry that holds the inner list. */
export function entryFrame(list: string, node: SchemaNode | undefined, source: SourceFrame): SourceFrame {
  const path = parsePath(list);
  const from = frameOf(path, source);
  const all = path.steps.findIndex(({ kind }) => kind === 'all');
  const parent = all < 0 ? source : holderFrame(path.steps.slice(0, all + 1), from, source);
  return { node: node?.isList ? node.items() : node, at: dotted(from?.at ?? '', path.steps), parent };
}

function holderFrame(
  steps: readonly Step[],
  from: SourceFrame | undefined,
  source: SourceFrame,
): SourceFrame {
  const node = from?.node && follow(from.node, steps);
  const known = node && !('unknown' in node) ? node : undefined;
  return { node: known, at: dotted(from?.at ?? '', steps), parent: source };
}

function lintJoin(rule: Rule, scope: LintScope, entry: SourceFrame): SourceFrame {
  const { list, by, equals } = rule.join as NonNullable<Rule['join']>;
  const node = lintSource(list, rule.line, scope, entry, true);
  const joined = entryFrame(list, node, entry);
  lintSource(by, rule.line, scope, joined);
  lintSource(equals, rule.line, scope, entry);
  return joined;
}

export function lintConditions(
  when: readonly string[],
  line: number,
  scope: LintScope,
  source: SourceFrame,
): void {
  for (const condition of when.map(parseCondition)) {
    lintSource(condition.path.text, line, scope, source);
    if ('steps' in condition.against) lintSource(condition.against.text, line, scope, source);
  }
}

function dotted(before: string, steps: readonly Step[]): string {
  const names = steps.flatMap((step) => (step.kind === 'key' ? [step.key] : []));
  return [...(before === '' ? [] : [before]), ...names].join('.');
}

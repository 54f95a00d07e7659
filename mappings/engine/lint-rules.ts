import type { CodeTable } from './codes';
import type { OneWay } from './convert';
import { lintExpression } from './lint-expressions';
import {
  dotted,
  entryFrame,
  frameOf,
  known,
  lintConditions,
  lintJoin,
  lintSource,
  type SourceFrame,
  sourceNode,
} from './lint-sources';
import { lintTargets } from './lint-targets';
import { lintValue } from './lint-values';
import { type CheckIssue, envelopeNames, type Mapping, type Rule } from './mapping';
import { parsePath } from './paths';
import type { SchemaNode } from './schema-node';
import { lintUnit } from './units';

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
    lintUnit(rule, scope, source, path);
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

import { envelopeNames, type Rule } from '../mapping';
import { parsePath } from '../paths';
import type { SchemaNode } from '../schema-node';
import { lintExpression } from './expressions';
import { type LintScope, say } from './scope';
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
} from './sources';
import { lintTargets } from './targets';
import { lintUnit } from './units';
import { lintValue } from './values';

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
    lintValue(rule, scope, rule.from ? sourceNode(rule, source) : undefined, to, path);
    if (rule.expr === undefined) carry(rule, scope, source, path);
    else scope.carried.push({ rule, sources: lintExpression(rule, scope, source), target: path });
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

import type { Rule } from '../mapping';
import { parsePath, type Step, stepsText } from '../paths';
import { follow, type SchemaNode } from '../schema-node';
import { type LintScope, say } from './scope';

/** What the rules of one block set, as a tree of steps. */
interface Setting {
  readonly children: Map<string, { step: Step; at: Setting }>;
  rule?: Rule;
}

/** Set twice, and required but never set, in the object that these rules fill. */
export function lintTargets(
  rules: readonly Rule[],
  scope: LintScope,
  target: SchemaNode | undefined,
  at: string,
): void {
  const root: Setting = { children: new Map() };
  for (const rule of rules) {
    if (rule.set.startsWith('@')) continue;
    const leaf = place(root, parsePath(rule.set).steps);
    if (leaf.rule && setsTwice(leaf.rule, rule)) {
      const message = `${rule.set} is set again; line ${leaf.rule.line} sets it already. Give this rule a when, or use from: [A, B]`;
      say(scope, rule.line, 'set-twice', join(at, rule.set), message);
    }
    leaf.rule = rule;
  }
  const line = rules[0]?.line ?? 1;
  if (target && !isPatch(scope)) lintRequired(root, scope, target, at, line);
}

/** What a Change does not name stays as it is, so nothing is required of it. */
const isPatch = ({ mapping, direction }: LintScope) =>
  direction === 'in' && mapping.verbs.length > 0 && mapping.verbs.every((verb) => verb === 'Change');

const fillsList = (rule: Rule) => rule.each !== undefined || rule.item !== undefined;

/** Several rules may fill one list; a later rule with a condition is an alternative. */
function setsTwice(earlier: Rule, later: Rule): boolean {
  if (fillsList(earlier) || fillsList(later)) return fillsList(earlier) !== fillsList(later);
  return later.when.length === 0;
}

function place(root: Setting, steps: readonly Step[]): Setting {
  let at = root;
  for (const step of steps) {
    const name = stepsText([step]);
    let child = at.children.get(name);
    if (!child) {
      child = { step, at: { children: new Map() } };
      at.children.set(name, child);
    }
    at = child.at;
  }
  return at;
}

function lintRequired(setting: Setting, scope: LintScope, node: SchemaNode, at: string, line: number): void {
  const names = new Set(
    [...setting.children.values()].map(({ step }) => (step.kind === 'key' ? step.key : '')),
  );
  if (node.isObject) {
    for (const name of node.required) {
      const path = join(at, name);
      scope.required.push({ path, isSet: names.has(name) });
      if (names.has(name)) continue;
      say(scope, line, 'never-set', path, `${path} is required and never set`);
    }
  }
  for (const [name, { step, at: child }] of setting.children) {
    if (child.children.size === 0) continue;
    // An entry counted from the end, or of a list that a rule fills, was made there with what it requires.
    if (step.kind === 'index' && (step.index < 0 || (setting.rule && fillsList(setting.rule)))) continue;
    const next = follow(node, [step]);
    if ('unknown' in next || next.anything) continue;
    if (step.kind === 'where') place(child, [{ kind: 'key', key: step.key }]);
    lintRequired(child, scope, next, join(at, name), lineOf(child) ?? line);
  }
}

function lineOf(setting: Setting): number | undefined {
  if (setting.rule) return setting.rule.line;
  for (const { at } of setting.children.values()) {
    const line = lineOf(at);
    if (line !== undefined) return line;
  }
  return undefined;
}

function join(at: string, name: string): string {
  if (at === '') return name;
  return name.startsWith('[') ? `${at}${name}` : `${at}.${name}`;
}

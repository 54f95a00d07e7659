import type { CodeTable } from './codes';
import { compileConditions, parseCondition } from './conditions';
import type { OneWay } from './convert';
import { compileEach } from './each';
import { compileLeaf, compileValue } from './leaf';
import type { Mapping, Rule } from './mapping';
import { fieldOf } from './paths';
import { badRule } from './report';
import { Frame, type Run } from './run';
import { compileAppend, parseTarget, type Tree } from './targets';

export type RuleFunction = (frame: Frame, run: Run, out: Tree) => void;

/** What compiling a rule needs to know about its mapping and its place in it. */
export interface Scope {
  readonly mapping: Mapping;
  readonly direction: OneWay;
  readonly tables: ReadonlyMap<string, CodeTable>;
  /** Path of the object that these rules fill, within the output of their frame: `quantity[0].` */
  readonly prefix: string;
}

/** Compiles rules to closures, once. Throws HubError HUB_BAD_MAPPING with file and line. */
export function compileRules(rules: readonly Rule[], scope: Scope): readonly RuleFunction[] {
  return rules.map((rule) => {
    try {
      const fillsAlone = rules.every((other) => other === rule || other.set !== rule.set);
      return compileRule(rule, scope, fillsAlone);
    } catch (error) {
      throw badRule(error, scope.mapping, rule);
    }
  });
}

function compileRule(rule: Rule, scope: Scope, fillsAlone: boolean): RuleFunction {
  if (rule.each !== undefined) {
    const within = { ...scope, prefix: '' };
    const inner = rule.rules ? compileRules(rule.rules, within) : undefined;
    return compileEach(rule, scope, inner, inner ? undefined : compileValue(rule, within));
  }
  const guard = compileConditions(rule.when.map(parseCondition));
  const set = rule.item ? compileItem(rule, rule.item, scope, fillsAlone) : compileLeaf(rule, scope);
  if (!guard) return set;
  return (frame, run, out) => {
    if (guard(frame, run)) set(frame, run, out);
  };
}

/**
 * A list of one: rules see the same entry, and write into an object of their own. Nothing set, nothing added.
 * Where other rules fill the same list, the place of the entry is known only while it runs: it gets a frame.
 */
function compileItem(rule: Rule, item: readonly Rule[], scope: Scope, fillsAlone: boolean): RuleFunction {
  const target = parseTarget(rule.set);
  const append = compileAppend(target);
  const key = fillsAlone ? fieldOf(target) : undefined;
  const set = `${scope.prefix}${rule.set}`;
  const rules = compileRules(item, { ...scope, prefix: fillsAlone ? `${set}[0].` : '' });
  return (frame, run, out) => {
    const entry: Tree = {};
    const before = run.sets;
    const inner = fillsAlone ? frame : placed(frame, set, lengthAt(out, rule.set));
    for (const rule of rules) rule(inner, run, entry);
    if (run.sets === before) return;
    if (key === undefined) append(out, [entry]);
    else out[key] = [entry];
  };
}

function placed(frame: Frame, set: string, at: number): Frame {
  return new Frame(frame.entry, frame.parent, frame.list, frame.index, frame, set, at, frame.joined);
}

export function lengthAt(out: Tree, key: string): number {
  const there = out[key];
  return Array.isArray(there) ? there.length : 0;
}

import type { CodeTable } from './codes';
import { compileConditions, parseCondition } from './conditions';
import { compileConversion, type OneWay, takesList, takesMissing } from './convert';
import { compileEach } from './each';
import { type CompiledExpression, compileExpression } from './expression';
import type { Mapping, Rule } from './mapping';
import { isMissing, type Path, parsePath } from './paths';
import { badRule, report, reportMissing } from './report';
import { compileReader, Frame, type Run, sourceText, targetText } from './run';
import { compileAppend, compilePut, copyOf, parseTarget, type Tree } from './targets';

export type RuleFunction = (frame: Frame, run: Run, out: Tree) => void;

/** What compiling a rule needs to know about its mapping. */
export interface Scope {
  readonly mapping: Mapping;
  readonly direction: OneWay;
  readonly tables: ReadonlyMap<string, CodeTable>;
}

/** Compiles rules to closures, once. Throws HubError HUB_BAD_MAPPING with file and line. */
export function compileRules(rules: readonly Rule[], scope: Scope): readonly RuleFunction[] {
  return rules.map((rule) => {
    try {
      return compileRule(rule, scope);
    } catch (error) {
      throw badRule(error, scope.mapping, rule);
    }
  });
}

function compileRule(rule: Rule, scope: Scope): RuleFunction {
  if (rule.each !== undefined) {
    const inner = rule.rules ? compileRules(rule.rules, scope) : undefined;
    return compileEach(rule, scope, inner, inner ? undefined : compileValue(rule, scope));
  }
  const guard = compileConditions(rule.when.map(parseCondition));
  const set = rule.item ? compileItem(rule, compileRules(rule.item, scope)) : compileLeaf(rule, scope);
  if (!guard) return set;
  return (frame, run, out) => {
    if (guard(frame, run)) set(frame, run, out);
  };
}

/** A list of one: rules see the same entry, and write into an object of their own. Nothing set, nothing added. */
function compileItem(rule: Rule, rules: readonly RuleFunction[]): RuleFunction {
  const target = parseTarget(rule.set);
  const append = compileAppend(target);
  return (frame, run, out) => {
    const entry: Tree = {};
    const at = (out[rule.set] as unknown[] | undefined)?.length ?? 0;
    const inner = new Frame(
      frame.entry,
      frame.parent,
      frame.list,
      frame.index,
      frame,
      rule.set,
      at,
      frame.joined,
    );
    for (const set of rules) set(inner, run, entry);
    for (const _ in entry) {
      append(out, [entry]);
      return;
    }
  };
}

function compileLeaf(rule: Rule, scope: Scope): RuleFunction {
  const value = compileValue(rule, scope);
  const put = rule.set.startsWith('@') ? putEnvelope(rule.set.slice(1)) : putTarget(rule.set);
  const name = `${scope.mapping.name}:${rule.line}`;
  const from = rule.from?.map(parsePath) ?? [];
  return (frame, run, out) => {
    const found = value(frame, run);
    if (found === undefined) return;
    put(out, found, run);
    if (run.trace) {
      const source = from.map((path) => sourceText(path, frame)).join(', ') || (rule.expr ?? 'constant');
      run.trace.push({ rule: name, set: targetText(rule.set, frame), from: source, value: found });
    }
  };
}

function putTarget(text: string) {
  return compilePut(parseTarget(text)) as (out: Tree, value: unknown, run: Run) => void;
}

function putEnvelope(name: string) {
  return (_out: Tree, value: unknown, run: Run) => {
    run.envelope[name] = value;
  };
}

type Value = (frame: Frame, run: Run) => unknown;

/** The value of a rule: constant, expression or path, converted. Undefined: nothing to set, or an issue was reported. */
function compileValue(rule: Rule, scope: Scope): Value {
  if (rule.value !== undefined) return constant(rule.value);
  const convert = compileConversion(rule, scope.direction, scope.tables);
  const expression = rule.expr === undefined ? undefined : compileExpression(rule.expr);
  const paths = rule.from?.map(parsePath) ?? [parsePath('.')];
  const raw = expression ? fromExpression(expression, rule, scope) : fromPaths(paths, rule);
  const passesMissing = takesMissing(rule) || takesList(rule);
  const absent = (frame: Frame, run: Run) => {
    if (rule.default !== undefined) return copyOf(rule.default);
    if (!rule.optional && rule.expr === undefined) reportMissing(scope.mapping, rule, paths, frame, run);
    return undefined;
  };
  return (frame, run) => {
    let value = raw(frame, run);
    if (value === failed) return undefined;
    if (isMissing(value) && !passesMissing) return absent(frame, run);
    if (convert) {
      try {
        value = convert(value, run.context);
      } catch (error) {
        report(error, scope.mapping, rule, paths, value, frame, run);
        return undefined;
      }
      if (isMissing(value) && !(passesMissing && value === '')) return absent(frame, run);
    }
    return typeof value === 'object' ? copyOf(value) : value;
  };
}

function constant(value: unknown): Value {
  return typeof value === 'object' && value !== null ? () => copyOf(value) : () => value;
}

function fromPaths(paths: readonly Path[], rule: Rule): Value {
  const readers = paths.map(compileReader);
  const [first] = readers;
  if (takesList(rule)) return (frame, run) => readers.map((read) => read(frame, run));
  if (readers.length === 1 && first) return first;
  return (frame, run) => {
    for (const read of readers) {
      const value = read(frame, run);
      if (!isMissing(value)) return value;
    }
    return undefined;
  };
}

/** Says that an issue was reported already. */
const failed = Symbol('failed');

function fromExpression(expression: CompiledExpression, rule: Rule, scope: Scope): Value {
  return (frame, run) => {
    try {
      return expression(frame, run);
    } catch (error) {
      report(error, scope.mapping, rule, [], rule.expr, frame, run);
      return failed;
    }
  };
}

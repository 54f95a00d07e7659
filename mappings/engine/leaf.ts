import { compileConversion, takesList, takesMissing } from './convert';
import type { Rule } from './mapping';
import { isMissing, type Path, parsePath } from './paths';
import { report, reportMissing } from './report';
import { compileReader, type Frame, type Run, sourceText, type Tree, targetText } from './run';
import type { RuleFunction, Scope } from './scope';
import { compileSource, pathsOf } from './source';
import { compilePut, copyOf, parseTarget } from './targets';
import { compileUnit } from './units';
import { compileXref } from './xref';

type Value = (frame: Frame, run: Run) => unknown;

/** Sets one value, in every case: see `fields.ts` for the usual one. */
export function compileLeaf(rule: Rule, scope: Scope): RuleFunction {
  const value = compileValue(rule, scope);
  const put = rule.set.startsWith('@') ? undefined : compilePut(parseTarget(rule.set));
  const envelopeName = rule.set.slice(1);
  const clear = rule.clears ? compileClear(rule, scope) : undefined;
  const trace = compileTrace(rule, scope);
  return (frame, run, out) => {
    if (clear?.(frame, run, out)) return;
    const found = value(frame, run);
    if (found === undefined) return;
    run.sets++;
    if (put) put(out, found);
    else run.envelope[envelopeName] = found;
    if (run.trace) trace(frame, run, found);
  };
}

/** Clears the member where its field is there and empty; says whether it did. */
function compileClear(rule: Rule, scope: Scope) {
  // The member is cleared, not the first entry of its list. A native field is emptied.
  const member = (path: string) => path.replace(/\[\d+\]$/, '');
  const isIn = scope.direction === 'in';
  const from = rule.from?.[0] ?? '.';
  const read = compileReader(parsePath(isIn ? from : member(from)));
  const put = compilePut(parseTarget(isIn ? member(rule.set) : rule.set));
  const cleared = isIn ? null : '';
  return (frame: Frame, run: Run, out: Tree): boolean => {
    const value = read(frame, run);
    if (value !== null && value !== '') return false;
    run.sets++;
    put(out, cleared);
    return true;
  };
}

function compileTrace(rule: Rule, scope: Scope) {
  const name = `${scope.mapping.name}:${rule.line}`;
  const from = rule.from?.map(parsePath) ?? [];
  const target = rule.set.startsWith('@') ? undefined : scope.prefix + rule.set;
  return (frame: Frame, run: Run, value: unknown) => {
    const source = from.map((path) => sourceText(path, frame)).join(', ') || (rule.expr ?? 'constant');
    const set = target === undefined ? rule.set : targetText(target, frame);
    run.trace?.push({ rule: name, set, from: source, value });
  };
}

/** The value of a rule: constant, expression or path, converted. Undefined: nothing to set, or an issue was reported. */
export function compileValue(rule: Rule, scope: Scope): Value {
  if (rule.value !== undefined) return constant(rule.value);
  const read = compileSource(rule);
  const paths = pathsOf(rule);
  const convert = compileFormat(rule, scope);
  const runsOnMissing = convert !== undefined && (takesMissing(rule) || takesList(rule));
  const absent = compileAbsent(rule, scope, paths);
  return (frame, run) => {
    let value: unknown;
    let result: unknown;
    try {
      value = read(frame, run);
      if (isMissing(value) && !runsOnMissing) return absent(frame, run);
      result = convert ? convert(value, frame, run) : value;
      // What is nested too deep is not shown in an issue either.
      if (typeof result === 'object') value = undefined;
      if (typeof result === 'object' && result !== null) result = copyOf(result);
    } catch (error) {
      report(error, rule, scope, paths, value, frame, run);
      return undefined;
    }
    // A format may write an empty text on purpose, as ABAP does for false.
    return isMissing(result) && !(runsOnMissing && result === '') ? absent(frame, run) : result;
  };
}

function constant(value: unknown): Value {
  return typeof value === 'object' && value !== null ? () => copyOf(value) : () => value;
}

/**
 * Transforms, codes, unit and xref of a rule. An amount is converted, and an id looked up, in its canonical form:
 * after reading, before writing.
 */
function compileFormat(rule: Rule, { mapping, direction, tables }: Scope) {
  const convert = compileConversion(rule, direction, tables);
  const canonical = compileUnit(rule, mapping) ?? compileXref(rule, direction);
  if (canonical === undefined)
    return convert && ((value: unknown, _frame: Frame, run: Run) => convert(value, run.context));
  if (convert === undefined) return canonical;
  return direction === 'in'
    ? (value: unknown, frame: Frame, run: Run) => canonical(convert(value, run.context), frame, run)
    : (value: unknown, frame: Frame, run: Run) => convert(canonical(value, frame, run), run.context);
}

/** What a missing source gives: the default, nothing, or an issue. */
function compileAbsent(rule: Rule, scope: Scope, paths: readonly Path[]): Value {
  if (rule.default !== undefined) return constant(rule.default);
  if (rule.optional) return () => undefined;
  return (frame, run) => {
    reportMissing(rule, scope, paths, frame, run);
    return undefined;
  };
}

import type { RuleFunction, Scope } from './compile';
import { compileConversion, takesList, takesMissing } from './convert';
import { type CompiledExpression, compileExpression } from './expression';
import type { Rule } from './mapping';
import { fieldOf, isMissing, type Path, parsePath } from './paths';
import { report, reportMissing } from './report';
import { compileReader, type Frame, type Reader, type Run, sourceText, targetText } from './run';
import { compilePut, copyOf, parseTarget, type Tree } from './targets';
import { compileUnit } from './units';
import { compileXref } from './xref';

type Value = (frame: Frame, run: Run) => unknown;

/** Sets one value. */
export function compileLeaf(rule: Rule, scope: Scope): RuleFunction {
  const value = compileValue(rule, scope);
  const put = rule.set.startsWith('@') ? putEnvelope(rule.set.slice(1)) : compilePut(parseTarget(rule.set));
  const clear = rule.clears ? compileClear(rule, scope) : undefined;
  const trace = compileTrace(rule, scope);
  const set: RuleFunction = (frame, run, out) => {
    if (clear?.(frame, run, out)) return;
    const found = value(frame, run);
    if (found === undefined) return;
    run.sets++;
    put(out, found, run);
    if (run.trace) trace(frame, run, found);
  };
  return compilePlainConstant(rule, set) ?? compileFieldToField(rule, set) ?? set;
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
    put(out, cleared, run);
    return true;
  };
}

function compilePlainConstant({ set, value }: Rule, otherwise: RuleFunction): RuleFunction | undefined {
  const key = set.startsWith('@') ? undefined : fieldOf(parseTarget(set));
  if (key === undefined || value === undefined || typeof value === 'object') return undefined;
  return (frame, run, out) => {
    if (run.trace) return otherwise(frame, run, out);
    run.sets++;
    out[key] = value;
  };
}

/** Most rules carry the text of one field to another: that way without a call in between, all else as always. */
function compileFieldToField(rule: Rule, otherwise: RuleFunction): RuleFunction | undefined {
  const [only, ...others] = rule.from ?? [];
  const isConverted =
    rule.as.length > 0 || rule.codes !== undefined || rule.unit !== undefined || rule.xref !== undefined;
  if (only === undefined || others.length > 0 || isConverted) return undefined;
  const from = fieldOf(parsePath(only));
  const key = rule.set.startsWith('@') ? undefined : fieldOf(parseTarget(rule.set));
  if (from === undefined || key === undefined) return undefined;
  return (frame, run, out) => {
    const { entry } = frame;
    const value = typeof entry === 'object' && entry !== null ? (entry as Tree)[from] : undefined;
    if (typeof value !== 'string' || value === '' || run.trace) {
      otherwise(frame, run, out);
      return;
    }
    run.sets++;
    out[key] = value;
  };
}

function putEnvelope(name: string) {
  return (_out: Tree, value: unknown, run: Run) => {
    run.envelope[name] = value;
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
  if (rule.expr !== undefined) {
    return converted(
      rule,
      scope,
      [],
      compileComputed(rule, compileExpression(rule.expr, rule.interpreted), scope),
    );
  }
  const paths = rule.from?.map(parsePath) ?? [parsePath('.')];
  return converted(rule, scope, paths, compileSource(paths, rule));
}

function constant(value: unknown): Value {
  return typeof value === 'object' && value !== null ? () => copyOf(value) : () => value;
}

function converted(rule: Rule, scope: Scope, paths: readonly Path[], read: Reader): Value {
  const convert = compileFormat(rule, scope);
  const runsOnMissing = takesMissing(rule) || takesList(rule);
  const absent = compileAbsent(rule, scope, paths);
  const copied: (value: unknown, frame: Frame, run: Run) => unknown = (value, frame, run) => {
    try {
      return copyOf(value);
    } catch (error) {
      report(error, rule, scope, paths, undefined, frame, run);
      return undefined;
    }
  };
  if (!convert) {
    return (frame, run) => {
      const value = read(frame, run);
      if (typeof value === 'string' && value !== '') return value;
      if (isMissing(value)) return absent(frame, run);
      if (value === failed) return undefined;
      return typeof value === 'object' ? copied(value, frame, run) : value;
    };
  }
  return (frame, run) => {
    const value = read(frame, run);
    if (isMissing(value) && !runsOnMissing) return absent(frame, run);
    if (value === failed) return undefined;
    let result: unknown;
    try {
      result = convert(value, frame, run);
    } catch (error) {
      report(error, rule, scope, paths, value, frame, run);
      return undefined;
    }
    // A format may write an empty text on purpose, as ABAP does for false.
    if (isMissing(result) && !(runsOnMissing && result === '')) return absent(frame, run);
    return typeof result === 'object' ? copied(result, frame, run) : result;
  };
}

/**
 * Transforms, codes, unit and xref of a rule. An amount is converted, and an id looked up, in its canonical form:
 * after reading, before writing.
 */
function compileFormat(rule: Rule, { direction, tables }: Scope) {
  const convert = compileConversion(rule, direction, tables);
  const canonical = compileUnit(rule) ?? compileXref(rule, direction);
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

function compileSource(paths: readonly Path[], rule: Rule): Reader {
  const readers = paths.map(compileReader);
  const [first] = readers;
  if (readers.length === 1 && first) return first;
  if (takesList(rule)) return (frame, run) => readers.map((read) => read(frame, run));
  return (frame, run) => {
    for (const read of readers) {
      const value = read(frame, run);
      if (!isMissing(value)) return value;
    }
    return undefined;
  };
}

/** An expression is a source like a path; one that fails reports its issue and sets nothing. */
function compileComputed(rule: Rule, expression: CompiledExpression, scope: Scope): Reader {
  return (frame, run) => {
    try {
      return expression(frame, run);
    } catch (error) {
      report(error, rule, scope, [], undefined, frame, run);
      return failed;
    }
  };
}

/** Says that an issue was reported already. */
const failed = Symbol('failed');

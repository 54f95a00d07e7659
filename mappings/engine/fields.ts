import { compileConditions, type Guard, parseCondition } from './conditions';
import { type Convert, compileConversion, takesList } from './convert';
import type { Rule } from './mapping';
import type { Frame, Reader, Run, Tree } from './run';
import type { RuleFunction, Scope } from './scope';
import { compileSource, constantOf, sourceFieldOf } from './source';

/**
 * One rule of an object. Most rules carry a text that is there, perhaps converted, into a member: that *usual way* is
 * done for all rules of an object in one loop. Whatever is not so (missing, refused, traced) goes the *careful way*,
 * which begins anew, knows all cases and tells issues. A value that the usual way gives is the one of the careful way.
 */
export interface Field {
  readonly guard: Guard | undefined;
  /** The member that the usual way sets; undefined: there is only the careful way. */
  readonly key: string | undefined;
  /** The member is a list of this one value. */
  readonly inList: boolean;
  /** Where the value comes from: a constant, a field of the entry, or a reader. */
  readonly constant: string | number | boolean | undefined;
  readonly from: string | undefined;
  readonly read: Reader | undefined;
  readonly convert: Convert | undefined;
  readonly careful: RuleFunction;
}

/** Fills one object by all its rules, even after one has failed, so that a person sees all issues at once. */
export function compileFields(fields: readonly Field[]): RuleFunction {
  return (frame, run, out) => {
    const { entry } = frame;
    const isUsual = run.trace === undefined && typeof entry === 'object' && entry !== null;
    for (let n = 0; n < fields.length; n++) {
      const field = fields[n] as Field;
      if (field.guard !== undefined && !field.guard(frame, run)) continue;
      const value =
        isUsual && field.key !== undefined ? usualValue(field, entry as Tree, frame, run) : undefined;
      if (value === undefined) {
        field.careful(frame, run, out);
        continue;
      }
      run.sets++;
      out[field.key as string] = field.inList ? [value] : value;
    }
  };
}

/** Undefined: not as usual. */
function usualValue(field: Field, entry: Tree, frame: Frame, run: Run): unknown {
  if (field.constant !== undefined) return field.constant;
  const { convert } = field;
  try {
    const text = field.from === undefined ? (field.read as Reader)(frame, run) : entry[field.from];
    if (typeof text !== 'string' || text === '') return undefined;
    if (convert === undefined) return text;
    const value = convert(text, run.context);
    return typeof value === 'object' || value === '' ? undefined : value;
  } catch {
    return undefined;
  }
}

/** Rules that have only the careful way. */
export function carefulField(careful: RuleFunction, guard?: Guard): Field {
  return {
    guard,
    key: undefined,
    inList: false,
    constant: undefined,
    from: undefined,
    read: undefined,
    convert: undefined,
    careful,
  };
}

/** `member`: the plain member that the rule sets, alone; undefined where its target is more than that. */
export function compileField(
  rule: Rule,
  scope: Scope,
  careful: RuleFunction,
  member: { readonly key: string; readonly inList: boolean } | undefined,
): Field {
  const guard = compileConditions(rule.when.map(parseCondition));
  if (member === undefined || !hasUsualWay(rule)) return carefulField(careful, guard);
  const constant = constantOf(rule);
  if (rule.value !== undefined) return { ...carefulField(careful, guard), ...member, constant };
  const convert = compileConversion(rule, scope.direction, scope.tables);
  const from = sourceFieldOf(rule);
  return {
    guard,
    key: member.key,
    inList: member.inList,
    constant: convert === undefined ? constant : undefined,
    from,
    read: from === undefined ? compileSource(rule) : undefined,
    convert,
    careful,
  };
}

function hasUsualWay(rule: Rule): boolean {
  const isSource = rule.from !== undefined || rule.expr !== undefined;
  const isMore = rule.clears === true || rule.unit !== undefined || rule.xref !== undefined;
  if (rule.value !== undefined) return constantOf(rule) !== undefined;
  return isSource && !isMore && rule.interpreted !== true && !takesList(rule);
}

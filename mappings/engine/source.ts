import { takesList } from './convert';
import { compileExpression, literalOf, nameOf } from './expression';
import type { Rule } from './mapping';
import { fieldOf, isMissing, type Path, parsePath } from './paths';
import { compileReader, type Reader } from './run';

/** The paths that a rule reads: those of `from`, or the entry itself. None for an expression. */
export function pathsOf(rule: Pick<Rule, 'from' | 'expr'>): readonly Path[] {
  if (rule.expr !== undefined) return [];
  return rule.from?.map(parsePath) ?? [parsePath('.')];
}

/** Where a rule's value comes from, before it is converted. The reader of an expression may throw. */
export function compileSource(rule: Rule): Reader {
  if (rule.expr !== undefined) return compileExpression(rule.expr, rule.interpreted);
  const readers = pathsOf(rule).map(compileReader);
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

/** The name, where the source is one plain field of the entry at hand. */
export function sourceFieldOf(rule: Rule): string | undefined {
  if (rule.expr !== undefined) {
    const name = nameOf(rule.expr);
    return name === undefined
      ? undefined
      : fieldOf({ text: name, scope: 'entry', up: 0, steps: [{ kind: 'key', key: name }] });
  }
  const [only, ...others] = rule.from ?? [];
  return only === undefined || others.length > 0 ? undefined : fieldOf(parsePath(only));
}

/** The value, where the rule always gives the same simple one. */
export function constantOf(rule: Rule): string | number | boolean | undefined {
  const value = rule.expr === undefined ? rule.value : literalOf(rule.expr);
  return typeof value === 'object' || value === '' ? undefined : (value as string | number | boolean);
}

import { HubError } from '../../model/errors';
import type { Mapping, Rule } from './mapping';
import type { Path } from './paths';
import { type Frame, type Run, sourceText, targetText } from './run';
import type { Scope } from './scope';
import { Refusal, thenReplay } from './transforms';

/** An error of a mapping file, with its file and the line of the rule. Inner rules have said it already. */
export function badRule(
  error: unknown,
  mapping: Pick<Mapping, 'file'>,
  rule: Pick<Rule, 'line' | 'set'>,
): HubError {
  if (error instanceof HubError && error.at !== undefined) return error;
  const at = `${mapping.file}:${rule.line}`;
  const why = error instanceof Error ? error.message : String(error);
  return new HubError('HUB_BAD_MAPPING', `${at}: ${rule.set}: ${why}`, { at, cause: error });
}

/** What stands on both sides of a rule, in words of people: canonical path, and the path in the record. */
function places(rule: Rule, scope: Scope, paths: readonly Path[], frame: Frame, run: Run) {
  const source = paths.map((path) => sourceText(path, frame)).join(' or ') || 'expr';
  const target = rule.set.startsWith('@') ? rule.set : targetText(scope.prefix + rule.set, frame);
  return run.direction === 'in'
    ? { native: source, canonical: target }
    : { native: target, canonical: source };
}

export function reportMissing(
  rule: Rule,
  scope: Scope,
  paths: readonly Path[],
  frame: Frame,
  run: Run,
): void {
  const { native, canonical } = places(rule, scope, paths, frame, run);
  const { name } = scope.mapping;
  run.issues.push({
    rule: `${name}:${rule.line}`,
    path: canonical,
    message:
      run.direction === 'in' ? `${native}: missing` : `${canonical}: missing, and ${native} must be sent`,
    todo: `Send it, or give the rule in ${name} (line ${rule.line}) optional or default, ${thenReplay}.`,
  });
}

export function report(
  error: unknown,
  rule: Rule,
  scope: Scope,
  paths: readonly Path[],
  value: unknown,
  frame: Frame,
  run: Run,
): void {
  const { native, canonical } = places(rule, scope, paths, frame, run);
  const why = error instanceof Error ? error.message : String(error);
  const todo =
    (error instanceof Refusal ? error.todo : undefined) ??
    `Correct the record, or the rule and ${thenReplay}.`;
  run.issues.push({
    rule: `${scope.mapping.name}:${rule.line}`,
    path: canonical,
    message: run.direction === 'in' ? `${native}: ${why}` : `${canonical}: ${why} (for ${native})`,
    value,
    todo,
    ...(error instanceof Refusal && error.unlinked ? { unlinked: error.unlinked } : {}),
  });
}

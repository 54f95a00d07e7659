import type { Rule } from '../mapping';
import type { SchemaNode } from '../schema-node';
import { transforms } from '../transforms';
import { type LintScope, say } from './scope';
import { lintXref } from './xref';

/** What a leaf rule gives against what its target takes: lists, types, enumerations. */
export function lintValue(
  rule: Rule,
  scope: LintScope,
  from: SchemaNode | undefined,
  to: SchemaNode | undefined,
  path: string,
): void {
  if (rule.value !== undefined) lintConstant(rule, rule.value, scope, to, path);
  if (rule.default !== undefined) lintConstant(rule, rule.default, scope, to, path);
  if (rule.codes !== undefined) lintCodes(rule, scope, from, to, path);
  lintXref(rule, scope, from, path);
  if (rule.codes !== undefined || rule.from === undefined || !to || to.anything) return;
  if (to.isList && !from?.isList) {
    say(scope, rule.line, 'wrong-type', path, `${path} is a list: set ${path}[0], or use each or item`);
    return;
  }
  const given = typeGiven(rule, scope, from);
  if (given === undefined || to.types.length === 0 || fits(given, to.types)) return;
  const advice = given === 'number' ? 'as: decimal-text or as: text' : 'as: text';
  const help = to.types.includes('string') ? `; use ${advice}` : '';
  say(
    scope,
    rule.line,
    'wrong-type',
    path,
    `${path} takes ${to.types.join(' or ')}, and gets ${given}${help}`,
  );
}

const fits = (given: string, types: readonly string[]) =>
  types.includes(given) ||
  (given === 'integer' && types.includes('number')) ||
  (given === 'number' && types.includes('integer'));

/** The type that comes out of the rule, where it is certain. */
function typeGiven(rule: Rule, scope: LintScope, from: SchemaNode | undefined): string | undefined {
  const last = rule.as.at(-1);
  // An amount that was converted is decimal text, and an id is text.
  if ((rule.unit || rule.xref) && (scope.direction === 'in' || last === undefined)) return 'string';
  if (last) {
    const transform = transforms.get(last.name);
    return scope.direction === 'out' && transform?.write
      ? (transform.writes ?? 'string')
      : (transform?.gives ?? 'string');
  }
  return from?.types.length === 1 ? from.types[0] : undefined;
}

function lintConstant(
  rule: Rule,
  value: unknown,
  scope: LintScope,
  to: SchemaNode | undefined,
  path: string,
): void {
  if (!to || to.anything) return;
  const type = Array.isArray(value) ? 'array' : typeof value;
  if (to.types.length > 0 && !fits(type, to.types)) {
    const help =
      to.types.includes('string') && type !== 'object' ? `; write "${String(value)}" in quotes` : '';
    say(scope, rule.line, 'wrong-type', path, `${path} takes ${to.types.join(' or ')}, not ${type}${help}`);
  } else if (to.enum && !to.enum.includes(value))
    notAllowed(rule, scope, path, String(value), to.enum, 'the value');
}

function lintCodes(
  rule: Rule,
  scope: LintScope,
  from: SchemaNode | undefined,
  to: SchemaNode | undefined,
  path: string,
): void {
  const table = scope.tables.get(rule.codes as string);
  if (!table) return;
  const canonical = scope.direction === 'in' ? to : from;
  const allGivenIn = (
    allowed: readonly unknown[],
    codes: ReadonlyMap<string, string>,
    otherwise?: string,
  ) => {
    const given = [...codes.values(), ...(otherwise === undefined ? [] : [otherwise])];
    for (const value of new Set(given)) {
      if (!allowed.includes(value))
        notAllowed(rule, scope, path, value, allowed, `code table ${table.name}:`);
    }
  };
  if (canonical?.enum) allGivenIn(canonical.enum, table.toCanonical, table.otherwise.in);
  if (scope.direction === 'out' && rule.as.length === 0 && to?.enum && table.toNative)
    allGivenIn(to.enum, table.toNative, table.otherwise.out);
  lintCodesMissing(rule, scope, from, path);
}

/** What the source's schema says may come, and the table does not know: a record of tomorrow that would be refused. */
function lintCodesMissing(rule: Rule, scope: LintScope, from: SchemaNode | undefined, path: string): void {
  const table = scope.tables.get(rule.codes as string);
  const isIn = scope.direction === 'in';
  const known = isIn ? table?.toCanonical : table?.toNative;
  const isOpen = isIn ? table?.otherwise.in !== undefined : table?.otherwise.out !== undefined;
  // Transforms come before the table when a mapping reads: what they give is not known here.
  if (!table || !known || !isIn || isOpen || rule.as.length > 0 || !from?.enum) return;
  const missing = from.enum.filter((value) => value !== '' && value !== null && !known.has(String(value)));
  if (missing.length === 0) return;
  const message = `${path}: the code table ${table.name} has no entry for ${missing.join(', ')}, which the schema allows; add it, or say otherwise`;
  say(scope, rule.line, 'code-missing', path, message);
}

function notAllowed(
  rule: Rule,
  scope: LintScope,
  path: string,
  value: string,
  allowed: readonly unknown[],
  what: string,
): void {
  const message = `${path}: ${what} '${value}' is not one of ${allowed.join(', ')}`;
  say(scope, rule.line, 'not-allowed', path, message);
}

import { closest } from '../closest';
import { expressionReads, isCompiled } from '../expression';
import type { Rule } from '../mapping';
import type { SchemaNode } from '../schema-node';
import { type LintScope, say } from './scope';
import type { SourceFrame } from './sources';

/**
 * In an expression a misspelt path is silently nothing, so its paths are held against the schema like all others.
 * Gives the fields that it reads, as dotted paths.
 */
export function lintExpression(rule: Rule, scope: LintScope, source: SourceFrame): readonly string[] {
  const text = rule.expr as string;
  if (source.parent && rule.interpreted && !isCompiled(text)) {
    const message = `'${text}' is interpreted once for each entry, which is slow: use rules, or what is compiled`;
    say(scope, rule.line, 'slow-expression', rule.set, message);
  }
  const fields = new Set<string>();
  for (const { from, names, isSearch } of expressionReads(text)) {
    const frame = frameOf(from, source);
    if (!frame) continue;
    const path = [...(frame.at === '' ? [] : [frame.at]), ...names].join('.');
    if (isSearch && frame !== source) {
      const message = `'${text}' searches ${path} once for each entry, which takes ten times as long for each, too, where there are ten times as many: use join`;
      say(scope, rule.line, 'slow-expression', rule.set, message);
    }
    scope.read.add(path);
    fields.add(path);
    const unknown = frame.node && firstUnknown(frame.node, names);
    if (!unknown) continue;
    const near = closest(unknown.name, unknown.at.properties);
    const hint = near ? `; did you mean '${near}'?` : '';
    say(
      scope,
      rule.line,
      'unknown-source',
      path,
      `${path}: '${unknown.name}' does not exist in the schema${hint}`,
    );
  }
  return [...fields];
}

function frameOf(from: 'entry' | 'root' | 'parent' | 'joined', source: SourceFrame): SourceFrame | undefined {
  if (from === 'entry') return source;
  if (from === 'parent') return source.parent;
  if (from === 'joined') return source.joined;
  let at = source;
  while (at.parent) at = at.parent;
  return at;
}

/** Lists are gone through by themselves, as JSONata does. */
function firstUnknown(
  from: SchemaNode,
  names: readonly string[],
): { name: string; at: SchemaNode } | undefined {
  let at: SchemaNode | undefined = from;
  for (const name of names) {
    while (at?.isList) at = at.items();
    if (!at || at.anything) return undefined;
    const next = at.property(name);
    if (!next) return { name, at };
    at = next;
  }
  return undefined;
}

import { closest } from '../closest';
import { parseCondition } from '../conditions';
import { contextNames, type Rule } from '../mapping';
import { type Path, parsePath, type Step, stepsText } from '../paths';
import { follow, type SchemaNode } from '../schema-node';
import { type LintScope, say } from './scope';

/** The entries that paths may start from. */
export interface SourceFrame {
  readonly node: SchemaNode | undefined;
  /** Dotted path of the entry from the root. */
  readonly at: string;
  readonly parent?: SourceFrame;
  readonly joined?: SourceFrame;
}

/** Where the steps lead in a schema. Says so when the schema does not know them. */
export function known(
  steps: readonly Step[],
  from: SchemaNode,
  line: number,
  scope: LintScope,
  path: string,
  code: 'unknown-target' | 'unknown-source',
): SchemaNode | undefined {
  const found = follow(from, steps);
  if (!('unknown' in found)) return found;
  const { unknown, at } = found;
  if (unknown.kind === 'key') {
    const near = closest(unknown.key, at.properties);
    const why = at.isList ? `is in a list: use an index, a selector or each` : `does not exist in the schema`;
    say(
      scope,
      line,
      code,
      path,
      `${path}: '${unknown.key}' ${why}${near ? `; did you mean '${near}'?` : ''}`,
    );
  } else say(scope, line, code, path, `${path}: ${stepsText([unknown])} stands where the schema has no list`);
  return undefined;
}

export function frameOf(path: Path, source: SourceFrame): SourceFrame | undefined {
  if (path.scope === 'entry') return source;
  if (path.scope === 'joined') return source.joined;
  let at: SourceFrame | undefined = source;
  if (path.scope === 'root') while (at?.parent) at = at.parent;
  else for (let n = 0; n < path.up; n++) at = at?.parent;
  return at;
}

/** Holds a path against the source schema and notes it as read. */
export function lintSource(
  text: string,
  line: number,
  scope: LintScope,
  source: SourceFrame,
  isList = false,
): SchemaNode | undefined {
  const path = parsePath(text);
  if (path.scope === 'context') {
    const name = text.slice(1);
    if (contextNames.some((one) => one === name)) return undefined;
    say(scope, line, 'unknown-source', text, `there is no ${text}; there are @${contextNames.join(', @')}`);
    return undefined;
  }
  const frame = frameOf(path, source);
  if (!frame) {
    say(
      scope,
      line,
      'unknown-source',
      text,
      `${text}: there is no ${path.scope === 'joined' ? 'join' : 'entry outside'} here`,
    );
    return undefined;
  }
  const full = dotted(frame.at, path.steps);
  if (!isList) scope.read.add(full);
  for (const [n, step] of path.steps.entries()) {
    if (step.kind === 'where') scope.read.add(`${dotted(frame.at, path.steps.slice(0, n))}.${step.key}`);
  }
  return frame.node && known(path.steps, frame.node, line, scope, full || text, 'unknown-source');
}

export function sourceNode(rule: Rule, source: SourceFrame): SchemaNode | undefined {
  const [only] = rule.from ?? [];
  if (only === undefined || rule.from?.length !== 1) return undefined;
  const path = parsePath(only);
  const frame = path.scope === 'context' ? undefined : frameOf(path, source);
  const found = frame?.node && follow(frame.node, path.steps);
  return found && 'unknown' in found ? undefined : found;
}

/** The entry of a list, within the one that rules see around it: with `[*]`, the entry that holds the inner list. */
export function entryFrame(list: string, node: SchemaNode | undefined, source: SourceFrame): SourceFrame {
  const path = parsePath(list);
  const from = frameOf(path, source);
  const all = path.steps.findIndex(({ kind }) => kind === 'all');
  const parent = all < 0 ? source : holderFrame(path.steps.slice(0, all + 1), from, source);
  return { node: node?.isList ? node.items() : node, at: dotted(from?.at ?? '', path.steps), parent };
}

function holderFrame(
  steps: readonly Step[],
  from: SourceFrame | undefined,
  source: SourceFrame,
): SourceFrame {
  const node = from?.node && follow(from.node, steps);
  const known = node && !('unknown' in node) ? node : undefined;
  return { node: known, at: dotted(from?.at ?? '', steps), parent: source };
}

export function lintJoin(rule: Rule, scope: LintScope, entry: SourceFrame): SourceFrame {
  const { list, by, equals } = rule.join as NonNullable<Rule['join']>;
  const node = lintSource(list, rule.line, scope, entry, true);
  const joined = entryFrame(list, node, entry);
  lintSource(by, rule.line, scope, joined);
  lintSource(equals, rule.line, scope, entry);
  return joined;
}

export function lintConditions(
  when: readonly string[],
  line: number,
  scope: LintScope,
  source: SourceFrame,
): void {
  for (const { text, path, against } of when.map(parseCondition)) {
    const node = lintSource(path.text, line, scope, source);
    if ('steps' in against) lintSource(against.text, line, scope, source);
    else if (node?.enum) {
      const never = against.filter((value) => !node.enum?.some((one) => String(one) === value));
      if (never.length === 0) continue;
      const message = `'${text}': ${path.text} is never ${never.join(' or ')}, but ${node.enum.join(', ')}`;
      say(scope, line, 'not-allowed', path.text, message);
    }
  }
}

export function dotted(before: string, steps: readonly Step[]): string {
  const names = steps.flatMap((step) => (step.kind === 'key' ? [step.key] : []));
  return [...(before === '' ? [] : [before]), ...names].join('.');
}

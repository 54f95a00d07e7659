import { checkSyntax, type Node } from './syntax';

/** A field that an expression reads, from the entry at hand or one of the named places around it. */
export interface ExpressionRead {
  readonly from: 'entry' | 'root' | 'parent' | 'joined';
  readonly names: readonly string[];
  /** A list on the way is searched by a condition. */
  readonly isSearch?: boolean;
}

/** Every path of fields in an expression, lists gone through. */
export function expressionReads(text: string): ExpressionRead[] {
  const reads: ExpressionRead[] = [];
  collect(checkSyntax(text), { from: 'entry', names: [] }, reads);
  return reads;
}

/** What a node stands on: undefined where that is not a path of fields. */
type Base = ExpressionRead | undefined;

function collect(node: Node, base: Base, reads: ExpressionRead[]): Base {
  if (node.type === 'path') return collectPath(node, base, reads);
  if (node.type === 'name') return collectPath({ ...node, steps: [node] }, base, reads);
  if (node.type === 'variable') return baseOf(String(node.value), base);
  const { type: _, value: __, ...parts } = node;
  for (const part of Object.values(parts).flat()) {
    if (typeof part === 'object' && part !== null && 'type' in part) collect(part as Node, base, reads);
  }
  return undefined;
}

function collectPath(node: Node, base: Base, reads: ExpressionRead[]): Base {
  let at = base;
  let namesRead = 0;
  let isSearch = false;
  for (const step of node.steps ?? []) {
    if (step.type === 'name') {
      at = at && { from: at.from, names: [...at.names, String(step.value)] };
      namesRead++;
    } else if (step.type === 'sort') {
      // Sorting changes the order alone: what follows is read from the same entries.
      for (const { expression } of step.terms ?? []) collect(expression, at, reads);
    } else at = collect(step, at, reads);
    for (const { expr } of [...(step.stages ?? []), ...(step.predicate ?? [])]) {
      if (!expr || expr.type === 'number') continue;
      collect(expr, at, reads);
      isSearch = true;
    }
  }
  if (at && namesRead > 0) reads.push(isSearch ? { ...at, isSearch } : at);
  return at;
}

function baseOf(name: string, base: Base): Base {
  if (name === '') return base;
  if (name === '$') return { from: 'entry', names: [] };
  if (name === 'root' || name === 'parent' || name === 'joined') return { from: name, names: [] };
  return undefined;
}

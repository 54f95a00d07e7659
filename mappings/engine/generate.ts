import type { Schema } from './canonical';
import type { CodeTable } from './codes';
import type { Rule } from './mapping';
import { parsePath } from './paths';
import { nativeNode, type SchemaNode } from './schema-node';
import { transforms } from './transforms';

/** Numbers between 0 and 1 that are the same for the same seed. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Values that make sense in a native field, by its dotted path: keys of its code table, examples of its transform. */
export type Hints = ReadonlyMap<string, readonly unknown[]>;

export function hintsOf(rules: readonly Rule[], tables: ReadonlyMap<string, CodeTable>): Hints {
  const hints = new Map<string, readonly unknown[]>();
  collect(rules, '', tables, hints);
  return hints;
}

function collect(
  rules: readonly Rule[],
  entry: string,
  tables: ReadonlyMap<string, CodeTable>,
  hints: Map<string, readonly unknown[]>,
): void {
  const at = (path: string) => {
    const { scope, steps } = parsePath(path);
    const names = steps.flatMap((step) => (step.kind === 'key' ? [step.key] : []));
    return [...(scope === 'entry' && entry !== '' ? [entry] : []), ...names].join('.');
  };
  for (const rule of rules) {
    if (rule.item) collect(rule.item, entry, tables, hints);
    if (rule.each !== undefined) {
      collect(rule.rules ?? [], at(rule.each), tables, hints);
      continue;
    }
    const examples = examplesOf(rule);
    for (const [n, path] of (rule.from ?? []).entries()) {
      const values = valuesOf(rule, examples, n, tables);
      if (values.length > 0) hints.set(at(path), values);
      for (const step of parsePath(path).steps) {
        if (step.kind === 'where')
          hints.set(`${at(path.slice(0, path.indexOf('[')))}.${step.key}`, [step.value, 'other']);
      }
    }
  }
}

function examplesOf(rule: Rule) {
  const [first] = rule.as;
  const transform = first && transforms.get(first.name);
  return (transform?.examples ?? []).filter(
    ({ refused, direction }) => refused === undefined && direction === undefined,
  );
}

function valuesOf(
  rule: Rule,
  examples: ReturnType<typeof examplesOf>,
  n: number,
  tables: ReadonlyMap<string, CodeTable>,
): readonly unknown[] {
  if (rule.codes !== undefined) return [...(tables.get(rule.codes)?.toCanonical.keys() ?? [])];
  return examples
    .map(({ input }) => (Array.isArray(input) ? input[n] : input))
    .filter((value) => value !== null);
}

/** A record that fits the native schema; optional fields are there three times in four. */
export function generate(schema: Schema, hints: Hints, random: () => number): unknown {
  return anyOf(nativeNode(schema), '', hints, random, 0);
}

const words = ['A', 'PV-100', '0010', '000042', 'Press seals', 'größer', 'x y', '7'];
const numbers = [0, 1, 2, 7, 0.5, 12.25];

function anyOf(node: SchemaNode, path: string, hints: Hints, random: () => number, depth: number): unknown {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  if (node.isList) {
    const item = node.items();
    const length =
      depth > 8 ? 0 : Math.floor(random() * 3) + (typeof node.schema.minItems === 'number' ? 1 : 0);
    return Array.from({ length }, () => item && anyOf(item, path, hints, random, depth + 1));
  }
  if (node.isObject) {
    const made: Record<string, unknown> = {};
    for (const name of node.properties) {
      if (depth > 8 || (!node.required.includes(name) && random() < 0.25)) continue;
      const inner = path === '' ? name : `${path}.${name}`;
      made[name] = anyOf(node.property(name) as SchemaNode, inner, hints, random, depth + 1);
    }
    return made;
  }
  const hinted = hints.get(path);
  if (node.enum)
    return pick(hinted?.filter((value) => node.enum?.includes(value)) ?? node.enum) ?? pick(node.enum);
  const isNumber = node.types.includes('number') || node.types.includes('integer');
  if (hinted)
    return isNumber
      ? (hinted.find((value) => typeof value === 'number') ?? pick(numbers))
      : String(pick(hinted));
  if (isNumber) return node.types.includes('integer') ? Math.floor(pick(numbers)) : pick(numbers);
  return node.types.includes('boolean') ? random() < 0.5 : pick(words);
}

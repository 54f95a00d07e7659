import type { Rule, TransformUse } from '../mapping';
import { table } from '../markdown';
import { type Example, transforms } from '../transforms';

/** What the named conversions do, with an example each, for who does not know the words. */
export function conversions(rules: readonly Rule[]): string[] {
  const names = [...new Set(usesOf(rules).map(({ name }) => name))].sort();
  if (names.length === 0) return [];
  const rows = names.map((name) => {
    const transform = transforms.get(name);
    const example = transform?.examples.find(({ refused, direction }) => !refused && direction !== 'out');
    return [`\`${name}\``, transform?.summary ?? '', example ? shown(example) : ''];
  });
  return ['## Conversions', table(['conversion', 'what it does', 'example'], rows)];
}

const usesOf = (rules: readonly Rule[]): TransformUse[] =>
  rules.flatMap(({ as, rules: inner = [], item = [] }) => [...as, ...usesOf([...inner, ...item])]);

const shown = ({ input, with: options, output }: Example) =>
  `${JSON.stringify(input)}${options ? ` with ${JSON.stringify(options)}` : ''} → ${JSON.stringify(output)}`;

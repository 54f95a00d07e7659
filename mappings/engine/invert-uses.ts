import type { Schema } from './canonical';
import type { TransformUse } from './mapping';
import { parsePath } from './paths';
import { follow, nativeNode } from './schema-node';
import { transforms } from './transforms';

/**
 * The transforms that undo these, in the order of the way back; undefined when one cannot be undone.
 * With the native schema, what must be a number or a truth value there is made one.
 */
export function invertUses(
  uses: readonly TransformUse[],
  field: string,
  at: { readonly native: Schema | undefined; readonly entry: string },
): readonly TransformUse[] | undefined {
  const back: TransformUse[] = [];
  for (const use of [...uses].reverse()) {
    const transform = transforms.get(use.name);
    const undo = transform?.write ? [use] : transform?.inverse?.(use.with);
    if (!undo) return undefined;
    back.push(...undo);
  }
  const wanted = typeOf(field, at);
  const last = back.at(-1);
  const given = last && (transforms.get(last.name)?.writes ?? transforms.get(last.name)?.gives);
  if (wanted === undefined || wanted === given || uses.length === 0) return back;
  return [...back, { name: wanted, with: {} }];
}

/** Date and time of day from one time: what each of the native fields gets. */
export function splitUses(
  uses: readonly TransformUse[],
  fields: number,
): readonly TransformUse[][] | undefined {
  const [only] = uses;
  const parts = only && uses.length === 1 ? transforms.get(only.name)?.splits : undefined;
  if (!only || parts?.length !== fields) return undefined;
  return parts.map((name) => [{ name, with: only.with }]);
}

function typeOf(field: string, { native, entry }: { native: Schema | undefined; entry: string }) {
  if (!native) return undefined;
  let node = nativeNode(native);
  for (const name of entry === '' ? [] : entry.split('.')) {
    const next = node.property(name);
    if (!next) return undefined;
    node = next.isList ? (next.items() ?? next) : next;
  }
  const found = follow(node, parsePath(field).steps);
  if ('unknown' in found) return undefined;
  if (found.types.includes('number') || found.types.includes('integer')) return 'number';
  return found.types.includes('boolean') ? 'boolean' : undefined;
}

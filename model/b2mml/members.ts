import type { ForeignElement } from './capture';
import type { ChildEntry, Shape } from './tables';

export type Node = Record<string, unknown>;

/** A value with the attributes beside it. */
export interface Single {
  readonly value: unknown;
  readonly sidecar: unknown;
}

export const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null;

/** The values of a member, each with its attributes. */
export function valuesOf({ property, many }: ChildEntry, from: Node): Single[] {
  const [value, sidecar] = [from[property], from[`_${property}`]];
  if (!many) return [{ value, sidecar }];
  return (value as unknown[]).map((each, index) => ({
    value: each,
    sidecar: (sidecar as unknown[] | undefined)?.[index],
  }));
}

/** Extensions in a list of them, or inside V0401's `Any` elements. */
export function foreignOf(value: unknown): ForeignElement[] {
  const list = (Array.isArray(value) ? value : [value]) as (
    | ForeignElement
    | { extension?: ForeignElement[] }
  )[];
  return list.flatMap((each) => ('xml' in each ? [each] : (each.extension ?? [])));
}

/** Adds elements to those that an object carries. */
export function carry(to: Node, element: ForeignElement | ForeignElement[] | undefined): void {
  const more = element === undefined ? [] : Array.isArray(element) ? element : [element];
  if (more.length > 0) to.extension = [...((to.extension as ForeignElement[] | undefined) ?? []), ...more];
}

/** Members in the order of the schema, for people and for comparison. */
export function inOrder(object: Node, { children }: Shape): Node {
  const order = new Map<string, number>();
  children.forEach(({ property }, index) => {
    order.set(property, index * 2).set(`_${property}`, index * 2 + 1);
  });
  const rank = (property: string) => order.get(property) ?? -1;
  return Object.fromEntries(Object.entries(object).sort(([a], [b]) => rank(a) - rank(b)));
}

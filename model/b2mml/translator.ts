import type { Issue } from '../errors';
import { below } from '../explain';
import type { ForeignElement } from './capture';
import { carry, foreignOf, inOrder, isNode, type Node, type Single, valuesOf } from './members';
import { type Rename, values as respelt } from './older-names';
import type { ChildEntry, Release, Shape } from './tables';

/** Which members of the target type a member of the source may become, best first. */
export type NamesFor = (targetType: string, property: string) => readonly (string | Rename)[];

/** Told of a member that has no place in the target; gives the element to carry, if it is to be carried. */
export type Unplaced = (
  entry: ChildEntry,
  value: unknown,
  sidecar: unknown,
  path: string,
) => ForeignElement | undefined;

/** Told of attributes that the target does not know. */
export type LeftOut = (attributes: readonly string[], path: string) => void;

/** What becomes of an object once its members are translated: the model may require more than the source has. */
export type Complete = (
  objects: readonly Node[],
  type: string,
  paths: readonly string[],
  inherited: Node,
) => void;

type Translated = Single & { readonly path: string };

interface Found {
  readonly target: ChildEntry;
  readonly rename: Rename | undefined;
}

/** Where in both trees the translation is, and what the objects around say. */
interface Context {
  readonly at: { readonly from: string; readonly to: string };
  readonly inherited: Node;
}

/** Translates objects from the types of one release to those of another, member by member. */
export class Translator {
  /** Where members of the source are found in the target. */
  readonly places = new Map<string, string>();

  constructor(
    private readonly source: Release,
    private readonly target: Release,
    private readonly namesFor: NamesFor,
    private readonly unplaced: Unplaced,
    private readonly leftOut: LeftOut,
    private readonly complete: Complete = () => {},
  ) {}

  /** Completes objects that stand in no other. */
  finish(objects: readonly Node[], type: string, paths: readonly string[]): void {
    this.complete(objects, type, paths, {});
  }

  object(
    from: Node,
    sourceType: string,
    targetType: string,
    at: { from: string; to: string },
    inherited: Node = {},
  ): Node {
    const sourceShape = this.source.shape(sourceType);
    const targetShape = this.target.shape(targetType);
    const to: Node = {};
    for (const { property } of sourceShape.attributes.values()) {
      if (from[property] !== undefined) to[property] = from[property];
    }
    for (const entry of sourceShape.children) {
      const value = from[entry.property];
      if (value === undefined) continue;
      if (entry.slot !== undefined || entry.type === 'Any') carry(to, foreignOf(value));
      else this.#member(entry, from, to, targetShape, { at, inherited: handedDown(inherited, to) });
    }
    return inOrder(to, targetShape);
  }

  /** One member of the source, with all its values, into the member of the target that takes it. */
  #member(entry: ChildEntry, from: Node, to: Node, shape: Shape, { at, inherited }: Context): void {
    const found = this.#place(entry, to, shape);
    const property = found?.target.property ?? entry.property;
    const path = { from: below(at.from, entry.property), to: below(at.to, property) };
    this.places.set(path.from, path.to);
    const isMany = found?.target.many ?? entry.many ?? false;
    const existing = isMany ? ((to[property] as unknown[] | undefined)?.length ?? 0) : 0;
    const translated: Translated[] = [];
    valuesOf(entry, from).forEach(({ value, sidecar }, index) => {
      const here = {
        from: entry.many ? below(path.from, index) : path.from,
        to: isMany ? below(path.to, existing + translated.length) : path.to,
      };
      this.places.set(here.from, here.to);
      const hasRoom = found !== undefined && (isMany || translated.length === 0);
      const single = hasRoom ? this.#value(value, sidecar, entry, found, { at: here, inherited }) : undefined;
      if (single === undefined) carry(to, this.unplaced(entry, value, sidecar, here.to));
      else translated.push({ ...single, path: here.to });
    });
    if (found !== undefined) this.#put(to, found.target, translated, inherited);
  }

  /** The member of the target that takes an entry: named so, of a like kind, and not taken by another. */
  #place(entry: ChildEntry, to: Node, shape: Shape): Found | undefined {
    for (const name of this.namesFor(shape.name, entry.property)) {
      const property = typeof name === 'string' ? name : name.newer;
      const target = shape.children.find((child) => child.property === property && child.slot === undefined);
      if (target === undefined || (!target.many && to[target.property] !== undefined)) continue;
      return { target, rename: typeof name === 'string' ? undefined : name };
    }
    return undefined;
  }

  /** One value in the target's form; undefined where it has none. */
  #value(
    value: unknown,
    sidecar: unknown,
    entry: ChildEntry,
    found: Found,
    context: Context,
  ): Single | undefined {
    const { target, rename } = found;
    if (value === null) return { value, sidecar };
    if (entry.type === undefined && target.type === undefined) {
      return this.#text(value, this.#attributes(sidecar, target, context.at.to), target);
    }
    if (entry.type === undefined) {
      return target.type === 'ResourceLocation'
        ? { value: locationOf(String(value)), sidecar: undefined }
        : undefined;
    }
    if (target.type === undefined) {
      const text = entry.type === 'ResourceLocation' ? textOfLocation(value as Node) : undefined;
      return text === undefined ? undefined : { value: text, sidecar };
    }
    if (rename?.unwrap !== undefined) {
      return this.#unwrapped(value as Node, entry.type, target.type, rename.unwrap, context);
    }
    if (rename?.wrap !== undefined)
      return this.#wrapped(value as Node, entry.type, target.type, rename.wrap, context);
    const translated = this.object(value as Node, entry.type, target.type, context.at, context.inherited);
    return { value: { ...translated, ...rename?.with }, sidecar: undefined };
  }

  #unwrapped(
    wrapper: Node,
    sourceType: string,
    targetType: string,
    inside: string,
    { at, inherited }: Context,
  ) {
    const entry = this.source.shape(sourceType).children.find(({ property }) => property === inside);
    const value = wrapper[inside];
    if (entry?.type === undefined || !isNode(value) || Object.keys(wrapper).length > 1) return undefined;
    const path = { from: below(at.from, inside), to: at.to };
    return { value: this.object(value, entry.type, targetType, path, inherited), sidecar: undefined };
  }

  #wrapped(
    value: Node,
    sourceType: string,
    targetType: string,
    inside: string,
    { at, inherited }: Context,
  ): Single | undefined {
    const type = this.target.shape(targetType).children.find(({ property }) => property === inside)?.type;
    if (type === undefined) return undefined;
    const path = { from: at.from, to: below(at.to, inside) };
    return { value: { [inside]: this.object(value, sourceType, type, path, inherited) }, sidecar: undefined };
  }

  /** The attributes that the target knows. */
  #attributes(sidecar: unknown, { attributes }: ChildEntry, path: string): Node | undefined {
    if (!isNode(sidecar)) return undefined;
    const set = attributes === undefined ? [] : [...this.target.attributeSet(attributes).values()];
    const known = new Set(set.map(({ property }) => property));
    const others = Object.keys(sidecar).filter((property) => !known.has(property));
    if (others.length === 0) return sidecar;
    this.leftOut(others, path);
    const kept = Object.entries(sidecar).filter(([property]) => known.has(property));
    return kept.length > 0 ? Object.fromEntries(kept) : undefined;
  }

  /** Text stays; a value that the target's list does not have becomes Other, and back. */
  #text(value: unknown, sidecar: unknown, target: ChildEntry): Single | undefined {
    if (target.values === undefined) return { value, sidecar };
    const known = this.target.values(target.values);
    const other = (sidecar as Node | undefined)?.otherValue;
    if (value === 'Other' && typeof other === 'string' && known.has(other)) {
      const { otherValue: _, ...rest } = sidecar as Node;
      return { value: other, sidecar: Object.keys(rest).length > 0 ? rest : undefined };
    }
    const text = String(value);
    if (known.has(text)) return { value, sidecar };
    const respelling = respelt[text];
    if (respelling !== undefined && known.has(respelling)) return { value: respelling, sidecar };
    if (!known.has('Other') || !target.attributes?.startsWith('Open')) return undefined;
    return { value: 'Other', sidecar: { ...(sidecar as Node | undefined), otherValue: text } };
  }

  #put(to: Node, target: ChildEntry, translated: readonly Translated[], inherited: Node): void {
    if (translated.length === 0) return;
    if (target.type !== undefined) {
      const objects = translated.map(({ value }) => value).filter((value): value is Node => value !== null);
      this.complete(
        objects,
        target.type,
        translated.map(({ path }) => path),
        inherited,
      );
    }
    const sidecar = `_${target.property}`;
    if (!target.many) {
      to[target.property] = translated[0]!.value;
      if (translated[0]!.sidecar) to[sidecar] = translated[0]!.sidecar;
      return;
    }
    const before = (to[target.property] as unknown[] | undefined) ?? [];
    to[target.property] = [...before, ...translated.map(({ value }) => value)];
    if (
      translated.every((each) => each.sidecar === undefined || each.sidecar === null) &&
      to[sidecar] === undefined
    )
      return;
    const sidecarsBefore = (to[sidecar] as unknown[] | undefined) ?? before.map(() => null);
    to[sidecar] = [...sidecarsBefore, ...translated.map((each) => each.sidecar ?? null)];
  }
}

/** What objects further in may take from those around them. */
function handedDown(inherited: Node, { operationsDefinitionId }: Node): Node {
  return operationsDefinitionId === undefined ? inherited : { operationsDefinitionId };
}

/** A place that is only described. */
const locationOf = (text: string): Node => ({ location: text, locationType: 'Description' });

function textOfLocation({ location, locationType, ...rest }: Node): string | undefined {
  return typeof location === 'string' && locationType === 'Description' && Object.keys(rest).length === 0
    ? location
    : undefined;
}

/** The place of an issue in the target: of itself, or of the nearest thing around it that has one. */
export function moved(issue: Issue, places: ReadonlyMap<string, string>): Issue {
  for (let path = issue.path; path !== ''; path = path.replace(/(\.|^)[^.[]*$|\[\d+\]$/, '')) {
    const place = places.get(path);
    if (place !== undefined) return { ...issue, path: place + issue.path.slice(path.length) };
  }
  return issue;
}

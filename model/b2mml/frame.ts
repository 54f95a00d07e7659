import { below } from '../explain';
import type { ForeignElement } from './capture';
import type { ChildEntry, Shape } from './tables';

export type Node = Record<string, unknown>;

/** An element with children while it is being read: the object that it becomes, and how far it has come. */
export class Frame {
  /** Index of the last child seen: the schema's order allows none before it. */
  #cursor = 0;
  /** The place of an extension since the last child: what belongs before it comes too late. */
  #slot = -1;
  /** Members of repeatable runs in the order in which they came. */
  readonly #runs: string[] = [];
  /** Entries of lists that were handed on and kept no longer. */
  readonly #taken = new Map<string, number>();

  constructor(
    readonly shape: Shape,
    readonly object: Node,
    /** The part of the path that this element adds; empty for what has no place in the message. */
    readonly step: string,
    /** The same without the place in a list. */
    readonly property: string,
    readonly isNil: boolean,
  ) {}

  /** Where in the sequence an element stands: the next place of its name, or the last where it comes too late. */
  placeOf(name: string): number | undefined {
    const places = this.shape.places.get(name);
    if (places === undefined || places.length === 1) return places?.[0];
    return places.find((place) => place >= this.#cursor || this.#isSameRun(place)) ?? places.at(-1);
  }

  /** Moves to a place; false where the order does not allow it. */
  advance(place: number): boolean {
    const isInOrder = (place >= this.#cursor && place >= this.#slot) || this.#isSameRun(place);
    // Told once: what follows is in order among itself.
    this.#slot = -1;
    this.#cursor = Math.max(place, this.#cursor);
    const entry = this.shape.children[place];
    if (entry?.run !== undefined) this.#runs.push(entry.property);
    return isInOrder;
  }

  #isSameRun(place: number): boolean {
    const run = this.shape.children[place]?.run;
    return run !== undefined && run === this.shape.children[this.#cursor]?.run;
  }

  /** The path step of the next value of a member. */
  stepOf(entry: ChildEntry): string {
    return entry.many ? below(entry.property, this.#lengthOf(entry)) : entry.property;
  }

  #lengthOf({ property }: ChildEntry): number {
    const list = this.object[property] as unknown[] | undefined;
    return (list?.length ?? 0) + (this.#taken.get(property) ?? 0);
  }

  /** Sets a member, or adds to its list; `sidecar` holds the attributes. */
  add(entry: ChildEntry, value: unknown, sidecar?: Node): void {
    const { property, many } = entry;
    const name = `_${property}`;
    if (!many) {
      this.object[property] = value;
      if (sidecar !== undefined) this.object[name] = sidecar;
      return;
    }
    const list = (this.object[property] as unknown[] | undefined) ?? [];
    const sidecars = this.object[name] as unknown[] | undefined;
    // Sidecars of lists run parallel to them, null where an entry has no attributes.
    if (sidecars !== undefined) sidecars.push(sidecar ?? null);
    else if (sidecar !== undefined) this.object[name] = [...Array<null>(list.length).fill(null), sidecar];
    list.push(value);
    this.object[property] = list;
  }

  /** Takes the last entry of a list out: it was handed on. */
  take(property: string): void {
    (this.object[property] as unknown[]).pop();
    this.#taken.set(property, (this.#taken.get(property) ?? 0) + 1);
  }

  /** Puts an element at the next place for such; `isInPlace` where the standard allows it there. */
  carry(element: ForeignElement, isInPlace: boolean): void {
    const { children } = this.shape;
    const isSlot = ({ slot }: ChildEntry) => slot !== undefined;
    const next = children.findIndex((entry, index) => isSlot(entry) && index >= this.#cursor);
    const place = next === -1 ? children.findLastIndex(isSlot) : next;
    if (isInPlace) this.#slot = place;
    const property = children[place]?.property ?? 'extension';
    const carried = (this.object[property] ?? []) as ForeignElement[];
    carried.push(element);
    this.object[property] = carried;
  }

  /** Ends the element: keeps the order of a run where it is another than list after list. */
  finish(): void {
    if (this.#runs.length === 0) return;
    const place = new Map(this.shape.children.map(({ property }, index) => [property, index]));
    const places = this.#runs.map((property) => place.get(property)!);
    if (places.some((each, index) => index > 0 && places[index - 1]! > each)) this.object._order = this.#runs;
  }

  /** What is not there and must be, as rule, message and property. */
  *missing(): Generator<[rule: string, message: string, property: string]> {
    const { shape, object } = this;
    for (const index of shape.required) {
      const { property, element } = shape.children[index]!;
      if (object[property] === undefined) yield ['required', `<${element}> is missing`, property];
    }
    for (const names of shape.exactlyOne) {
      const present = names.filter((name) => object[name] !== undefined);
      const shown = names.slice(0, 6).join(' | ');
      const message = `one of ${shown} must stand here, there is ${present.join(' and ') || 'none'}`;
      if (present.length !== 1) yield ['exactly-one', message, ''];
    }
  }
}

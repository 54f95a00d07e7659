import { below } from '../explain';
import type { ForeignElement } from './capture';
import { foreignOf, type Node } from './members';
import { modelVersion, type Release, release } from './tables';

export const operationsType = 'Maintenance';

/** Told of a member without a place; gives the element that is carried. */
export type CarryMember = (type: string, property: string, value: Node, path: string) => ForeignElement[];

/** What the document does not say and the model requires. */
export type Told = (path: string, value: unknown) => void;

export interface MaintenanceContext {
  readonly source: Release;
  readonly carry: CarryMember;
  /** A member found its place: where it was, and where it is now. */
  readonly place: (from: string, to: string) => void;
  /** Undefined where objects need not be whole. */
  readonly completed: Told | undefined;
  /** A location in the model's words. */
  readonly scope: (location: Node) => Node;
}

/** A property as the standard names its element. */
export const capital = (property: string) => property.replace(/^[a-z]/, (letter) => letter.toUpperCase());

/** The members of an object, taken one by one; what is left at the end is carried. */
export class Members {
  readonly #left: Node;

  constructor(
    private readonly type: string,
    object: Node,
    private readonly from: string,
    private readonly context: MaintenanceContext,
  ) {
    this.#left = { ...object };
  }

  /** A member under another name, with its attributes. */
  take(property: string, to: string): Node {
    const { value, sidecar } = this.#remove(property, to);
    const name = to.replace(/^.*\./, '');
    return value === undefined
      ? {}
      : { [name]: value, ...(sidecar === undefined ? {} : { [`_${name}`]: sidecar }) };
  }

  object(property: string, to: string): Node | undefined {
    return this.#remove(property, to).value as Node | undefined;
  }

  objects(property: string): { value: Node; from: string }[] {
    const list = (this.#left[property] ?? []) as Node[];
    delete this.#left[property];
    return list.map((value, index) => ({ value, from: below(below(this.from, property), index) }));
  }

  /** Texts without attributes of a code list, which the other place does not know. */
  texts(property: string, name: string, at: string): Node {
    return this.#left[`_${property}`] === undefined
      ? compact({ [name]: this.#remove(property, below(at, name)).value })
      : {};
  }

  /** A state; one that the model does not list is Other, with its own name. */
  state(property: string, enumeration: string, to: string): Node {
    const { value, sidecar } = this.#remove(property, to);
    if (value === undefined) return {};
    const name = to.replace(/^.*\./, '');
    if (release(modelVersion).values(enumeration).has(String(value)))
      return { [name]: value, ...(sidecar === undefined ? {} : { [`_${name}`]: sidecar }) };
    return { [name]: 'Other', [`_${name}`]: { ...(sidecar as Node | undefined), otherValue: value } };
  }

  /** Persons, each with the part that they have. */
  people(properties: readonly string[], to: string): Node[] | undefined {
    const found = properties.flatMap((property) =>
      this.#entries(property, to).map(({ value, sidecar }) => ({
        id: value,
        personId: [value],
        ...(sidecar ? { _personId: [sidecar] } : {}),
        personnelUse: capital(property),
      })),
    );
    return listed(found);
  }

  equipment(property: string, to: string): Node[] | undefined {
    const { value, sidecar } = this.#remove(property, to);
    if (value === undefined) return undefined;
    return [{ id: value, equipmentId: [value], ...(sidecar ? { _equipmentId: [sidecar] } : {}) }];
  }

  data(properties: readonly string[], to: string): Node[] | undefined {
    const found = properties.flatMap((property) => {
      if (this.#left[`_${property}`] !== undefined || this.#left[property] === undefined) return [];
      const value = this.#entries(property, to).map((each) => ({
        valueString: each.value,
        dataType: 'string',
      }));
      return [{ id: capital(property), value }];
    });
    return listed(found);
  }

  consumables(to: string): Node[] | undefined {
    if (this.#left._consumable !== undefined) return undefined;
    const found = this.#entries('consumable', to).map(({ value }) => ({
      id: value,
      materialDefinitionId: [value],
      materialUse: 'Consumable',
    }));
    return listed(found);
  }

  /** The one segment of a request or response: where objects are whole, or there is something in it. */
  segment(at: string, own: Node, inside: Node, required: Node): Node[] | undefined {
    const { completed } = this.context;
    if (completed === undefined && Object.keys(inside).length === 0) return undefined;
    const filledIn = { id: own.id, ...required };
    for (const [name, value] of Object.entries(filledIn)) completed?.(below(at, name), value);
    return [{ ...filledIn, operationsType, ...inside }];
  }

  /** Everything without a place, as extension. */
  rest(at: string): ForeignElement[] | undefined {
    const { source, carry } = this.context;
    const carried = source.shape(this.type).children.flatMap((entry) => {
      const value = this.#left[entry.property];
      if (value === undefined) return [];
      if (entry.slot !== undefined || entry.type === 'Any') return foreignOf(value);
      return carry(this.type, entry.property, this.#left, below(at, entry.property));
    });
    return carried.length > 0 ? carried : undefined;
  }

  #remove(property: string, to: string): { value: unknown; sidecar: unknown } {
    const { [property]: value, [`_${property}`]: sidecar } = this.#left;
    if (value !== undefined) this.context.place(below(this.from, property), to);
    delete this.#left[property];
    delete this.#left[`_${property}`];
    return { value, sidecar };
  }

  #entries(property: string, to: string): { value: string; sidecar: unknown }[] {
    const { value = [], sidecar } = this.#remove(property, to);
    return (value as string[]).map((each, index) => ({
      value: each,
      sidecar: (sidecar as unknown[] | undefined)?.[index],
    }));
  }
}

/** Entries with identifiers of their own; nothing for none. */
function listed(entries: readonly Node[]): Node[] | undefined {
  const taken = new Set<unknown>();
  const told = entries.map((entry) => {
    let id = entry.id;
    for (let count = 2; taken.has(id); count++) id = `${entry.id}-${count}`;
    taken.add(id);
    return { ...entry, id };
  });
  return told.length > 0 ? told : undefined;
}

export const compact = (object: Node): Node =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));

import type { XsdNode, XsdRelease } from './xsd';

/** An XML attribute of a type. */
export interface AttributeDefinition {
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
}

/** A child element, in the place where the schema has it. */
export interface ElementMember {
  readonly kind: 'element';
  readonly name: string;
  readonly type: string;
  readonly many: boolean;
  readonly required: boolean;
  readonly nillable: boolean;
  /** Stands in no namespace. */
  readonly unqualified: boolean;
  /** Members of one repeatable choice or group share a number: their order among each other carries meaning. */
  readonly run?: number;
  /** The repeated group it comes from: its elements may repeat names of the type's own. */
  readonly group?: string;
}

/** A place where elements of users' own namespaces may stand. */
export interface SlotMember {
  readonly kind: 'slot';
  /** Name of the extension group; absent where any element may stand (user areas, signatures). */
  readonly group?: string;
}

export type Member = ElementMember | SlotMember;

/** A type with child elements. */
export interface ObjectDefinition {
  readonly kind: 'object';
  readonly name: string;
  readonly file: string;
  readonly members: readonly Member[];
  /** Names of elements of which one must be there, and only one. */
  readonly exactlyOne: readonly (readonly string[])[];
  readonly attributes: readonly AttributeDefinition[];
}

/** A type whose content is text. */
export interface TextDefinition {
  readonly kind: 'text';
  readonly name: string;
  readonly file: string;
  /** The built-in type below it, e.g. `decimal`. */
  readonly primitive: string;
  readonly values?: readonly string[];
  readonly attributes: readonly AttributeDefinition[];
  /** The type that declared the attributes: types with the same owner share one set. */
  readonly attributesOwner: string;
}

export type Definition = ObjectDefinition | TextDefinition;

const childrenNamed = (node: XsdNode, name: string) => node.children.filter((child) => child.name === name);

function attributesOf(node: XsdNode): AttributeDefinition[] {
  return childrenNamed(node, 'attribute').map(({ attributes }) => ({
    name: attributes.name ?? '',
    type: attributes.type ?? 'xsd:string',
    required: attributes.use === 'required',
  }));
}

/** What the particles around a member mean for it. */
interface Context {
  readonly optional: boolean;
  readonly run?: number;
  readonly group?: string;
}

/** Resolves the types of a release: bases followed, groups put in, choices and repeated groups flattened. */
export class Definitions {
  private readonly resolved = new Map<string, Definition>();

  constructor(private readonly release: XsdRelease) {}

  /** A named type, or a built-in one (`xsd:string`). */
  get(name: string): Definition {
    if (name.startsWith('xsd:')) {
      return {
        kind: 'text',
        name,
        file: '',
        primitive: name.slice(4),
        attributes: [],
        attributesOwner: name,
      };
    }
    const known = this.resolved.get(name);
    if (known !== undefined) return known;
    const found = this.release.types.get(name);
    if (found === undefined) throw new Error(`type ${name} is used but not defined`);
    const definition = this.resolve(name, found.node, found.file);
    this.resolved.set(name, definition);
    return definition;
  }

  private resolve(name: string, node: XsdNode, file: string): Definition {
    const simple = node.name === 'simpleType' ? node : childrenNamed(node, 'simpleContent')[0];
    if (simple !== undefined) return this.text(name, simple, file);
    const flattened = new Members(this.release, node, this.release.unqualified.has(file));
    return { kind: 'object', name, file, ...flattened, attributes: attributesOf(node) };
  }

  private text(name: string, content: XsdNode, file: string): TextDefinition {
    const union = childrenNamed(content, 'union')[0];
    // A union of a list of values with free text is free text.
    if (union !== undefined) {
      return {
        kind: 'text',
        name,
        file,
        primitive: 'normalizedString',
        attributes: [],
        attributesOwner: name,
      };
    }
    const derivation = content.children.find(
      ({ name: kind }) => kind === 'extension' || kind === 'restriction',
    );
    const base = this.get(derivation?.attributes.base ?? 'xsd:string');
    if (derivation === undefined || base.kind !== 'text') throw new Error(`type ${name} has no text content`);
    const own = attributesOf(derivation);
    const listed = childrenNamed(derivation, 'enumeration').map(({ attributes }) => attributes.value ?? '');
    const values = listed.length > 0 ? [...new Set(listed)] : base.values;
    return {
      kind: 'text',
      name,
      file,
      primitive: base.primitive,
      ...(values === undefined ? {} : { values }),
      attributes: [...base.attributes, ...own],
      attributesOwner: own.length > 0 ? name : base.attributesOwner,
    };
  }
}

/** The members of one complex type, in document order. */
class Members {
  readonly members: Member[] = [];
  readonly exactlyOne: string[][] = [];
  readonly #release: XsdRelease;
  #runs = 0;

  constructor(
    release: XsdRelease,
    type: XsdNode,
    private readonly unqualified: boolean,
  ) {
    this.#release = release;
    this.#walk(type.children, { optional: false });
  }

  #walk(nodes: readonly XsdNode[], context: Context): void {
    for (const node of nodes) {
      if (node.name === 'element') this.#element(node, context);
      else if (node.name === 'any') this.members.push({ kind: 'slot' });
      else if (node.name === 'group') this.#group(node, context);
      else if (node.name === 'sequence' || node.name === 'choice') this.#nested(node, node, context);
    }
  }

  #element({ attributes }: XsdNode, { optional, run, group }: Context): void {
    this.members.push({
      kind: 'element',
      name: attributes.name ?? '',
      type: attributes.type ?? `${attributes.name}Type`,
      many: attributes.maxOccurs === 'unbounded' || run !== undefined,
      required: attributes.minOccurs !== '0' && !optional,
      nillable: attributes.nillable === 'true',
      unqualified: this.unqualified,
      ...(run === undefined ? {} : { run }),
      ...(group === undefined ? {} : { group }),
    });
  }

  #group(node: XsdNode, context: Context): void {
    const ref = node.attributes.ref ?? '';
    if (ref.startsWith('Extended:')) {
      this.members.push({ kind: 'slot', group: ref.slice('Extended:'.length) });
      return;
    }
    const group = this.#release.groups.get(ref);
    if (group === undefined) throw new Error(`group ${ref} is used but not defined`);
    for (const content of group.children) this.#nested(content, node, context);
  }

  /** `occurrence` is the node that carries minOccurs and maxOccurs: the particle or the reference to its group. */
  #nested(particle: XsdNode, occurrence: XsdNode, context: Context): void {
    const { minOccurs, maxOccurs } = occurrence.attributes;
    const isChoice = particle.name === 'choice';
    const repeated = maxOccurs === 'unbounded';
    const run = repeated ? this.#runs++ : context.run;
    const optional = context.optional || minOccurs === '0' || isChoice;
    const alternatives = childrenNamed(particle, 'element');
    // Where one alternative may be absent, so may the whole choice.
    const mayBeEmpty =
      minOccurs === '0' || alternatives.some(({ attributes }) => attributes.minOccurs === '0');
    if (isChoice && !repeated && !mayBeEmpty) {
      this.exactlyOne.push(alternatives.map(({ attributes }) => attributes.name ?? ''));
    }
    const group = repeated ? occurrence.attributes.ref : undefined;
    this.#walk(particle.children, {
      optional,
      ...(run === undefined ? {} : { run }),
      ...(group === undefined ? {} : { group }),
    });
  }
}

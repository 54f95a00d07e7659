import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Transaction } from '../import/transactions';
import { packageRoot } from '../paths';

export const versions = ['V0401', 'V0600', 'V0701'] as const;
export type Version = (typeof versions)[number];

/** The release that the canonical model is made from. */
export const modelVersion: Version = 'V0701';

/** What the text of an element or attribute is: free text, a built-in type, or one value of an enumeration. */
export type TextKind = 'string' | 'decimal' | 'date-time' | 'duration' | 'boolean';

export interface AttributeEntry {
  readonly name: string;
  readonly property: string;
  readonly text: TextKind;
  readonly values?: string;
  readonly required?: true;
}

/** A child element of a type, or a place for elements of other namespaces (`slot`). In the order of the schema. */
export interface ChildEntry {
  readonly property: string;
  readonly slot?: string;
  readonly element?: string;
  /** Name of the type where the element has children of its own. */
  readonly type?: string;
  readonly text?: TextKind;
  /** Name of the enumeration. */
  readonly values?: string;
  /** Name of the set of attributes that the sidecar holds. */
  readonly attributes?: string;
  readonly many?: true;
  readonly required?: true;
  readonly nillable?: true;
  readonly run?: number;
  /** Stands in no namespace, though its parent and its children do. */
  readonly unqualified?: true;
}

export interface TypeEntry {
  /** Attributes of an element with children are properties of its object. */
  readonly attributes?: readonly AttributeEntry[];
  readonly children: readonly ChildEntry[];
  /** Properties of which exactly one must be there. */
  readonly exactlyOne?: readonly (readonly string[])[];
}

/** How one release of B2MML is written in XML. */
export interface XmlTables {
  readonly version: string;
  readonly namespace: string;
  readonly types: Readonly<Record<string, TypeEntry>>;
  readonly attributeSets: Readonly<Record<string, readonly AttributeEntry[]>>;
  readonly enumerations: Readonly<Record<string, readonly string[]>>;
  readonly transactions: readonly Transaction[];
  readonly objects: readonly { element: string; type: string }[];
}

/** A type as the codec walks it. */
export interface Shape {
  readonly name: string;
  readonly children: readonly ChildEntry[];
  readonly attributes: ReadonlyMap<string, AttributeEntry>;
  /** Places of an element's name: more than one where a repeated group repeats a name. */
  readonly places: ReadonlyMap<string, readonly number[]>;
  readonly properties: ReadonlySet<string>;
  readonly required: readonly number[];
  readonly exactlyOne: readonly (readonly string[])[];
  readonly hasRuns: boolean;
}

/** The tables of one release, made ready for use. Shapes are made when first asked for. */
export class Release {
  readonly transactions: ReadonlyMap<string, Transaction>;
  readonly objects: ReadonlyMap<string, string>;
  readonly #shapes = new Map<string, Shape>();
  readonly #attributeSets = new Map<string, ReadonlyMap<string, AttributeEntry>>();
  readonly #enumerations = new Map<string, ReadonlySet<string>>();

  constructor(readonly tables: XmlTables) {
    this.transactions = new Map(tables.transactions.map((each) => [each.element, each]));
    this.objects = new Map(tables.objects.map(({ element, type }) => [element, type]));
  }

  shape(type: string): Shape {
    const known = this.#shapes.get(type);
    if (known !== undefined) return known;
    const entry = this.tables.types[type];
    if (entry === undefined) throw new Error(`${this.tables.version} has no type ${type}`);
    const made = makeShape(type, entry);
    this.#shapes.set(type, made);
    return made;
  }

  transactionOf(verb: string, noun: string): Transaction | undefined {
    return this.tables.transactions.find((each) => each.verb === verb && each.noun === noun);
  }

  /** The shape of a transaction document; its parts take the names that they have in the message. */
  transactionShape({ element, area, areaType, item, itemType, hasReleaseId }: Transaction): Shape {
    const dataArea = `${element}/DataArea`;
    this.#shapes.set(
      dataArea,
      makeShape(dataArea, {
        children: [
          { element: area, property: 'criteria', type: areaType, required: true },
          { element: item, property: 'items', type: itemType, many: true, required: true },
        ],
      }),
    );
    const attributes: AttributeEntry[] = [
      { name: 'releaseID', property: 'releaseId', text: 'string', required: true },
      { name: 'versionID', property: 'versionId', text: 'string' },
    ];
    return makeShape(element, {
      ...(hasReleaseId ? { attributes } : {}),
      children: [
        {
          element: 'ApplicationArea',
          property: 'applicationArea',
          type: 'TransApplicationArea',
          required: true,
        },
        // The data area is no part of the message's path.
        { element: 'DataArea', property: '', type: dataArea, required: true },
      ],
    });
  }

  attributeSet(name: string): ReadonlyMap<string, AttributeEntry> {
    const known = this.#attributeSets.get(name);
    if (known !== undefined) return known;
    const made = byName(this.tables.attributeSets[name] ?? []);
    this.#attributeSets.set(name, made);
    return made;
  }

  values(enumeration: string): ReadonlySet<string> {
    const known = this.#enumerations.get(enumeration);
    if (known !== undefined) return known;
    const made = new Set(this.tables.enumerations[enumeration]);
    this.#enumerations.set(enumeration, made);
    return made;
  }
}

const byName = (entries: readonly AttributeEntry[]) => new Map(entries.map((entry) => [entry.name, entry]));

function makeShape(name: string, { children, attributes = [], exactlyOne = [] }: TypeEntry): Shape {
  const places = new Map<string, number[]>();
  const properties = new Set(attributes.map(({ property }) => property));
  const required: number[] = [];
  children.forEach(({ element, property, required: isRequired, attributes: set }, index) => {
    properties.add(property);
    if (set !== undefined) properties.add(`_${property}`);
    if (isRequired) required.push(index);
    if (element !== undefined) places.set(element, [...(places.get(element) ?? []), index]);
  });
  const hasRuns = children.some(({ run }) => run !== undefined);
  if (hasRuns) properties.add('_order');
  return {
    name,
    children,
    attributes: byName(attributes),
    places,
    properties,
    required,
    exactlyOne,
    hasRuns,
  };
}

const files: Record<Version, string> = {
  V0701: join('generated', 'b2mml-v0701.tables.json'),
  V0600: join('schema', 'b2mml-v0600.tables.json'),
  V0401: join('schema', 'b2mml-v0401.tables.json'),
};

const loaded = new Map<Version, Release>();

/** The tables of a version, read at first use. */
export function release(version: Version): Release {
  const known = loaded.get(version);
  if (known !== undefined) return known;
  const text = readFileSync(join(packageRoot, 'model', files[version]), 'utf8');
  const made = new Release(JSON.parse(text) as XmlTables);
  loaded.set(version, made);
  return made;
}

export const namespaces: ReadonlyMap<string, Version> = new Map([
  // V0700 and V0701 share theirs.
  ['http://www.mesa.org/xml/B2MML', 'V0701'],
  ['http://www.mesa.org/xml/B2MML-V0600', 'V0600'],
  ['http://www.wbf.org/xml/B2MML-V0401', 'V0401'],
]);

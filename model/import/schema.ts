import { emptyDocument, type Schema, type SchemaDocument } from '../schema-document';
import {
  type AttributeDefinition,
  Definitions,
  type ElementMember,
  type ObjectDefinition,
  type SlotMember,
  type TextDefinition,
} from './definitions';
import { familyName, propertyName, typeName } from './names';
import type { XsdRelease } from './xsd';

/** The built-in types in JSON. Decimals and times keep their text: no rounding, no shifted zones. */
const primitives: Record<string, Schema> = {
  decimal: { type: 'string', format: 'xsd-decimal' },
  dateTime: { type: 'string', format: 'xsd-date-time' },
  duration: { type: 'string', format: 'xsd-duration' },
  boolean: { type: 'boolean' },
  integer: { type: 'integer' },
  base64Binary: { type: 'string', contentEncoding: 'base64' },
};

/** JSON Schema documents, one for each schema file of the release. */
export class SchemaWriter {
  readonly documents = new Map<string, SchemaDocument>();
  private readonly definitions: Definitions;
  private readonly written = new Set<string>();

  constructor(release: XsdRelease) {
    this.definitions = new Definitions(release);
  }

  /** Writes a type and everything it uses; gives the reference to it as seen from `family`. */
  add(xsdType: string, family = ''): string {
    const definition = this.definitions.get(xsdType);
    const home = familyName(definition.file);
    const name = typeName(xsdType);
    const key = `${home}#${name}`;
    if (!this.written.has(key)) {
      this.written.add(key);
      // The place is taken before the members are written, so that definitions stand in order of use.
      const place: Schema = {};
      this.document(home).$defs[name] = place;
      Object.assign(
        place,
        definition.kind === 'object' ? this.object(definition, home) : this.enumeration(definition),
      );
    }
    return reference(family, home, name);
  }

  isObject(xsdType: string): boolean {
    return this.definitions.get(xsdType).kind === 'object';
  }

  private document(family: string): SchemaDocument {
    const known = this.documents.get(family);
    if (known !== undefined) return known;
    const created = emptyDocument(family);
    if (family === 'b2mml-common') created.$defs.Extension = extensionSchema;
    this.documents.set(family, created);
    return created;
  }

  private enumeration({ name, values = [], attributes }: TextDefinition): Schema {
    const open = attributes.some((attribute) => attribute.name === 'OtherValue');
    return { 'x-b2mml': { type: name, ...(open ? { open } : {}) }, type: 'string', enum: [...values] };
  }

  private object(definition: ObjectDefinition, family: string): Schema {
    const properties: Record<string, Schema> = {};
    for (const attribute of definition.attributes)
      properties[propertyName(attribute.name)] = this.attribute(attribute, family);
    const ownSlot = ownSlotOf(definition);
    definition.members.forEach((member, index) => {
      const added =
        member.kind === 'slot'
          ? slot(member, member === ownSlot, family, index + 1)
          : this.element(member, family, index + 1, properties);
      for (const [property, schema] of Object.entries(added)) {
        if (property in properties) throw new Error(`${definition.name}: two members become ${property}`);
        properties[property] = schema;
      }
    });
    if (!definition.members.some(({ kind }) => kind === 'slot')) {
      // The standard has no place here; what a sender put here all the same must not be lost.
      const { length } = definition.members;
      Object.assign(properties, slot({ kind: 'slot', group: 'none' }, true, family, length + 1));
    }
    if (definition.members.some((member) => member.kind === 'element' && member.run !== undefined)) {
      properties._order = { type: 'array', items: { type: 'string' } };
    }
    const required = requiredProperties(definition);
    return {
      'x-b2mml': { type: definition.name },
      type: 'object',
      properties,
      ...(required.length > 0 ? { required } : {}),
      ...choiceRules(definition.exactlyOne),
      additionalProperties: false,
    };
  }

  /** The property of an element and, where its type has attributes, the sidecar beside it. */
  private element(
    member: ElementMember,
    family: string,
    order: number,
    taken: Readonly<Record<string, Schema>>,
  ): Record<string, Schema> {
    const definition = this.definitions.get(member.type);
    const property = propertyFor(member, taken);
    const annotation = {
      element: member.name,
      order,
      type: member.type,
      ...(member.run === undefined ? {} : { run: member.run }),
      ...(member.unqualified ? { unqualified: true as const } : {}),
    };
    const value = this.value(member.type, family);
    const single = member.nillable ? nullable(value) : value;
    const schema: Schema = member.many
      ? { 'x-b2mml': annotation, type: 'array', ...(member.required ? { minItems: 1 } : {}), items: single }
      : { 'x-b2mml': annotation, ...single };
    if (definition.kind === 'object' || definition.attributes.length === 0) return { [property]: schema };
    const set = { $ref: this.attributeSet(definition, family) };
    const sidecar: Schema = member.many ? { type: 'array', items: { anyOf: [set, { type: 'null' }] } } : set;
    return { [property]: schema, [`_${property}`]: sidecar };
  }

  private value(xsdType: string, family: string): Schema {
    const definition = this.definitions.get(xsdType);
    if (definition.kind === 'object' || definition.values !== undefined)
      return { $ref: this.add(xsdType, family) };
    return { ...(primitives[definition.primitive] ?? { type: 'string' }) };
  }

  private attribute({ name, type }: AttributeDefinition, family: string): Schema {
    return { 'x-b2mml': { attribute: name, type }, ...this.value(type, family) };
  }

  /** Types that add nothing but OtherValue to a common set share an "open" form of it. */
  private attributeSet({ attributes, attributesOwner }: TextDefinition, family: string): string {
    const owner = this.definitions.get(attributesOwner);
    const last = attributes.at(-1);
    const isOpenForm = last?.name === 'OtherValue' && attributes.length > 1;
    const base = attributes[0]?.name === 'listID' ? 'Code' : typeName(attributesOwner);
    const name = isOpenForm ? `Open${base}Attributes` : `${base}Attributes`;
    const home = isOpenForm ? 'b2mml-common' : familyName(owner.file);
    const document = this.document(home);
    document.$defs[name] ??= {
      type: 'object',
      properties: Object.fromEntries(
        attributes.map((each) => [propertyName(each.name), this.attribute(each, home)]),
      ),
      ...requiredAttributes(attributes),
      additionalProperties: false,
    };
    return reference(family, home, name);
  }
}

const extensionSchema: Schema = {
  description:
    'An element of another namespace, carried as it came, or with its value where a project says what it holds.',
  type: 'object',
  properties: {
    ns: { description: 'Its namespace.', type: 'string' },
    name: { description: 'Its local name.', type: 'string' },
    xml: { description: 'The whole element, with the namespace declarations it needs.', type: 'string' },
    value: { description: 'What it holds: text, true or false, a whole number, or an object of such.' },
  },
  required: ['ns', 'name'],
  oneOf: [
    { required: ['xml'], properties: { xml: {} } },
    { required: ['value'], properties: { value: {} } },
  ],
  additionalProperties: false,
};

function reference(from: string, home: string, name: string): string {
  return from === home ? `#/$defs/${name}` : `${home}.schema.json#/$defs/${name}`;
}

/**
 * The place for extensions that is the type's own, the last one: an earlier one belongs to the base that it repeats.
 * None where the type has an element called Extension.
 */
function ownSlotOf({ members }: ObjectDefinition): SlotMember | undefined {
  if (members.some((member) => member.kind === 'element' && member.name === 'Extension')) return undefined;
  return members.filter((member) => member.kind === 'slot').at(-1);
}

function slot(member: SlotMember, isOwn: boolean, family: string, order: number): Record<string, Schema> {
  const group = member.group ?? 'any';
  const property = isOwn ? 'extension' : `${propertyName(group)}Extension`;
  const items = { $ref: reference(family, 'b2mml-common', 'Extension') };
  return { [property]: { 'x-b2mml': { slot: group, order }, type: 'array', items } };
}

/** The name of a property; one from a repeated group gives way to the type's own of that name. */
function propertyFor({ name, group }: ElementMember, taken: Readonly<Record<string, Schema>>): string {
  const plain = propertyName(name);
  return plain in taken && group !== undefined ? propertyName(`${group}${name}`) : plain;
}

function nullable(schema: Schema): Schema {
  return { anyOf: [schema, { type: 'null' }] };
}

function requiredAttributes(attributes: readonly AttributeDefinition[]): Pick<Schema, 'required'> {
  const required = attributes.filter((attribute) => attribute.required).map(({ name }) => propertyName(name));
  return required.length > 0 ? { required } : {};
}

function requiredProperties({ members, attributes }: ObjectDefinition): string[] {
  const elements = members.filter(
    (member): member is ElementMember => member.kind === 'element' && member.required,
  );
  return [
    ...(requiredAttributes(attributes).required ?? []),
    ...elements.map(({ name }) => propertyName(name)),
  ];
}

function choiceRules(choices: readonly (readonly string[])[]): Schema {
  const rules = choices.map(
    (names): Schema => ({
      oneOf: names
        .map(propertyName)
        .map((property) => ({ required: [property], properties: { [property]: {} } })),
    }),
  );
  if (rules.length === 0) return {};
  return rules.length === 1 ? rules[0]! : { allOf: rules };
}

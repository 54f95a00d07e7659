import type { AttributeEntry, ChildEntry, TextKind, TypeEntry, XmlTables } from '../b2mml/tables';
import type { Catalogue } from '../import/transactions';
import type { Schema, SchemaDocument } from '../schema-document';

const referenced = (ref: string) => ref.replace(/^.*\//, '');

/** The schema of one value: without the list around it and without "or null". */
function single(schema: Schema): { value: Schema; nillable: boolean } {
  const item = schema.type === 'array' ? (schema.items ?? {}) : schema;
  return item.anyOf === undefined
    ? { value: item, nillable: false }
    : { value: item.anyOf[0] ?? {}, nillable: true };
}

function textOf({ format, type }: Schema): TextKind {
  if (type === 'boolean') return 'boolean';
  return format === undefined ? 'string' : (format.replace('xsd-', '') as TextKind);
}

/** XML tables made from the schemas and their annotations. */
export function xmlTables(documents: readonly SchemaDocument[], catalogue: Catalogue): XmlTables {
  const all = Object.assign({}, ...documents.map(({ $defs }) => $defs)) as Record<string, Schema>;
  const types: Record<string, TypeEntry> = {};
  const attributeSets: Record<string, AttributeEntry[]> = {};
  const enumerations: Record<string, string[]> = {};
  for (const [name, schema] of Object.entries(all)) {
    if (schema.enum !== undefined) enumerations[name] = schema.enum;
    else if (schema['x-b2mml'] !== undefined) types[name] = typeEntry(schema, all);
    else if (name !== 'Extension') attributeSets[name] = attributeEntries(schema);
  }
  const objects = catalogue.objects.map(({ element, type }) => ({ element, type }));
  const { version, namespace, transactions } = catalogue;
  return { version, namespace, types, attributeSets, enumerations, transactions, objects };
}

function typeEntry(schema: Schema, all: Readonly<Record<string, Schema>>): TypeEntry {
  const attributes = attributeEntries(schema);
  const children: ChildEntry[] = [];
  for (const [property, member] of Object.entries(schema.properties ?? {})) {
    const annotation = member['x-b2mml'];
    if (annotation?.slot !== undefined) children.push({ property, slot: annotation.slot });
    else if (annotation?.element !== undefined) children.push(childEntry(property, member, schema, all));
  }
  const exactlyOne = [schema, ...(schema.allOf ?? [])]
    .filter(({ oneOf }) => oneOf !== undefined)
    .map(({ oneOf = [] }) => oneOf.flatMap(({ required = [] }) => required));
  return {
    ...(attributes.length > 0 ? { attributes } : {}),
    children,
    ...(exactlyOne.length > 0 ? { exactlyOne } : {}),
  };
}

function childEntry(
  property: string,
  member: Schema,
  owner: Schema,
  all: Readonly<Record<string, Schema>>,
): ChildEntry {
  const { element = '', run, unqualified } = member['x-b2mml'] ?? {};
  const { value, nillable } = single(member);
  const target = value.$ref === undefined ? undefined : referenced(value.$ref);
  const isObject = target !== undefined && all[target]?.type === 'object';
  const sidecar = owner.properties?.[`_${property}`];
  const attributes = sidecar === undefined ? undefined : referenced(single(sidecar).value.$ref ?? '');
  return {
    element,
    property,
    ...(isObject
      ? { type: target }
      : target === undefined
        ? { text: textOf(value) }
        : { text: 'string', values: target }),
    ...(attributes === undefined ? {} : { attributes }),
    ...(member.type === 'array' ? { many: true } : {}),
    ...(owner.required?.includes(property) ? { required: true } : {}),
    ...(nillable ? { nillable: true } : {}),
    ...(run === undefined ? {} : { run }),
    ...(unqualified === undefined ? {} : { unqualified }),
  };
}

function attributeEntries({ properties = {}, required = [] }: Schema): AttributeEntry[] {
  return Object.entries(properties).flatMap(([property, schema]) => {
    const name = schema['x-b2mml']?.attribute;
    if (name === undefined) return [];
    const values = schema.$ref === undefined ? {} : { values: referenced(schema.$ref) };
    const isRequired = required.includes(property) ? { required: true as const } : {};
    return [
      {
        name,
        property,
        text: schema.$ref === undefined ? textOf(schema) : 'string',
        ...values,
        ...isRequired,
      },
    ];
  });
}

import { canonicalSchemas, type Located, resolveIn, type Schema } from './canonical';
import type { Step } from './paths';

/** A place in a native or canonical schema. `anything`: the schema says nothing about what stands here. */
export interface SchemaNode {
  readonly schema: Schema;
  readonly anything: boolean;
  readonly isList: boolean;
  readonly isObject: boolean;
  /** Simple types that are allowed here; empty: any. */
  readonly types: readonly string[];
  readonly enum: readonly unknown[] | undefined;
  readonly required: readonly string[];
  readonly properties: readonly string[];
  readonly description: string | undefined;
  property(name: string): SchemaNode | undefined;
  items(): SchemaNode | undefined;
}

type Resolve = (at: Located) => Located;

export function nativeNode(schema: Schema): SchemaNode {
  return nodeAt({ schema, file: '' }, (at) => resolveIn(at, () => schema));
}

export function canonicalNode(noun: string): SchemaNode | undefined {
  const schemas = canonicalSchemas();
  const found = schemas.itemOf(noun);
  return found && nodeAt(found, (at) => schemas.resolve(at));
}

function nodeAt(at: Located, resolve: Resolve): SchemaNode {
  const { schema, file } = merged(at, resolve);
  const properties = (schema.properties ?? {}) as Record<string, Schema>;
  const types = [schema.type ?? []].flat() as string[];
  const isList = types.includes('array') || schema.items !== undefined;
  const isObject = types.includes('object') || schema.properties !== undefined;
  return {
    schema,
    anything:
      !isList && !isObject && types.length === 0 && schema.enum === undefined && schema.const === undefined,
    isList,
    isObject,
    types,
    enum: schema.const === undefined ? (schema.enum as unknown[] | undefined) : [schema.const],
    required: (schema.required ?? []) as string[],
    properties: Object.keys(properties),
    description: (at.schema.description ?? schema.description) as string | undefined,
    property(name) {
      if (Object.hasOwn(properties, name))
        return nodeAt({ schema: properties[name] as Schema, file }, resolve);
      const { additionalProperties: more } = schema;
      if (more === true) return nodeAt({ schema: {}, file }, resolve);
      if (typeof more === 'object' && more !== null) return nodeAt({ schema: more as Schema, file }, resolve);
      return undefined;
    },
    items: () => (isList ? nodeAt({ schema: (schema.items ?? {}) as Schema, file }, resolve) : undefined),
  };
}

/** The schema with its references followed and its parts (allOf, and what anyOf allows besides null) put together. */
function merged(at: Located, resolve: Resolve): Located {
  const { schema, file } = resolve(at);
  const alternatives = ((schema.anyOf ?? schema.oneOf ?? []) as Schema[]).filter(
    ({ type }) => type !== 'null',
  );
  const parts = [...((schema.allOf ?? []) as Schema[]), ...alternatives];
  if (parts.length === 0) return { schema, file };
  let whole: Schema = schema;
  let where = file;
  for (const part of parts) {
    const inner = merged({ schema: part, file }, resolve);
    if (inner.file !== file) where = inner.file;
    const required = alternatives.includes(part) && alternatives.length > 1 ? [] : inner.schema.required;
    whole = {
      ...inner.schema,
      ...whole,
      properties: { ...(inner.schema.properties as object), ...(whole.properties as object) },
      required: [...((whole.required ?? []) as string[]), ...((required ?? []) as string[])],
    };
  }
  if (Object.keys(whole.properties as object).length === 0) {
    const { properties: _, ...rest } = whole;
    whole = rest;
  }
  return { schema: whole, file: where };
}

/** Where the path leads, or the step that the schema does not know. */
export function follow(
  from: SchemaNode,
  steps: readonly Step[],
): SchemaNode | { readonly unknown: Step; readonly at: SchemaNode } {
  let at = from;
  for (const step of steps) {
    if (at.anything) return at;
    const next = step.kind === 'key' ? at.property(step.key) : at.items();
    if (!next) return { unknown: step, at };
    if (step.kind === 'where' && !next.anything && !next.property(step.key)) {
      return { unknown: { kind: 'key', key: step.key }, at: next };
    }
    at = next;
  }
  return at;
}

/** All leaves of a native schema as dotted names without indexes, e.g. `E1AFKOL.E1AFFLL.VORNR`. */
export function leavesOf(node: SchemaNode, at = '', depth = 0, seen: readonly Schema[] = []): string[] {
  if (depth > 20 || seen.includes(node.schema)) return [];
  if (node.isList) return leavesOf(node.items() as SchemaNode, at, depth + 1, [...seen, node.schema]);
  if (node.properties.length === 0) return at === '' ? [] : [at];
  return node.properties.flatMap((name) =>
    leavesOf(node.property(name) as SchemaNode, at === '' ? name : `${at}.${name}`, depth + 1, [
      ...seen,
      node.schema,
    ]),
  );
}

import type { Schema, SchemaDocument } from '../schema-document';

/**
 * Puts descriptions into the schemas. A key names an object (`OperationsSchedule`), a property of an object
 * (`OperationsSchedule.startTime`) or a property wherever it occurs (`*.hierarchyScope`); the nearer one wins.
 * Gives the keys that fitted nothing.
 */
export function describe(
  documents: readonly SchemaDocument[],
  descriptions: Readonly<Record<string, string>>,
): string[] {
  const unused = new Set(Object.keys(descriptions));
  const find = (...keys: string[]) => {
    const key = keys.find((each) => Object.hasOwn(descriptions, each));
    if (key === undefined) return undefined;
    unused.delete(key);
    return descriptions[key];
  };
  for (const { $defs } of documents) {
    for (const [name, schema] of Object.entries($defs)) {
      setDescription(schema, find(name));
      for (const [property, member] of Object.entries(schema.properties ?? {})) {
        setDescription(member, find(`${name}.${property}`, `*.${property}`));
      }
    }
  }
  return [...unused];
}

/** The description comes first where people read the file. */
function setDescription(schema: Schema, description: string | undefined): void {
  if (description === undefined || schema.description !== undefined) return;
  const rest = { ...schema };
  for (const key of Object.keys(schema)) delete (schema as Record<string, unknown>)[key];
  Object.assign(schema, { description }, rest);
}

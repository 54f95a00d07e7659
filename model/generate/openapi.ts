import { jsonText } from '../import/json-text';
import type { Catalogue } from '../import/transactions';
import type { Schema, SchemaDocument } from '../schema-document';
import { mainDefinitions, referenced } from './main-nouns';

/** A schema as OpenAPI 3.1 has it: references into the components, without what only the codec reads. */
function component(schema: Schema): unknown {
  const text = JSON.stringify(schema, (key, value: unknown) => {
    if (key === 'x-b2mml') return undefined;
    return key === '$ref' ? `#/components/schemas/${referenced(String(value))}` : value;
  });
  return JSON.parse(text);
}

/** OpenAPI components of the main nouns: an object with `schemas`, to be put under `components`. */
export function openApiText(documents: readonly SchemaDocument[], catalogue: Catalogue): string {
  const schemas = [...mainDefinitions(documents, catalogue)].map(
    ([name, schema]) => [name, component(schema)] as const,
  );
  return `${jsonText({ schemas: Object.fromEntries(schemas) }, 160)}\n`;
}

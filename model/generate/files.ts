import { jsonText } from '../import/json-text';
import type { Catalogue } from '../import/transactions';
import type { SchemaDocument } from '../schema-document';
import { graphqlText } from './graphql';
import { openApiText } from './openapi';
import { typesSource } from './types';
import { validatorSources } from './validators';
import { xmlTables } from './xml-tables';

/** Everything that is made from the schemas, as file name and text. The same schemas give the same text. */
export function generatedFiles(
  documents: readonly SchemaDocument[],
  catalogue: Catalogue,
): Map<string, string> {
  return new Map([
    ['openapi.json', openApiText(documents, catalogue)],
    ['schema.graphql', graphqlText(documents, catalogue)],
    ['types.ts', typesSource(documents, catalogue)],
    [
      `b2mml-${catalogue.version.toLowerCase()}.tables.json`,
      `${jsonText(xmlTables(documents, catalogue), 160)}\n`,
    ],
    ...validatorSources(documents),
  ]);
}

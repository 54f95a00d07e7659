import type { Catalogue } from '../import/transactions';
import type { SchemaDocument } from '../schema-document';
import { typesSource } from './types';

/** Everything that is made from the schemas, as file name and text. The same schemas give the same text. */
export function generatedFiles(
  documents: readonly SchemaDocument[],
  catalogue: Catalogue,
): Map<string, string> {
  return new Map([['types.ts', typesSource(documents, catalogue)]]);
}

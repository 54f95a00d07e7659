import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Catalogue } from './import/transactions';
import { packageRoot } from './paths';
import type { SchemaDocument } from './schema-document';

export const schemaDirectory = join(packageRoot, 'model', 'schema');

/** All schema documents of the model, by file name in order. */
export function readSchemas(directory = schemaDirectory): SchemaDocument[] {
  return readdirSync(directory)
    .filter((file) => file.endsWith('.schema.json'))
    .sort()
    .map((file) => JSON.parse(readFileSync(join(directory, file), 'utf8')) as SchemaDocument);
}

let catalogue: Catalogue | undefined;

/** The transactions and top-level objects of the model's release. Read once. */
export function readCatalogue(): Catalogue {
  catalogue ??= JSON.parse(readFileSync(join(schemaDirectory, 'b2mml-catalogue.json'), 'utf8')) as Catalogue;
  return catalogue;
}

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse } from 'yaml';
import { packageRoot } from '../paths';
import { describe } from './descriptions';
import { jsonText } from './json-text';
import { SchemaWriter } from './schema';
import { readCatalogue } from './transactions';
import { readRelease } from './xsd';

/**
 * Writes the model's schemas from a directory of B2MML schema files as MESA releases them:
 * `npm run model:import -- DIR`. The directory's name is the version (`V0701`).
 */
function importRelease(directory: string): void {
  const version = basename(directory);
  const release = readRelease(directory, ['B2MML', 'BatchML']);
  const writer = new SchemaWriter(release);
  const catalogue = readCatalogue(release, version, writer);
  const target = join(packageRoot, 'model', 'schema');
  const descriptions = parse(readFileSync(join(target, 'descriptions.yaml'), 'utf8')) as Record<
    string,
    string
  >;
  const unused = describe([...writer.documents.values()], descriptions);
  mkdirSync(target, { recursive: true });
  for (const [family, document] of writer.documents) {
    writeFileSync(join(target, `${family}.schema.json`), `${jsonText(document)}\n`);
  }
  writeFileSync(join(target, 'b2mml-catalogue.json'), `${jsonText(catalogue, 200)}\n`);
  const types = [...writer.documents.values()].reduce((sum, { $defs }) => sum + Object.keys($defs).length, 0);
  console.log(
    `${version}: ${writer.documents.size} schema files, ${types} definitions, ` +
      `${catalogue.transactions.length} transactions, ${catalogue.objects.length} objects.`,
  );
  for (const name of unused) console.log(`descriptions.yaml: nothing is called ${name}`);
}

const [directory] = process.argv.slice(2);
if (directory === undefined) {
  console.error('Name the directory with the schema files: npm run model:import -- path/to/V0701');
  process.exitCode = 2;
} else {
  importRelease(directory);
}

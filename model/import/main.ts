import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse } from 'yaml';
import { xmlTables } from '../generate/xml-tables';
import { schemaDirectory } from '../schemas';
import { describe } from './descriptions';
import { jsonText } from './json-text';
import { SchemaWriter } from './schema';
import { type Catalogue, readCatalogue } from './transactions';
import { readRelease } from './xsd';

const usage = `Reads the schema files of a B2MML release from a directory named after it (V0701).

  npm run model:import -- DIR            the model's own release: writes model/schema/*.schema.json
  npm run model:import -- --older DIR    a release that is read and written beside it: writes its XML tables

Then: npm run model:generate`;

/** The model's own release: schemas and catalogue, with descriptions in our own words. */
function importModel(writer: SchemaWriter, catalogue: Catalogue): void {
  const descriptions = parse(readFileSync(join(schemaDirectory, 'descriptions.yaml'), 'utf8')) as Record<
    string,
    string
  >;
  const unused = describe([...writer.documents.values()], descriptions);
  for (const [family, document] of writer.documents) {
    writeFileSync(join(schemaDirectory, `${family}.schema.json`), `${jsonText(document)}\n`);
  }
  writeFileSync(join(schemaDirectory, 'b2mml-catalogue.json'), `${jsonText(catalogue, 200)}\n`);
  const types = [...writer.documents.values()].reduce((sum, { $defs }) => sum + Object.keys($defs).length, 0);
  console.log(
    `${catalogue.version}: ${writer.documents.size} schema files, ${types} definitions, ` +
      `${catalogue.transactions.length} transactions, ${catalogue.objects.length} objects.`,
  );
  for (const name of unused) console.log(`descriptions.yaml: nothing is called ${name}`);
}

function importOlder(writer: SchemaWriter, catalogue: Catalogue): void {
  const file = `b2mml-${catalogue.version.toLowerCase()}.tables.json`;
  writeFileSync(
    join(schemaDirectory, file),
    `${jsonText(xmlTables([...writer.documents.values()], catalogue), 160)}\n`,
  );
  console.log(`${catalogue.version}: ${catalogue.transactions.length} transactions, model/schema/${file}.`);
}

const args = process.argv.slice(2);
const directory = args.find((arg) => !arg.startsWith('--'));
if (directory === undefined) {
  console.error(usage);
  process.exitCode = 2;
} else {
  const isOlder = args.includes('--older');
  const release = readRelease(directory, ['B2MML', 'BatchML']);
  const writer = new SchemaWriter(release);
  const catalogue = readCatalogue(release, basename(directory), writer);
  if (isOlder) importOlder(writer, catalogue);
  else importModel(writer, catalogue);
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv2020 from 'ajv/dist/2020';
import { buildSchema, type GraphQLObjectType } from 'graphql';
import { formats } from './formats';
import { generatedFiles } from './generate/files';
import { packageRoot } from './paths';
import { readCatalogue, readSchemas } from './schemas';

const documents = readSchemas();
const catalogue = readCatalogue();

test('the schemas are JSON Schema 2020-12 and pass strict mode', () => {
  const ajv = new Ajv2020({ strict: true, inlineRefs: false, code: { optimize: false } });
  ajv.addKeyword('x-b2mml');
  for (const [name, holds] of Object.entries(formats)) ajv.addFormat(name, holds);
  for (const document of documents) ajv.addSchema(document);
  for (const { $id, $defs } of documents) {
    for (const name of Object.keys($defs)) expect(ajv.getSchema(`${$id}#/$defs/${name}`)).toBeDefined();
  }
}, 60_000);

test('a definition has one name in the whole model', () => {
  const names = documents.flatMap(({ $defs }) => Object.keys($defs));
  expect(names).toHaveLength(new Set(names).size);
});

test('every transaction and object of the standard is there', () => {
  const batch = new Set(
    catalogue.objects
      .filter(({ family }) => family.startsWith('b2mml-batchml'))
      .map(({ element }) => element),
  );
  const b2mml = catalogue.transactions.filter(({ noun }) => !batch.has(noun));
  expect(catalogue.transactions).toHaveLength(519);
  expect(b2mml).toHaveLength(487);
  expect(new Set(b2mml.map(({ noun }) => noun)).size).toBe(63); // 62 and BOD
  const names = new Set(catalogue.objects.map(({ element }) => element));
  for (const name of [
    'JobOrder',
    'OperationsRequest',
    'OperationsResponse',
    'OperationsSegment',
    'WorkRequest',
    'InformationObject',
  ]) {
    expect(names).toContain(name);
  }
});

test('what is generated from the schemas is what is committed', () => {
  for (const [file, text] of generatedFiles(documents, catalogue)) {
    const committed = readFileSync(join(packageRoot, 'model', 'generated', file), 'utf8');
    // Compared as a flag: a difference of megabytes helps nobody.
    expect({ file, isCurrent: committed === text }).toEqual({ file, isCurrent: true });
  }
});

test('the GraphQL types are a schema once there is a query', () => {
  const sdl = readFileSync(join(packageRoot, 'model', 'generated', 'schema.graphql'), 'utf8');
  const schema = buildSchema(`${sdl}\ntype Query { order(id: ID!): OperationsSchedule }`);
  const { segmentRequirement } = (schema.getType('OperationsRequest') as GraphQLObjectType).getFields();
  expect(String(segmentRequirement?.type)).toBe('[OpSegmentRequirement]');
});

test('the OpenAPI components hold all that they refer to', () => {
  const text = readFileSync(join(packageRoot, 'model', 'generated', 'openapi.json'), 'utf8');
  const { schemas } = JSON.parse(text) as { schemas: Record<string, object> };
  for (const [, name = ''] of text.matchAll(/"#\/components\/schemas\/([^"]*)"/g))
    expect(schemas).toHaveProperty(name);
  expect(schemas).toHaveProperty('OperationsDefinition');
});

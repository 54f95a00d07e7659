import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parse } from 'yaml';
import { schemaDirectory } from '../schemas';
import { describeWithReference, referenceDirectory } from '../testing/shared';
import { describe as putDescriptions } from './descriptions';
import { jsonText } from './json-text';
import { familyName, propertyName, typeName } from './names';
import { SchemaWriter } from './schema';
import { readCatalogue } from './transactions';
import { readRelease } from './xsd';

test.each([
  ['ID', 'id'],
  ['MaterialDefinitionID', 'materialDefinitionId'],
  ['BODID', 'bodId'],
  ['GRecipe', 'gRecipe'],
  ['URILocation', 'uriLocation'],
  ['SRID', 'srid'],
  ['SRIDAuthority', 'sridAuthority'],
  ['Endtime', 'endtime'],
  ['schemeURI', 'schemeURI'],
  ['schemeVersionID', 'schemeVersionId'],
  ['OtherValue', 'otherValue'],
])('%s is called %s', (element, property) => {
  expect(propertyName(element)).toBe(property);
});

test('types lose the suffix of the schema language, and no more', () => {
  expect(typeName('OperationsScheduleType')).toBe('OperationsSchedule');
  expect(typeName('InformationObjectTypeType')).toBe('InformationObjectType');
});

test.each([
  ['B2MML-OperationsSchedule.xsd', 'b2mml-operations-schedule'],
  ['B2MML-CoreComponents.xsd', 'b2mml-common'],
  ['B2MML-ConfirmBOD.xsd', 'b2mml-confirm-bod'],
  ['B2MML-V0600-WorkAlert.xsd', 'b2mml-work-alert'],
  ['BatchML-GeneralRecipe.xsd', 'b2mml-batchml-general-recipe'],
])('%s becomes the family %s', (file, family) => {
  expect(familyName(file)).toBe(family);
});

/** Schemas of a release with one file. */
function schemasOf(definitions: string) {
  const directory = mkdtempSync(join(tmpdir(), 'release-'));
  const xsd = `<xsd:schema xmlns:xsd="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:b2mml" elementFormDefault="qualified">${definitions}</xsd:schema>`;
  writeFileSync(join(directory, 'B2MML-Thing.xsd'), xsd);
  const release = readRelease(directory, ['B2MML']);
  const writer = new SchemaWriter(release);
  readCatalogue(release, 'V9', writer);
  return writer.documents.get('b2mml-thing')!.$defs;
}

test('a type becomes an object: lists, sidecars, nil, extensions, one of several', () => {
  const { Thing } = schemasOf(`
    <xsd:complexType name="CodeType"><xsd:simpleContent><xsd:extension base="xsd:normalizedString">
      <xsd:attribute name="listID" type="xsd:string"/></xsd:extension></xsd:simpleContent></xsd:complexType>
    <xsd:complexType name="ThingType"><xsd:sequence>
      <xsd:element name="ID" type="xsd:string"/>
      <xsd:element name="Code" type="CodeType" minOccurs="0" maxOccurs="unbounded"/>
      <xsd:element name="When" type="xsd:dateTime" minOccurs="0" nillable="true"/>
      <xsd:choice><xsd:element name="A" type="xsd:string"/><xsd:element name="B" type="xsd:string"/></xsd:choice>
      <xsd:group ref="Extended:Thing" minOccurs="0"/>
    </xsd:sequence></xsd:complexType>
    <xsd:element name="Thing" type="ThingType"/>`);
  expect(Thing).toMatchObject({
    type: 'object',
    properties: {
      id: { type: 'string', 'x-b2mml': { element: 'ID', order: 1 } },
      code: { type: 'array', items: { type: 'string' } },
      _code: { type: 'array', items: { anyOf: [{ $ref: '#/$defs/CodeAttributes' }, { type: 'null' }] } },
      when: { anyOf: [{ type: 'string', format: 'xsd-date-time' }, { type: 'null' }] },
      extension: { 'x-b2mml': { slot: 'Thing', order: 6 } },
    },
    required: ['id'],
    oneOf: [{ required: ['a'] }, { required: ['b'] }],
    additionalProperties: false,
  });
});

test('what a release uses and does not define is named', () => {
  const xsd =
    '<xsd:complexType name="ThingType"><xsd:sequence><xsd:element name="A" type="GoneType"/></xsd:sequence></xsd:complexType>';
  expect(() => schemasOf(`${xsd}<xsd:element name="Thing" type="ThingType"/>`)).toThrow(
    /GoneType is used but not defined/,
  );
});

test('a description may name an object, a property of it, or a property anywhere; the nearest wins', () => {
  const document = {
    $schema: '',
    $id: '',
    $comment: '',
    title: '',
    $defs: { Thing: { type: 'object', properties: { id: {}, when: {} } } },
  } as Parameters<typeof putDescriptions>[0][number];
  const unused = putDescriptions([document], {
    Thing: 'a',
    'Thing.id': 'b',
    '*.id': 'c',
    '*.when': 'd',
    Gone: 'e',
  });
  expect(document.$defs).toEqual({
    Thing: {
      description: 'a',
      type: 'object',
      properties: { id: { description: 'b' }, when: { description: 'd' } },
    },
  });
  expect(unused).toEqual(['*.id', 'Gone']);
});

describeWithReference("importing MESA's release again", () => {
  test('gives the schemas that are committed', () => {
    const directory = join(referenceDirectory, 'xsd', 'V0701');
    const release = readRelease(directory, ['B2MML', 'BatchML']);
    const writer = new SchemaWriter(release);
    const catalogue = readCatalogue(release, basename(directory), writer);
    const descriptions = parse(readFileSync(join(schemaDirectory, 'descriptions.yaml'), 'utf8')) as Record<
      string,
      string
    >;
    expect(putDescriptions([...writer.documents.values()], descriptions)).toEqual([]);
    const files = [...writer.documents].map(
      ([family, document]) => [`${family}.schema.json`, `${jsonText(document)}\n`] as const,
    );
    for (const [file, text] of [
      ...files,
      ['b2mml-catalogue.json', `${jsonText(catalogue, 200)}\n`] as const,
    ]) {
      const isCurrent = readFileSync(join(schemaDirectory, file), 'utf8') === text;
      expect({ file, isCurrent }).toEqual({ file, isCurrent: true });
    }
  });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readB2mml, writeB2mml } from './b2mml';
import { loadExtensions } from './extensions';
import type { Message } from './message';
import { validateMessage } from './validate';

const ns = 'urn:valve-plant';
const quality = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: 'quality.extension.schema.json',
  'x-namespace': ns,
  $defs: {
    approval: {
      type: 'object',
      properties: { By: { type: 'string' }, Role: { type: 'array', items: { type: 'string' } } },
      required: ['By'],
      additionalProperties: false,
    },
    OperationsDefinition: {
      type: 'object',
      properties: {
        DrawingNumber: { type: 'string', minLength: 1 },
        Approvals: { type: 'array', items: { $ref: '#/$defs/approval' } },
      },
      required: ['DrawingNumber'],
      additionalProperties: false,
    },
    OperationsSegment: {
      type: 'object',
      properties: {
        Torque: { type: 'string', format: 'xsd-decimal' },
        IsCritical: { type: 'boolean' },
        Strokes: { type: 'integer' },
      },
      additionalProperties: false,
    },
  },
};
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'extensions-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function load(document: object = quality) {
  writeFileSync(join(folder, 'quality.extension.schema.json'), JSON.stringify(document));
  return loadExtensions(folder);
}

const xmlOf = (inside: string, segment = '') =>
  `<SyncOperationsDefinition xmlns="http://www.mesa.org/xml/B2MML" releaseID="V0701"><ApplicationArea><CreationDateTime>2026-01-01T00:00:00Z</CreationDateTime></ApplicationArea><DataArea><Sync/><OperationsDefinition><ID>PV-100</ID><OperationsSegment><ID>0010</ID>${segment}</OperationsSegment>${inside}</OperationsDefinition></DataArea></SyncOperationsDefinition>`;

const drawing = `<v:DrawingNumber xmlns:v="${ns}">D-100</v:DrawingNumber>`;
const foreign = '<o:Other xmlns:o="urn:other" o:a="1"><o:Deep/></o:Other>';
const approvals = `<v:Approvals xmlns:v="${ns}"><v:By>kim</v:By><v:Role>quality</v:Role></v:Approvals>`;

const read = (xml: string) => readB2mml(xml).message;

test("a project's elements become values, in the types that it gives them; others stay as they came", () => {
  const message = load().typed(
    read(
      xmlOf(
        drawing + approvals + foreign,
        `<Torque xmlns="${ns}">12.50</Torque><IsCritical xmlns="${ns}">1</IsCritical><Strokes xmlns="${ns}">007</Strokes>`,
      ),
    ),
  );
  expect(message.items[0]).toMatchObject({
    extension: [
      { ns, name: 'DrawingNumber', value: 'D-100' },
      { ns, name: 'Approvals', value: { By: 'kim', Role: ['quality'] } },
      { ns: 'urn:other', name: 'Other', xml: foreign },
    ],
    operationsSegment: [
      {
        extension: [
          { name: 'Torque', value: '12.50' },
          { name: 'IsCritical', value: true },
          { name: 'Strokes', value: 7 },
        ],
      },
    ],
  });
  expect(validateMessage(message)).toEqual([]);
  expect(load().issues(message)).toEqual([]);
});

test('values are written as elements of their namespace and come back equal', () => {
  const extensions = load();
  const message = extensions.typed(read(xmlOf(drawing + approvals + approvals + foreign)));
  expect(extensions.typed(read(writeB2mml(message)))).toEqual(message);
});

test.each([
  [
    'a value that is not of its type',
    xmlOf(drawing, `<Torque xmlns="${ns}">strong</Torque>`),
    'items[0].operationsSegment[0].extension[0].value',
    /Torque must match format/,
  ],
  ['what must be there', xmlOf(''), 'items[0].extension', /DrawingNumber/],
  [
    'an element that the project does not know',
    xmlOf(`${drawing}<Colour xmlns="${ns}">red</Colour>`),
    'items[0].extension[1].value',
    /'Colour' is not defined/,
  ],
  [
    'a second one of what stands once',
    xmlOf(drawing + drawing),
    'items[0].extension[0].value',
    /must be string/,
  ],
  [
    'attributes, for which a value has no place',
    xmlOf(`<DrawingNumber xmlns="${ns}" lang="de">D</DrawingNumber>`),
    'items[0].extension[0].value',
    /must be string/,
  ],
  [
    'an element inside that is missing',
    xmlOf(`${drawing}<Approvals xmlns="${ns}"/>`),
    'items[0].extension[1].value',
    /By/,
  ],
])('%s is an issue', (_, xml, path, message) => {
  const extensions = load();
  expect(extensions.issues(extensions.typed(read(xml)))).toContainEqual(
    expect.objectContaining({ rule: 'extension', path, message: expect.stringMatching(message) }),
  );
});

test('a Change need not carry what is required', () => {
  const change: Message = { ...read(xmlOf('')), verb: 'Change' };
  expect(load().issues(change)).toEqual([]);
});

test('an entry holds its XML or a value, not both and not neither', () => {
  const message = read(xmlOf(drawing));
  const withEntry = (entry: object): Message => ({
    ...message,
    items: [{ id: 'P', operationsSegment: [{ id: '1' }], extension: [entry] }],
  });
  expect(validateMessage(withEntry({ ns, name: 'A', value: '1' }))).toEqual([]);
  expect(validateMessage(withEntry({ ns, name: 'A' }))).toMatchObject([{ rule: 'exactly-one' }]);
  expect(validateMessage(withEntry({ ns, name: 'A', value: '1', xml: '<A/>' }))).toMatchObject([
    { rule: 'exactly-one' },
  ]);
});

test.each([
  ['no JSON', '{', /JSON/],
  ['no namespace', JSON.stringify({ $defs: {} }), /x-namespace/],
  [
    'a type that the model does not have',
    JSON.stringify({ 'x-namespace': ns, $defs: { Valve: {} } }),
    /no Valve/,
  ],
  [
    'numbers in floating point',
    JSON.stringify({
      'x-namespace': ns,
      $defs: { Equipment: { type: 'object', properties: { A: { type: 'number' } } } },
    }),
    /xsd-decimal/,
  ],
  [
    'a schema with a mistake',
    JSON.stringify({ 'x-namespace': ns, $defs: { Equipment: { type: 'object', propertys: {} } } }),
    /propertys/,
  ],
])('%s is a mistake of the project', (_, text, reason) => {
  writeFileSync(join(folder, 'x.extension.schema.json'), text);
  expect(() => loadExtensions(folder)).toThrow(
    expect.objectContaining({ code: 'HUB_BAD_PROJECT', message: expect.stringMatching(reason) }),
  );
});

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadMappings } from '../../mappings/engine';
import type { HubError } from '../../model/errors';
import { packageRoot } from '../../model/paths';
import { validateMessage } from '../../model/validate';
import { readCcom } from './ccom';
import { documentOf } from './ccom-kit';

const read = (text: string) => readCcom({ contentType: 'application/xml', text });
const refusal = (text: string): HubError => {
  try {
    read(text);
  } catch (error) {
    return error as HubError;
  }
  throw new Error('the document was taken');
};

const bodId = '9c6f2a1e-52b7-4c55-8f0e-6a3f1f0b2c11';
const sync = (inside: string, noun = 'Segments', verb = '<oa:Sync/>') =>
  `<Sync${noun} xmlns="http://www.mimosa.org/ccom4" xmlns:oa="http://www.openapplications.org/oagis/9">` +
  `<oa:ApplicationArea><oa:BODID>${bodId}</oa:BODID></oa:ApplicationArea>` +
  `<DataArea>${verb}<${noun}>${inside}</${noun}></DataArea></Sync${noun}>`;
const uuid = 'E766DA80-9453-4137-82BF-22000B499058';

test('every segment of a document is a record of its own, under its UUID and the id of the document', () => {
  const other = uuid.replace('E766', 'F000');
  const records = read(
    sync(`<Segment><UUID>${uuid}</UUID></Segment><Segment><UUID>${other}</UUID></Segment>`),
  );
  expect(records.map(({ type, key, id }) => [type, key, id])).toEqual([
    ['Segment', uuid.toLowerCase(), `${bodId}/${uuid.toLowerCase()}`],
    ['Segment', other.toLowerCase(), `${bodId}/${other.toLowerCase()}`],
  ]);
});

test('assets are read beside the makers and models that a document brings along', () => {
  const asset = `<Manufacturer><UUID>m</UUID></Manufacturer><Asset><UUID>${uuid}</UUID><SerialNumber>SN-88</SerialNumber></Asset>`;
  expect(read(sync(asset, 'Assets'))).toMatchObject([
    { type: 'Asset', body: { Asset: { SerialNumber: 'SN-88' } } },
  ]);
});

test('what shall be done with it is read from the verb', () => {
  const verb =
    '<oa:Sync><oa:ActionCriteria><oa:ActionExpression actionCode="Delete"/></oa:ActionCriteria></oa:Sync>';
  expect(read(sync(`<Segment><UUID>${uuid}</UUID></Segment>`, 'Segments', verb))).toMatchObject([
    { body: { actionCode: 'Delete' } },
  ]);
});

test('what may come several times is a list, also when it comes once; what comes too often is told, and the first counts', () => {
  const [record] = read(
    sync(
      `<Segment><UUID>${uuid}</UUID><ShortName>A</ShortName><ShortName>B</ShortName><Tag>t</Tag></Segment>`,
    ),
  );
  expect(record!.body).toMatchObject({ Segment: { ShortName: 'A', Tag: ['t'] } });
  expect(record!.defects).toMatchObject([{ rule: 'occurs-once', path: 'ShortName' }]);
});

test.each([
  ['a document type', '<!DOCTYPE x [<!ENTITY e "">]><SyncSegments/>', 'HUB_XML_DTD'],
  ['an entity that nobody declared', sync('<Segment><UUID>&e;</UUID></Segment>'), 'HUB_XML_DTD'],
  ['a document that ends too soon', sync('').slice(0, -5), 'HUB_BAD_XML'],
  ['a document of another kind', '<CCOMData/>', 'HUB_INVALID'],
  ['an answer that nobody asked for', sync('').replaceAll('SyncSegments', 'ShowSegments'), 'HUB_INVALID'],
  ['a document without anything', sync(''), 'HUB_INVALID'],
  ['a segment without a UUID', sync('<Segment><ShortName>A</ShortName></Segment>'), 'HUB_INVALID'],
  [
    'a segment that would change what all objects are',
    sync('<Segment><__proto__/></Segment>'),
    'HUB_INVALID',
  ],
  ['elements without end', sync('<a>'.repeat(100)), 'HUB_INVALID'],
])('%s is refused', (_what, text, code) => {
  expect(refusal(text).code).toBe(code);
});

const mappings = loadMappings([join(packageRoot, 'mappings')]);

/** The messages that the records of a document become. */
function messagesOf(text: string) {
  return read(text).map((record) => {
    const outcome = mappings
      .get(`ccom/${record.type.toLowerCase()}`)
      .read(record.body, { now: '2026-03-02T05:00:00Z' });
    if (!('message' in outcome)) throw new Error(outcome.issues.map(({ message }) => message).join('\n'));
    return outcome.message;
  });
}

test.each(['Segment', 'Asset'] as const)(
  'a document of the kit with one %s becomes a message that fits the model',
  (element) => {
    const [message] = messagesOf(documentOf(element, { tag: 'PRESS-01' }));
    expect(message!.items).toMatchObject([{ id: 'PRESS-01' }]);
    expect(validateMessage(message!)).toEqual([]);
  },
);

const sample = join(
  packageRoot,
  '..',
  'shared',
  'enterprise',
  'samples',
  'plm',
  'ccom',
  'example_bod_sync_segments.xml',
);
const whenThere = existsSync(sample) ? test : test.skip;
whenThere('an example of MIMOSA itself goes through (skipped where the file of samples is not there)', () => {
  const messages = messagesOf(readFileSync(sample, 'utf8'));
  expect(messages.map(({ items }) => items[0]!.id)).toEqual(['TIT-11122', 'TIT-11121', 'EM-11110AA']);
  expect(messages.flatMap((message) => validateMessage(message))).toEqual([]);
  const { equipmentProperty } = messages[0]!.items[0] as {
    equipmentProperty: { id: string; value?: unknown }[];
  };
  expect(equipmentProperty).toContainEqual({
    id: 'Service',
    value: [{ valueString: 'Process Temperature Measurement' }],
  });
  expect(equipmentProperty).toContainEqual({
    id: 'Avail nom power supply',
    value: [{ valueString: '32', unitOfMeasure: 'V(dc)' }],
  });
});

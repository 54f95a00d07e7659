import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadMapping } from '../../mappings/engine';
import type { HubError } from '../../model/errors';
import { packageRoot } from '../../model/paths';
import { validateMessage } from '../../model/validate';
import { readPlmxml } from './plmxml';
import { exportOf } from './plmxml-kit';

const read = (text: string) => readPlmxml({ contentType: 'application/xml', text });
const mappings = join(packageRoot, 'mappings');
const mapping = loadMapping([mappings], join(mappings, 'plmxml/product-structure.map.yaml')).get(
  'plmxml/product-structure',
)!;

const file = (inside: string) =>
  `<PLMXML xmlns="http://www.plmxml.org/Schemas/PLMXMLSchema" schemaVersion="6">${inside}</PLMXML>`;
const item = (n: string, number: string, more = '') =>
  `<Product id="m${n}" productId="${number}"><UserData id="mu${n}"><UserValue title="item_id" value="${number}"/></UserData></Product>` +
  `<ProductRevision id="r${n}" masterRef="#m${n}" revision="0${n}"${more}/>`;
const occurrence = (n: string, more: string, data = '') =>
  `<Occurrence id="o${n}" instancedRef="#r${n}" ${more}><ApplicationRef application="Teamcenter" label="L${n}/"/>${data}</Occurrence>`;
const quantity = (value: string) =>
  `<UserData id="q${value}" type="AttributesInContext"><UserValue title="Quantity" value="${value}"/></UserData>`;

/** A with two of B and one C, and B with one C. */
const structure = (first: string) =>
  file(
    item('1', 'A') +
      item('2', 'B', ' releaseStatusRefs="#s1"') +
      item('3', 'C') +
      '<ReleaseStatus id="s1" name="Released" dateReleased="2026-02-20T10:48:46Z" effectivityRefs="#e1"/>' +
      '<DateEffectivity id="e1" start="2026-03-02T06:00:00Z"/>' +
      `<ProductRevisionView id="v1" rootRefs="o1">${occurrence('1', `occurrenceRefs="${first}"`)}` +
      `${occurrence('2', 'parentRef="#o1" occurrenceRefs="o4"', quantity('2'))}${occurrence('3', 'parentRef="#o1"')}` +
      `<Occurrence id="o4" instancedRef="#r3"><ApplicationRef application="Teamcenter" label="L4/"/></Occurrence></ProductRevisionView>`,
  );

test('each assembly of a file is a record of its own, references with and without a hash are followed', () => {
  const records = read(structure('o2 #o3'));
  expect(records.map(({ type, key }) => [type, key])).toEqual([
    ['ProductStructure', 'A'],
    ['ProductStructure', 'B'],
  ]);
  expect(records[0]!.body).toMatchObject({
    view: { element: 'ProductRevisionView' },
    revision: { revision: '01', master: { productId: 'A', UserData: { item_id: 'A' } } },
    Occurrence: [
      {
        ApplicationRef: { label: 'L2/' },
        UserData: { Quantity: '2' },
        revision: {
          ReleaseStatus: [
            {
              name: 'Released',
              effectivity: [{ element: 'DateEffectivity', start: '2026-03-02T06:00:00Z' }],
            },
          ],
        },
      },
      { ApplicationRef: { label: 'L3/' } },
    ],
  });
});

test('the same structure is the same record, whatever ids the export gave', () => {
  const again = structure('o2 o3').replace(/(["#\s])([morsveq]u?)(\d)/g, '$1$2x$3');
  expect(again).not.toBe(structure('o2 o3'));
  expect(read(again)).toEqual(read(structure('o2 o3')));
});

test('an assembly that is built in twice is handed over once', () => {
  const twice = file(
    `${item('1', 'A')}${item('2', 'B')}${item('3', 'C')}<ProductView id="v1">` +
      `${occurrence('1', 'occurrenceRefs="o2 o5"')}${occurrence('2', 'occurrenceRefs="o3"')}${occurrence('3', '')}` +
      '<Occurrence id="o5" instancedRef="#r2" occurrenceRefs="o3"/></ProductView>',
  );
  expect(read(twice).map(({ key }) => key)).toEqual(['A', 'B']);
});

test.each([
  ['a document type', '<!DOCTYPE PLMXML><PLMXML/>', 'HUB_XML_DTD'],
  ['an entity', file('&e;'), 'HUB_XML_DTD'],
  ['a tag that is not closed', '<PLMXML><Product></PLMXML>', 'HUB_BAD_XML'],
  ['nothing', '', 'HUB_BAD_XML'],
  ['another format', '<CAEXFile/>', 'HUB_INVALID'],
  ['no structure', file(item('1', 'A')), 'HUB_INVALID'],
  [
    'a part that is not in the file',
    file(item('1', 'A') + occurrence('1', 'occurrenceRefs="o9"')),
    'HUB_INVALID',
  ],
  ['an occurrence of nothing', file('<Occurrence id="o1" occurrenceRefs="o1"/>'), 'HUB_INVALID'],
  [
    'an occurrence of something else than a revision',
    file('<ProductInstance id="r1"/><Occurrence id="o1" instancedRef="#r1" occurrenceRefs="o1"/>'),
    'HUB_INVALID',
  ],
  [
    'an item without a number',
    file('<ProductRevision id="r1"/><Occurrence id="o1" instancedRef="#r1" occurrenceRefs="o1"/>'),
    'HUB_INVALID',
  ],
  ['an id that occurs twice', file(item('1', 'A') + item('1', 'B')), 'HUB_INVALID'],
  ['bottomless nesting', file('<a>'.repeat(80) + '</a>'.repeat(80)), 'HUB_INVALID'],
])('%s is refused, with the place', (_, text, code) => {
  let failure: HubError | undefined;
  try {
    read(text);
  } catch (error) {
    failure = error as HubError;
  }
  expect([failure?.code, failure?.kind]).toEqual([code, 'permanent']);
  expect(failure!.at).toBeTruthy();
});

test('what the kit exports is read and mapped', () => {
  const [record] = read(
    exportOf({ item: 'PV-100', revision: 'B', parts: [{ line: '10', item: 'A&B', name: '<seal>' }] }),
  );
  const outcome = mapping.read(record!.body, {});
  expect(outcome).toMatchObject({
    message: {
      items: [{ id: 'PV-100', operationsMaterialBillItem: [{ materialSpecificationId: ['A&B'] }] }],
    },
  });
});

const sample = join(packageRoot, '..', 'shared/enterprise/samples/plm/teamcenter_export_meu_arquivo.plmxml');
(existsSync(sample) ? test : test.skip)(
  'a file that Teamcenter V2312 exported gives valid bills (skipped where the sample is not there)',
  () => {
    const records = read(readFileSync(sample, 'utf8'));
    expect(records.length).toBeGreaterThan(1);
    for (const { body } of records) {
      const outcome = mapping.read(body, { zone: 'UTC' });
      expect(outcome).toHaveProperty('message');
      if ('message' in outcome) expect(validateMessage(outcome.message)).toEqual([]);
    }
    expect(records[0]).toMatchObject({ key: '0000000555' });
    const top = mapping.read(records[0]!.body, {});
    const [bill] = 'message' in top ? top.message.items : [];
    const lines = (bill as { operationsMaterialBillItem: { quantity: { quantityString: string }[] }[] })
      .operationsMaterialBillItem;
    expect(lines.map(({ quantity: [first] }) => first!.quantityString)).toEqual([
      '10',
      '1',
      '1',
      '1',
      '1',
      '1',
    ]);
  },
);

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../model/paths';
import { preview } from './preview';
import { shop } from './project.example';
import { esperanto, folder } from './testing';

const project = folder(shop);
const dir = project.path();
const part = project.write('part.json', JSON.stringify({ number: 'A1', name: 'Bolt', unit: 'pcs' }));

test('shows what comes out of a sample, and which rule set which path from where', () => {
  const { code, json } = esperanto(['map', 'shop/part', part, '--dir', dir, '--json']);
  expect(code).toBe(0);
  const { results, mapping } = json();
  expect(mapping).toMatch(/^shop\/part@1#/);
  expect(results[0].message).toMatchObject({
    noun: 'MaterialDefinition',
    applicationArea: { sender: { logicalId: 'pdm' } },
    items: [{ id: 'A1' }],
  });
  expect(results[0].trace).toContainEqual({
    rule: 'shop/part:15',
    set: 'materialDefinitionProperty[0].value[0].valueString',
    from: 'unit',
    value: 'PCE',
  });
  const people = esperanto(['map', 'shop/part', part, '--dir', dir]).out;
  expect(people).toMatch(/valueString +"PCE" +unit +line 15\n/);
});

test('tells all issues, and that is a no', () => {
  const wrong = project.write('wrong.json', JSON.stringify({ unit: 'box' }));
  const { code, json } = esperanto(['map', 'shop/part', wrong, '--dir', dir, '--json']);
  expect([code, json().ok]).toEqual([1, false]);
  expect(json().results[0].issues.map(({ message }: { message: string }) => message)).toEqual([
    'number: missing',
    "unit: shop-unit has no entry for 'box'",
  ]);
});

test('a new mapping file is tried before it stands in the project', () => {
  const file = project.write(
    'draft/shop/part.map.yaml',
    shop['mappings/shop/part.map.yaml'].replace('from: name', 'from: name, as: upper'),
  );
  const { previews } = preview(file, part, { dir });
  expect(previews).toMatchObject([{ message: { items: [{ description: ['BOLT'] }] } }]);
});

describe('ids of other systems', () => {
  const known = folder({
    ...shop,
    'mappings/shop/part.map.yaml': shop['mappings/shop/part.map.yaml'].replace(
      'from: number }',
      'from: number, xref: { noun: MaterialDefinition, unknown: issue } }',
    ),
    'links.csv': 'system;noun;nativeId;canonicalId\npdm;MaterialDefinition;A1;BOLT-1\n',
    'part.json': JSON.stringify({ number: 'A1' }),
    'bolt.json': JSON.stringify({ id: 'BOLT-1' }),
  });
  const map = (file: string, ...more: string[]) =>
    esperanto(['map', 'shop/part', known.path(file), '--dir', known.path(), ...more]);

  test('are those of a list of links, in both directions', () => {
    const links = ['--links', known.path('links.csv'), '--json'];
    expect(map('part.json', ...links).json().results[0].message.items).toEqual([{ id: 'BOLT-1' }]);
    const [written] = map('bolt.json', '--reverse', ...links).json().results[0].records;
    expect(written.body).toEqual({ number: 'A1' });
  });

  test('of another system are not meant', () => {
    const { json } = map('part.json', '--links', known.path('links.csv'), '--system', 'mes', '--json');
    expect(json().results[0].issues).toMatchObject([{ message: expect.stringContaining("'A1' of mes") }]);
  });

  test('stay as they are without a list, and people are told', () => {
    const { out } = map('part.json');
    expect(out).toMatch(/no MaterialDefinition is linked with 'A1' of pdm/);
    expect(out).toMatch(/--links FILE\.csv or --hub URL/);
  });

  test('are not asked of a hub that is not there, nor of two', () => {
    expect(map('part.json', '--hub', 'http://127.0.0.1:9')).toMatchObject({ code: 1 });
    expect(map('part.json', '--hub', 'http://127.0.0.1:9', '--links', 'x.csv').code).toBe(2);
  });
});

describe('the other way', () => {
  const item = project.write('item.json', JSON.stringify({ id: 'A1', description: ['Bolt'] }));

  test('--reverse writes a record from a canonical object, a message, or B2MML', () => {
    const whole = project.write(
      'message.json',
      JSON.stringify({
        verb: 'Sync',
        noun: 'MaterialDefinition',
        applicationArea: { creationDateTime: '2026-03-02T05:00:00Z' },
        items: [{ id: 'A1', description: ['Bolt'] }],
      }),
    );
    esperanto(['convert', whole, '--out', project.path('message.xml')]);
    for (const file of [item, whole, project.path('message.xml')]) {
      const { previews } = preview('shop/part', file, { dir, reverse: true });
      const body = { number: 'A1', name: 'Bolt' };
      expect(previews).toMatchObject([{ records: [{ type: 'ProductRevision', key: 'A1', body }] }]);
    }
  });

  test('is refused where the mapping goes one way only', () => {
    const { code, err } = esperanto(['map', 'sap/material', item, '--reverse']);
    expect([code, err]).toEqual([2, expect.stringContaining('its direction is in')]);
  });
});

describe('XML', () => {
  const idoc = project.write(
    'material.xml',
    `<MATMAS05><IDOC BEGIN="1"><EDI_DC40 SEGMENT="1"><DOCNUM>1</DOCNUM></EDI_DC40><E1MARAM SEGMENT="1">
       <MATNR>000000000000000042</MATNR></E1MARAM></IDOC></MATMAS05>`,
  );

  test('is read by the adapter whose records the mapping reads', () => {
    const { previews } = preview('sap/material', idoc, { dir, zone: 'Europe/Berlin' });
    expect(previews).toMatchObject([{ type: 'MATMAS05', key: '42', message: { items: [{ id: '42' }] } }]);
  });

  test.each([
    ['sap/production-order', /holds MATMAS05, and the mapping reads LOIPRO05/],
    ['frepple/planned-order', /no adapter reads XML into PlannedOrder/],
  ])('is wrong use for %s', (map, reason) => {
    expect(() => preview(map, idoc, { dir })).toThrow(reason);
  });

  const samples = join(packageRoot, '..', 'shared', 'enterprise', 'samples', 'sap');
  const isThere = existsSync(samples);
  const when = isThere ? test : test.skip;
  when(`of a real SAP becomes canonical${isThere ? '' : ' (skipped: ../shared is not there)'}`, () => {
    const { previews } = preview('sap/production-order', join(samples, 'dm_nonSAP_LOIPRO05.xml'), {
      dir,
      zone: 'Europe/Berlin',
    });
    expect(previews).toMatchObject([{ type: 'LOIPRO05', issues: [] }]);
  });
});

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../model/paths';
import { esperanto, folder } from './testing';

const xml = `<?xml version="1.0" encoding="UTF-8"?>
<SyncMaterialDefinition xmlns="http://www.mesa.org/xml/B2MML" releaseID="V0701">
  <ApplicationArea><CreationDateTime>2026-03-02T05:00:00Z</CreationDateTime></ApplicationArea>
  <DataArea><Sync/><MaterialDefinition><ID>BODY-50</ID></MaterialDefinition></DataArea>
</SyncMaterialDefinition>
`;
const files = folder({ 'material.xml': xml, 'lossy.xml': xml.replace('<ID>', '<ID colour="red">') });

test('a document becomes JSON on standard output, and JSON from standard input becomes XML', () => {
  const { code, out } = esperanto(['convert', files.path('material.xml')]);
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ verb: 'Sync', items: [{ id: 'BODY-50' }] });
  const back = esperanto(['convert', '-', '--to', 'xml', '--version', 'V0600'], { input: out });
  expect(back.out).toContain('http://www.mesa.org/xml/B2MML-V0600');
});

test('--json tells text, defects and notes in one object', () => {
  const broken = files.write('no-release.xml', xml.replace(' releaseID="V0701"', ''));
  const { code, json } = esperanto(['convert', broken, '--json']);
  expect(code).toBe(0);
  expect(json()).toMatchObject({ ok: true, defects: [{ path: 'releaseId', rule: 'required' }], notes: [] });
});

test('--out writes a file', () => {
  esperanto(['convert', files.path('material.xml'), '--out', files.path('material.json')]);
  expect(JSON.parse(readFileSync(files.path('material.json'), 'utf8'))).toMatchObject({
    noun: 'MaterialDefinition',
  });
});

test('--check says for each file whether it comes back equal, and exits 1 when one does not', () => {
  const good = esperanto(['convert', '--check', '--json', files.path('material.xml')]);
  expect(good.code).toBe(0);
  expect(good.json()).toEqual({
    ok: true,
    equal: 1,
    total: 1,
    files: [{ file: files.path('material.xml'), equal: true, defects: [] }],
  });
  const bad = esperanto([
    'convert',
    '--check',
    '--json',
    files.path('material.xml'),
    files.path('lossy.xml'),
  ]);
  expect(bad.code).toBe(1);
  expect(bad.json()).toMatchObject({
    ok: false,
    equal: 1,
    total: 2,
    files: [{ equal: true }, { equal: false, defects: [{ rule: 'unknown-attribute', value: 'red' }] }],
  });
});

test('a document in UTF-16 is read by its byte order mark', () => {
  const utf16 = files.path('utf16.xml');
  writeFileSync(utf16, Buffer.from(`\uFEFF${xml.replace('UTF-8', 'UTF-16')}`, 'utf16le'));
  expect(esperanto(['convert', '--check', utf16]).code).toBe(0);
});

test('a file that is no text is not equal, and the others are still checked', () => {
  const odd = files.path('odd.xml');
  writeFileSync(odd, Buffer.from([0x3c, 0xff, 0xff, 0x3e]));
  const { json } = esperanto(['convert', '--check', '--json', odd, files.path('material.xml')]);
  expect(json()).toMatchObject({
    equal: 1,
    total: 2,
    files: [{ defects: [{ rule: 'HUB_BAD_XML' }] }, { equal: true }],
  });
});

test.each([
  [['convert', 'no-such-file.xml'], /no-such-file\.xml cannot be read/],
  [['convert', files.path('material.xml'), '--out', files.path('no/such/folder')], /cannot be written/],
  [['convert', files.path('material.xml'), '--to', 'json', '--version', 'V0600'], /not of JSON/],
  [['convert', '--check', files.path('material.xml'), '--to', 'json'], /--to has no meaning/],
  [['convert', '--check', 'no-such-file.xml'], /cannot be read/],
  [['convert', files.path('material.xml'), '--to', 'csv'], /json or xml, not 'csv'/],
  [['convert', files.path('material.xml'), '--version', 'V9'], /V0401, V0600, V0701/],
  [['convert', files.path('material.xml'), files.path('lossy.xml')], /one file is converted at a time/],
])('%j is wrong use', (args, reason) => {
  const { code, err } = esperanto(args);
  expect([code, err]).toEqual([2, expect.stringMatching(reason)]);
});

const samples = join(packageRoot, '..', 'shared', 'b2mml', 'samples');
const isThere = existsSync(samples);

(isThere ? test : test.skip)(
  `documents from other people's plants come back equal${isThere ? '' : ' (skipped: ../shared is not there)'}`,
  () => {
    const documents = readdirSync(samples).filter((name) => name.endsWith('.xml'));
    const { code, json } = esperanto([
      'convert',
      '--check',
      '--json',
      ...documents.map((name) => join(samples, name)),
    ]);
    expect(json()).toMatchObject({ ok: true, equal: documents.length, total: documents.length });
    expect(code).toBe(0);
  },
);

import { rmSync } from 'node:fs';
import { packageRoot } from '../../model/paths';
import { checkProject } from './check-project';
import { shop } from './project.example';
import { stateOf } from './test-project';
import { esperanto, folder, running } from './testing';

const project = folder(shop);
const mapping = 'mappings/shop/part.map.yaml';

/** The project with one text in one file put in the place of another. */
function changed(name: string, file: keyof typeof shop, from: string, to: string): string {
  for (const [each, text] of Object.entries(shop)) {
    const edited = each === file ? text.replace(from, to) : text;
    if (each === file && edited === text) throw new Error(`${file} does not hold ${from}`);
    project.write(`${name}/${each}`, edited);
  }
  return project.path(name);
}

describe('check', () => {
  test('finds nothing in a project that is in order, nor in the example plant', () => {
    expect(esperanto(['check', project.path(), '--json']).json()).toEqual({
      ok: true,
      issues: [],
      unset: [],
    });
    expect(esperanto(['check', `${packageRoot}/contract-tests/example-plant`]).code).toBe(0);
  });

  const found = (dir: string) => checkProject(dir).map(({ line, code }) => `${line} ${code}`);

  test('finds what is wrong in systems, each with its line', () => {
    project.write(
      'systems/hub.yaml',
      `plant: { id: "1", timeZone: Europe/Bärlin }
systems:
  a: { adapter: plm, settings: {} }
  b:
    adapter: plm-json
    settings:
      uri: http://plm.example
      token: abc
      url: http://me:abc@plm.example
    reads:
      Part: shop/part
      ProductRevision: [shop/gone, sap/confirmation, sap/material]
  c: { adapter: plm-json, settings: { token: "\${TOKEN:-abc}" } }
`,
    );
    expect(found(project.path('systems')).sort()).toEqual(
      [
        '1 time-zone',
        '3 unknown-adapter',
        '7 settings',
        '8 secret-in-clear',
        '9 secret-in-clear',
        '11 unknown-record',
        '11 unknown-mapping',
        '12 unknown-mapping',
        '12 wrong-direction',
        '12 wrong-record',
        '13 secret-in-clear',
      ].sort(),
    );
  });

  test('finds what is wrong in flows and commands, each with its line', () => {
    const [beforeFlows] = shop['hub.yaml'].split('flows:');
    const dir = changed(
      'flows',
      'hub.yaml',
      shop['hub.yaml'],
      `${beforeFlows}flows:
  - name: nothing is called that
    on: { noun: MaterialDefinitoin }
    to: [{ system: mes, map: b2mml/transaction }]
  - name: nobody enters
    on: { noun: Person, from: [pdm], verbs: [Confirm] }
    to: [{ system: mse, map: b2mml/transaction }]
  - name: nobody takes it
    on: { noun: MaterialDefinition, verbs: [Cancel] }
    to:
      - { system: mes, map: shop/gone }
      - { system: mes, map: sap/confirmation }
      - { system: mes, map: sap/material }
      - { system: mes, map: shop/part, verb: Sync }
change:
  commands:
    replan: { system: mes, map: frepple/run-plan }
`,
    );
    expect(found(dir)).toEqual([
      '19 unknown-system',
      '15 unknown-noun',
      '18 unknown-verb',
      '18 never-enters',
      '23 unknown-mapping',
      '24 noun-not-taken',
      '24 verb-not-taken',
      '24 record-not-taken',
      '25 wrong-direction',
      '26 record-not-taken',
      '29 record-not-taken',
    ]);
  });

  test('finds what is wrong in a mapping, each with its line', () => {
    const dir = changed('mapping', mapping, 'set: id, from: number', 'set: ident, from: nummer');
    const expected = ['16 unread', '3 never-set', '9 never-set', '9 unknown-source', '9 unknown-target'];
    expect(found(dir).sort()).toEqual(expected);
  });

  test('a mapping that does not load is named, and whatever else is wrong', () => {
    const dir = changed('broken', mapping, 'from: number', 'from: number, as: trimm');
    expect(found(dir)).toEqual(['9 bad-mapping']);
  });

  test('a mapping without cases is named', () => {
    const dir = changed('no-cases', mapping, 'A part', 'Each part');
    rmSync(project.path('no-cases/mappings/shop/part.cases.yaml'));
    const { code, json } = esperanto(['check', dir, '--json']);
    expect(code).toBe(1);
    expect(json()).toMatchObject({ ok: false, issues: [{ code: 'no-cases', line: 1 }] });
    expect(json().issues[0].file).toBe(project.path('no-cases', mapping));
  });

  test.each([
    ['nothing', ''],
    ['an empty list', '[]\n'],
    ['no list', 'case: one\n'],
  ])('a file of cases that holds %s is named', (_, text) => {
    const dir = changed(
      'empty-cases',
      'mappings/shop/part.cases.yaml',
      shop['mappings/shop/part.cases.yaml'],
      text,
    );
    const file = project.path('empty-cases/mappings/shop/part.cases.yaml');
    expect(checkProject(dir)).toMatchObject([{ code: 'no-cases', file, line: 1 }]);
  });

  test('records and receivers are those that the settings of a system name', () => {
    const hub = `plant: { id: "1", timeZone: Europe/Berlin }
systems:
  shop:
    adapter: http-json
    settings:
      url: http://shop.example
      records: { Part: { key: number } }
      send: { Stock: { path: /stock, methd: PUT } }
    reads:
      Order: shop/part
  taker: { adapter: http-json, settings: { url: http://taker.example, send: { Stock: { path: /stock } } } }
  giver: { adapter: http-json, settings: { records: { Part: { key: number } } } }
flows:
  - name: parts to those who take other things
    on: { noun: MaterialDefinition }
    to:
      - { system: taker, map: shop/part, verb: Sync }
      - { system: giver, map: shop/part, verb: Sync }
`;
    const dir = changed('by-settings', 'hub.yaml', shop['hub.yaml'], hub);
    expect(checkProject(dir).map(({ line, code, message }) => `${line} ${code}: ${message}`)).toEqual([
      "8 settings: the setting 'send' of http-json: Stock has no 'methd'; did you mean 'method'?",
      '18 takes-nothing: giver takes nothing from the hub',
      '10 wrong-record: shop/part reads ProductRevision, not Order',
      '17 record-not-taken: taker takes Stock, and shop/part writes ProductRevision',
    ]);
    const right = changed('right-settings', 'hub.yaml', shop['hub.yaml'], hub.replace('methd', 'method'));
    expect(checkProject(right)).toContainEqual(
      expect.objectContaining({ line: 10, code: 'unknown-record', message: expect.stringContaining('Part') }),
    );
  });

  test('a mapping asks for ids of systems that are there', () => {
    const map = 'mappings/shop/part.map.yaml';
    const asks = shop[map].replace(
      'from: number }',
      'from: number, xref: { noun: MaterialDefinition, system: pdn } }',
    );
    expect(checkProject(changed('xref', map, shop[map], asks))).toMatchObject([
      {
        code: 'unknown-system',
        file: expect.stringContaining(map),
        line: 9,
        message: expect.stringContaining('pdm'),
      },
    ]);
  });

  test('a folder of mappings is checked without hub.yaml', () => {
    expect(esperanto(['check', project.path('mappings')]).out).toBe('Everything is in order.\n');
  });

  test('people get lines that an editor can jump to', () => {
    const dir = changed('for-people', mapping, 'from: number', 'from: nummer');
    expect(esperanto(['check', dir]).out).toMatch(
      /part\.map\.yaml:9: nummer: 'nummer' does not exist in the schema; did you mean 'number'\?\n/,
    );
  });
});

describe('test', () => {
  test('runs the cases of what the project has and uses, and the laws', () => {
    const { code, json } = esperanto(['test', project.path(), '--json']);
    expect(json()).toMatchObject({ ok: true, mappings: 2, issues: [] });
    expect(json().cases).toBeGreaterThan(1);
    expect(json().records).toBeGreaterThan(0);
    expect(code).toBe(0);
  });

  test('what a mapping that goes both ways does not bring back is listed with the reason', () => {
    const map = 'mappings/shop/part.map.yaml';
    const dir = changed('losing', map, 'from: name, optional', 'from: name, as: upper, optional');
    project.write(
      'losing/mappings/shop/part.cases.yaml',
      shop['mappings/shop/part.cases.yaml'].replace('[Bolt]', '[BOLT]'),
    );
    const lost = [
      { mapping: 'shop/part', line: 10, path: 'description[]', reason: 'upper cannot be undone' },
    ];
    expect(esperanto(['test', dir, '--json']).json()).toMatchObject({ ok: true, lost });
    expect(esperanto(['test', dir]).out).toContain('shop/part:10 description[]: upper cannot be undone');
  });

  test('a case that fails is told with its line', () => {
    const dir = changed('failing', 'mappings/shop/part.cases.yaml', '[Bolt]', '[Nut]');
    const { code, json } = esperanto(['test', dir, '--json']);
    expect(code).toBe(1);
    expect(json().issues).toMatchObject([
      { code: 'case', line: 1, path: 'a part becomes a material', message: expect.stringContaining('Nut') },
    ]);
  });

  test.each([
    'hub.yaml',
    'rules.yaml',
    'model/extension.yaml',
    'codes/new.csv',
    'mappings/shop/native/New.schema.json',
  ])('--watch sees %s change', (file) => {
    const dir = changed(`state-${file.replaceAll('/', '-')}`, mapping, 'A part', 'Each part');
    const before = stateOf(dir);
    expect(stateOf(dir)).toBe(before);
    project.write(`state-${file.replaceAll('/', '-')}/${file}`, '{}\n');
    expect(stateOf(dir)).not.toBe(before);
  });

  test('--watch runs again when a file has changed', async () => {
    const dir = changed('watched', 'mappings/shop/part.cases.yaml', '[Bolt]', '[Nut]');
    const watching = running(['test', '--watch', dir]);
    try {
      await watching.line(/expected "Nut"/);
      project.write('watched/mappings/shop/part.cases.yaml', shop['mappings/shop/part.cases.yaml']);
      await watching.line(/cases hold/);
    } finally {
      expect(await watching.stop()).toBe(0);
    }
  });
});

describe('coverage', () => {
  test('counts, and a row for each field', () => {
    const { code, json } = esperanto(['coverage', 'shop/part', project.path(), '--json']);
    expect(code).toBe(0);
    expect(json()).toMatchObject({
      ok: true,
      percent: 100,
      required: { set: 4, total: 4 },
      counts: { mapped: 3 },
    });
    const people = esperanto(['coverage', 'shop/part', project.path()]).out;
    expect(people).toMatch(/dropped +17 +clerk +People stay in the shop\./);
  });

  test('is a no where a native field is overlooked', () => {
    const dir = changed('unread', 'mappings/shop/part.map.yaml', '  clerk: People stay in the shop.', '  {}');
    const { code, json } = esperanto(['coverage', 'shop/part', dir, '--json']);
    expect([code, json().ok, json().percent]).toEqual([1, false, 75]);
  });
});

describe('spec', () => {
  test('is Markdown, or a page whose texts are no markup', () => {
    const markdown = esperanto(['spec', 'shop/part', '--dir', project.path()]);
    expect(markdown.out).toContain('| number | What the part is called. | id |');
    const dir = changed(
      'markup',
      'mappings/shop/part.map.yaml',
      'A part of the shop',
      'A <b>part</b> | shop',
    );
    const page = esperanto(['spec', 'shop/part', '--dir', dir, '--html']).out;
    expect(page).toContain('<td>What the part is called.</td>');
    expect(page).toContain('A &lt;b&gt;part&lt;/b&gt; | shop');
  });
});

describe('a wrong name', () => {
  test.each([
    [['coverage', 'shop/prt', project.path()], /no mapping 'shop\/prt'(?:.|\n)*shop\/part/],
    [['spec', 'shop/prt'], /no mapping 'shop\/prt'/],
    [['map', 'shop/prt', 'x.json'], /no mapping 'shop\/prt'/],
    [['map', 'shop/part', 'x.json', '--dir', project.path()], /x\.json cannot be read/],
    [['coverage', 'gone.map.yaml'], /no file gone\.map\.yaml/],
    [['check', project.path('nowhere')], /no folder .*nowhere/],
    [['test', project.path('codes')], /has no mappings/],
  ])('%j is wrong use, and says what there is', (args, reason) => {
    const { code, err } = esperanto(args);
    expect([code, err]).toEqual([2, expect.stringMatching(reason)]);
  });

  test('is told as JSON with --json', () => {
    const { code, json } = esperanto(['coverage', 'shop/prt', '--json']);
    expect([code, json()]).toMatchObject([
      2,
      { ok: false, error: { code: 'HUB_WRONG_USE', value: 'shop/prt' } },
    ]);
  });
});

import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileMapping } from './apply';
import { invertMapping } from './invert';
import { lintMapping } from './lint';
import { parseMapping } from './parse';

const context = { zone: 'Europe/Berlin', now: '2026-01-01T00:00:00Z' };
const native = {
  type: 'object',
  properties: {
    No: { type: 'string' },
    Qty: { type: 'string' },
    Unit: { type: 'string' },
    Grams: { type: 'number' },
  },
};

function mapping(rules: string, direction = 'both', file = 'mappings/erp/stock.map.yaml') {
  const parsed = parseMapping(
    file,
    `version: "1"\ndirection: ${direction}\nrecords: [Stock]\nnative: erp/Stock\nmessage: { verb: Process, noun: MaterialLot }\nkey: id\nrules:\n  - ${direction === 'out' ? '{ set: No, from: id }' : '{ set: id, from: No }'}\n${rules}`,
  );
  const schemas = new Map([['erp/Stock', native as Record<string, unknown>]]);
  const compiled = compileMapping(parsed, new Map(), schemas);
  return {
    compiled,
    lost: invertMapping(parsed).lost.map(({ reason }) => reason),
    lint: lintMapping(compiled, schemas, new Map()).map(({ code, message }) => `${code}: ${message}`),
    read(body: object) {
      const outcome = compiled.read({ No: '7', ...body }, context);
      return 'message' in outcome ? outcome.message.items[0] : outcome.issues.map(({ message }) => message);
    },
  };
}

const quantity = '"quantity[0].quantityString"';
const byField = `  - { set: ${quantity}, from: Qty, as: sap-decimal, unit: { from: Unit, to: KGM } }`;
const byCode = `  - { set: ${quantity}, from: Qty, unit: { value: G, to: KGM } }`;

test.each([
  [' 1500.000 ', 'G', '1.5'],
  ['2.000-', 'TO', '-2000'],
  ['0.1', 'LB', '0.045359237'],
])('an amount of %s %s is %s kg: its unit stands beside it', (Qty, Unit, expected) => {
  expect(mapping(byField).read({ Qty, Unit })).toMatchObject({ quantity: [{ quantityString: expected }] });
});

test('the same unit under another code leaves the text as it is', () => {
  expect(mapping(byField.replace('as: sap-decimal, ', '')).read({ Qty: '1.500', Unit: 'KG' })).toMatchObject({
    quantity: [{ quantityString: '1.500' }],
  });
});

test.each([
  [{ Qty: '1', Unit: 'M' }, /M \(metre, length\) is not converted to KGM/],
  [{ Qty: '1', Unit: 'STONE' }, /no unit is called STONE/],
  [{ Qty: '1' }, /its amount is missing at Unit/],
])('%j is an issue', (body, expected) => {
  expect(mapping(byField).read(body)).toEqual([expect.stringMatching(expected)]);
});

test('an amount that is missing is missing, whatever its unit', () => {
  expect(mapping(byField.replace('as:', 'optional: true, as:')).read({ Unit: 'STONE' })).toEqual({ id: '7' });
});

test('between two constants it is undone on the way back', () => {
  const { compiled, lost, read } = mapping(byCode);
  const item = read({ Qty: '1500' }) as { id: string };
  expect(item).toMatchObject({ quantity: [{ quantityString: '1.5' }] });
  expect(compiled.write(item, context)).toMatchObject({ records: [{ body: { No: '7', Qty: '1500' } }] });
  expect(lost).toEqual([]);
});

test('a unit that was read from the record is not known on the way back, and that is told', () => {
  expect(mapping(byField).lost).toEqual(['the unit that stands in Unit is not carried']);
});

test('on the way out the amount is converted before it is put into the form of the receiver', () => {
  const { compiled, lint } = mapping(
    '  - { set: Grams, from: "quantity[0].quantityString", as: number, unit: { from: "quantity[0].unitOfMeasure", to: GRM } }',
    'out',
  );
  const item = { id: '7', quantity: [{ quantityString: '0.015', unitOfMeasure: 'KGM' }] };
  expect(compiled.write(item, context)).toMatchObject({ records: [{ body: { Grams: 15 } }] });
  expect(lint.filter((line) => line.includes('Grams'))).toEqual([]);
});

test('codes that no list knows, and kinds that do not fit, are found without running', () => {
  expect(mapping(byCode.replace('value: G', 'value: STONE')).lint).toContainEqual(
    expect.stringMatching(/no unit is called STONE/),
  );
  expect(mapping(byCode.replace('value: G', 'value: M')).lint).toContainEqual(
    expect.stringMatching(/M \(metre, length\) is not converted to KGM \(kilogram, mass\)/),
  );
  expect(mapping(byField.replace('from: Unit', 'from: Unti')).lint).toContainEqual(
    expect.stringMatching(/did you mean 'Unit'/),
  );
});

test.each([
  '{ to: KGM }',
  '{ from: Unit }',
  '{ from: Unit, value: G, to: KGM }',
  '{ value: G, to: KGM, as: x }',
])('unit: %s is no unit', (unit) => {
  expect(() => mapping(`  - { set: version, from: Qty, unit: ${unit} }`)).toThrow(/from or value, and to/);
});

test("a mapping of a project knows the project's own units", () => {
  const folder = mkdtempSync(join(tmpdir(), 'project-'));
  mkdirSync(join(folder, 'model'));
  writeFileSync(join(folder, 'model', 'units.yaml'), 'count:\n  - { code: TRAY, factor: "12" }\n');
  const file = join(folder, 'mappings/erp/stock.map.yaml');
  const own = mapping(byField.replace('KGM', 'PCE'), 'in', file);
  expect(own.read({ Qty: '2', Unit: 'TRAY' })).toMatchObject({ quantity: [{ quantityString: '24' }] });
  expect(
    mapping(`  - { set: ${quantity}, from: Qty, unit: { value: TRAY, to: PCE } }`, 'in', file).lint,
  ).not.toContainEqual(expect.stringMatching(/TRAY/));
});

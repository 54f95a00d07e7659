import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from './paths';
import { listedUnits, type Unit } from './unit-lists';
import { convertQuantity, standardUnits, unitOf } from './units';

/** What is used of the other library, which comes without types. */
interface UcumLibrary {
  getSpecifiedUnit(ucum: string, mode: 'validate'): { unit: { magnitude_: number } | null };
}
const library = (
  require('@lhncbc/ucum-lhc') as { UcumLhcUtils: { getInstance(): UcumLibrary } }
).UcumLhcUtils.getInstance();

test.each([
  ['1.5', 'KGM', 'GRM', '1500'],
  ['0.015', 'KG', 'g', '15'],
  ['1', 'TO', 'kg', '1000'],
  ['12', 'PCE', 'DZN', '1'],
  ['90', 's', 'MIN', '1.5'],
  ['1', 'STD', 'SEC', '3600'],
  ['12.5', 'kN', 'N', '12500'],
  ['20', '°C', 'K', '293.15'],
  ['293.15', 'KEL', 'CEL', '20'],
  ['212', 'FAH', 'CEL', '100'],
  ['1', '[in_i]', 'mm', '25.4'],
  ['0.1', 'LTR', 'CCM', '100'],
  ['-3', 'bar', 'kPa', '-300'],
  ['36', 'KMH', 'm/s', '10'],
  ['90', 'RPM', 'RPS', '1.5'],
  ['1.5', 'm3/h', 'L2', '25'],
  ['1', 'kg/m³', 'g/L', '1'],
  ['5', 'kΩ', 'OHM', '5000'],
  ['3', 'ug/g', 'ppm', '3'],
  ['2', 'GBy', 'MBy', '2000'],
  ['1', 'Ah', 'C', '3600'],
])('%s %s is %s', (amount, from, to, expected) => {
  expect(convertQuantity(amount, from, to)).toBe(expected);
});

test('the same unit under another code leaves the text as it is', () => {
  expect(convertQuantity('1.000', 'PC', 'PCE')).toBe('1.000');
});

test('nothing is rounded on the way, and what is no finite decimal has 50 digits', () => {
  expect(convertQuantity('0.1', 'KGM', 'TNE')).toBe('0.0001');
  expect(convertQuantity('1.005', 't', 'kg')).toBe('1005');
  expect(convertQuantity('123456789012345678901234567890', 'm', 'mm')).toBe(
    '123456789012345678901234567890000',
  );
  expect(convertQuantity('1', 'KMH', 'MTS')).toBe(`0.2${'7'.repeat(48)}8`);
  expect(convertQuantity('180', 'deg', 'rad')).toBe('3.1415926535897932384626433832795028841971693993751');
});

test.each([
  ['1', 'KGM', 'MTR', /mass.*length/],
  ['1', 'N.m', 'J', /torque.*energy/],
  ['1', 'W', 'VA', /power.*apparent power/],
  ['1', 'BOX', 'PCE', /BOX \(box\) is not converted to PCE \(piece, count\)/],
  ['1', 'KGM', 'STONE', /no unit is called STONE/],
  ['1,5', 'KGM', 'GRM', /no decimal/],
])('%s %s is not converted to %s', (amount, from, to, reason) => {
  expect(() => convertQuantity(amount, from, to)).toThrow(reason);
});

test('a code counts with its case', () => {
  expect(unitOf('MW')?.kind).toBe('power');
  expect(unitOf('mw')).toBeUndefined();
});

describe('codes that two lists have for different units', () => {
  test('UN/ECE goes before SAP, SAP before UCUM, and a code may name its list', () => {
    expect(['ST', 'sap:ST', 'unece:ST'].map((code) => unitOf(code)?.name)).toEqual([
      'sheet',
      'piece',
      'sheet',
    ]);
    expect(['H', 'ucum:H'].map((code) => unitOf(code)?.name)).toEqual(['hour', 'henry']);
    expect(unitOf('sap:KGM')).toBeUndefined();
  });

  test('an amount that does not convert says what else may be meant', () => {
    expect(() => convertQuantity('4', 'ST', 'PCE')).toThrow(
      expect.objectContaining({ todo: 'Meant is perhaps sap:ST (piece, count).' }),
    );
  });

  test('there are these', () => {
    const codes = listedUnits().flatMap(({ code, sap, also, ucum }) => [code, ...sap, ...also, ucum ?? code]);
    const ambiguous = [...new Set(codes)].filter((code) => standardUnits.otherMeanings(code).length > 0);
    const expected = '1/min G G/L GC GF GJ GK GL GP GV H KT KW MC MG MS MS2 PAL S ST T TP TS ft';
    expect(ambiguous.sort().join(' ')).toBe(expected);
  });
});

describe('the list', () => {
  const units = listedUnits();
  const byKind = new Map<string, Unit[]>();
  for (const unit of units) byKind.set(unit.kind, [...(byKind.get(unit.kind) ?? []), unit]);

  test('has as many units as the README says', () => {
    const convertible = units.filter(({ dimension }) => dimension !== undefined).length;
    const readme = readFileSync(join(packageRoot, 'model', 'README.md'), 'utf8');
    expect(readme).toContain(
      `${convertible} units that convert and ${units.length - convertible} that do not`,
    );
  });

  test.each([...byKind].filter(([, own]) => own.length > 1))('units of %s have one dimension', (_, own) => {
    expect([...new Set(own.map(({ dimension }) => dimension))]).toHaveLength(1);
  });

  /** There mol and bit are numbers, and the electronvolt is the one of before 2019. */
  const isOtherThere = ({ dimension = '', ucum = '' }: Unit) => /mol|bit/.test(dimension) || /eV/.test(ucum);
  const magnitude = (ucum: string) => library.getSpecifiedUnit(ucum, 'validate').unit?.magnitude_;

  test('another library of UCUM knows the expressions, and finds them worth as much, but for its rounding', () => {
    const known = units.flatMap((unit) => {
      const theirs = unit.ucum === undefined || isOtherThere(unit) ? undefined : magnitude(unit.ucum);
      return theirs === undefined ? [] : [{ ...unit, theirs }];
    });
    const wrong = known.filter(({ numerator, denominator, theirs }) => {
      const ours = Number(BigInt(numerator)) / Number(BigInt(denominator));
      return Math.abs(ours / theirs - 1) > 1e-9;
    });
    expect(wrong.map(({ code, ucum }) => `${code} ${ucum}`)).toEqual([]);
    // Products with degrees are not UCUM's; we take them for intervals.
    expect(known.length).toBeGreaterThan(600);
  });
});

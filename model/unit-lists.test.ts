import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadUnits, unitOf } from './units';

/** The model folder of a project that says this of units. */
function project(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'units-'));
  writeFileSync(join(folder, 'units.yaml'), text);
  return folder;
}

test("a project's units convert like the hub's own, by their codes and spellings", () => {
  const units = loadUnits(
    project(
      'count:\n  - { code: TRAY, name: tray of 12 valves, factor: "12", also: [Tray] }\n' +
        'hardness:\n  - { code: HV, factor: 1 }\n  - { code: HV-GPA, ucum: "1000.{HV}" }\n' +
        'temperature:\n  - { code: RE, ucum: "5.K/4", zero: "218.52" }\n' +
        'of its own:\n  - { code: COIL-7, name: coil of line 7 }\n',
    ),
  );
  expect(units.convert('2.5', 'Tray', 'PCE')).toBe('30');
  expect(units.convert('1.5', 'HV-GPA', 'HV')).toBe('1500');
  expect(units.convert('80', 'RE', '°C')).toBe('100');
  expect(() => units.convert('1', 'COIL-7', 'KGM')).toThrow(/coil of line 7/);
  expect(unitOf('TRAY')).toBeUndefined();
});

test('a project says which unit a spelling stands for in its plant', () => {
  const units = loadUnits(project('count:\n  - { code: H87, also: [ST, Stk] }\n'));
  expect(units.convert('3', 'ST', 'DZN')).toBe('0.25');
  expect(units.convert('3', 'Stk', 'PCE')).toBe('3');
});

test('a project without such a file has the units of the hub', () => {
  expect(loadUnits(tmpdir()).convert('1', 'KG', 'G')).toBe('1000');
});

test.each([
  ['- 1', /holds kinds/],
  ['count: TRAY', /count is no list/],
  ['count: [{ name: tray }]', /no 'code'/],
  ['count: [{ code: TRAY }]', /TRAY needs a 'factor'/],
  ['count: [{ code: TRAY, factor: "1,5" }]', /TRAY needs a 'factor'/],
  ['count: [{ code: TRAY, ucum: trays }]', /'ucum' expression/],
  ['count: [{ code: TRAY, factr: "12" }]', /TRAY: there is no 'factr'/],
  ['count: [{ code: KGM, factor: "2" }]', /KGM is a unit that the hub knows/],
  ['count: [{ code: TRAY, factor: 12, also: Tray }]', /'also' is a list/],
  ['count: {', /Flow map/],
])('%s is refused', (text, reason) => {
  expect(() => loadUnits(project(text))).toThrow(
    expect.objectContaining({ code: 'HUB_BAD_PROJECT', message: expect.stringMatching(reason) }),
  );
});

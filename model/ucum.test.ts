import { dimensionOf, type Measure, measureOf } from './ucum';

const shown = ({ numerator, denominator, ...measure }: Measure) =>
  `${denominator === 1n ? numerator : `${numerator}/${denominator}`} ${dimensionOf(measure as Measure)}`.trim();

test.each([
  ['kg', '1000 g'],
  ['kg/m3', '1000 g.m-3'],
  ['kg.m-3', '1000 g.m-3'],
  ['L/min', '1/60000 m3.s-1'],
  ['W/(m2.K)', '1000 K-1.g.s-3'],
  ['m/s/s', '1 m.s-2'],
  ['/min', '1/60 s-1'],
  ['10*3/uL', '1000000000000 m-3'],
  ['28.[lb_av]', '317514659/25000 g'],
  ['[psi]', '8896443230521/1290320 g.m-1.s-2'],
  ['[degF]', '5/9 K'],
  ['{piece}/h', '1/3600 s-1'],
  ['kg{wet}', '1000 g'],
  ['KiBy', '8192 bit'],
  ['min', '60 s'],
  ['cd', '1 cd'],
  ['m[H2O]', '9806650 g.m-1.s-2'],
])('%s is %s, as a fraction', (expression, expected) => {
  expect(shown(measureOf(expression)!)).toBe(expected);
});

test.each([
  '',
  'stone',
  'N.',
  'm..s',
  'kg/',
  '(m',
  'KG',
  'dB',
  '[pH]',
  'm200',
  'constructor',
  `${'('.repeat(100_000)}m`,
  '{'.repeat(50),
])('no unit is read from %.20s', (expression) => {
  expect(measureOf(expression)).toBeUndefined();
});

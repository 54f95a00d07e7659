import { convertQuantity, unitOf } from './units';

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
  ['1', '[in_i]', 'mm', '25.4'],
  ['0.1', 'LTR', 'CCM', '100'],
  ['-3', 'bar', 'kPa', '-300'],
  ['212', 'FAH', 'CEL', '100'],
  ['36', 'KMH', 'm/s', '10'],
  ['90', 'RPM', 'RPS', '1.5'],
  ['1.5', 'm3/h', 'L2', '25'],
])('%s %s is %s', (amount, from, to, expected) => {
  expect(convertQuantity(amount, from, to)).toBe(expected);
});

test('the same unit under another code leaves the text as it is', () => {
  expect(convertQuantity('1.000', 'ST', 'PCE')).toBe('1.000');
});

test('nothing is rounded on the way', () => {
  expect(convertQuantity('0.1', 'KGM', 'TNE')).toBe('0.0001');
  expect(convertQuantity('123456789012345678901234567890', 'm', 'mm')).toBe(
    '123456789012345678901234567890000',
  );
});

test.each([
  ['1', 'KGM', 'MTR', /mass.*length/],
  ['1', 'KGM', 'STONE', /no unit is called STONE/],
  ['1,5', 'KGM', 'GRM', /no decimal/],
])('%s %s is not converted to %s', (amount, from, to, reason) => {
  expect(() => convertQuantity(amount, from, to)).toThrow(reason);
});

test('a code counts with its case', () => {
  expect(unitOf('MW')?.kind).toBe('power');
  expect(unitOf('mw')).toBeUndefined();
});

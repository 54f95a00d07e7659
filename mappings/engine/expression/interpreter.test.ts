import { reading } from '../test-mapping';
import { timeLimitMs } from './interpreter';

const interpreted = (text: string) =>
  reading(
    `  - { set: "description[0]", interpreted: true, optional: true, expr: '${text.replaceAll("'", "''")}' }`,
  );

const order = {
  steps: [
    { no: '10', sec: 5 },
    { no: '20', sec: 2 },
  ],
  text: 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!',
};

test('an expression beyond the compiled subset runs when the rule says so', () => {
  const text = '$join($map(steps^(sec), function($s) { $s.no & "/" & $zone }), ", ")';
  expect(() => reading(`  - { set: "description[0]", expr: '${text}' }`)).toThrow('is not compiled');
  expect(interpreted(text)(order)).toEqual({ description: ['20/Europe/Berlin, 10/Europe/Berlin'] });
});

test('what fails in it is an issue of the record', () => {
  expect(interpreted('$map(steps, function($s) { $s.no + 1 })')(order)).toEqual([
    expect.stringContaining('description[0] <- expr: '),
  ]);
});

test('functions that could end the process or hide an expression are not there', () => {
  expect(interpreted('$pad("x", 400000000)')(order)).toEqual([
    expect.stringContaining('$pad is not available'),
  ]);
  expect(interpreted('$eval("1")')(order)).toEqual([expect.stringContaining('$eval is not available')]);
});

test('a regular expression that does not come to an end is ended, and the next expression runs', () => {
  const begun = Date.now();
  expect(interpreted('$contains(text, /^(a+)+$/)')(order)).toEqual([
    expect.stringContaining('was ended after'),
  ]);
  expect(Date.now() - begun).toBeLessThan(timeLimitMs + 3_000);
  expect(interpreted('$count($map(steps, function($s) { $s }))')(order)).toEqual({ description: [2] });
});

test('one that fills the memory is ended with its thread, not with the process', () => {
  const filling = '($f := function($x) { $f($x & $x) }; $f("xxxxxxxxxxxxxxxx"))';
  expect(interpreted(filling)(order)).toEqual([expect.stringContaining('description[0] <- expr: ')]);
  expect(interpreted('$count($map(steps, function($s) { $s }))')(order)).toEqual({ description: [2] });
});

test('an expression that is compiled is not interpreted, even if it may be', () => {
  expect(interpreted('steps[0].no')(order)).toEqual({ description: ['10'] });
});

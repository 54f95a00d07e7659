import { compile, context, header, reading } from '../test-mapping';
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

// V8 ends the whole process, not only the thread, that asks for too much at once: hence a process of its own.
const doubled = (times: number) =>
  `($f := function($s, $n) { $n = 0 ? $s : $f($s & $s, $n - 1) }; $t := $f("x", ${times}); `;
test.each([
  ['calls itself without end', '($f := function($x) { 1 + $f($x) }; $f(1))', 'Stack overflow'],
  ['comes to no end', '($f := function($x) { $f($x) }; $f(1))', 'Evaluation timeout'],
  ['makes an endless text', `${doubled(40)} $t)`, 'Invalid string length'],
  ['makes a very long text', `${doubled(28)} $uppercase($t))`, 'needs more than 64 MB'],
  ['cuts a long text into letters', `${doubled(27)} $split($t, ""))`, 'needs more than 64 MB'],
  ['makes a list of ten millions', '[1..10000000]', 'needs more than 64 MB'],
  ['joins such lists', '$zip([1..5000000], [1..5000000])', 'needs more than 64 MB'],
  ['gives more than is taken', `${doubled(20)} $t)`, 'longer than 1000000'],
])('an expression that %s ends, and neither the hub nor the next expression with it', (_, text, why) => {
  expect(interpreted(text)(order)).toEqual([expect.stringContaining(why)]);
  expect(interpreted('$count($map(steps, function($s) { $s }))')(order)).toEqual({ description: [2] });
});

test('it knows what the mapping knows of its surroundings, and nothing of the process', () => {
  const mapping = compile(
    `${header}rules:\n  - { set: id, interpreted: true, expr: '$keys({"zone": $zone, "xref": $xref, "at": $root.no}) ~> $join("+")' }\n`,
  );
  const xref = () => undefined;
  expect(mapping.read({ no: 1 }, { ...context, xref })).toMatchObject({
    message: { items: [{ id: 'zone+at' }] },
  });
});

test('an expression that is compiled is not interpreted, even if it may be', () => {
  expect(interpreted('steps[0].no')(order)).toEqual({ description: ['10'] });
});

import fc from 'fast-check';
import jsonata from 'jsonata';
import { compileText } from '.';

const variables = { zone: 'Europe/Berlin', n: 2 };

/** The value that the interpreter gives as JSON, or that it fails. */
async function interpreted(text: string, input: unknown): Promise<unknown> {
  try {
    return plain(await jsonata(text).evaluate(input, variables));
  } catch {
    return 'fails';
  }
}

function compiled(text: string, input: unknown): unknown {
  const { evaluate } = compileText(text, new Set(Object.keys(variables)));
  try {
    const given = (name: string) => (name === '$' ? input : variables[name as keyof typeof variables]);
    return plain(evaluate(input, { given }));
  } catch {
    return 'fails';
  }
}

const plain = (value: unknown) => (value === undefined ? 'nothing' : JSON.parse(JSON.stringify({ value })));

const order = {
  no: '0042',
  qty: 4,
  price: 2.5,
  text: ' Valve  DN50 ',
  empty: '',
  none: null,
  steps: [
    {
      no: '10',
      sec: 90,
      parts: [
        { id: 'A', n: 1 },
        { id: 'B', n: 2 },
      ],
    },
    { no: '20', sec: 45.5, parts: [{ id: 'C', n: 3 }] },
  ],
  one: [{ id: 'X' }],
  lists: [[1, 2], [3]],
};

test.each([
  'no & "-" & steps[0].no',
  'steps.parts.id',
  'steps[1].parts.id',
  'steps.parts[0].id',
  'steps[no="20"].sec',
  'steps[-1].sec',
  'steps.(no & ":" & $string(sec))',
  'one.id',
  'one',
  'lists',
  'lists[0]',
  'lists[0][1]',
  '$sum(steps.sec) / $count(steps)',
  '$join(steps.no, "+")',
  'qty > 3 ? "many" : "few"',
  'qty * price + 1',
  '(no = "0042" or nothing) and qty',
  '"10" in steps.no',
  '$zone & $n',
  '($x := qty; $y := $x * 2; $x & $y)',
  '$uppercase(text) & $trim(text) & $length(text)',
  '$substringAfter(text, "e") & $substringBefore(text, "D")',
  '$substring(no, -2) & $substring(no, 1, 2)',
  '$split(text, " ")',
  '$replace(text, " ", "_", 2)',
  '$round(price) & $round(3.5) & $round(-2.345, 2) & $floor(-price) & $ceil(price) & $abs(-1)',
  '$number("1e3") + $number("0x10") + $number(true)',
  '$number("x")',
  '$boolean(none) & $not(empty) & $exists(none) & $exists(missing)',
  '[no, steps.no, [qty]]',
  '-qty',
  '-no',
  'no + 1',
  'qty < "5"',
  'missing & ""',
  '1/0',
  '$string(1/3) & $string(steps[0])',
  '$max(steps.sec) & $min([]) & $average(steps.sec)',
  'steps.$uppercase(parts[0].id)',
  '$.qty',
  '$$.qty',
  'steps[$$.qty > 3].no',
  'steps[sec > 50].parts[n = 2].id',
])('%s gives what the interpreter gives', async (text) => {
  expect(compiled(text, order)).toEqual(await interpreted(text, order));
});

describe('whatever the input and the expression', () => {
  const names = fc.constantFrom('a', 'b', 'c');
  const scalar = fc.oneof(
    fc.constantFrom('', 'a', 'ab c', '1', '-2.5', 'x\u{1F600}y'),
    fc.integer({ min: -3, max: 3 }),
    fc.constantFrom(0.5, 1.25),
    fc.boolean(),
    fc.constant(null),
  );
  const { input } = fc.letrec<{ input: unknown }>((tie) => ({
    input: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      scalar,
      fc.dictionary(names, tie('input'), { maxKeys: 3 }),
      fc.array(tie('input'), { maxLength: 3 }),
    ),
  }));
  const literal = fc.constantFrom('"a"', '""', '0', '1', '2.5', 'true', 'null', '"ab c"', '$zone', '$n');
  const step = fc.tuple(
    names,
    fc.constantFrom('', '', '', '[0]', '[-1]', '[a=1]', '[b]', '[$n > 1]', '[$ = "a"]'),
  );
  const path = fc
    .tuple(fc.constantFrom('', '', '', '$.', '$$.'), fc.array(step, { minLength: 1, maxLength: 3 }))
    .map(([start, steps]) => start + steps.map((parts) => parts.join('')).join('.'));
  const unary = fc.constantFrom(
    'string',
    'number',
    'boolean',
    'not',
    'exists',
    'uppercase',
    'trim',
    'length',
    'abs',
  );
  const list = fc.constantFrom('sum', 'max', 'min', 'average', 'count', 'join');
  const operator = fc.constantFrom('+', '-', '*', '=', '!=', '<', '<=', '>', '>=', '&', 'and', 'or', 'in');
  const { expression } = fc.letrec<{ expression: string }>((tie) => ({
    expression: fc.oneof(
      { maxDepth: 4, depthSize: 'small' },
      path,
      literal,
      fc.tuple(tie('expression'), operator, tie('expression')).map((parts) => `(${parts.join(' ')})`),
      fc
        .tuple(tie('expression'), tie('expression'), tie('expression'))
        .map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
      fc.tuple(fc.oneof(unary, list), tie('expression')).map(([name, of]) => `$${name}(${of})`),
      fc.tuple(path, tie('expression')).map(([a, b]) => `${a}.(${b})`),
      fc.array(tie('expression'), { maxLength: 3 }).map((parts) => `[${parts.join(', ')}]`),
      fc.tuple(tie('expression'), tie('expression')).map(([a, b]) => `($v := ${a}; [$v, ${b}, $v])`),
      fc.tuple(path, fc.constantFrom('"a"', '" "')).map(([a, b]) => `$split(${a}, ${b})`),
      fc.tuple(path, fc.integer({ min: -3, max: 3 })).map(([a, b]) => `$substring(${a}, ${b}, 2)`),
    ),
  }));

  test('the compiled expression gives what the interpreter gives', async () => {
    await fc.assert(
      fc.asyncProperty(expression, input, async (text, value) => {
        expect(compiled(text, value)).toEqual(await interpreted(text, value));
      }),
      { numRuns: 3000 },
    );
  });
});

test.each([
  ['*.x', 'the wildcard *'],
  ['**.x', 'the wildcard **'],
  ['a.{"b": c}', 'an object'],
  ['a{b: c}', '{…}'],
  ['$map(a, function($x) { $x })', 'the function $map'],
  ['$pad(a, 400000000)', 'the function $pad'],
  ['$eval("1")', 'the function $eval'],
  ['$contains(a, /x+/)', 'a regular expression'],
  ['a^(b)', 'the order'],
  ['a ~> $uppercase', 'the chain ~>'],
  ['a[]', '[]'],
  ['[1..3]', 'the operator ..'],
  ['$site', 'the variable $site'],
  ['a.b[', 'is not JSONata'],
])('%s is refused when the mapping is loaded', (text, why) => {
  expect(() => compileText(text, new Set())).toThrow(why);
});

test('a text that would fill the memory is refused', () => {
  const long = 'x'.repeat(100_000);
  for (const text of ['$replace(a, "x", a)', '$join($split(a, ""), a)']) {
    expect(() => compileText(text, new Set()).evaluate({ a: long }, {})).toThrow('longer than 10000000');
  }
});

import { loadCodeTable } from './codes';
import { compileConversion } from './convert';
import { temporaryFolder } from './temporary-folder';

const folder = temporaryFolder();

function table(text: string, file = 'codes/state.yaml') {
  folder.write(file, text);
  return loadCodeTable(folder.path(file));
}

/** What a rule with this table gives. */
function look(text: string, direction: 'in' | 'out', value: unknown): unknown {
  const tables = new Map([['state', table(text)]]);
  return compileConversion({ as: [], codes: 'state' }, direction, tables)?.(value, {});
}

test('codes are text: leading zeros, numbers and words such as true and null stay as written', () => {
  const { toCanonical } = table('0010: Ready\n"20": Held\ntrue: Running\nnull: "007"\n');
  expect([...toCanonical]).toEqual([
    ['0010', 'Ready'],
    ['20', 'Held'],
    ['true', 'Running'],
    ['null', '007'],
  ]);
});

test('an unknown code is an issue that names the table and the file', () => {
  expect(() => look('REL: Released\n', 'in', 'XYZ')).toThrow("state has no entry for 'XYZ'");
  expect(() => look('REL: Released\n', 'in', 'XYZ')).toThrow(
    expect.objectContaining({
      todo: 'Add it to codes/state.yaml, start the hub anew, then: esperanto replay.',
    }),
  );
});

test('names that every object inherits are codes like any other', () => {
  expect(() => look('REL: Released\n', 'in', 'constructor')).toThrow("no entry for 'constructor'");
  expect(look('constructor: Released\n__proto__: Held\n', 'in', '__proto__')).toBe('Held');
});

test('a table with one code for each meaning is read backwards', () => {
  expect(look('REL: Released\nTECO: Completed\n', 'out', 'Completed')).toBe('TECO');
  expect(look('1: Released\n', 'in', 1)).toBe('Released');
});

test('where several codes mean the same, back names the one to write', () => {
  const entries = 'entries: { REL: Released, PREL: Released }\n';
  expect(() => look(entries, 'out', 'Released')).toThrow('several codes stand for Released');
  expect(look(`${entries}back: { Released: REL }\n`, 'out', 'Released')).toBe('REL');
  expect(() => table(`${entries}two-way: true\n`)).toThrow('name the one to write under back');
  expect(() => look('two-way: false\nentries: { A: B }\n', 'out', 'B')).toThrow('cannot be read backwards');
});

test('otherwise says what an unknown code becomes', () => {
  const text = 'entries: { REL: Released }\notherwise: { in: Waiting, out: XX }\n';
  expect(look(text, 'in', '?')).toBe('Waiting');
  expect(look(text, 'out', 'Closed')).toBe('XX');
});

test('CSV as spreadsheets write it: byte order mark, semicolons, quotes', () => {
  const { toCanonical } = table(
    '\uFEFFnative;canonical\r\n"0010";"Ready ""x"""\r\nA;B\r\n\r\n',
    'codes/state.csv',
  );
  expect([...toCanonical]).toEqual([
    ['0010', 'Ready "x"'],
    ['A', 'B'],
  ]);
  const quoted = table('native,canonical\n"a,b" , "c, ""d"""\n x ,y\n"",Waiting\n', 'codes/state.csv');
  expect([...quoted.toCanonical]).toEqual([
    ['a,b', 'c, "d"'],
    ['x', 'y'],
    ['', 'Waiting'],
  ]);
});

test('a third column of CSV marks the code that is written where several mean the same', () => {
  const csv = (lines: string) => table(`native;canonical;write\n${lines}`, 'codes/state.csv');
  const codes = csv('REL;Released;yes\nPREL;Released;\nTECO;Completed;no\n');
  expect([...codes.toNative!]).toEqual([
    ['Released', 'REL'],
    ['Completed', 'TECO'],
  ]);
  expect(csv('REL;Released;\nPREL;Released;\n').oneWayBecause).toContain('several codes stand for Released');
  expect(() => csv('REL;Released;x\nPREL;Released;x\n')).toThrow('state.csv:3: two codes are to be written');
  expect(() => csv('REL;Released;perhaps\n')).toThrow('state.csv:2: write is yes or no');
});

test.each([
  ['codes/a.yaml', '- A\n', 'a list of native: canonical lines'],
  ['codes/a.yaml', 'A: B\nA: C\n', 'unique'],
  ['codes/a.csv', 'from,to\nA,B\n', 'the first line must be native,canonical'],
  ['codes/a.csv', 'native,canonical\nA,B\nA,C\n', "the code 'A' stands in it twice"],
  ['codes/a.csv', 'native,canonical\nA\n', 'needs two columns'],
  ['codes/a.csv', 'native,canonical\nA,B,C\n', 'a.csv:2: needs two columns'],
  ['codes/a.csv', 'native,canonical\n"A,B\n', 'needs two columns'],
  ['codes/a.csv', 'native,canonical\nA,B\n\nA,C\n', "a.csv:4: the code 'A' stands in it twice"],
  ['codes/a.yaml', 'A: B\nC: [D]\n', "a.yaml:2: the entry for 'C' is not a text"],
  [
    'codes/a.yaml',
    'entries: { A: B }\nothrwise: { in: B }\n',
    "a.yaml:2: a code table has no word 'othrwise'; did you mean 'otherwise'?",
  ],
  [
    'codes/a.yaml',
    'entries: { A: B }\notherwise: B\n',
    "a.yaml:2: 'otherwise' is a list of lines such as in: Waiting",
  ],
  ['codes/a.yaml', 'entries: { A: B }\notherwise: { inn: B }\n', 'on the way in or out, not inn'],
])('%s with %j is refused: %s', (file, text, why) => {
  expect(() => table(text, file)).toThrow(why);
});

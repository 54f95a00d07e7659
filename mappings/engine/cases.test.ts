import { caseIssues, loadMappings, runCases } from '.';
import { temporaryFolder } from './temporary-folder';

const folder = temporaryFolder({
  'erp/native/Order.schema.json': JSON.stringify({
    type: 'object',
    required: ['No'],
    properties: { No: { type: 'string' }, Tags: { type: 'array' } },
  }),
  'erp/order.map.yaml': `version: "1"
direction: both
native: erp/Order
records: [Order]
message: { verb: Sync, noun: MaterialDefinition }
key: id
rules:
  - { set: id, from: No }
  - { set: "@referenceId", from: Notice, optional: true }
`,
});

/** What the cases say, with the line of each. */
function defects(cases: string): string[] {
  folder.write('erp/order.cases.yaml', cases);
  return caseIssues(runCases(loadMappings([folder.path()]))).map(
    ({ line, path, message }) => `${line} ${path}: ${message}`,
  );
}

test('cases that hold have no defects: one item, a list, a whole message, an envelope, the way out', () => {
  const cases = `
- { case: item, input: { No: "1" }, output: { id: "1" } }
- { case: list, input: { No: "1" }, output: [ { id: "1" } ] }
- { case: message, input: { No: "1" }, output: { verb: Sync, noun: MaterialDefinition, items: [ { id: "1" } ] } }
- case: envelope
  input: { No: "1", Notice: N }
  output: { id: "1" }
  envelope: { applicationArea: { sender: { referenceId: N } } }
- { case: issues, input: {}, issues: [ "No: missing" ] }
- { case: out, direction: out, input: { id: "1" }, output: { type: Order, key: "1", body: { No: "1" } } }
- { case: key alone, direction: out, input: { id: "1" }, output: [ { key: "1" } ] }
`;
  expect(defects(cases)).toEqual([]);
});

test.each([
  ['{ input: { No: "1" }, output: { id: "2" } }', 'output[0].id: expected "2", got "1"'],
  [
    '{ input: { No: "1" }, output: { id: "1", version: "A" } }',
    'output[0].version: expected "A", got nothing',
  ],
  ['{ input: { No: "1" }, output: [ { id: "1" }, { id: "2" } ] }', '[1]: expected {"id":"2"}, got nothing'],
  [
    '{ input: { No: "1" }, output: { id: "1" }, envelope: { verb: Process } }',
    'verb: expected "Process", got "Sync"',
  ],
  ['{ input: {}, output: { id: "1" } }', 'issue: No: missing'],
  [
    '{ input: {}, issues: [ "Nr: missing" ] }',
    "an issue is expected that says 'Nr: missing', it says 'No: missing'",
  ],
  ['{ input: { No: "1" }, issues: [ "No" ] }', "an issue is expected that says 'No', and there is none"],
  ['{ input: {}, issues: [] }', 'an issue is not expected: No: missing'],
  ['{ input: { No: "1" } }', 'a case has either output or issues'],
  [
    '{ input: { No: "1", Tags: x }, output: { id: "1" } }',
    'input does not fit its schema: Tags must be array',
  ],
  [
    '{ direction: out, input: { id: "1" }, output: { body: { No: "2" } } }',
    'output[0].body.No: expected "2", got "1"',
  ],
  ['{ direction: out, input: { id: "1" }, output: [] }', '0 records expected, 1 made'],
  [
    '{ direction: out, input: { id: "1", ident: "1" }, output: { key: "1" } }',
    'input does not fit its schema: ident',
  ],
])('%s is told as a defect with its line', (text, expected) => {
  const [first, ...others] = defects(
    `- { case: fine, input: { No: "1" }, output: { id: "1" } }\n- ${text.replace('{', '{ case: wrong,')}\n`,
  );
  expect(first).toContain(`2 wrong: ${expected}`);
  expect(others).toEqual([]);
});

test('a file that is no list of cases is a defect, not a pass', () => {
  expect(defects('cases: none\n')[0]).toContain('not a list of cases');
  expect(defects('- { case: x\n')[0]).toContain('cannot be read');
});

test('a record that the mapping leaves out is expected as an empty list', () => {
  folder.write(
    'erp/tag.map.yaml',
    `version: "1"
direction: in
native: erp/Order
records: [Order]
message: { verb: Sync, noun: MaterialDefinition }
when: No != 0
rules:
  - { set: id, from: No }
`,
  );
  folder.write('erp/tag.cases.yaml', '- { case: left out, input: { No: "0" }, output: [] }\n');
  expect(runCases(loadMappings([folder.path()]), 'erp/tag').map(({ defects: found }) => found)).toEqual([[]]);
});

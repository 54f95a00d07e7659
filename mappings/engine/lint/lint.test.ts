import { checkMappings } from '..';
import { temporaryFolder } from '../temporary-folder';

const native = {
  type: 'object',
  properties: {
    No: { type: 'string' },
    Status: { enum: ['REL', 'TECO'] },
    Qty: { type: 'number' },
    Texts: {
      type: 'array',
      items: { type: 'object', properties: { Language: { type: 'string' }, Text: { type: 'string' } } },
    },
    Operations: { type: 'array', items: { $ref: '#/$defs/Operation' } },
    Planner: { type: 'object', properties: { Name: { type: 'string' }, Phone: { type: 'string' } } },
  },
  $defs: {
    Operation: { type: 'object', properties: { No: { type: 'string' }, Seconds: { type: 'number' } } },
  },
};

const header = `about: Orders.
version: "1"
direction: in
native: erp/Order
records: [Order]
message: { verb: Process, noun: OperationsSchedule }
`;

const complete = `rules:
  - { set: id, from: No }
  - { set: scheduleState, from: Status, codes: order-status }
  - set: operationsRequest
    each: Operations
    rules:
      - { set: id, from: No }
      - set: segmentRequirement
        item:
          - { set: id, from: No }
          - { set: processSegmentId, from: No }
          - { set: operationsDefinitionId, from: $.No }
          - { set: operationsSegmentId, from: No }
          - { set: duration, from: Seconds, as: seconds-duration }
  - { set: "description[0]", from: "Texts[Language=EN].Text", optional: true }
unused:
  Planner.*: People stay in the ERP.
  Qty: The quantity is on the operation.
`;

const folder = temporaryFolder({
  'erp/native/Order.schema.json': JSON.stringify(native),
  'codes/order-status.yaml': 'REL: Released\nTECO: Completed\n',
  'erp/order.cases.yaml': '- { case: nothing, input: {}, issues: [] }\n',
});
const { write } = folder;

/** What check says about a mapping, as `code line path`. */
function found(mapping: string): string[] {
  write('erp/order.map.yaml', header + mapping);
  return checkMappings([folder.path()]).map(({ code, line, path }) => `${code} ${line} ${path}`);
}

/** The complete mapping with one line changed. */
const changed = (line: string, to: string) => {
  expect(complete).toContain(line);
  return found(complete.replace(line, to));
};

test('a complete mapping has no findings', () => {
  expect(found(complete)).toEqual([]);
});

test('an entry that a rule fills by its place was made before, with what it requires', () => {
  const first =
    '  - { set: "operationsRequest[0].description[0]", from: "Texts[Language=EN].Text", optional: true }';
  const before = '  - { set: "description[0]", from';
  expect(found(complete.replace(before, `${first}\n${before}`))).toEqual([]);
});

// line to change, what it becomes, findings
const cases: [string, string, string, string[]][] = [
  [
    'a source that the native schema does not have',
    'from: Seconds',
    'from: Secs',
    ['unknown-source 20 Operations.Secs', 'unread 22 Operations.Seconds'],
  ],
  [
    'a source inside a list without an index',
    'from: $.No',
    'from: $.Texts.Text',
    ['unknown-source 18 Texts.Text'],
  ],
  [
    'a selector field that does not exist',
    'Language=EN',
    'Lang=EN',
    ['unknown-source 21 Texts.Text', 'unread 22 Texts.Language'],
  ],
  ['a context name that does not exist', 'from: $.No', 'from: "@site"', ['unknown-source 18 @site']],
  [
    'an entry outside where there is none',
    '{ set: id, from: No }\n  - { set: sch',
    '{ set: id, from: ^.No }\n  - { set: sch',
    ['unknown-source 8 ^.No'],
  ],
  [
    'a target that the model does not have',
    'set: duration',
    'set: length',
    ['unknown-target 20 operationsRequest[].segmentRequirement[].length'],
  ],
  [
    'a list that is set like a field',
    'set: "description[0]"',
    'set: description',
    ['wrong-type 21 description'],
  ],
  [
    'a required target that is never set',
    '          - { set: processSegmentId, from: No }\n',
    '',
    ['never-set 16 operationsRequest[].segmentRequirement[].processSegmentId'],
  ],
  [
    'a target that is set twice',
    '  - { set: scheduleState,',
    '  - { set: id, from: No }\n  - { set: scheduleState,',
    ['set-twice 9 id'],
  ],
  [
    'a constant outside the enumeration',
    'from: Status, codes: order-status',
    'value: Finished',
    ['not-allowed 9 scheduleState', 'unread 22 Status'],
  ],
  [
    'a number where text is expected',
    'from: Seconds, as: seconds-duration',
    'from: Seconds',
    ['wrong-type 20 operationsRequest[].segmentRequirement[].duration'],
  ],
  [
    'a constant of the wrong type',
    'from: $.No',
    'value: 100',
    ['wrong-type 18 operationsRequest[].segmentRequirement[].operationsDefinitionId'],
  ],
  [
    'a native field that is neither read nor listed',
    '  Qty: The quantity is on the operation.\n',
    '',
    ['unread 22 Qty'],
  ],
  [
    'an unused field that does not exist',
    '  Qty:',
    '  Quantity:',
    ['unknown-source 24 Quantity', 'unread 22 Qty'],
  ],
  ['an unused field that is read', '  Qty:', '  Status: It is read.\n  Qty:', ['unused-but-read 24 Status']],
];

test.each(cases)('%s', (_title, line, to, expected) => {
  expect(changed(line, to)).toEqual(expected);
});

test('a code table that gives what the model does not allow', () => {
  write('codes/order-status.yaml', 'REL: Released\nTECO: Finished\n');
  expect(found(complete)).toEqual(['not-allowed 9 scheduleState']);
});

test('a native code that the table does not know, unless it says what becomes of others', () => {
  write('codes/order-status.yaml', 'REL: Released\n');
  expect(found(complete)).toEqual(['code-missing 9 scheduleState']);
  write('codes/order-status.yaml', 'entries: { REL: Released }\notherwise: { in: Waiting }\n');
  expect(found(complete)).toEqual([]);
  write('codes/order-status.yaml', 'REL: Released\nTECO: Completed\n');
});

test('a condition that can never hold', () => {
  expect(changed('from: Status, codes: order-status', 'value: Released, when: "Status in REL,DONE"')).toEqual(
    ['not-allowed 9 Status'],
  );
});

test('an expression that searches a list once for each entry', () => {
  const search = 'expr: \'$root.Operations[No = $parent.No].Seconds & "S"\', optional: true';
  expect(changed('from: Seconds, as: seconds-duration', search)).toEqual(['slow-expression 20 duration']);
  const inPlace = 'expr: \'$root.Operations[0].Seconds & "S"\', optional: true';
  expect(changed('from: Seconds, as: seconds-duration', inPlace)).toEqual([]);
});

test('a native field that is required, and lost on the way back', () => {
  const both = header.replace('direction: in', 'direction: both') + complete;
  write('erp/native/Order.schema.json', JSON.stringify({ ...native, required: ['No', 'Qty'] }));
  write('erp/order.map.yaml', both);
  expect(checkMappings([folder.path()])).toMatchObject([
    { code: 'never-set', line: 3, path: 'Qty', message: 'Qty is required, and not written on the way back' },
  ]);
  write('erp/native/Order.schema.json', JSON.stringify(native));
});

test('a schema that allows more fields allows any', () => {
  folder.write('erp/native/Order.schema.json', JSON.stringify({ ...native, additionalProperties: true }));
  expect(changed('from: $.No', 'from: $.Anything')).toEqual([]);
});

test('no cases, no native schema, no such noun', () => {
  folder.remove('erp/order.cases.yaml');
  write(
    'erp/order.map.yaml',
    header.replace('erp/Order', 'erp/Orders').replace('Schedule', 'Plan') + complete,
  );
  expect(checkMappings([folder.path()]).map(({ code, line }) => `${code} ${line}`)).toEqual([
    'no-native-schema 4',
    'unknown-noun 6',
    'no-cases 1',
  ]);
});

test('only some files are checked where that is asked', () => {
  write('erp/order.map.yaml', header + complete.replace('from: Seconds', 'from: Secs'));
  const under = (place: string) => (file: string) => file.startsWith(folder.path(place));
  expect(checkMappings([folder.path()], { only: under('erp/') })).toHaveLength(2);
  expect(checkMappings([folder.path()], { only: under('crm/') })).toEqual([]);
});

test('files that cannot be read are findings with their line, and the others are still checked', () => {
  write('erp/other.map.yaml', `${header}rules:\n  - { set: id, form: No }\n`);
  write('codes/broken.yaml', 'A: [1]\n');
  write('erp/order.map.yaml', header + complete.replace('from: Seconds', 'from: Secs'));
  expect(
    checkMappings([folder.path()]).map(
      ({ code, file, line }) => `${code} ${file.slice(folder.path().length + 1)}:${line}`,
    ),
  ).toEqual([
    'bad-mapping codes/broken.yaml:1',
    'unknown-source erp/order.map.yaml:20',
    'unread erp/order.map.yaml:22',
    'bad-mapping erp/other.map.yaml:8',
  ]);
});

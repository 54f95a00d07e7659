import { checkMappings, coverage, loadMappings } from '.';
import { temporaryFolder } from './temporary-folder';

const native = {
  type: 'object',
  properties: {
    No: { type: 'string', description: 'Order number | six digits.' },
    Status: { type: 'string' },
    Text: { type: 'string' },
    Revision: { type: 'string' },
    Planner: { type: 'object', properties: { Name: { type: 'string' }, Phone: { type: 'string' } } },
    Steps: {
      type: 'array',
      items: { type: 'object', properties: { No: { type: 'string' }, Sec: { type: 'number' } } },
    },
  },
};

const rules = `about: Orders.
version: "3"
direction: in
native: erp/Order
records: [Order]
message: { verb: Sync, noun: OperationsDefinition }
rules:
  - { set: id, from: No, as: trim-leading-zeros }
  - { set: definitionType, from: Status, codes: state }
  - { set: operationsType, value: Production }
  - { set: "description[0]", expr: "Text & ' ' & $string($sum(Steps.Sec))" }
  - { set: "description[1]", expr: "$join(Steps^(No).No, '+')", interpreted: true, optional: true }
  - { set: version, from: Revision, default: A }
  - { set: operationsSegment, each: Steps, optional: true, rules: [ { set: id, from: No } ] }
unused:
  Planner.*: People stay in the ERP.
`;

const folder = temporaryFolder({
  'erp/native/Order.schema.json': JSON.stringify(native),
  'codes/state.yaml': 'about: States of the ERP.\nentries: { REL: Instance }\n',
  'erp/order.cases.yaml': `- case: a released order
  input: { No: "007", Status: REL, Text: Valve, Steps: [ { No: "10", Sec: 1.5 } ] }
  output: { id: "7", definitionType: Instance, operationsType: Production, description: [Valve 1.5, "10"], version: A, operationsSegment: [ { id: "10" } ] }
`,
  'erp/order.map.yaml': rules,
});

const covered = () => coverage(loadMappings([folder.path()]), 'erp/order');

test('coverage says what becomes of every native field', () => {
  const { rows, ...figures } = covered();
  expect(figures).toEqual({
    mapping: 'erp/order',
    ok: true,
    percent: 100,
    native: { covered: 8, total: 8 },
    required: { set: 2, total: 2 },
    counts: {
      mapped: 3,
      defaulted: 1,
      constant: 1,
      'compiled expression': 1,
      'interpreted expression': 1,
      dropped: 1,
      lost: 0,
      unread: 0,
      'not set': 0,
      'never set': 0,
    },
  });
  expect(
    rows.map(({ kind, native: from, canonical, note }) => `${kind}: ${from} → ${canonical} (${note})`),
  ).toEqual([
    'mapped: No → id (trim-leading-zeros)',
    'mapped: Status → definitionType (codes state)',
    'constant: "Production" → operationsType ()',
    "compiled expression: Text, Steps.Sec → description[0] (Text & ' ' & $string($sum(Steps.Sec)))",
    "interpreted expression: Steps.No → description[1] ($join(Steps^(No).No, '+'); optional)",
    'defaulted: Revision → version (default "A")',
    'mapped: Steps.No → operationsSegment[].id ()',
    'dropped: Planner.* →  (People stay in the ERP.)',
  ]);
});

test('what is overlooked lowers the percentage, and what is required and never set is named', () => {
  folder.write(
    'erp/order.map.yaml',
    rules
      .replace('  Planner.*: People', '  Planner.Name: People')
      .replace('set: id, from: No, as', 'set: version, from: No, as'),
  );
  const { ok, percent, required, rows } = covered();
  expect({ ok, percent, required }).toEqual({ ok: false, percent: 87, required: { set: 1, total: 2 } });
  expect(rows.filter(({ line }) => line === 0)).toMatchObject([
    { kind: 'unread', native: 'Planner.Phone' },
    { kind: 'never set', canonical: 'id' },
  ]);
});

test('a misspelt path in an expression is found, though JSONata would say nothing', () => {
  folder.write('erp/order.map.yaml', rules.replace('Steps.Sec', 'Steps.Secs'));
  expect(checkMappings([folder.path()])).toMatchObject([
    {
      code: 'unknown-source',
      line: 11,
      path: 'Steps.Secs',
      message: expect.stringContaining("did you mean 'Sec'?"),
    },
    { code: 'unread', path: 'Steps.Sec' },
  ]);
  folder.write('erp/order.map.yaml', rules.replace('Steps^(No).No', 'Steps^(Nr).Nummer'));
  expect(checkMappings([folder.path()]).map(({ line, path }) => `${line} ${path}`)).toEqual([
    '12 Steps.Nr',
    '12 Steps.Nummer',
  ]);
});

test('of a mapping that goes both ways, what does not come back is listed with the reason, and what must be written', () => {
  const required = { ...native, required: ['No', 'Planner'] };
  folder.write('erp/native/Order.schema.json', JSON.stringify(required));
  folder.write('erp/order.map.yaml', rules.replace('direction: in', 'direction: both'));
  const { ok, counts, rows } = covered();
  expect(ok).toBe(false);
  expect(counts).toMatchObject({ lost: 2, 'never set': 1 });
  expect(rows.filter(({ kind }) => kind === 'lost')).toMatchObject([
    { canonical: 'description[]', line: 11, note: 'an expression has no way back' },
    { canonical: 'description[]', line: 12, note: 'an expression has no way back' },
  ]);
  expect(rows.filter(({ kind }) => kind === 'never set')).toMatchObject([{ native: 'Planner' }]);
  folder.write('erp/native/Order.schema.json', JSON.stringify(native));
});

test('a preview tells which rule set which path', () => {
  const outcome = loadMappings([folder.path()])
    .get('erp/order')
    .read({ No: '007', Status: 'REL', Steps: [{ No: '10' }] }, { now: 'now' }, { trace: true });
  expect('trace' in outcome && outcome.trace).toEqual([
    { rule: 'erp/order:8', set: 'id', from: 'No', value: '7' },
    { rule: 'erp/order:9', set: 'definitionType', from: 'Status', value: 'Instance' },
    { rule: 'erp/order:10', set: 'operationsType', from: 'constant', value: 'Production' },
    {
      rule: 'erp/order:11',
      set: 'description[0]',
      from: "Text & ' ' & $string($sum(Steps.Sec))",
      value: ' ',
    },
    {
      rule: 'erp/order:12',
      set: 'description[1]',
      from: "$join(Steps^(No).No, '+')",
      value: '10',
    },
    { rule: 'erp/order:13', set: 'version', from: 'Revision', value: 'A' },
    { rule: 'erp/order:14', set: 'operationsSegment[0].id', from: 'Steps[0].No', value: '10' },
  ]);
});

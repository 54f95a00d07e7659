import { loadMappings, spec } from '..';
import { temporaryFolder } from '../temporary-folder';

const native = {
  type: 'object',
  properties: {
    No: { type: 'string', description: 'Order number | six digits.', maxLength: 6 },
    Status: { enum: ['REL', 'DONE'] },
    Texts: {
      type: 'array',
      items: { type: 'object', properties: { Language: { type: 'string' }, Text: { type: 'string' } } },
    },
    Planner: { type: 'object', properties: { Name: { type: 'string' } } },
    Steps: {
      type: 'array',
      items: {
        type: 'object',
        properties: { No: { type: 'string', description: 'Number of the step.' }, Kind: { type: 'string' } },
      },
    },
  },
};

const mapping = `about: Orders.
version: "3"
direction: in
native: erp/Order
records: [Order]
message: { verb: Sync, noun: OperationsDefinition }
rules:
  - { set: id, from: No, as: trim-leading-zeros }
  - { set: definitionType, from: Status, codes: state, default: Pattern }
  - { set: operationsType, value: Production }
  - { set: "description[0]", from: ["Texts[Language=EN].Text", "Texts[Language=DE].Text"], optional: true }
  - set: operationsSegment
    each: Steps
    when: Kind != X
    rules:
      - { set: id, from: [No, Kind] }
      - { set: "description[0]", from: $.No, when: Kind exists }
unused:
  Planner.*: People stay in the ERP.
`;

const folder = temporaryFolder({
  'erp/native/Order.schema.json': JSON.stringify(native),
  'codes/state.yaml':
    'about: States of the ERP.\nentries: { REL: Instance, OLD: Instance }\nback: { Instance: REL }\notherwise: { out: REL }\n',
  'erp/order.cases.yaml': `- case: a released order
  input: { No: "007", Status: REL, Steps: [ { No: "10" } ] }
  output: { id: "7", definitionType: Instance, operationsType: Production, operationsSegment: [ { id: "10" } ] }
- case: an order without a number is refused
  input: { Status: REL, Steps: [] }
  issues: [ "No: missing" ]
`,
  'erp/order.map.yaml': mapping,
});

/** The sections of the specification by title. */
function sections(text: string): Map<string, string> {
  folder.write('erp/order.map.yaml', text);
  const page = spec(loadMappings([folder.path()]), 'erp/order');
  const parts = page.split(/^#+ /m).slice(1);
  return new Map(parts.map((part) => [part.split('\n')[0]!, part.slice(part.indexOf('\n')).trim()]));
}

test('a specification says in a page for people all that the mapping does', () => {
  const parts = sections(mapping);
  expect([...parts.keys()]).toEqual([
    'erp/order',
    'Fields',
    'operationsSegment[]',
    'Conversions',
    'Codes state',
    'Not carried',
    'Cases',
    'Example',
    'Agreed',
  ]);
  expect(parts.get('erp/order')).toMatch(/Orders\.(?:.|\n)*\| version \| erp\/order@3#[0-9a-f]{8} \|/);
  expect(parts.get('Not carried')).toContain('| Planner.* | People stay in the ERP. |');
  expect(parts.get('Agreed')).toMatch(/for erp, which sends(?:.|\n)*for the hub, which receives/);
});

test('fields: meaning on both sides, whether they must be there, what is done to them', () => {
  const fields = sections(mapping).get('Fields')!;
  expect(fields).toContain(
    '| No | Order number \\| six digits. At most 6 characters. | id |  | yes | `trim-leading-zeros` |',
  );
  expect(fields).toMatch(
    /\| Status \| One of REL, DONE\. \|.*\| no \| code list state; where it is missing: "Pattern" \|/,
  );
  expect(fields).toMatch(/\| "Production" \|.*\| always this \|/);
  expect(fields).toContain('the first that is there of [Language=EN], [Language=DE]');
});

test('each list has a table of its own, which says where its entries come from and which are taken', () => {
  const list = sections(mapping).get('operationsSegment[]')!;
  expect(list).toContain('One entry for each Steps where Kind != X. The list must be there.');
  expect(list).toMatch(/\| No, Kind \| Number of the step\. \| id \|.*\| yes \| the first that is there \|/);
  expect(list).toMatch(/\| No \| Order number.*\| only where Kind exists \|/);
});

test('code lists are shown in the direction in which they are read, with what becomes of other codes', () => {
  expect(sections(mapping).get('Codes state')).toMatch(
    /^States of the ERP\.(?:.|\n)*\| REL \| Instance \|\n\| OLD \| Instance \|\n\nAny other code is refused\.$/,
  );
  const out = sections(`version: "1"
direction: out
native: erp/Order
records: [Order]
message: { verb: Sync, noun: OperationsDefinition }
key: id
rules:
  - { set: Status, from: definitionType, codes: state }
`);
  expect(out.get('Fields')).toContain('| canonical | meaning | native | meaning |');
  expect(out.get('Codes state')).toMatch(/\| Instance \| REL \|\n\nAny other code becomes REL\.$/);
});

test('conversions are explained with an example, and cases say what was tried', () => {
  const parts = sections(mapping);
  expect(parts.get('Conversions')).toContain('| `trim-leading-zeros` | Drops leading zeros');
  expect(parts.get('Conversions')).toContain('"000042" → "42"');
  expect(parts.get('Cases')).toContain('| 2 | an order without a number is refused | refused: No: missing |');
  expect(parts.get('Example')).toContain('"No": "007"');
});

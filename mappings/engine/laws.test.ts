import { checkLaws, loadMappings } from '.';
import { temporaryFolder } from './temporary-folder';

const native = {
  type: 'object',
  required: ['No', 'State', 'Steps'],
  properties: {
    No: { type: 'string' },
    State: { type: 'string' },
    Date: { type: 'string' },
    Time: { type: 'string' },
    Qty: { type: 'string' },
    Free: { type: 'string' },
    Steps: {
      type: 'array',
      items: {
        type: 'object',
        required: ['No'],
        properties: { No: { type: 'string' }, Sec: { type: 'number' } },
      },
    },
  },
};

const rules = `
version: "1"
direction: both
native: erp/Order
records: [Order]
message: { verb: Process, noun: OperationsSchedule }
rules:
  - { set: id, from: No, as: trim-leading-zeros, with: { width: 6 } }
  - { set: scheduleState, from: State, codes: state }
  - { set: startTime, from: [Date, Time], as: sap-date-time, optional: true }
  - { set: "description[0]", from: Qty, as: sap-decimal, optional: true }
  - set: operationsRequest
    each: Steps
    rules:
      - { set: id, from: No }
      - { set: duration, from: Sec, as: seconds-duration, optional: true }
`;

const folder = temporaryFolder({
  'erp/native/Order.schema.json': JSON.stringify(native),
  'codes/state.yaml': 'REL: Released\nTECO: Completed\n',
});

function laws(text: string) {
  folder.write('erp/order.map.yaml', text);
  return checkLaws(loadMappings([folder.path()]), 'erp/order');
}

test('a mapping in both directions keeps what it reads, on generated records', () => {
  const result = laws(rules);
  expect(result.broken).toEqual([]);
  expect(result.read).toBeGreaterThan(150);
});

test('what is listed as lost breaks no law', () => {
  const result = laws(`${rules}  - { set: version, from: Free, as: upper, optional: true }\n`);
  expect(result.lost.map(({ path }) => path)).toEqual(['version']);
  expect(result.broken).toEqual([]);
});

test('an instant that comes back with another offset is the same', () => {
  const at = rules.replace('from: [Date, Time], as: sap-date-time', 'from: Free, as: local-date-time');
  const result = laws(at);
  expect(result.broken).toEqual([]);
  expect(result.read).toBeGreaterThan(50);
});

test('a list or an object of which nothing else is left breaks none either', () => {
  const result = laws(
    `${rules.replace('as: sap-decimal', 'as: [sap-decimal, round]')}  - { set: "hierarchyScope.equipmentId", from: Free, as: upper, optional: true }\n`,
  );
  expect(result.lost.map(({ path }) => path)).toEqual(['description[]', 'hierarchyScope.equipmentId']);
  expect(result.broken).toEqual([]);
});

test('a transform that cannot be undone makes its field a loss', () => {
  const rounded = rules.replace('as: sap-decimal', 'as: [sap-decimal, round]');
  expect(laws(rounded).lost).toMatchObject([
    { path: 'description[]', reason: 'sap-decimal, round cannot be undone' },
  ]);
});

test('a constant that hangs on a field which does not come back is found, with a record that shows it', () => {
  const hanging = rules.replace(
    '{ set: "description[0]", from: Qty, as: sap-decimal, optional: true }',
    '{ set: version, value: "2", when: Qty exists }',
  );
  expect(laws(hanging).broken[0]).toMatchObject({
    law: 'reading gives back what was written',
    difference: 'version: expected "2", got nothing',
    record: { Qty: expect.anything() },
  });
});

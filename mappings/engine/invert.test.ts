import { compileMapping } from './apply';
import { invertMapping } from './invert';
import { parseMapping } from './parse';

const head =
  'version: "1"\ndirection: both\nrecords: [Order]\nmessage: { verb: Process, noun: OperationsSchedule }\nkey: id\n';

/** A mapping in both directions, made of these rules, over an order. */
function both(rules: string, native?: object) {
  const mapping = parseMapping(
    'mappings/erp/order.map.yaml',
    `${head}${native ? 'native: erp/Order\n' : ''}rules:\n${rules}`,
  );
  const schemas = new Map(native ? [['erp/Order', native as Record<string, unknown>]] : []);
  const compiled = compileMapping(mapping, new Map(), schemas);
  const context = { zone: 'Europe/Berlin', now: 'now' };
  return {
    lost: invertMapping(mapping).lost.map(({ path, reason }) => `${path}: ${reason}`),
    read(body: unknown) {
      const outcome = compiled.read(body, context);
      return 'message' in outcome ? outcome.message.items[0] : outcome.issues;
    },
    write(item: object) {
      const outcome = compiled.write(item as { id: string }, context);
      return 'records' in outcome ? outcome.records[0]?.body : outcome.issues;
    },
  };
}

test('fields, items and lists come back, and copies of a field are written once', () => {
  const order = both(`
  - { set: id, from: No, as: trim-leading-zeros, with: { width: 6 } }
  - { set: operationsType, value: Production }
  - set: operationsRequest
    item:
      - { set: id, from: No, as: trim-leading-zeros, with: { width: 6 } }
      - { set: "description[0]", from: "Texts[Language=EN].Text", optional: true }
      - { set: startTime, from: [Date, Time], as: sap-date-time }
      - set: segmentRequirement
        each: Sequences[0].Operations
        rules:
          - { set: id, from: No }
          - { set: operationsDefinitionId, from: $.No }
          - { set: "quantity[0].quantityString", from: Qty, as: sap-decimal }
`);
  const body = {
    No: '000042',
    Texts: [{ Language: 'EN', Text: 'Valve' }],
    Date: '20260302',
    Time: '060000',
    Sequences: [
      {
        Operations: [
          { No: '10', Qty: '3-' },
          { No: '20', Qty: '1.5' },
        ],
      },
    ],
  };
  const item = order.read(body) as object;
  expect(item).toMatchObject({ id: '42', operationsRequest: [{ startTime: '2026-03-02T06:00:00+01:00' }] });
  expect(order.write(item)).toEqual(body);
  expect(order.lost).toEqual([]);
});

test('what the native side takes as a number is written as one', () => {
  const native = {
    type: 'object',
    properties: {
      Qty: { type: 'number' },
      Steps: { type: 'array', items: { type: 'object', properties: { Sec: { type: 'integer' } } } },
    },
  };
  const rules = `
  - { set: id, from: Qty, as: decimal-text }
  - { set: steps, each: Steps, rules: [ { set: duration, from: Sec, as: text } ] }
`;
  const body = { Qty: 1.5, Steps: [{ Sec: 7 }] };
  expect(both(rules, native).write(both(rules, native).read(body) as object)).toEqual(body);
});

test('a list that several rules fill is told apart by a constant of its entries', () => {
  const order = both(`
  - { set: id, from: No }
  - set: parts
    each: Parts
    when: Kind = C
    rules: [ { set: id, from: Id }, { set: use, value: Consumed } ]
  - set: parts
    item: [ { set: id, from: Product }, { set: use, value: Produced } ]
`);
  const body = { No: '1', Parts: [{ Id: 'A', Kind: 'C' }], Product: 'P' };
  expect(order.read(body)).toEqual({
    id: '1',
    parts: [
      { id: 'A', use: 'Consumed' },
      { id: 'P', use: 'Produced' },
    ],
  });
  expect(order.write(order.read(body) as object)).toEqual(body);
});

test('a native field that is always read is always written, from the first place that has it', () => {
  const order = both(`
  - { set: id, from: No }
  - { set: version, from: Text, optional: true }
  - { set: name, from: Text }
`);
  expect(order.write({ id: '1', name: 'A' })).toEqual({ No: '1', Text: 'A' });
  expect(order.write({ id: '1' })).toMatchObject([
    { message: 'version or name: missing, and Text must be sent' },
  ]);
});

test('what cannot come back is listed with its reason', () => {
  const order = both(`
  - { set: id, from: No }
  - { set: a, from: A, as: upper }
  - { set: b, expr: "A & B" }
  - { set: parts, each: "Sequences[*].Parts", rules: [ { set: id, from: Id } ] }
  - set: steps
    each: Steps
    when: "Key != X"
    rules: [ { set: id, from: Id }, { set: plant, from: $.Plant }, { set: no, from: $.No } ]
`);
  expect(order.lost).toEqual([
    'a: upper cannot be undone',
    'b: an expression has no way back',
    'parts: its entries come from several lists',
    'steps[].plant: $.Plant stands outside the entry',
    "steps: entries that do not meet 'Key != X' are not carried",
  ]);
});

import type { CanonicalObject } from '../../model/message';
import { compileMapping } from './apply';
import type { CodeTable } from './codes';
import type { MappingContext } from './mapping';
import { parseMapping } from './parse';

const status: CodeTable = {
  name: 'order-status',
  fileName: 'order-status.yaml',
  file: 'codes/order-status.yaml',
  toCanonical: new Map([['REL', 'Released']]),
  toNative: new Map([['Released', 'REL']]),
  otherwise: {},
  text: 'REL: Released',
};

const compile = (text: string) =>
  compileMapping(parseMapping('mappings/erp/order.map.yaml', text), new Map([[status.name, status]]));

const context: MappingContext = { zone: 'Europe/Berlin', now: '2026-03-02T05:00:00Z', system: 'erp' };

/** A mapping of orders from the ERP, made of these rules. */
function reading(rules: string, header = '') {
  const mapping = compile(`
version: "1"
direction: in
message: { verb: Process, noun: OperationsSchedule }
records: [Order]
${header}
rules:
${rules}
`);
  return (body: unknown, more: MappingContext = {}) => {
    const outcome = mapping.read(body, { ...context, ...more });
    if ('issues' in outcome) return outcome.issues.map(({ message, path }) => `${path} <- ${message}`);
    return outcome.message.items.length === 1 ? outcome.message.items[0] : outcome.message.items;
  };
}

function writing(rules: string, header = 'key: id') {
  const mapping = compile(`
version: "1"
direction: out
message: { verb: [Process, Change], noun: OperationsSchedule }
records: [Job]
${header}
rules:
${rules}
`);
  return (item: CanonicalObject, more: MappingContext = {}) => {
    const outcome = mapping.write(item, { ...context, ...more });
    return 'issues' in outcome ? outcome.issues.map(({ message }) => message) : outcome.records;
  };
}

describe('values', () => {
  test('a constant, a path, the first of several paths, a default', () => {
    const read = reading(`
  - { set: operationsType, value: Production }
  - { set: id, from: Head.No }
  - { set: "description[0]", from: [LongText, Text] }
  - { set: version, from: Version, default: "1" }
`);
    expect(read({ Head: { No: '7' }, Text: 'Valve' })).toEqual({
      operationsType: 'Production',
      id: '7',
      description: ['Valve'],
      version: '1',
    });
  });

  test('the first entry of a list whose field has a value', () => {
    const read = reading('  - { set: "description[0]", from: "Texts[Language=EN].Text" }');
    expect(
      read({
        Texts: [
          { Language: 'DE', Text: 'Ventil' },
          { Language: 'EN', Text: 'Valve' },
        ],
      }),
    ).toEqual({
      description: ['Valve'],
    });
  });

  test('empty text and null count as missing, zero and false do not', () => {
    const read = reading(
      '  - { set: a, from: A, optional: true }\n  - { set: b, from: B }\n  - { set: c, from: C }',
    );
    expect(read({ A: '', B: 0, C: false })).toEqual({ b: 0, c: false });
    expect(read({ A: null, B: null, C: '' })).toEqual(['b <- B: missing', 'c <- C: missing']);
  });

  test('context, and the envelope', () => {
    const mapping = compile(`
version: "1"
direction: in
message: { verb: Process, noun: OperationsSchedule }
rules:
  - { set: id, from: "@plant" }
  - { set: "@referenceId", from: notice }
  - { set: "@verb", from: verb, optional: true }
`);
    expect(mapping.read({ notice: 'ECN-1' }, { ...context, plant: '1000', messageId: 'm1' })).toEqual({
      message: {
        verb: 'Process',
        noun: 'OperationsSchedule',
        applicationArea: {
          sender: { logicalId: 'erp', referenceId: 'ECN-1' },
          creationDateTime: '2026-03-02T05:00:00Z',
          bodId: 'm1',
        },
        items: [{ id: '1000' }],
      },
    });
    expect(mapping.read({ notice: 'ECN-1', verb: 'Cancel' }, { plant: '1', now: 'now' })).toMatchObject({
      message: { verb: 'Cancel' },
    });
    expect(mapping.read({ notice: 'ECN-1', verb: 'Destroy' }, { plant: '1' })).toMatchObject({
      issues: [{ message: expect.stringContaining("'Destroy' is not one of") }],
    });
  });
});

describe('lists', () => {
  const order = {
    Plant: '1000',
    Operations: [
      { No: '10', Key: 'PP01', Where: 'A' },
      { No: '20', Key: 'PP99', Where: 'B' },
    ],
    Components: [
      { Line: '1', Operation: '10' },
      { Line: '2', Operation: '20' },
      { Line: '3', Operation: '10' },
    ],
    Places: [{ Name: 'A', Text: 'Press' }],
  };

  test('one entry for each entry that meets the condition; $ is the record, ^ the entry outside', () => {
    const read = reading(`
  - set: segments
    each: Operations
    when: "Key != PP99"
    rules:
      - { set: id, from: No }
      - { set: plant, from: $.Plant }
      - set: parts
        each: $.Components
        when: "Operation = ^.No"
        rules: [ { set: id, from: Line }, { set: of, from: ^.No } ]
`);
    expect(read(order)).toEqual({
      segments: [
        {
          id: '10',
          plant: '1000',
          parts: [
            { id: '1', of: '10' },
            { id: '3', of: '10' },
          ],
        },
      ],
    });
  });

  test('a join finds the entry of another list by its key', () => {
    const read = reading(`
  - set: segments
    each: Operations
    join: { list: $.Places, by: Name, equals: Where }
    rules: [ { set: id, from: No }, { set: text, from: "#.Text", optional: true } ]
`);
    expect(read(order)).toEqual({ segments: [{ id: '10', text: 'Press' }, { id: '20' }] });
  });

  test('item makes a list of one, and several rules may fill one list', () => {
    const read = reading(`
  - { set: parts, each: Components, rules: [ { set: id, from: Line } ] }
  - { set: parts, item: [ { set: id, from: Plant } ], when: "Plant exists" }
  - { set: none, item: [ { set: id, from: Nothing, optional: true } ] }
`);
    expect(read(order)).toEqual({ parts: [{ id: '1' }, { id: '2' }, { id: '3' }, { id: '1000' }] });
  });

  test('each with from makes a list of values', () => {
    expect(reading('  - { set: ids, each: Components, from: Line }')(order)).toEqual({
      ids: ['1', '2', '3'],
    });
  });

  test('[*] puts the inner lists of all entries one after another', () => {
    const read = reading('  - { set: ids, each: "Sequences[*].Operations", from: No }');
    const sequences = [{ Operations: [{ No: '1' }] }, { Operations: [{ No: '2' }, { No: '3' }] }];
    expect(read({ Sequences: sequences })).toEqual({ ids: ['1', '2', '3'] });
  });

  test('within [*], ^ is the entry that holds the inner list, and issues name its place', () => {
    const read = reading(`
  - set: parts
    each: "Sequences[*].Operations"
    when: "No != 2"
    rules: [ { set: id, from: No }, { set: of, from: ^.Name }, { set: plant, from: ^.^.Plant } ]
`);
    const sequences = [
      { Name: 'A', Operations: [{ No: '1' }, { No: '2' }] },
      { Name: 'B' },
      { Operations: [{ No: '3' }] },
    ];
    expect(read({ Plant: '1000', Sequences: sequences.slice(0, 2) })).toEqual({
      parts: [{ id: '1', of: 'A', plant: '1000' }],
    });
    expect(read({ Plant: '1000', Sequences: sequences })).toEqual([
      'parts[1].of <- Sequences[2].Name: missing',
    ]);
  });

  test('[-1] reads and sets the last entry', () => {
    const read = reading(`
  - { set: ids, each: Operations, rules: [ { set: id, from: No } ] }
  - { set: "ids[-1].last", from: "Operations[-1].No" }
  - { set: "others[-1].id", from: Plant }
`);
    expect(read(order)).toEqual({ ids: [{ id: '10' }, { id: '20', last: '20' }], others: [{ id: '1000' }] });
  });

  test('each in the header makes one item for each entry', () => {
    const read = reading('  - { set: id, from: Line }', 'each: Components\nwhen: "Operation = 10"');
    expect(read(order)).toEqual([{ id: '1' }, { id: '3' }]);
  });
});

describe('issues', () => {
  test('are told all at once, with both paths, the value and what to do', () => {
    const mapping = compile(`
version: "1"
direction: in
message: { verb: Process, noun: OperationsSchedule }
rules:
  - { set: requestState, from: Status, codes: order-status }
  - set: segmentRequirement
    each: Operations
    rules:
      - { set: id, from: No }
      - { set: duration, from: Seconds, as: seconds-duration }
`);
    const outcome = mapping.read(
      { Status: 'XYZ', Operations: [{ No: '10', Seconds: '5' }, { Seconds: 'x' }] },
      context,
    );
    expect(outcome).toEqual({
      issues: [
        {
          rule: 'erp/order:6',
          path: 'requestState',
          message: "Status: order-status has no entry for 'XYZ'",
          value: 'XYZ',
          todo: 'Add it to codes/order-status.yaml, then replay.',
        },
        {
          rule: 'erp/order:10',
          path: 'segmentRequirement[1].id',
          message: 'Operations[1].No: missing',
          todo: expect.stringContaining('line 10'),
        },
        {
          rule: 'erp/order:11',
          path: 'segmentRequirement[1].duration',
          message: "Operations[1].Seconds: 'x' is not a number of seconds",
          value: 'x',
          todo: 'Correct the record or the rule, then replay.',
        },
      ],
    });
  });

  test('a mapping file that is wrong is refused with file, line and the nearest word', () => {
    const wrong = (rule: string) => {
      try {
        reading(rule);
      } catch (error) {
        return (error as Error).message;
      }
      return 'accepted';
    };
    const at = 'mappings/erp/order.map.yaml:8: ';
    expect(wrong('  - { set: id, form: X }')).toBe(`${at}a rule has no word 'form'; did you mean 'from'?`);
    expect(wrong('  - { set: id, from: X, value: 1 }')).toContain('exactly one of from, value');
    expect(wrong('  - { set: id, from: X, as: trim-leading-zero }')).toContain(
      "did you mean 'trim-leading-zeros'?",
    );
    expect(wrong('  - { set: id, from: X, codes: nothing }')).toContain("there is no code table 'nothing'");
    expect(wrong('  - { set: id, from: "a..b" }')).toContain("the path 'a..b'");
    expect(wrong('  - { set: id, from: X, when: "A is B" }')).toContain("the condition 'A is B'");
    expect(wrong('  - { set: id, from: X, as: prefix }')).toContain("prefix needs 'text'");
  });
});

describe('writing', () => {
  test('one record for each entry that meets the condition, with the key of the whole item', () => {
    const write = writing(
      `
  - { set: jobOrderID, from: [$.id, id], as: concat, with: { by: "-" } }
  - { set: status, from: state, codes: order-status }
`,
      'each: request[0].segment\nkey: $.id\nwhen: "equipment[0] in @equipment"',
    );
    const segment = [
      { id: '0010', state: 'Released', equipment: ['PRESS-01'] },
      { id: '0020', state: 'Released', equipment: ['ASSY-01'] },
    ];
    const item = { id: '1000001', request: [{ segment }] };
    expect(write(item, { equipment: ['PRESS-01', 'PRESS-02'] })).toEqual([
      { type: 'Job', key: '1000001', body: { jobOrderID: '1000001-0010', status: 'REL' } },
    ]);
    expect(write(item, { equipment: 'ASSY-01' })).toMatchObject([{ body: { jobOrderID: '1000001-0020' } }]);
    expect(write({ id: '1' }, { equipment: 'ASSY-01' })).toEqual([]);
  });

  test('verb, noun and reference of the message are context', () => {
    const mapping = compile(`
version: "1"
direction: out
message: { verb: [Process, Cancel], noun: OperationsSchedule }
records: [Job]
key: id
rules:
  - { set: command, value: Abort, when: "@verb = Cancel" }
  - { set: reference, from: "@referenceId", optional: true }
`);
    const message = {
      verb: 'Cancel' as const,
      noun: 'OperationsSchedule',
      applicationArea: { creationDateTime: 'now', sender: { referenceId: 'ECN-1' } },
      items: [{ id: '1' }, { id: '2' }],
    };
    expect(mapping.write(message, context)).toEqual({
      records: [
        { type: 'Job', key: '1', body: { command: 'Abort', reference: 'ECN-1' } },
        { type: 'Job', key: '2', body: { command: 'Abort', reference: 'ECN-1' } },
      ],
    });
  });

  test('a selector in a target finds or makes the entry', () => {
    const write = writing(
      '  - { set: "Texts[Language=EN].Text", from: description }\n  - { set: "Texts[Language=EN].No", from: id }',
    );
    expect(write({ id: '1', description: 'Valve' })).toEqual([
      { type: 'Job', key: '1', body: { Texts: [{ Language: 'EN', Text: 'Valve', No: '1' }] } },
    ]);
  });

  test('a missing source names both sides, and a missing key is an issue', () => {
    expect(writing('  - { set: Order.Text, from: description }')({})).toEqual([
      'id: missing, and it is the business key',
      'description: missing, and Order.Text must be sent',
    ]);
  });
});

test('a transform that reads several fields cannot write', () => {
  expect(() => writing('  - { set: Date, from: startTime, as: sap-date-time }')).toThrow(
    'use sap-date and sap-time',
  );
});

describe('safety', () => {
  const hostile = JSON.parse(
    '{"__proto__": {"polluted": "yes"}, "constructor": "c", "a": {"__proto__": {"x": 1}}}',
  );

  test('names that every object inherits are read only where the record holds them', () => {
    const read = reading(`
  - { set: a, from: constructor.name, optional: true }
  - { set: b, from: toString, optional: true }
  - { set: c, from: list.length, optional: true }
  - { set: d, from: constructor }
`);
    expect(read({ list: [1], constructor: 'own' })).toEqual({ d: 'own' });
    expect(read({ list: [1] })).toEqual(['d <- constructor: missing']);
  });

  test('no path can write to what all objects share', () => {
    expect(() => reading('  - { set: __proto__.polluted, value: x }')).toThrow('is not allowed');
    expect(() => reading('  - { set: a.constructor.b, value: x }')).toThrow('is not allowed');
    const read = reading('  - { set: copy, from: a }\n  - { set: whole, from: "$" }');
    expect(Object.keys(read(hostile) as object)).toEqual(['copy', 'whole']);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  test('neither the record nor a constant is reachable from the output', () => {
    const read = reading(
      '  - { set: a, from: part }\n  - { set: a.b, value: changed }\n  - { set: c, value: { d: [1] } }',
    );
    const body = Object.freeze({ part: Object.freeze({ b: 'original' }) });
    const [first, second] = [read(body), read(body)] as { c: { d: number[] } }[];
    expect(first).toEqual({ a: { b: 'changed' }, c: { d: [1] } });
    expect(first?.c.d).not.toBe(second?.c.d);
    expect(body.part.b).toBe('original');
  });
});

test('5,000 components grouped under 500 operations take linear time', () => {
  const read = reading(`
  - set: segments
    each: Operations
    rules:
      - { set: id, from: No }
      - { set: parts, each: $.Components, when: "Operation = ^.No", rules: [ { set: id, from: Line } ] }
`);
  const sizes = [500, 5_000].map((size) => {
    const Operations = Array.from({ length: size / 10 }, (_, n) => ({ No: `${n}` }));
    const Components = Array.from({ length: size }, (_, n) => ({
      Line: `${n}`,
      Operation: `${n % (size / 10)}`,
    }));
    let looks = 0;
    const watched = Components.map((one) => ({
      ...one,
      get Operation() {
        looks++;
        return one.Operation;
      },
    }));
    read({ Operations, Components: watched });
    return looks / size;
  });
  expect(sizes).toEqual([1, 1]);
});

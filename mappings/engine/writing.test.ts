import type { MappedRecord } from './compiled';
import { compile, context, writing } from './test-mapping';

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

  test('a key is looked up in the entry, then in the whole item; of several, the first that is present', () => {
    const keys = (key: string) => {
      const write = writing('  - { set: no, from: id }', `each: segment\nkey: ${key}`);
      const segment = [{ id: '10', job: 'J1' }, { id: '20' }];
      return (write({ id: '1', order: '7', segment }) as MappedRecord[]).map((record) => record.key);
    };
    expect(keys('id')).toEqual(['10', '20']);
    expect(keys('order')).toEqual(['7', '7']);
    expect(keys('[order, id]')).toEqual(['7-10', '7-20']);
    expect(keys('job or $.id')).toEqual(['J1', '1']);
  });

  test('the code comes first, its spelling after', () => {
    const write = writing('  - { set: status, from: state, codes: order-status, as: lower }');
    expect(write({ id: '1', state: 'Released' })).toMatchObject([{ body: { status: 'rel' } }]);
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

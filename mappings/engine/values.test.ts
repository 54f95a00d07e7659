import { compileMapping } from './apply';
import { parseMapping } from './parse';
import { compile, context, header, reading, status } from './test-mapping';

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
    expect(read({ Head: { No: '7' }, LongText: 'Process valve', Text: 'Valve', Version: '2' })).toMatchObject(
      {
        description: ['Process valve'],
        version: '2',
      },
    );
  });

  test.each([
    ['State exists', ['REL', 'NEW'], ['', null, undefined]],
    ['State missing', ['', null, undefined], ['REL', 0, false]],
    ['State = REL', ['REL'], ['NEW', '', undefined]],
    ['State = 7', ['7', 7], ['8', '']],
    ['State != REL', ['NEW', '', undefined], ['REL']],
    ['State in REL,NEW', ['REL', 'NEW'], ['DONE', '', undefined]],
    ['State not in REL,NEW', ['DONE', '', undefined], ['REL', 'NEW']],
    ['State = @plant', ['1000'], ['2000', undefined]],
    ['State = $.Wanted', ['yes'], ['no', undefined]],
  ])('a rule runs only where %s', (when, meets, fails) => {
    const read = reading(`  - { set: id, value: set, when: "${when}" }`, '', { plant: '1000' });
    for (const State of meets)
      expect([State, read({ State, Wanted: 'yes' })]).toEqual([State, { id: 'set' }]);
    for (const State of fails) expect([State, read({ State, Wanted: 'yes' })]).toEqual([State, {}]);
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

test('the stamp changes with the mapping and with the code tables that it uses', () => {
  const text = `${header}rules:\n  - { set: scheduleState, from: S, codes: order-status }\n`;
  const stamp = (mapping: string, table = status) =>
    compileMapping(parseMapping('mappings/erp/order.map.yaml', mapping), new Map([[status.name, table]]))
      .stamp;
  expect(stamp(text)).toMatch(/^erp\/order@1#[0-9a-f]{8}$/);
  expect(stamp(text)).toBe(stamp(text));
  expect(stamp(`${text}# x`)).not.toBe(stamp(text));
  expect(stamp(text, { ...status, text: 'REL: Ready' })).not.toBe(stamp(text));
});

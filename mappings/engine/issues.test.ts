import { compile, context, reading } from './test-mapping';

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
          todo: 'Add it to codes/order-status.yaml, start the hub anew, then: esperanto replay.',
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
          todo: 'Correct the record, or the rule and start the hub anew, then: esperanto replay.',
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

import type { Issue } from './errors';
import type { OperationsDefinition } from './generated/types';
import type { Message } from './message';
import { bareValidator } from './testing/bare-ajv';
import { definition, order } from './testing/messages';
import { issueLimit, messageSchema, transactionOf, validateMessage, validateObject } from './validate';

const places = (issues: readonly Issue[]) => issues.map(({ rule, path }) => `${rule} ${path}`);

// biome-ignore lint/suspicious/noExplicitAny: what is tested is what the types forbid.
type Loose = Record<string, any>;

/** The order with one thing changed. */
function changed(change: (request: Loose, message: Loose) => void): Message {
  const message = order();
  change(message.items[0]!.operationsRequest[0]!, message);
  return message as Message;
}

test('a message that fits has no issues', () => {
  expect(validateMessage(order() as Message)).toEqual([]);
  expect(validateObject('OperationsDefinition', definition())).toEqual([]);
});

test.each<[string, (request: Loose, message: Loose) => void, string]>([
  ['a missing member', (request) => delete request.id, 'required items[0].operationsRequest[0].id'],
  [
    'a member nobody knows',
    (request) => (request.colour = 'red'),
    'unknown items[0].operationsRequest[0].colour',
  ],
  [
    'a value that is not listed',
    (request) => (request.requestState = 'Done'),
    'enum items[0].operationsRequest[0].requestState',
  ],
  [
    'a date that is none',
    (request) => (request.startTime = '2026-13-01T00:00:00Z'),
    'format items[0].operationsRequest[0].startTime',
  ],
  ['a number for text', (request) => (request.priority = 1), 'type items[0].operationsRequest[0].priority'],
  [
    'one for a list',
    (request) => (request.description = 'x'),
    'type items[0].operationsRequest[0].description',
  ],
  [
    'null where nothing may be nil',
    (request) => (request.priority = null),
    'type items[0].operationsRequest[0].priority',
  ],
  [
    'an empty list where one must be',
    (request) => (request.segmentRequirement = []),
    'minItems items[0].operationsRequest[0].segmentRequirement',
  ],
  [
    'an attribute nobody knows',
    (request) => (request._id = { colour: 'x' }),
    'unknown items[0].operationsRequest[0]._id.colour',
  ],
  [
    'an end before its start',
    (request) => (request.endTime = '2026-03-02T07:59:00+01:00'),
    'end-not-before-start items[0].operationsRequest[0].endTime',
  ],
  [
    'a quantity that is no number',
    (request) => (request.segmentRequirement[0].materialRequirement[0].quantity[0].quantityString = '8,0'),
    'number items[0].operationsRequest[0].segmentRequirement[0].materialRequirement[0].quantity[0].quantityString',
  ],
  [
    'a scope without level',
    (request) => (request.hierarchyScope = { equipmentId: 'LINE-1' }),
    'exactly-one items[0].operationsRequest[0].hierarchyScope',
  ],
  [
    'a scope with two levels',
    (request) =>
      (request.hierarchyScope = { equipmentId: 'L', equipmentElementLevel: 'Unit', equipmentLevel: 'Unit' }),
    'exactly-one items[0].operationsRequest[0].hierarchyScope',
  ],
  [
    'no creation time',
    (_, message) => (message.applicationArea = {}),
    'required applicationArea.creationDateTime',
  ],
  ['a noun nobody knows', (_, message) => (message.noun = 'Order'), 'transaction noun'],
  ['no items', (_, message) => (message.items = []), 'minItems items'],
])('%s is refused with its path', (_, change, expected) => {
  expect(places(validateMessage(changed(change)))).toEqual([expected]);
});

test('all issues come at once', () => {
  const message = changed((request) => {
    request.priority = 1;
    request.startTime = 'soon';
    request.segmentRequirement[0].duration = '90';
  });
  expect(validateMessage(message)).toHaveLength(3);
});

test('a message that is wrong everywhere is answered fast, with a bounded number of issues', () => {
  const message = changed((request) => {
    request.segmentRequirement = Array.from({ length: 100_000 }, (_, id) => ({ id }));
  });
  const before = process.cpuUsage();
  expect(validateMessage(message)).toHaveLength(issueLimit);
  // Of this process: others share the machine.
  expect(process.cpuUsage(before).user / 1_000).toBeLessThan(2_000);
});

test.each([null, undefined, 'text', 7, []])('%p is no message', (value) => {
  expect(validateMessage(value as unknown as Message)).toMatchObject([
    { rule: expect.stringMatching(/type|transaction/) },
  ]);
});

test('objects nested without end are refused, not followed', () => {
  let scope: Record<string, unknown> = { equipmentId: 'x', equipmentLevel: 'Unit' };
  for (let depth = 0; depth < 100_000; depth++)
    scope = { equipmentId: 'x', equipmentLevel: 'Unit', hierarchyScopeChild: scope };
  expect(places(validateObject('Equipment', { id: '1', hierarchyScope: scope }))).toContain('depth ');
});

describe('a message that is no whole object', () => {
  test('a Get and a Cancel may name what they mean and no more', () => {
    for (const verb of ['Get', 'Cancel'] as const) {
      expect(
        validateMessage(
          changed((_, message) => Object.assign(message, { verb, items: [{ id: '1000001' }] })),
        ),
      ).toEqual([]);
    }
  });

  test('one of several is one of several all the same', () => {
    const levels = { equipmentElementLevel: 'Unit', equipmentLevel: 'Unit' };
    const scoped = (scope: object) =>
      places(
        validateMessage(
          changed((request, whole) => {
            whole.verb = 'Change';
            request.hierarchyScope = { equipmentId: 'L', ...scope };
          }),
        ),
      );
    expect(scoped({})).toEqual([]);
    expect(scoped(levels)).toEqual(['exactly-one items[0].operationsRequest[0].hierarchyScope']);
  });

  test('what is missing does not hide what is wrong', () => {
    const message = changed((request, whole) => {
      whole.verb = 'Change';
      request.segmentRequirement = Array.from({ length: 20_000 }, () => ({}));
      request.segmentRequirement.push({ id: 1 });
    });
    expect(places(validateMessage(message))).toEqual([
      'type items[0].operationsRequest[0].segmentRequirement[20000].id',
    ]);
  });

  test('a Get with a wrong value is refused all the same', () => {
    const message = changed((_, whole) => Object.assign(whole, { verb: 'Get', items: [{ id: 1 }] }));
    expect(places(validateMessage(message))).toEqual(['type items[0].id']);
  });

  test('null clears a member in a Change', () => {
    const message = changed((request, whole) => {
      whole.verb = 'Change';
      request.endTime = null;
    });
    expect(validateMessage(message)).toEqual([]);
  });

  test('null says that a value is nil wherever the standard allows it', () => {
    const message = changed((request) => {
      request.segmentRequirement[0].segmentParameter[0].value[0].valueString = null;
    });
    expect(validateMessage(message)).toEqual([]);
  });
});

describe('rules above the schema', () => {
  const withSegments = (
    change: (segments: NonNullable<OperationsDefinition['operationsSegment']>) => void,
  ) => {
    const object = definition();
    change(object.operationsSegment!);
    return places(validateObject('OperationsDefinition', object));
  };

  test('a segment may depend on one of the same definition', () => {
    expect(withSegments((segments) => (segments[1]!.dependentOperationsSegmentId = ['0010']))).toEqual([]);
  });

  test('a segment may not depend on one that is not there', () => {
    const dependency = { id: 'd', dependency: 'AtEnd', segmentId: ['0010', '0099'] } as const;
    expect(
      withSegments(
        (segments) =>
          (segments[1]!.segmentDependency = [
            { ...dependency, dependency: 'Other', segmentId: [...dependency.segmentId] },
          ]),
      ),
    ).toEqual(['reference operationsSegment[1].segmentDependency[0].segmentId[1]']);
  });

  test('an assembly may not hold itself, however deep', () => {
    const object = {
      id: 'A',
      assemblyDefinition: [{ id: 'B', assemblyDefinition: [{ id: 'C' }, { id: 'A' }] }],
    };
    expect(places(validateObject('MaterialDefinition', object))).toEqual([
      'cycle assemblyDefinition[0].assemblyDefinition[1].id',
    ]);
  });

  test('a product may not be made from itself through the bills of other products', () => {
    const bill = (id: string, material: string): OperationsDefinition => ({
      id,
      operationsSegment: [
        {
          id: '1',
          materialSpecification: [{ id: '1', materialDefinitionId: [material], materialUse: 'Consumed' }],
        },
      ],
    });
    const message: Message = {
      verb: 'Process',
      noun: 'OperationsDefinition',
      applicationArea: { creationDateTime: '2026-01-01T00:00:00Z' },
      items: [bill('PUMP', 'MOTOR'), bill('MOTOR', 'ROTOR'), bill('ROTOR', 'PUMP')],
    };
    expect(validateMessage(message)).toMatchObject([
      { rule: 'cycle', message: expect.stringContaining('PUMP → MOTOR → ROTOR → PUMP') },
    ]);
  });

  test.each([
    ['12.5', 'decimal', true],
    ['1e5', 'decimal', false],
    ['1e5', 'double', true],
    ['-1', 'nonNegativeInteger', false],
    ['1.5', 'integer', false],
    ['', 'decimal', true],
    ['anything', 'string', true],
  ])("the value '%s' of type %s is fine: %s", (valueString, dataType, isFine) => {
    const issues = validateObject('Equipment', {
      id: 'P',
      equipmentProperty: [{ id: 'F', value: [{ valueString, dataType }] }],
    });
    expect(issues.length === 0).toBe(isFine);
  });
});

test('a generated validator and ajv agree on the envelope', () => {
  const whole = order() as Message;
  const ajv = bareValidator(messageSchema(transactionOf('Process', 'OperationsSchedule')!));
  const others = [null, 1, '', true, [], {}, undefined];
  const spoilt = ['releaseId', 'versionId', 'bare', 'applicationArea', 'criteria', 'items', 'colour'].flatMap(
    (name) => others.map((other) => ({ ...whole, [name]: other }) as Message),
  );
  // An object alone has another envelope.
  for (const each of [whole, ...spoilt].filter(({ bare }) => bare !== true))
    expect({ each, fits: validateMessage(each).length === 0 }).toEqual({ each, fits: ajv(each) });
});

import type { Message } from '../message';
import { order } from '../testing/messages';
import { describeWithReference, xsdErrors } from '../testing/shared';
import { validateMessage } from '../validate';
import { readB2mml, type Version, writeB2mml } from './index';

const namespaces = {
  V0600: 'http://www.mesa.org/xml/B2MML-V0600',
  V0401: 'http://www.wbf.org/xml/B2MML-V0401',
} as const;

/** A transaction of an older version around one object. */
const document = (version: keyof typeof namespaces, transaction: string, verb: string, object: string) => `
<${transaction} xmlns="${namespaces[version]}" releaseID="">
  <ApplicationArea><CreationDateTime>2020-01-01T00:00:00Z</CreationDateTime></ApplicationArea>
  <DataArea><${verb}/>${object}</DataArea>
</${transaction}>`;

const schedule = (inside: string) =>
  `<ProductionSchedule><ID>S</ID><ProductionRequest><ID>R</ID>${inside}</ProductionRequest></ProductionSchedule>`;

// biome-ignore lint/suspicious/noExplicitAny: a message of an older version has any form.
const requestOf = (message: Message) => (message.items[0]!.operationsRequest as Record<string, any>[])[0]!;

test('a production schedule becomes an operations schedule', () => {
  const segment = `<SegmentRequirement><ID>10</ID><ProductSegmentID>OP10</ProductSegmentID>
    <ProductionParameter><Parameter><ID>Force</ID><Value><ValueString>1</ValueString><DataType>decimal</DataType><UnitOfMeasure>kN</UnitOfMeasure></Value></Parameter></ProductionParameter>
    <MaterialProducedRequirement><MaterialDefinitionID>VALVE</MaterialDefinitionID></MaterialProducedRequirement>
    <MaterialConsumedRequirement><MaterialDefinitionID>SEAL</MaterialDefinitionID></MaterialConsumedRequirement>
    </SegmentRequirement>`;
  const location =
    '<Location><EquipmentID>SITE</EquipmentID><EquipmentElementLevel>Site</EquipmentElementLevel></Location>';
  const inside = `<ProductProductionRuleID>VALVE-A</ProductProductionRuleID>${location}${segment}`;
  const { message, defects, version } = readB2mml(
    document('V0401', 'ProcessProductionSchedule', 'Process', schedule(inside)),
  );
  expect({ version, noun: message.noun, defects }).toEqual({
    version: 'V0401',
    noun: 'OperationsSchedule',
    defects: [],
  });
  expect(requestOf(message)).toEqual({
    id: 'R',
    hierarchyScope: { equipmentId: 'SITE', equipmentElementLevel: 'Site' },
    operationsDefinitionId: 'VALVE-A',
    segmentRequirement: [
      {
        id: '10',
        processSegmentId: 'OP10',
        operationsDefinitionId: 'VALVE-A',
        operationsSegmentId: 'OP10',
        segmentParameter: [
          { id: 'Force', value: [{ valueString: '1', dataType: 'decimal', unitOfMeasure: 'kN' }] },
        ],
        materialRequirement: [
          { id: 'VALVE', materialDefinitionId: ['VALVE'], materialUse: 'Produced' },
          { id: 'SEAL', materialDefinitionId: ['SEAL'], materialUse: 'Consumed' },
        ],
      },
    ],
  });
  expect(validateMessage(message)).toEqual([]);
});

test('what the model requires and the document does not say is filled in and noted', () => {
  const { message, notes } = readB2mml(
    document('V0600', 'ProcessProductionSchedule', 'Process', schedule('')),
  );
  expect(requestOf(message).segmentRequirement).toEqual([
    { id: 'R', processSegmentId: 'R', operationsDefinitionId: '', operationsSegmentId: 'R' },
  ]);
  expect(notes.every(({ rule }) => rule === 'completed')).toBe(true);
  expect(validateMessage(message)).toEqual([]);
});

test('what asks or changes is not completed: it names only what it means', () => {
  const { message, notes } = readB2mml(
    document('V0600', 'GetProductionSchedule', 'Get', '<ProductionSchedule/>'),
  );
  expect(message.items).toEqual([{}]);
  expect(notes).toEqual([]);
  expect(validateMessage(message)).toEqual([]);
});

test('what has no place in the model is carried as extension and named', () => {
  const object = `<ProductionSchedule><ID>S</ID><EquipmentElementLevel>Site</EquipmentElementLevel>
    <ProductionRequest><ID>R</ID></ProductionRequest></ProductionSchedule>`;
  const ordered = object.replace(
    /(<EquipmentElementLevel>.*?<\/EquipmentElementLevel>)\s*(<ProductionRequest>.*<\/ProductionRequest>)/s,
    '$2$1',
  );
  const { message, defects } = readB2mml(document('V0401', 'SyncProductionSchedule', 'Sync', ordered), {
    tolerant: true,
  });
  expect(defects.filter(({ rule }) => rule === 'carried')).toMatchObject([
    { path: 'items[0].equipmentElementLevel' },
  ]);
  expect(message.items[0]!.extension).toEqual([
    {
      ns: namespaces.V0401,
      name: 'EquipmentElementLevel',
      xml: `<EquipmentElementLevel xmlns="${namespaces.V0401}">Site</EquipmentElementLevel>`,
    },
  ]);
});

test('equipment in equipment becomes its children', () => {
  const object = '<Equipment><ID>LINE</ID><Equipment><ID>PRESS</ID></Equipment></Equipment>';
  const { message } = readB2mml(document('V0600', 'SyncEquipment', 'Sync', object));
  expect(message.items).toEqual([{ id: 'LINE', equipmentChild: [{ id: 'PRESS' }] }]);
});

test('values that were spelt otherwise, or are listed no more, are kept', () => {
  const response = (state: string) =>
    `<ProductionPerformance><ID>P</ID><ProductionResponse><ID>R</ID><ResponseState>${state}</ResponseState></ProductionResponse></ProductionPerformance>`;
  const stateOf = (state: string) => {
    const { message } = readB2mml(
      document('V0401', 'ProcessProductionPerformance', 'Process', response(state)),
      { tolerant: true },
    );
    const [read] = message.items[0]!.operationsResponse as Record<string, unknown>[];
    return [read!.responseState, read!._responseState];
  };
  expect(stateOf('Holding')).toEqual(['Held', undefined]);
  expect(stateOf('Dreaming')).toEqual(['Other', { otherValue: 'Dreaming' }]);
});

test('an issue of an older document is told at its place in the message', () => {
  const inside = '<StartTime>soon</StartTime>';
  const { defects } = readB2mml(document('V0600', 'ProcessProductionSchedule', 'Process', schedule(inside)), {
    tolerant: true,
  });
  expect(defects).toMatchObject([{ rule: 'format', path: 'items[0].operationsRequest[0].startTime' }]);
});

describe('writing an older version', () => {
  /** The order without what only the newest version has. */
  const writable = () => order() as Message;

  test.each(['V0600'] as Version[])('%s is written and read again', (version) => {
    const xml = writeB2mml(writable(), { version });
    expect(xml).toContain('<ProcessOperationsSchedule xmlns="http://www.mesa.org/xml/B2MML-V0600"');
    const { message, defects } = readB2mml(xml);
    expect(defects).toEqual([]);
    expect(requestOf(message)).toMatchObject({
      id: '1000001',
      requestState: 'Released',
      segmentRequirement: [{ id: '0010', processSegmentId: '0010', operationsDefinitionId: 'PV-100' }],
    });
  });

  test('a state that the older version does not list is carried as Other, and comes back', () => {
    const message = writable();
    requestOf(message).requestState = 'Held';
    const xml = writeB2mml(message, { version: 'V0600' });
    expect(xml).toContain('<RequestState OtherValue="Held">Other</RequestState>');
    expect(requestOf(readB2mml(xml).message).requestState).toBe('Held');
  });

  test('V0401, which knows no operations schedule, gets a production schedule', () => {
    const message = writable();
    delete message.items[0]!.operationsType;
    expect(writeB2mml(message, { version: 'V0401' })).toContain('<ProcessProductionSchedule ');
  });

  test('what has no place in the older version is refused with its path', () => {
    const message = writable();
    message.items[0]!.version = '1';
    expect(() => writeB2mml(message, { version: 'V0600' })).toThrow(
      /items\[0\].version: <Version> has no place in B2MML V0600/,
    );
  });
});

describeWithReference("an older version is valid against MESA's schema", () => {
  test.each([
    ['V0600', 'V0600/B2MML-V0600-OperationsSchedule.xsd'],
    ['V0401', 'V0401/B2MML-V0401-ProductionSchedule.xsd'],
  ] as const)('%s', (version, schema) => {
    const message = order() as Message;
    if (version === 'V0401') delete message.items[0]!.operationsType;
    expect(xsdErrors(schema, [writeB2mml(message, { version })])).toEqual([null]);
  });
});

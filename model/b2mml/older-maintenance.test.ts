import { instanceOf } from '../testing/instances';
import { describeWithReference, xsdErrors } from '../testing/shared';
import { validateMessage } from '../validate';
import { readB2mml, writeB2mml } from './index';
import { release } from './tables';
import { writeDocument } from './writer';

const namespace = 'http://www.wbf.org/xml/B2MML-V0401';
const document = (verb: string, noun: string, object: string) =>
  `<${verb}${noun} xmlns="${namespace}" releaseID=""><ApplicationArea><CreationDateTime>2026-01-01T00:00:00Z</CreationDateTime></ApplicationArea>
   <DataArea><${verb}/><${noun}>${object}</${noun}></DataArea></${verb}${noun}>`;

test('a maintenance request of V0401 is a request of an operations schedule', () => {
  const { message, defects, notes } = readB2mml(
    document(
      'Process',
      'MaintenanceRequest',
      `<ID>R-1</ID><Problem>leaks</Problem><RequestedCompletionDate>2026-02-01T00:00:00Z</RequestedCompletionDate>
       <RequestedPriority>2</RequestedPriority><Requestor>anna</Requestor><Status>Released</Status>
       <Reviewer>anna</Reviewer><MaintenanceWorkOrderID>W-7</MaintenanceWorkOrderID><EquipmentID>PRESS-01</EquipmentID>`,
    ),
  );
  expect(message.noun).toBe('OperationsSchedule');
  expect(message.items).toEqual([
    {
      id: 'R-1',
      operationsType: 'Maintenance',
      operationsRequest: [
        {
          id: 'R-1',
          description: ['leaks'],
          endTime: '2026-02-01T00:00:00Z',
          operationsType: 'Maintenance',
          priority: '2',
          requestState: 'Released',
          segmentRequirement: [
            {
              id: 'R-1',
              processSegmentId: 'MaintenanceRequest',
              operationsDefinitionId: '',
              operationsSegmentId: 'MaintenanceRequest',
              operationsType: 'Maintenance',
              personnelRequirement: [
                { id: 'anna', personId: ['anna'], personnelUse: 'Requestor' },
                { id: 'anna-2', personId: ['anna'], personnelUse: 'Reviewer' },
              ],
              equipmentRequirement: [{ id: 'PRESS-01', equipmentId: ['PRESS-01'] }],
            },
          ],
          extension: [
            {
              ns: namespace,
              name: 'MaintenanceWorkOrderID',
              xml: `<MaintenanceWorkOrderID xmlns="${namespace}">W-7</MaintenanceWorkOrderID>`,
            },
          ],
        },
      ],
    },
  ]);
  expect(defects).toMatchObject([
    { rule: 'carried', path: 'items[0].operationsRequest[0].maintenanceWorkOrderId' },
  ]);
  expect(notes.map(({ path }) => path.replace(/.*\./, ''))).toEqual([
    'id',
    'processSegmentId',
    'operationsDefinitionId',
    'operationsSegmentId',
  ]);
  expect(validateMessage(message)).toEqual([]);
});

test('a maintenance response is a response of an operations performance', () => {
  const { message } = readB2mml(
    document(
      'Process',
      'MaintenanceResponse',
      `<ID>A-1</ID><Cause>wear</Cause><Correction>seal replaced</Correction>
       <ActualStartTime>2026-02-01T08:00:00Z</ActualStartTime><ActualFinishTime>2026-02-01T09:00:00Z</ActualFinishTime>
       <Status>Repaired</Status><Consumable>SEAL-FKM</Consumable><ResponsiblePerson>ben</ResponsiblePerson>
       <MaintenanceWorkOrderID>W-7</MaintenanceWorkOrderID>`,
    ),
  );
  expect(message.noun).toBe('OperationsPerformance');
  expect(message.items[0]!.operationsResponse).toMatchObject([
    {
      operationsRequestId: ['W-7'],
      responseState: 'Other',
      _responseState: { otherValue: 'Repaired' },
      segmentResponse: [
        {
          actualStartTime: '2026-02-01T08:00:00Z',
          actualEndTime: '2026-02-01T09:00:00Z',
          segmentData: [
            { id: 'Cause', value: [{ valueString: 'wear' }] },
            { id: 'Correction', value: [{ valueString: 'seal replaced' }] },
          ],
          personnelActual: [{ personId: ['ben'], personnelUse: 'ResponsiblePerson' }],
          materialActual: [{ materialDefinitionId: ['SEAL-FKM'], materialUse: 'Consumable' }],
        },
      ],
    },
  ]);
  expect(validateMessage(message)).toEqual([]);
});

test.each([
  [
    '<MaintenanceRequest><ID>R</ID></MaintenanceRequest><MaintenanceWorkOrder><ID>W</ID></MaintenanceWorkOrder>',
    'OperationsSchedule',
  ],
  ['<MaintenanceResponse><ID>A</ID></MaintenanceResponse>', 'OperationsPerformance'],
])('maintenance information becomes what is in it: %s', (object, noun) => {
  const { message } = readB2mml(document('Process', 'MaintenanceInformation', `<ID>M</ID>${object}`));
  expect(message.noun).toBe(noun);
  expect(validateMessage(message)).toEqual([]);
});

test('who asks or takes back names only what is meant', () => {
  const { message, notes } = readB2mml(document('Cancel', 'MaintenanceWorkOrder', '<ID>W-7</ID>'));
  expect(message.items).toEqual([
    {
      id: 'W-7',
      operationsType: 'Maintenance',
      operationsRequest: [{ id: 'W-7', operationsType: 'Maintenance' }],
    },
  ]);
  expect(notes).toEqual([]);
  expect(validateMessage(message)).toEqual([]);
});

test('no element of a maintenance document is lost: each has a place or is carried', () => {
  const known = release('V0401');
  for (const noun of ['MaintenanceRequest', 'MaintenanceWorkOrder', 'MaintenanceResponse']) {
    const xml = writeDocument(instanceOf(known.transactionOf('Process', noun)!, 'full', 0, known), known);
    const [, object = ''] = new RegExp(`<DataArea>.*?(<${noun}[ >].*)</DataArea>`, 's').exec(xml) ?? [];
    const texts = [...object.matchAll(/>([^<>\s][^<>]*)</g)].map(([, text]) => text!);
    const kept = JSON.stringify(readB2mml(xml).message.items);
    const unescaped = (text: string) =>
      JSON.stringify(text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')).slice(
        1,
        -1,
      );
    expect(
      texts.filter(
        (text) => !kept.includes(unescaped(text)) && !kept.includes(JSON.stringify(text).slice(1, -1)),
      ),
    ).toEqual([]);
  }
});

describeWithReference('what becomes of maintenance documents', () => {
  test.each([
    ['MaintenanceRequest', 'OperationsSchedule'],
    ['MaintenanceWorkOrder', 'OperationsSchedule'],
    ['MaintenanceResponse', 'OperationsPerformance'],
  ])("%s is valid against MESA's schema as %s", (noun, family) => {
    const known = release('V0401');
    const documents = (['minimal', 'full'] as const).map((filling) => {
      const xml = writeDocument(instanceOf(known.transactionOf('Process', noun)!, filling, 0, known), known);
      // The schema of one family does not know what is carried.
      return writeB2mml(withoutExtensions(readB2mml(xml).message));
    });
    expect(xsdErrors(`V0701/B2MML-${family}.xsd`, documents)).toEqual([null, null]);
  });
});

const withoutExtensions = <T>(value: T): T =>
  JSON.parse(
    JSON.stringify(value, (key, member: unknown) => (key === 'extension' ? undefined : member)),
  ) as T;

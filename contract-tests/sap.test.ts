import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Connection, NativeRecord } from '../adapters/adapter';
import { erpKit } from '../adapters/erp/kit';
import { type SapConfig, sap } from '../adapters/erp/sap';
import type { Counterpart } from '../adapters/kit';
import { loadMappings, type MappingContext } from '../mappings/engine';
import type { CanonicalObject, Message } from '../model/message';
import { packageRoot } from '../model/paths';
import { validateMessage } from '../model/validate';
import { openDoor } from './door';

const mappings = loadMappings([join(packageRoot, 'mappings')]);
const context: MappingContext = {
  zone: 'Europe/Berlin',
  system: 'erp',
  plant: '1000',
  messageId: 'm-1',
  now: '2026-03-02T13:00:00Z',
};
const reads: Record<string, string> = {
  MATMAS05: 'sap/material',
  LOIWCS03: 'sap/work-centre',
  LOIPRO05: 'sap/production-order',
};

/** The canonical message of a record; fails with the issues where there is none, and with those of the model. */
function messageOf({ type, body }: NativeRecord): Message {
  const outcome = mappings.get(reads[type]!).read(body, context);
  if ('issues' in outcome) throw new Error(JSON.stringify(outcome.issues));
  expect(validateMessage(outcome.message)).toEqual([]);
  return outcome.message;
}

describe('real IDocs of other plants become valid messages', () => {
  const samples = join(packageRoot, '..', 'shared', 'enterprise', 'samples', 'sap');
  const present = existsSync(samples);
  const cases = [
    ['dm_nonSAP_LOIPRO05.xml', '208277437'],
    ['dm_nonSAP_LOIWCS03.xml', 'TEST_AZ'],
    ['dm_nonSAP_R1CH01007_RAW_MAT_IDOC.xml', 'R1CH01007'],
    ['dm_nonSAP_S1SP02677_FINISHED_MAT_IDOC.xml', 'S1SP02677'],
  ] as const;
  (present ? test : test.skip).each(cases)(
    present ? '%s is about %s' : '%s (skipped: the samples are not here)',
    (file, key) => {
      const text = readFileSync(join(samples, file), 'utf8');
      const [record, ...more] = sap.read!({ contentType: 'text/xml', text });
      expect([record!.key, more.length]).toEqual([key, 0]);
      expect(messageOf(record!).items[0]!.id).toBe(key);
    },
  );
});

describe('between the stand-in ERP and the canonical model', () => {
  let erp: Counterpart;
  let connection: Connection;
  let closeDoor: () => Promise<void>;
  const received: NativeRecord[] = [];

  beforeAll(async () => {
    const door = await openDoor(sap, async (record) => {
      received.push(record);
    });
    closeDoor = door.stop;
    erp = await erpKit.start({ hubUrl: door.url, system: 'erp' });
    connection = await sap.open(erp.config as unknown as SapConfig, { dataDir: '', log: () => undefined });
  });
  afterAll(async () => {
    await connection.close();
    await erp.stop();
    await closeDoor();
  });

  const write = (name: string, from: Message | CanonicalObject) => {
    const outcome = mappings.get(name).write(from, context);
    if ('issues' in outcome) throw new Error(JSON.stringify(outcome.issues));
    return outcome.records;
  };

  test('an order arrives with its lines in the units of the hub', async () => {
    await erp.emit!('order', { number: '1000001', quantity: '4' });
    const consumed = (quantityString: string, unitOfMeasure: string) => ({
      quantity: [{ quantityString, dataType: 'decimal', unitOfMeasure }],
    });
    const pieces = (quantityString: string) => consumed(quantityString, 'PCE');
    expect(messageOf(received[0]!).items).toMatchObject([
      {
        operationsRequest: [
          {
            segmentRequirement: [
              { id: '0010', materialRequirement: [pieces('4'), pieces('8')] },
              { id: '0020', materialRequirement: [pieces('32'), consumed('0.06', 'KG'), pieces('4')] },
            ],
          },
        ],
      },
    ]);
  });

  test('a report of the MES is confirmed, and its consumption withdrawn', async () => {
    const report: Message = {
      verb: 'Process',
      noun: 'OperationsPerformance',
      applicationArea: { creationDateTime: '2026-03-02T13:00:00Z', bodId: 'b-1' },
      items: [
        {
          id: '1000001-1',
          operationsScheduleId: '1000001',
          operationsResponse: [
            {
              id: '1000001-1',
              segmentResponse: [
                {
                  id: '1000001-0010',
                  actualStartTime: '2026-03-02T05:00:00Z',
                  actualEndTime: '2026-03-02T06:00:00Z',
                  operationsRequestId: ['1000001'],
                  segmentRequirementId: ['0010'],
                  segmentState: 'Completed',
                  segmentData: [{ id: 'GoodQuantity', value: [{ valueString: '4' }] }],
                  materialActual: [
                    {
                      id: '0020',
                      materialDefinitionId: ['SEAL-EPDM'],
                      materialUse: 'Consumed',
                      quantity: [{ quantityString: '8', unitOfMeasure: 'PCE' }],
                    },
                  ],
                },
              ],
            },
          ],
        },
      ],
    };
    for (const record of write('sap/confirmation', report)) await connection.send!({ ...record, id: 'd-1' });
    expect(await erp.holds!('confirmations')).toMatchObject([
      {
        OrderID: '1000001',
        OrderOperation: '0010',
        ConfirmationYieldQuantity: '4',
        FinalConfirmationType: 'X',
      },
    ]);
    expect(await erp.holds!('components')).toContainEqual(
      expect.objectContaining({ Material: 'SEAL-EPDM', WithdrawnQuantity: '8.000' }),
    );
  });

  test('the component list of an order as it came changes nothing in the ERP', async () => {
    await erp.emit!('order', { number: '1000003', quantity: '6' });
    const [order] = messageOf(received.at(-1)!).items;
    const [record] = write('sap/order-components', order!);
    expect(await connection.send!({ ...record!, id: 'd-2' })).toEqual({
      counterpartId: '1000003',
      answer: { created: 0, changed: 0, kept: [] },
    });
  });
});

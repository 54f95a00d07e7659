import { HubError } from '../../model/errors';
import type { Connection, OpenOptions, Outgoing } from '../adapter';
import type { Counterpart } from '../kit';
import { erpKit } from './kit';
import { type SapConfig, sap } from './sap';

let erp: Counterpart;
let connection: Connection;
const logged: unknown[] = [];
const options: OpenOptions = { dataDir: '', log: (...line) => logged.push(line) };

beforeEach(async () => {
  erp = await erpKit.start({ options: { timeoutMs: 500 } });
  connection = await sap.open(erp.config as unknown as SapConfig, options);
});
afterEach(async () => {
  await connection.close();
  await erp.stop();
});

const confirmation = (id: string, fields: object = {}): Outgoing => ({
  type: 'ProductionOrderConfirmation',
  key: '1000001',
  id,
  body: { OrderID: '1000001', OrderOperation: '0010', ConfirmationYieldQuantity: '4', ...fields },
});
const components = (list: object[]): Outgoing => ({
  type: 'ProductionOrderComponents',
  key: '1000001',
  id: 'components-1',
  body: { ManufacturingOrder: '1000001', components: list },
});
/** An order in the ERP; nobody takes its IDoc. */
async function orderExists(quantity = '4') {
  await erp.emit!('order', { number: '1000001', quantity }).catch(() => undefined);
}

async function failureOf(promise: Promise<unknown>): Promise<HubError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof HubError) return error;
  throw new Error(`expected a HubError, got ${error}`);
}

describe('a confirmation', () => {
  test('is one deep insert with its movements, which draw down the components of the order', async () => {
    await orderExists();
    const movement = {
      Material: 'SEAL-EPDM',
      GoodsMovementType: '261',
      QuantityInEntryUnit: '2.000',
      EntryUnitISOCode: 'PCE',
    };
    const receipt = await connection.send!(
      confirmation('one', {
        IsFinalConfirmation: true,
        PostingDate: '/Date(1772409600000)/',
        ConfirmedExecutionStartTime: 'PT06H00M00S',
        to_ProdnOrdConfMatlDocItm: [movement],
      }),
    );
    expect(receipt).toEqual({ counterpartId: '100/1', answer: 'created' });
    expect(await erp.holds!('confirmations')).toMatchObject([
      { OrderID: '1000001', ConfirmationYieldQuantity: '4', to_ProdnOrdConfMatlDocItm: [movement] },
    ]);
    expect(await erp.holds!('components')).toContainEqual(
      expect.objectContaining({ Material: 'SEAL-EPDM', WithdrawnQuantity: '2.000' }),
    );
  });

  test('that is sent twice is there once', async () => {
    const first = await connection.send!(confirmation('one'));
    const second = await connection.send!(confirmation('one'));
    expect(second).toEqual({ counterpartId: first.counterpartId, answer: 'was there' });
    expect(await erp.holds!()).toHaveLength(1);
  });

  test('whose answer got lost is not posted again', async () => {
    await erp.provoke('silent');
    expect(await failureOf(connection.send!(confirmation('one')))).toMatchObject({
      code: 'HUB_NO_ANSWER',
      kind: 'ambiguous',
    });
    await erp.provoke('well');
    expect(await connection.send!(confirmation('one'))).toMatchObject({ answer: 'was there' });
    expect(await erp.holds!()).toHaveLength(1);
  });

  test('carries the external key of its record where it has one', async () => {
    const external = '01234567-89ab-4def-8123-456789abcdef';
    await connection.send!(confirmation('one', { ExternalSystemConfirmation: external }));
    await connection.send!(confirmation('two', { ExternalSystemConfirmation: external }));
    expect(await erp.holds!()).toMatchObject([{ ExternalSystemConfirmation: external }]);
  });

  test('goes through when the session has run out in between', async () => {
    await connection.send!(confirmation('one'));
    await erp.emit!('session-expired', {});
    await connection.send!(confirmation('two'));
    expect(await erp.holds!()).toHaveLength(2);
  });

  test('that SAP cannot read is refused with the reason of SAP', async () => {
    const failure = await failureOf(connection.send!(confirmation('one', { ConfirmationYieldQuantity: 4 })));
    expect(failure).toMatchObject({ code: 'HUB_REJECTED', kind: 'permanent' });
    expect(failure.message).toContain("Failed to read property 'ConfirmationYieldQuantity'");
  });

  test('without an order is not sent', async () => {
    const failure = await failureOf(connection.send!({ ...confirmation('one'), body: {} }));
    expect(failure).toMatchObject({ code: 'HUB_INVALID', at: 'OrderID' });
  });
});

describe('a component list', () => {
  const body = {
    BillOfMaterialItemNumber: '0010',
    Material: 'BODY-50',
    RequiredQuantity: '4',
    BaseUnitISOCode: 'PCE',
    ManufacturingOrderOperation: '0010',
  };
  const seal = { ...body, BillOfMaterialItemNumber: '0020', Material: 'SEAL-FKM', RequiredQuantity: '8' };
  const screw = {
    ...body,
    BillOfMaterialItemNumber: '0030',
    Material: 'SCREW-M8',
    RequiredQuantity: '24',
    ManufacturingOrderOperation: '0020',
  };
  const lube = {
    ...screw,
    BillOfMaterialItemNumber: '0040',
    Material: 'LUBE-01',
    RequiredQuantity: '0.060',
    BaseUnitISOCode: 'KGM',
  };

  test('changes only what differs, and nothing when it is sent again', async () => {
    await orderExists();
    const list = components([body, seal, screw, lube]);
    expect(await connection.send!(list)).toMatchObject({ answer: { created: 1, changed: 2, kept: [] } });
    expect(await connection.send!(list)).toMatchObject({ answer: { created: 0, changed: 0, kept: [] } });
    const rows = (await erp.holds!('components')) as Record<string, unknown>[];
    expect(rows.map((row) => [row.Material, row.RequiredQuantity, row.ReservationIsFinallyIssued])).toEqual([
      ['BODY-50', '4.000', false],
      ['SEAL-EPDM', '0.000', true],
      ['SCREW-M8', '24.000', false],
      ['LUBE-01', '0.060', false],
      ['SEAL-FKM', '8.000', false],
    ]);
  });

  test('that got half way is finished by sending it again', async () => {
    await orderExists();
    await erp.provoke('silent');
    expect(await failureOf(connection.send!(components([body, seal, screw, lube])))).toMatchObject({
      kind: 'ambiguous',
    });
    await erp.provoke('well');
    expect(await connection.send!(components([body, seal, screw, lube]))).toMatchObject({
      answer: { created: 1, changed: 1 },
    });
  });

  test('for an order that SAP does not know is refused', async () => {
    expect(await failureOf(connection.send!(components([body])))).toMatchObject({
      code: 'HUB_REJECTED',
      message: 'the ERP has no order 1000001',
    });
  });
});

describe('failures are told apart', () => {
  test.each([
    ['down', 'HUB_UNREACHABLE', 'transient'],
    ['busy', 'HUB_BUSY', 'transient'],
    ['rejecting', 'HUB_REJECTED', 'permanent'],
    ['silent', 'HUB_NO_ANSWER', 'ambiguous'],
  ] as const)('%s -> %s, %s; and well again', async (fault, code, kind) => {
    await erp.provoke(fault);
    const failure = await failureOf(connection.send!(confirmation('one')));
    expect(failure).toMatchObject({ code, kind });
    await erp.provoke('well');
    await connection.send!(confirmation('one'));
    expect(await erp.holds!()).toHaveLength(1);
  });

  test('a wrong password says nothing about the record, and is not repeated in words', async () => {
    const wrong = await sap.open(
      { ...(erp.config as unknown as SapConfig), password: 'not-the-one' },
      options,
    );
    const failure = await failureOf(wrong.send!(confirmation('one')));
    expect(failure).toMatchObject({ code: 'HUB_UNAUTHORIZED', kind: 'transient' });
    expect(JSON.stringify([failure, failure.message, logged])).not.toContain('not-the-one');
    await wrong.close();
  });

  test('a record of another type is refused', async () => {
    expect(await failureOf(connection.send!({ ...confirmation('one'), type: 'constructor' }))).toMatchObject({
      code: 'HUB_TAKES_NOTHING',
    });
  });

  test('check says whether SAP can be used', async () => {
    await connection.check();
    await erp.provoke('down');
    expect(await failureOf(connection.check())).toMatchObject({ code: 'HUB_UNREACHABLE' });
  });
});

describe('a time ticket', () => {
  const ticket = (fields: object = {}, id = 'one'): Outgoing => ({
    type: 'PPCC2PRETTICKET01',
    key: '1000001',
    id,
    body: {
      EDI_DC40: { MESTYP: 'PPCC2PRETTICKET', IDOCTYP: 'PPCC2PRETTICKET01' },
      E1BP_PP_TIMETICKET: [
        {
          ORDERID: '000001000001',
          OPERATION: '0010',
          YIELD: '4',
          CONF_TEXT: 'R&D <1>',
          EX_IDENT: 'e1',
          ...fields,
        },
      ],
    },
  });

  test('goes as an IDoc from the hub to the ERP, which numbers it', async () => {
    expect(await connection.send!(ticket())).toEqual({ counterpartId: '0000000000000001', answer: 'stored' });
    expect(await erp.holds!('time-tickets')).toEqual([
      { ORDERID: '000001000001', OPERATION: '0010', YIELD: '4', CONF_TEXT: 'R&D <1>', EX_IDENT: 'e1' },
    ]);
    expect(await erp.holds!('idocs')).toMatchObject([
      {
        ...{
          STATUS: '53',
          MANDT: '100',
          DIRECT: '2',
          IDOCTYP: 'PPCC2PRETTICKET01',
          MESTYP: 'PPCC2PRETTICKET',
        },
        ...{ SNDPRT: 'LS', SNDPRN: 'HUB', RCVPRN: 'S4HCLNT100', ARCKEY: 'one' },
      },
    ]);
  });

  test('is booked once, also when its answer was lost', async () => {
    await erp.provoke('silent');
    expect(await failureOf(connection.send!(ticket()))).toMatchObject({
      code: 'HUB_NO_ANSWER',
      kind: 'ambiguous',
    });
    await erp.provoke('well');
    await connection.send!(ticket());
    expect(await erp.holds!('time-tickets')).toHaveLength(1);
    expect(await erp.holds!('idocs')).toMatchObject([{ STATUS: '53' }, { STATUS: '51' }]);
  });

  test('goes to a system without OData services as well, which is there when it answers', async () => {
    const config = { ...(erp.config as unknown as SapConfig), path: '/sap/opu/odata/none' };
    const other = await sap.open(config, options);
    await other.check();
    await other.send!(ticket());
    expect(await erp.holds!('time-tickets')).toHaveLength(1);
    await erp.provoke('down');
    expect(await failureOf(other.check())).toMatchObject({ code: 'HUB_UNREACHABLE' });
    await other.close();
  });

  test('needs to know who sends to whom', async () => {
    const { idoc: _, ...rest } = erp.config as unknown as SapConfig & { idoc: object };
    const other = await sap.open(rest, options);
    expect(await failureOf(other.send!(ticket()))).toMatchObject({
      code: 'HUB_REJECTED',
      todo: expect.stringContaining('Name sender and receiver under idoc'),
    });
    await other.close();
  });

  test.each([
    ['a partner that the ERP does not know', 'rejecting', 'HUB_REJECTED', 'permanent'],
    ['an ERP that is busy', 'busy', 'HUB_BUSY', 'transient'],
    ['an ERP that is down', 'down', 'HUB_UNREACHABLE', 'transient'],
  ] as const)('tells %s', async (_, fault, code, kind) => {
    await erp.provoke(fault);
    expect(await failureOf(connection.send!(ticket()))).toMatchObject({ code, kind });
  });
});

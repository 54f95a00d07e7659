import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadMappings } from '../../mappings/engine';
import type { HubError } from '../../model/errors';
import { packageRoot } from '../../model/paths';
import { validateMessage } from '../../model/validate';
import type { Connection, NativeRecord } from '../adapter';
import type { Counterpart } from '../kit';
import { parseSettings } from '../settings';
import { type ErpnextConfig, erpnext } from './erpnext';
import { erpnextKit } from './erpnext-kit';

let erp: Counterpart;
let connection: Connection;
let dataDir: string;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'erpnext-'));
  await start();
});
afterEach(async () => {
  await stop();
  await rm(dataDir, { recursive: true });
});

async function start(options: Row = {}) {
  erp = await erpnextKit.start({ options: { orders: 'emitted', ...options } });
  connection = await open();
}

async function stop() {
  await connection.close();
  await erp.stop();
}

const open = (differences: Partial<ErpnextConfig> = {}) =>
  erpnext.open(parseSettings<ErpnextConfig>(erpnext, { ...erp.config, pollMs: 10, ...differences }, 'test'), {
    dataDir,
    log: () => {},
  });

type Row = Record<string, unknown>;
const held = async (what?: string) => (await erp.holds!(what)) as Row[];
const report = (log: Row, fields: Row = {}) => ({
  work_order: 'WO-1',
  operation_idx: 1,
  ...fields,
  time_logs: [log],
});
const send = (body: Row, id: string) => connection.send!({ type: 'JobCard', key: 'WO-1', id, body });
const refused = (body: Row, id = 'd-1') =>
  send(body, id).catch((error: HubError) => error) as Promise<HubError>;

/** What is received until there are `count` records. */
async function receive(count: number): Promise<NativeRecord[]> {
  const stop = new AbortController();
  const taken: NativeRecord[] = [];
  const done = connection.receive!(async (record) => {
    taken.push(record);
    if (taken.length >= count) stop.abort();
  }, stop.signal);
  const patience = setTimeout(() => stop.abort(), 10_000);
  await done;
  clearTimeout(patience);
  return taken;
}

test('a document comes whole, with its tables, and only once it is submitted', async () => {
  await erp.emit!('work-order', { name: 'WO-0', docstatus: 0, status: 'Draft' });
  await erp.emit!('work-order', { name: 'WO-1' });
  const [order] = await receive(1);
  expect(order).toMatchObject({ type: 'WorkOrder', key: 'WO-1', body: { operations: [{ idx: 1 }] } });
});

test('items come before BOMs, and BOMs before the orders that are made from them', async () => {
  await erp.emit!('work-order', { name: 'WO-1' });
  await erp.emit!('bom', { name: 'BOM-PV-100-001' });
  await erp.emit!('item', { name: 'PV-100/A' });
  expect((await receive(3)).map(({ key }) => key)).toEqual(['PV-100/A', 'BOM-PV-100-001', 'WO-1']);
});

test('a list longer than the 20 rows that ERPNext gives unasked is read to its end', async () => {
  connection = await open({ pageSize: 7 });
  for (let n = 1; n <= 23; n++) await erp.emit!('item', { name: `ITEM-${n}` });
  expect(new Set((await receive(23)).map(({ key }) => key)).size).toBe(23);
});

test('a restart carries on where the last run ended', async () => {
  await erp.emit!('item', { name: 'ITEM-1' });
  await receive(1);
  connection = await open();
  await erp.emit!('item', { name: 'ITEM-2' });
  expect((await receive(1)).map(({ key }) => key)).toEqual(['ITEM-2']);
});

describe('a job card', () => {
  beforeEach(() => erp.emit!('work-order', { name: 'WO-1', qty: 4 }));

  test('keeps its open time log going, and is submitted with the last report', async () => {
    await send(report({ from_time: '2026-03-02 06:00:00', completed_qty: 1 }), 'd-1');
    await send(
      report({ from_time: '2026-03-02 06:00:00', to_time: '2026-03-02 06:04:00', completed_qty: 0.5 }),
      'd-2',
    );
    await send(
      report(
        { from_time: '2026-03-02 06:05:00', to_time: '2026-03-02 06:09:00', completed_qty: 2 },
        { docstatus: 1 },
      ),
      'd-3',
    );
    expect(await held('Job Card')).toMatchObject([
      {
        docstatus: 1,
        status: 'Completed',
        total_completed_qty: 3.5,
        process_loss_qty: 0.5,
        time_logs: [
          { from_time: '2026-03-02 06:00:00', to_time: '2026-03-02 06:04:00', completed_qty: 1.5 },
          { from_time: '2026-03-02 06:05:00', completed_qty: 2 },
        ],
      },
    ]);
  });

  test('knows a report that it has taken, also after it was submitted', async () => {
    const last = report(
      { from_time: '2026-03-02 06:00:00', to_time: '2026-03-02 06:01:00', completed_qty: 4 },
      { docstatus: 1 },
    );
    await send(last, 'd-1');
    expect(await send(last, 'd-1')).toMatchObject({
      counterpartId: 'PO-JOB00001',
      answer: { already: true },
    });
    expect(await held()).toHaveLength(1);
  });

  test('that was written, and whose answer was lost, is not written again', async () => {
    await stop();
    await start({ loses: 'PUT', timeoutMs: 200 });
    await erp.emit!('work-order', { name: 'WO-1' });
    const log = { from_time: '2026-03-02 06:00:00', to_time: '2026-03-02 06:01:00', completed_qty: 4 };
    expect((await refused(report(log))).kind).toBe('ambiguous');
    await erp.provoke('well');
    expect(await send(report(log), 'd-1')).toMatchObject({ answer: { already: true } });
    expect(await held()).toHaveLength(1);
  });

  test('that somebody changed between reading and writing is read again', async () => {
    const one = (n: number) =>
      report({ from_time: `2026-03-02 06:0${n}:00`, to_time: `2026-03-02 06:0${n}:30`, completed_qty: 1 });
    await Promise.all([send(one(1), 'd-1'), send(one(2), 'd-2')]);
    expect((await held()).map(({ from_time }) => from_time).sort()).toEqual([
      '2026-03-02 06:01:00',
      '2026-03-02 06:02:00',
    ]);
  });

  test('that ERPNext refuses is told in its words, without HTML', async () => {
    const failure = await refused(
      report(
        { from_time: '2026-03-02 06:00:00', to_time: '2026-03-02 06:01:00', completed_qty: 5 },
        { docstatus: 1 },
      ),
    );
    expect([failure.code, failure.kind]).toEqual(['HUB_REJECTED', 'permanent']);
    expect(failure.message).toMatch(
      /^ERPNext refused PUT \/api\/resource\/Job Card\/PO-JOB00001 \(ValidationError\): The Total Completed Qty \( 5 \) must be equal/,
    );
  });

  test.each([
    [
      'an order that is not there',
      { work_order: 'WO-9' },
      /Work Order\/WO-9 \(DoesNotExistError\): Work Order WO-9 not found/,
    ],
    ['an operation that the order does not have', { operation_idx: 3 }, /WO-1 has no operation 3/],
  ])('of %s is refused for good', async (_what, fields, message) => {
    const failure = await refused(report({ from_time: '2026-03-02 06:00:00', completed_qty: 1 }, fields));
    expect(failure.kind).toBe('permanent');
    expect(failure.message).toMatch(message);
  });

  test('is not reopened: a report after the last one is refused', async () => {
    const log = { from_time: '2026-03-02 06:00:00', to_time: '2026-03-02 06:01:00', completed_qty: 4 };
    await send(report(log, { docstatus: 1 }), 'd-1');
    expect((await refused(report(log), 'd-2')).message).toMatch(
      /all Job Cards of WO-1, Press seals, are submitted/,
    );
  });
});

describe('with its mappings', () => {
  const mappings = loadMappings([join(packageRoot, 'mappings')]);
  const context = { zone: 'Europe/Berlin', now: '2026-03-02T05:00:00Z' };
  const names = { Item: 'erpnext/item', BOM: 'erpnext/bom', WorkOrder: 'erpnext/work-order' };

  test('what is received becomes messages that fit the model', async () => {
    await erp.emit!('item', { name: 'PV-100' });
    await erp.emit!('bom', { name: 'BOM-PV-100-001' });
    await erp.emit!('work-order', { name: 'WO-1' });
    for (const { type, body } of await receive(3)) {
      const outcome = mappings.get(names[type as keyof typeof names]).read(body, context);
      expect('issues' in outcome ? outcome.issues : validateMessage(outcome.message)).toEqual([]);
    }
  });

  test('what the MES reports of a segment is booked on the job card of that operation', async () => {
    await erp.emit!('work-order', { name: 'WO-1' });
    const performance = {
      id: 'REP-1',
      operationsResponse: [
        {
          id: 'R',
          operationsRequestId: ['WO-1'],
          segmentResponse: [
            {
              id: 'S',
              segmentRequirementId: ['1'],
              segmentState: 'Completed',
              actualStartTime: '2026-03-02T05:00:00Z',
              actualEndTime: '2026-03-02T05:06:00Z',
              segmentData: [{ id: 'GoodQuantity', value: [{ valueString: '4' }] }],
            },
          ],
        },
      ],
    };
    const outcome = mappings.get('erpnext/job-card').write(performance, context);
    expect(outcome).not.toHaveProperty('issues');
    const [record] = 'records' in outcome ? outcome.records : [];
    await connection.send!({ ...record!, id: 'd-1' });
    expect(await held('Job Card')).toMatchObject([
      {
        work_order: 'WO-1',
        status: 'Completed',
        time_logs: [{ to_time: '2026-03-02 06:06:00', completed_qty: 4 }],
      },
    ]);
  });
});

test('a wrong secret is no word about the record', async () => {
  await erp.emit!('work-order', { name: 'WO-1' });
  connection = await open({ apiSecret: 'wrong' });
  const failure = await refused(report({ from_time: '2026-03-02 06:00:00', completed_qty: 1 }));
  expect([failure.code, failure.kind]).toEqual(['HUB_UNAUTHORIZED', 'transient']);
});

describe('what an operation has used up', () => {
  const used = (items: Row[], fields: Row = {}) => ({
    ...{ work_order: 'WO-1', posting_datetime: '2026-03-02 06:06:00', items },
    ...fields,
  });
  const book = (body: Row, id: string) => connection.send!({ type: 'StockEntry', key: 'WO-1', id, body });
  const seals = { item_code: 'SEAL-EPDM', qty: 2, uom: 'Nos' };

  test('is a submitted stock entry from the line, once, however often it is sent', async () => {
    await erp.emit!('work-order', { name: 'WO-1' });
    await book(used([seals]), 'd-1');
    expect(await book(used([seals]), 'd-1')).toMatchObject({ answer: { already: true } });
    await book(used([{ ...seals, batch_no: 'LOT-7' }]), 'd-2');
    expect(await held('Stock Entry')).toMatchObject([
      {
        purpose: 'Material Consumption for Manufacture',
        docstatus: 1,
        posting_date: '2026-03-02',
        posting_time: '06:06:00',
        items: [{ ...seals, s_warehouse: 'Work in progress - VP' }],
      },
      { items: [{ batch_no: 'LOT-7', use_serial_batch_fields: 1 }] },
    ]);
    expect((await held('Work Order'))[0]).toMatchObject({ required_items: [{ consumed_qty: 4 }] });
  });

  test('was booked, also when the answer was lost', async () => {
    await stop();
    await start({ loses: 'POST', timeoutMs: 300 });
    await erp.emit!('work-order', { name: 'WO-1' });
    await expect(book(used([seals]), 'd-1')).rejects.toMatchObject({ code: 'HUB_NO_ANSWER' });
    await erp.provoke('well');
    expect(await book(used([seals]), 'd-1')).toMatchObject({ answer: { already: true } });
    expect(await held('Stock Entry')).toHaveLength(1);
  });

  test('is taken from where it is stored, when nothing is brought to the line', async () => {
    const required = [{ item_code: 'SEAL-EPDM', source_warehouse: 'Seals - VP' }];
    await erp.emit!('work-order', { name: 'WO-1', skip_transfer: 1, required_items: required });
    await book(used([seals, { item_code: 'LUBE-01', qty: 0.06 }]), 'd-1');
    expect((await held('Stock Entry'))[0]).toMatchObject({
      items: [{ s_warehouse: 'Seals - VP' }, { s_warehouse: 'Stores - VP' }],
    });
  });

  test('is nothing where nothing was, and is refused in words of ERPNext', async () => {
    await erp.emit!('work-order', { name: 'WO-1' });
    expect(await book({ work_order: 'WO-1', posting_datetime: '2026-03-02 06:06:00' }, 'd-1')).toMatchObject({
      answer: 'nothing was used up',
    });
    await expect(book(used([{ ...seals, qty: -1 }]), 'd-2')).rejects.toMatchObject({
      code: 'HUB_REJECTED',
      message: expect.stringContaining('Qty are mandatory'),
    });
    expect(await held('Stock Entry')).toEqual([]);
  });
});

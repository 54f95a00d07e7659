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
import { type OdooConfig, odoo } from './odoo';
import { odooKit } from './odoo-kit';

let erp: Counterpart;
let connection: Connection;
let dataDir: string;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'odoo-'));
  await start();
});
afterEach(async () => {
  await stop();
  await rm(dataDir, { recursive: true });
});

async function start(options: Row = {}) {
  erp = await odooKit.start({ options: { orders: 'emitted', ...options } });
  connection = await open();
}

async function stop() {
  await connection.close();
  await erp.stop();
}

const open = (differences: Partial<OdooConfig> = {}) =>
  odoo.open(parseSettings<OdooConfig>(odoo, { ...erp.config, pollMs: 10, ...differences }, 'test'), {
    dataDir,
    log: () => {},
  });

type Row = Record<string, unknown>;
const held = async (what?: string) => (await erp.holds!(what)) as Row[];
const workOrder = async () => (await held('mrp.workorder'))[0]!;
const order = 'WH/MO/00012';
const time = { date_start: '2026-03-02 05:00:00', date_end: '2026-03-02 05:06:00' };

/** A report of the only work order. */
async function report(fields: Row, id: string) {
  const body = { id: (await workOrder()).id, production: order, qty_produced: 1, time, ...fields };
  return connection.send!({ type: 'MrpWorkorder', key: order, id, body });
}
const refused = (fields: Row, id = 'd-1') =>
  report(fields, id).catch((error: HubError) => error) as Promise<HubError>;

/** What is received until there are `count` records. */
async function receive(count: number): Promise<NativeRecord[]> {
  const over = new AbortController();
  const taken: NativeRecord[] = [];
  const patience = setTimeout(() => over.abort(), 10_000);
  await connection.receive!(async (record) => {
    taken.push(record);
    if (taken.length >= count) over.abort();
  }, over.signal);
  clearTimeout(patience);
  return taken;
}

test('an order comes with its work orders, components and products, in the fields that this version has', async () => {
  await erp.emit!('production', { name: order });
  const [record] = await receive(1);
  expect(record).toMatchObject({ type: 'MrpProduction', key: order });
  expect(record!.body).toMatchObject({
    product: { default_code: 'PV-100' },
    origin: false,
    move_raw_ids: [{ product: { default_code: 'SEAL-EPDM' } }],
    workorder_ids: [{ name: 'Press seals', workcenter: { code: 'PRESS-01' }, operation_id: false }],
  });
  expect(record!.body).not.toHaveProperty('uom_id');
});

test('a BOM comes again when one of its lines has changed, also within the same second', async () => {
  await erp.emit!('bom', { code: 'Rev A' });
  const [first] = await receive(1);
  const [line] = await held('mrp.bom.line');
  await erp.emit!('line', { id: line!.id, product_qty: 2 });
  const [second] = await receive(1);
  expect(second).toMatchObject({ key: first!.key, body: { bom_line_ids: [{ product_qty: 2 }] } });
  expect(second!.id).not.toBe(first!.id);
});

test('more rows than one page are read to their end', async () => {
  connection = await open({ pageSize: 3 });
  for (let n = 1; n <= 7; n++) await erp.emit!('production', { name: `WH/MO/${n}` });
  expect(new Set((await receive(7)).map(({ key }) => key)).size).toBe(7);
});

describe('a work order', () => {
  beforeEach(() => erp.emit!('production', { name: order }));

  test('adds up what is reported, and is finished with the last report', async () => {
    await report({ qty_produced: 0.1, time: { date_start: '2026-03-02 05:00:00' } }, 'd-1');
    await report({ qty_produced: 0.2 }, 'd-2');
    expect(await workOrder()).toMatchObject({ state: 'progress', qty_produced: 0.3 });
    expect(await report({ qty_produced: 3.7, finish: true }, 'd-3')).toMatchObject({
      answer: { finished: true },
    });
    expect(await workOrder()).toMatchObject({ state: 'done', qty_produced: 4 });
    expect(await held()).toMatchObject([
      { description: 'Reported: d-1', date_start: '2026-03-02 05:00:00', date_end: '2026-03-02 05:00:00' },
      { description: 'Reported: d-2', date_end: '2026-03-02 05:06:00' },
      { description: 'Reported: d-3' },
    ]);
  });

  test('knows a report that it has taken, also after it was finished', async () => {
    await report({ qty_produced: 4, finish: true }, 'd-1');
    expect(await report({ qty_produced: 4, finish: true }, 'd-1')).toMatchObject({
      answer: { already: true },
    });
    expect(await workOrder()).toMatchObject({ qty_produced: 4 });
  });

  test('that was written, and whose answer was lost, is not written again', async () => {
    await stop();
    await start({ loses: 'write', timeoutMs: 200 });
    await erp.emit!('production', { name: order });
    expect((await refused({ finish: true })).kind).toBe('ambiguous');
    await erp.provoke('well');
    expect(await report({ finish: true }, 'd-1')).toMatchObject({ answer: { finished: true } });
    expect(await workOrder()).toMatchObject({ state: 'done', qty_produced: 1 });
  });

  test('that asks a person before it is finished is told as such; its quantity is booked once', async () => {
    await stop();
    await start({ asks: true });
    await erp.emit!('production', { name: order });
    const failure = await refused({ finish: true });
    expect([failure.code, failure.kind]).toEqual(['HUB_REJECTED', 'permanent']);
    expect(failure.message).toMatch(/^Odoo asks a person \(mrp.consumption.warning\) before it finishes/);
    await refused({ finish: true });
    expect(await workOrder()).toMatchObject({ state: 'progress', qty_produced: 1 });
  });

  test.each([
    ['of another order', { production: 'WH/MO/00013' }, /is one of WH\/MO\/00012, not of WH\/MO\/00013/],
    [
      'that is not there',
      { id: 99 },
      /mrp.workorder.read \(odoo.exceptions.MissingError\): Record does not exist/,
    ],
  ])('%s is refused for good', async (_what, fields, message) => {
    const failure = await refused(fields);
    expect(failure.kind).toBe('permanent');
    expect(failure.message).toMatch(message);
  });
});

describe('with its mappings', () => {
  const mappings = loadMappings([join(packageRoot, 'mappings')]);
  const context = { zone: 'Europe/Berlin', now: '2026-03-02T05:00:00Z' };
  const names = { MrpBom: 'odoo/bom', MrpProduction: 'odoo/manufacturing-order' };

  test('what is received becomes messages that fit the model', async () => {
    await erp.emit!('bom', { code: 'Rev A' });
    await erp.emit!('production', { name: order });
    for (const { type, body } of await receive(2)) {
      const outcome = mappings.get(names[type as keyof typeof names]).read(body, context);
      expect('issues' in outcome ? outcome.issues : validateMessage(outcome.message)).toEqual([]);
    }
  });

  test('what the MES reports of a segment is booked on the work order that the segment is', async () => {
    await erp.emit!('production', { name: order });
    const [{ body }] = (await receive(1)) as [NativeRecord];
    const outcome = mappings.get('odoo/manufacturing-order').read(body, context);
    const [schedule] = ('message' in outcome ? outcome.message.items : []) as [
      { operationsRequest: [{ segmentRequirement: [{ id: string }] }] },
    ];
    const segment = schedule.operationsRequest[0].segmentRequirement[0].id;
    const reported = { id: 'S', segmentRequirementId: [segment], segmentState: 'Completed' };
    const written = mappings.get('odoo/work-order').write(
      {
        id: 'REP-1',
        operationsResponse: [{ id: 'R', operationsRequestId: [order], segmentResponse: [reported] }],
      },
      context,
    );
    const [record] = 'records' in written ? written.records : [];
    await connection.send!({ ...record!, id: 'd-1' });
    expect(await workOrder()).toMatchObject({ state: 'done' });
    expect(await held()).toMatchObject([
      { date_start: '2026-03-02 05:00:00', date_end: '2026-03-02 05:00:00' },
    ]);
  });
});

test('a wrong key is no word about the record, although Odoo answers it with success', async () => {
  await erp.emit!('production', { name: order });
  connection = await open({ apiKey: 'wrong' });
  const failure = await refused({});
  expect([failure.code, failure.kind]).toEqual(['HUB_UNAUTHORIZED', 'transient']);
});

describe('what a work order has used up', () => {
  const seals = (quantity: number, more: Row = {}) => ({
    consumed: [{ default_code: 'SEAL-EPDM', quantity, uom: 'Units', ...more }],
  });
  const component = async () => (await held('stock.move'))[0]!;

  test('is added to what was booked of the component, once, and what is reserved counts for nothing', async () => {
    await erp.emit!('production', { name: order });
    expect(await component()).toMatchObject({ quantity: 8, picked: false });
    await report(seals(2), 'd-1');
    await report(seals(2), 'd-1');
    expect(await component()).toMatchObject({ quantity: 2, picked: true });
    await report(seals(0.3), 'd-2');
    await report(seals(0.1), 'd-3');
    expect(await component()).toMatchObject({ quantity: 2.4 });
  });

  test('is booked with its report or not at all, also when the answer was lost', async () => {
    await stop();
    await start({ loses: 'write', timeoutMs: 300 });
    await erp.emit!('production', { name: order });
    await expect(report(seals(2), 'd-1')).rejects.toMatchObject({ code: 'HUB_NO_ANSWER' });
    await erp.provoke('well');
    await report(seals(2), 'd-1');
    expect(await component()).toMatchObject({ quantity: 2 });
    expect(await held()).toHaveLength(1);
  });

  test.each([
    ['a component that the order has not', { default_code: 'LUBE-01' }, 'has no open component LUBE-01'],
    ['another unit', { uom: 'kg' }, 'is counted in Units, not in kg'],
  ])('is refused with everything in its report: %s', async (_, more, reason) => {
    await erp.emit!('production', { name: order });
    expect(await refused(seals(2, more))).toMatchObject({
      code: 'HUB_REJECTED',
      message: expect.stringContaining(reason),
    });
    expect(await held()).toEqual([]);
    expect(await workOrder()).toMatchObject({ qty_produced: 0 });
  });
});

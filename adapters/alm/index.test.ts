import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Connection, NativeRecord } from '../adapter';
import type { Counterpart } from '../kit';
import { parseSettings } from '../settings';
import { type MaximoConfig, maximo } from '.';
import { almKit } from './kit';

let alm: Counterpart;
let connection: Connection;
let dataDir: string;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'alm-'));
  alm = await almKit.start();
  connection = await open();
});
afterEach(async () => {
  await connection.close();
  await alm.stop();
  await rm(dataDir, { recursive: true });
});

const open = (differences: Record<string, unknown> = {}) =>
  maximo.open(parseSettings<MaximoConfig>(maximo, { ...alm.config, pollMs: 10, ...differences }, 'test'), {
    dataDir,
    log: () => {},
  });
const status = (assetnum: string, now: string, siteid?: string) =>
  alm.emit!('asset-status', { assetnum, status: now, ...(siteid ? { siteid } : {}) });

async function receive(count: number, from = connection): Promise<NativeRecord[]> {
  const stop = new AbortController();
  const taken: NativeRecord[] = [];
  await from.receive!(async (record) => {
    taken.push(record);
    if (taken.length === count) stop.abort();
  }, stop.signal);
  return taken;
}

test('an asset comes with its site and number as key, and its row stamp in the id', async () => {
  await status('PRESS-01', 'DOWN');
  const [asset] = await receive(1);
  expect(asset).toMatchObject({
    type: 'Asset',
    key: '1000/PRESS-01',
    id: '1000/PRESS-01@100001',
    body: { assetnum: 'PRESS-01', status: 'DOWN' },
  });
});

test('each change is handed over once, the same second or not', async () => {
  await status('PRESS-01', 'DOWN');
  const first = await receive(1);
  await status('PRESS-01', 'OPERATING');
  await status('ASSY-01', 'OPERATING');
  const more = await receive(2);
  expect([...first, ...more].map(({ id }) => id)).toEqual([
    '1000/PRESS-01@100001',
    '1000/PRESS-01@100002',
    '1000/ASSY-01@100003',
  ]);
});

test('pages are followed to their end, whatever host their links name', async () => {
  for (const number of [1, 2, 3, 4, 5]) await status(`PUMP-${number}`, 'OPERATING');
  const paged = await open({ pageSize: 2 });
  expect((await receive(5, paged)).map(({ key }) => key)).toEqual(
    [1, 2, 3, 4, 5].map((n) => `1000/PUMP-${n}`),
  );
  await paged.close();
});

test('a restart carries on where the last run ended', async () => {
  await status('PRESS-01', 'DOWN');
  await receive(1);
  await connection.close();
  connection = await open();
  await status('ASSY-01', 'DOWN');
  expect((await receive(1))[0]!.key).toBe('1000/ASSY-01');
});

test('only the named site is read', async () => {
  await status('PRESS-01', 'DOWN', 'BEDFORD');
  await status('PRESS-01', 'DOWN', '1000');
  const one = await open({ site: '1000' });
  expect((await receive(1, one))[0]!.key).toBe('1000/PRESS-01');
  await one.close();
});

test('a work order gets the number that Maximo gives it', async () => {
  const record = { ...almKit.samples.record!('PRESS-01'), id: 'delivery-1' };
  expect(await connection.send!(record)).toMatchObject({ counterpartId: '1001' });
  expect(await connection.send!(record)).toEqual({
    counterpartId: '1001',
    answer: { already: true },
  });
  expect(await alm.holds!()).toMatchObject([
    { assetnum: 'PRESS-01', externalrefid: 'delivery-1', wonum: '1001' },
  ]);
});

test('work orders are read only where that is wished, also one that the hub has asked for', async () => {
  await connection.send!({ ...almKit.samples.record!('PRESS-01'), id: 'delivery-1' });
  await status('PRESS-01', 'DOWN');
  expect(await receive(1)).toMatchObject([{ type: 'Asset' }]);
  const both = await open({ workOrders: true });
  expect(await receive(1, both)).toMatchObject([
    { type: 'WorkOrder', key: '1000/1001', body: { status: 'WAPPR', externalrefid: 'delivery-1' } },
  ]);
  await alm.emit!('work-order', { wonum: '1001', status: 'INPRG' });
  expect(await receive(1, both)).toMatchObject([{ key: '1000/1001', body: { status: 'INPRG' } }]);
  await both.close();
});

test('a work order is withdrawn, once or twice, until somebody has begun it', async () => {
  const cancel = (wonum: string) =>
    connection.send!({
      type: 'WorkOrderCancel',
      key: wonum,
      id: `cancel-${wonum}`,
      body: { siteid: '1000', wonum },
    });
  await connection.send!({ ...almKit.samples.record!('DIE-12'), id: 'delivery-1' });
  expect(await cancel('1001')).toEqual({ counterpartId: '1001', answer: { status: 'CAN' } });
  expect(await cancel('1001')).toMatchObject({ answer: { already: true } });
  await connection.send!({ ...almKit.samples.record!('DIE-13'), id: 'delivery-2' });
  await alm.emit!('work-order', { wonum: '1002', status: 'INPRG' });
  await expect(cancel('1002')).rejects.toMatchObject({ code: 'HUB_TOO_LATE', value: 'INPRG' });
  await expect(cancel('1009')).rejects.toMatchObject({ code: 'HUB_REJECTED' });
});

test('a wrong key is told as such', async () => {
  const other = await open({ apikey: 'wrong-one' });
  await expect(other.check()).rejects.toMatchObject({ code: 'HUB_UNAUTHORIZED' });
  await other.close();
});

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HubError } from '../../model/errors';
import type { Connection, NativeRecord } from '../adapter';
import type { Counterpart } from '../kit';
import { parseSettings } from '../settings';
import { type FreppleConfig, frepple } from '.';
import { apsKit } from './kit';

let aps: Counterpart;
let connection: Connection;
let dataDir: string;
const logged: string[] = [];

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'aps-'));
  aps = await apsKit.start();
  connection = await open();
});
afterEach(async () => {
  await connection.close();
  await aps.stop();
  await rm(dataDir, { recursive: true });
});

const open = () =>
  frepple.open(parseSettings<FreppleConfig>(frepple, { ...aps.config, pollMs: 10 }, 'test'), {
    dataDir,
    log: (message) => logged.push(message),
  });
const send = (type: string, body: unknown, key = '1') => connection.send!({ type, key, id: 'd-1', body });
const order = (reference: string, differences: Record<string, unknown> = {}) => ({
  ...(apsKit.samples.record!(reference).body as Record<string, unknown>),
  ...differences,
});
const held = async (what?: string) => (await aps.holds!(what)) as Array<Record<string, unknown>>;

/** What is received until `enough`, or until the plan has been quiet for a while when it is never enough. */
async function receive(enough: (taken: NativeRecord[]) => boolean, rounds = 200): Promise<NativeRecord[]> {
  const stop = new AbortController();
  const taken: NativeRecord[] = [];
  const done = connection.receive!(async (record) => {
    taken.push(record);
  }, stop.signal);
  for (let round = 0; round < rounds && !enough(taken); round++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  stop.abort();
  await done;
  return taken;
}

test('an order is planned, and its plan comes back under its reference', async () => {
  await send('ManufacturingOrder', order('1000001'));
  const [planned] = await receive((taken) => taken.length > 0);
  expect(planned).toMatchObject({
    type: 'PlannedOrder',
    key: '1000001',
    body: { reference: '1000001', quantity: '4' },
  });
  const { startdate, enddate } = planned!.body as Record<string, string>;
  // Four pieces of 210 seconds.
  expect(Date.parse(`${enddate}Z`) - Date.parse(`${startdate}Z`)).toBe(840_000);
});

test('what an order names is added where it is missing, and left alone where it is there', async () => {
  await send('ManufacturingOrder', order('1000001'));
  expect(await held('operations')).toMatchObject([{ name: 'PV-100', item: 'PV-100', location: '1000' }]);
  const [resource] = await held('resources');
  await send('ManufacturingOrder', order('1000002'));
  expect(await held('resources')).toEqual([resource]);
});

test('a row that frePPLe refuses is told with its field and reason', async () => {
  const failure: HubError = await send('ManufacturingOrder', order('1000001', { quantity: 'four' })).catch(
    (e) => e,
  );
  expect([failure.code, failure.kind]).toEqual(['HUB_REJECTED', 'permanent']);
  expect(failure.message).toBe(
    'frePPLe refused manufacturingorder 1000001: quantity: A valid number is required.',
  );
  expect(failure.issues).toMatchObject([{ path: 'quantity', value: 'four' }]);
});

test('an order comes back with its time once after each sending, and when it is moved', async () => {
  const dates = { startdate: '2029-03-03T06:00:00', enddate: '2029-03-03T06:14:00' };
  const starts: unknown[] = [];
  const news = async () => {
    const [planned] = await receive((taken) => taken.length > 0);
    starts.push((planned!.body as Record<string, unknown>).startdate);
  };
  await send('ManufacturingOrder', order('1000001', dates));
  await news();
  expect(await receive(() => false, 10)).toEqual([]);
  await send('ManufacturingOrder', order('1000001', dates));
  await news();
  await aps.emit!('plan', { reference: '1000001', startdate: '2029-03-04T06:00:00' });
  await news();
  expect(starts).toEqual(['2029-03-03T06:00:00', '2029-03-03T06:00:00', '2029-03-04T06:00:00']);
});

test('after a restart only what changed since then is handed over', async () => {
  await aps.emit!('plan', { reference: 'A', startdate: '2029-03-03T06:00:00' });
  await receive((taken) => taken.length > 0);
  await connection.close();
  connection = await open();
  await aps.emit!('plan', { reference: 'B', startdate: '2029-03-03T06:00:00' });
  expect((await receive((taken) => taken.length > 0)).map(({ key }) => key)).toEqual(['B']);
});

describe('availability of a resource', () => {
  const press = (value: number, startdate: string) =>
    send('ResourceAvailability', { resource: 'PRESS-01', value, startdate }, 'PRESS-01');

  test('down opens a bucket without end, saying it again opens none, up closes it', async () => {
    await press(0, '2029-03-03T10:00:00');
    await press(0, '2029-03-03T10:05:00');
    const open = { calendar: 'PRESS-01 availability', startdate: '2029-03-03T10:00:00', value: 0 };
    expect(await held('calendarbuckets')).toMatchObject([{ ...open, enddate: '2030-12-31T00:00:00' }]);
    await press(1, '2029-03-03T12:00:00');
    expect(await held('calendarbuckets')).toMatchObject([{ ...open, enddate: '2029-03-03T12:00:00' }]);
    await press(1, '2029-03-03T13:00:00');
    expect(await held('calendarbuckets')).toHaveLength(1);
  });

  test('a calendar that the planners gave the resource is used, and their buckets stay', async () => {
    await post('calendar', { name: 'Two shifts' });
    await post('calendarbucket', { calendar: 'Two shifts', value: 1, priority: 10 });
    await post('resource', { name: 'PRESS-01', available: 'Two shifts' });
    await press(0, '2025-03-03T10:00:00');
    await press(1, '2025-03-03T12:00:00');
    const buckets = await held('calendarbuckets');
    expect(buckets.map(({ calendar, source, value }) => [calendar, source, value])).toEqual([
      ['Two shifts', undefined, 1],
      ['Two shifts', 'esperanto', 0],
    ]);
  });

  test('the plan keeps clear of the time in which it is down', async () => {
    await send(
      'ManufacturingOrder',
      order('1000001', { startdate: '2029-03-03T10:00:00', enddate: '2029-03-03T10:14:00' }),
    );
    await press(0, '2029-03-03T09:00:00');
    await press(1, '2029-03-03T12:00:00');
    await send('RunPlan', {});
    const [planned] = await receive((taken) => taken.length > 0);
    expect(planned!.body).toMatchObject({ startdate: '2029-03-03T12:00:00', enddate: '2029-03-03T12:14:00' });
  });

  const post = async (table: string, row: Record<string, unknown>) => {
    const { url, user, password } = aps.config as unknown as FreppleConfig;
    const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
    const body = JSON.stringify([row]);
    const answer = await fetch(`${url}/api/input/${table}/`, {
      method: 'POST',
      headers: { authorization },
      body,
    });
    expect(answer.status).toBe(201);
  };
});

test('a plan run is launched with the settings, overruled by the record', async () => {
  const receipt = await send('RunPlan', { constraint: 'capa' });
  expect(receipt.counterpartId).toBe('1');
  const [run] = await held('plans');
  expect(run).toMatchObject({ name: 'runplan', arguments: 'constraint=capa&plantype=1&env=supply' });
});

test('wrong credentials are told as such', async () => {
  const settings = { ...aps.config, password: 'wrong-one' };
  const config = parseSettings<FreppleConfig>(frepple, settings, 'test');
  const other = await frepple.open(config, { dataDir, log: () => {} });
  await expect(other.check()).rejects.toMatchObject({ code: 'HUB_UNAUTHORIZED' });
  await other.close();
});

test('a record of another type is not taken', async () => {
  await expect(send('JobOrder', {})).rejects.toBeInstanceOf(HubError);
});

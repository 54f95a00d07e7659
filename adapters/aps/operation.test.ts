import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Connection } from '../adapter';
import type { Counterpart } from '../kit';
import { parseSettings } from '../settings';
import { type FreppleConfig, frepple } from '.';
import { apsKit } from './kit';

type Row = Record<string, unknown>;

let aps: Counterpart;
let connection: Connection;
let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'aps-operation-'));
  aps = await apsKit.start();
  const config = parseSettings<FreppleConfig>(frepple, aps.config, 'test');
  connection = await frepple.open(config, { dataDir, log: () => {} });
});
afterEach(async () => {
  await connection.close();
  await aps.stop();
  await rm(dataDir, { recursive: true });
});

const seals = { item: 'SEAL-EPDM', quantity: '-2' };
const product = { item: 'PV-100', quantity: '1' };
const press = { resource: 'PRESS-01', quantity: '1' };
const plan = (fields: Row = {}): Row => ({
  ...{ name: 'PV-100', item: 'PV-100', location: '1000', durations: [90, 0.5] },
  ...{ materials: [seals, product], resources: [press] },
  ...fields,
});
const send = (body: Row) => connection.send!({ type: 'Operation', key: 'PV-100', id: 'd-1', body });
const rows = async (table: string) => (await aps.holds!(table)) as Row[];
/** Item, quantity, and the period that a row is for. */
const materials = async () =>
  [...(await rows('operationmaterials'))]
    .sort((a, b) => Number(a.id) - Number(b.id))
    .map(({ item, quantity, effective_start, effective_end }) => [
      item,
      quantity,
      effective_start,
      effective_end,
    ]);
/** Somebody at the planners' screen. */
async function enter(table: string, row: Row): Promise<void> {
  const { url, user, password } = aps.config as unknown as FreppleConfig;
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  const body = JSON.stringify([row]);
  const answer = await fetch(`${url}/api/input/${table}/`, {
    method: 'POST',
    headers: { authorization },
    body,
  });
  expect(answer.status).toBe(201);
}

test('a plan is an operation that takes as long as its steps, with all that it names', async () => {
  expect(await send(plan())).toEqual({ counterpartId: 'PV-100', answer: { changed: 3 } });
  expect(await rows('operations')).toMatchObject([
    {
      name: 'PV-100',
      item: 'PV-100',
      location: '1000',
      type: 'time_per',
      duration_per: '90.5',
      source: 'esperanto',
    },
  ]);
  expect(await materials()).toEqual([
    ['SEAL-EPDM', '-2', null, null],
    ['PV-100', '1', null, null],
  ]);
  expect(await rows('operationmaterials')).toMatchObject([{ type: 'start' }, { type: 'end' }]);
  expect(await rows('operationresources')).toMatchObject([press]);
  expect((await rows('items')).map(({ name }) => name)).toEqual(['PV-100', 'SEAL-EPDM']);
});

test('the same again changes nothing, and what is different takes the place of what was', async () => {
  await send(plan());
  expect(await send(plan())).toMatchObject({ answer: { changed: 0 } });
  await send(plan({ materials: [{ item: 'SEAL-FKM', quantity: '-2' }, product], resources: [] }));
  expect(await materials()).toEqual([
    ['PV-100', '1', null, null],
    ['SEAL-FKM', '-2', null, null],
  ]);
  expect(await rows('operationresources')).toEqual([]);
});

test('what begins later begins then, and what it replaces ends then; also when it is sent twice', async () => {
  await send(plan());
  const later = plan({
    materials: [{ ...seals, quantity: '-3' }, product],
    effective_start: '2026-04-01T00:00:00',
  });
  await send(later);
  await send(later);
  expect(await materials()).toEqual([
    ['SEAL-EPDM', '-2', null, '2026-04-01T00:00:00'],
    ['PV-100', '1', null, null],
    ['SEAL-EPDM', '-3', '2026-04-01T00:00:00', null],
  ]);
  // Taken back before it began: nothing of it is left.
  await send(plan({ materials: [product], effective_start: '2026-04-01T00:00:00' }));
  expect(await materials()).toEqual([
    ['SEAL-EPDM', '-2', null, '2026-04-01T00:00:00'],
    ['PV-100', '1', null, null],
  ]);
});

test('lines of one item are one row', async () => {
  await send(plan({ materials: [seals, { ...seals, quantity: '-0.1' }, { ...seals, quantity: '-0.2' }] }));
  expect(await materials()).toEqual([['SEAL-EPDM', '-2.3', null, null]]);
});

test('what planners have entered stays as they did', async () => {
  for (const name of ['PV-100', 'SEAL-EPDM']) await enter('item', { name });
  await enter('operation', { name: 'PV-100', item: 'PV-100' });
  await enter('operationmaterial', { operation: 'PV-100', item: 'SEAL-EPDM', quantity: '-2.1' });
  await send(plan());
  await send(plan({ materials: [product] }));
  expect(await materials()).toEqual([
    ['SEAL-EPDM', '-2.1', null, null],
    ['PV-100', '1', null, null],
  ]);
});

test('an operation that planners have built of steps is not replaced by one', async () => {
  await enter('operation', { name: 'PV-100', type: 'routing' });
  await expect(send(plan())).rejects.toMatchObject({
    code: 'HUB_REJECTED',
    message: expect.stringContaining('keep PV-100 as routing'),
  });
});

test('an item is a row', async () => {
  const body = { name: 'SEAL-EPDM', description: 'Seal', source: 'esperanto' };
  await connection.send!({ type: 'Item', key: 'SEAL-EPDM', id: 'd-1', body });
  await connection.send!({
    type: 'Item',
    key: 'SEAL-EPDM',
    id: 'd-2',
    body: { ...body, description: 'Seal 50' },
  });
  expect(await rows('items')).toMatchObject([{ name: 'SEAL-EPDM', description: 'Seal 50' }]);
});

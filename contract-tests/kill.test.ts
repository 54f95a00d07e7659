import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../hub/client';
import { type LivePlant, startPlant } from '../hub/demo/plant';
import type { Delivery, StoredObject } from '../hub/storage/store';
import { examplePlant } from './running-hub';

type Row = Record<string, unknown>;
const ORDERS = ['1000001', '1000002', '1000003'];

/** The hub is killed (-9) in the middle of the orders' way, again and again; every order still arrives once everywhere. */
describe('kill -9 of the hub while orders travel', () => {
  let plant: LivePlant;
  let dataDir: string;
  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'esperanto-kill-'));
    plant = await startPlant({ projectDir: examplePlant, dataDir });
  }, 60_000);
  afterAll(async () => {
    await plant?.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  test('each order reaches planning, MES and machine once, and its confirmations reach the ERP once', async () => {
    const { hub, kits } = plant;
    await kits.plm!.emit('revision', { revision: 'A' });
    // The kits repeat until the hub confirms; the hub dies while they do.
    const sending = (async () => {
      for (const number of ORDERS) await kits.erp!.emit('order', { number, quantity: '2' });
    })();
    for (const wait of [30, 120, 400]) {
      await new Promise((resolve) => setTimeout(resolve, wait));
      await plant.killHub();
      await plant.startHub();
    }
    await sending;
    await until(
      'three jobs',
      () => kits.press!.holds('jobs'),
      (rows) => rows.length === 3,
      40_000,
    );
    await until(
      'three orders at the MES',
      () => kits.mes!.holds('orders'),
      (rows) => rows.length === 3,
      40_000,
    );

    for (const number of ORDERS)
      await kits.press!.emit('produce', { jobOrderID: `${number}-0010`, pieces: 2 });
    await plant.killHub();
    await plant.startHub();
    const settled = () => hub.get<{ deliveries: Delivery[] }>('/deliveries?state=waiting');
    const confirmed = async () => (await kits.erp!.holds('confirmations')) as Row[];
    await until('everything confirmed', confirmed, (rows) => finals(rows).length === 6, 40_000);
    await until('nothing waits', settled, ({ deliveries }) => deliveries.length === 0, 40_000);

    const { objects } = await hub.get<{ objects: StoredObject[] }>('/objects/OperationsSchedule');
    expect(objects.map(({ id }) => id)).toEqual(ORDERS);
    expect((await kits.aps!.holds('manufacturingorders')).length).toBe(3);
    expect((await kits.press!.holds('jobs')).length).toBe(3);
    expect((await kits.mes!.holds('orders')).length).toBe(3);
    const rows = await confirmed();
    expect(new Set(rows.map((row) => row.ExternalSystemConfirmation)).size).toBe(rows.length);
    for (const number of ORDERS) {
      const yields = rows.filter((row) => row.OrderID === number && row.OrderOperation === '0020');
      expect(yields.reduce((sum, row) => sum + Number(row.ConfirmationYieldQuantity), 0)).toBe(2);
    }
    expect(await hub.get('/parked')).toEqual({ records: [], deliveries: [] });
  }, 120_000);

  const finals = (rows: readonly Row[]) => rows.filter((row) => row.FinalConfirmationType === 'X');
});

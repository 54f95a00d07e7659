import { Client } from 'pg';
import { completeOrder } from '../change/explode';
import { orderFromErp, revisionA, revisionB } from '../change/pv-100.example';
import { apply, indexOrder } from '../flow/apply';
import { openStore } from '../storage/open';
import type { Store } from '../storage/store';
import { emptyDatabase } from '../storage/testing';
import { DeskPlant, messageOf } from './desk-plant.example';

const serverUrl = process.env.TEST_DATABASE_URL;
const server = serverUrl ? describe : describe.skip;

// On SQLite transactions are one at a time.
server('changes while orders come in beside them, on PostgreSQL (TEST_DATABASE_URL)', () => {
  let store: Store;
  let plant: DeskPlant;
  let watcher: Client;
  beforeEach(async () => {
    const databaseUrl = await emptyDatabase(serverUrl!, 'esperanto_changes');
    store = await openStore({ dataDir: '', databaseUrl });
    plant = new DeskPlant(store);
    watcher = new Client({ connectionString: databaseUrl });
    await watcher.connect();
    await plant.publish(revisionA);
    await plant.release('1000000');
  });
  afterEach(async () => {
    await store.close();
    await watcher.end();
  });

  /** An order that comes in; where its product's plan was read without a lock on it. Commits after `last`. */
  const comesIn = (id: string, last = async () => {}) =>
    store.transaction(async (tx) => {
      const body = completeOrder(orderFromErp(id, 10), revisionA);
      const { object } = await tx.putObject({ noun: 'OperationsSchedule', id, body, system: 'erp' });
      await indexOrder(tx, body);
      const from = { system: 'erp', messageId: id };
      await plant.desk.onApplied(tx, messageOf('OperationsSchedule', body), { object }, from, []);
      await last();
    });

  /** An order as the flow takes it in: it reads the plan of its product. Commits after `last`. */
  const isMade = (id: string, last = async () => {}) =>
    store.transaction(async (tx) => {
      const message = messageOf('OperationsSchedule', orderFromErp(id, 10));
      const how = { restate: async () => 'change' as const, zone: 'Europe/Berlin' };
      const read = { map: 'order', needs: 'definition' } as const;
      await apply(tx, { message, read }, { system: 'erp', messageId: id }, how);
      await last();
    });

  async function somebodyWaits(): Promise<void> {
    const text =
      "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    while ((await watcher.query(text)).rowCount === 0)
      await new Promise((resolve) => setTimeout(resolve, 10));
  }

  const taken = async () => {
    const { id } = await plant.newest();
    return (await plant.desk.show(id)).orders.map((order) => order.id).sort();
  };

  test('a revision waits for the order that has seen no change of it, and takes it in', async () => {
    let publishing = Promise.resolve();
    await comesIn('2000000', async () => {
      publishing = plant.publish(revisionB);
      await Promise.race([publishing, somebodyWaits()]);
    });
    await publishing;
    expect(await taken()).toEqual(['1000000', '2000000']);
  });

  test('orders do not wait for one another as long as no change concerns them', async () => {
    await comesIn('2000000', () => comesIn('2000001', () => comesIn('2000002')));
    await plant.publish(revisionB);
    expect(await taken()).toEqual(['1000000', '2000000', '2000001', '2000002']);
  });

  test('orders of one product are made by its plan side by side', async () => {
    await isMade('2000000', () => isMade('2000001', () => isMade('2000002')));
    await plant.publish(revisionB);
    expect(await taken()).toEqual(['1000000', '2000000', '2000001', '2000002']);
  });

  test('a revision waits for the order that is being made by the one before, and takes it in', async () => {
    let publishing = Promise.resolve();
    await isMade('2000000', async () => {
      publishing = plant.publish(revisionB);
      await Promise.race([publishing, somebodyWaits()]);
    });
    await publishing;
    expect(await taken()).toEqual(['1000000', '2000000']);
  });

  test('those that a change concerns work on it one at a time: none is lost', async () => {
    await plant.publish(revisionB);
    const late = Array.from({ length: 20 }, (_, n) => String(2_000_000 + n));
    await Promise.all(late.map((id) => comesIn(id)));
    expect(await taken()).toEqual(['1000000', ...late]);
    const { id } = await plant.newest();
    const places = (await watcher.query('select place from change_order where change_id = $1', [id])).rows;
    expect(new Set(places.map(({ place }) => place)).size).toBe(late.length + 1);
  });
});

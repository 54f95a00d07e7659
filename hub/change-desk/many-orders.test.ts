import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Message } from '../../model/message';
import { packageRoot } from '../../model/paths';
import { completeOrder } from '../change/explode';
import { orderFromErp, revisionA, revisionB } from '../change/pv-100.example';
import { loadRules } from '../change/rules';
import { indexOrder } from '../flow/apply';
import type { Parcel } from '../flow/route';
import { loadProject } from '../project';
import { openStore } from '../storage/open';
import type { Row, Store, Tx } from '../storage/store';
import { changeDesk } from './desk';

const MANY = 250;
const noun = 'OperationsDefinition';
const project = loadProject(join(packageRoot, 'contract-tests', 'example-plant'), {});
const file = join(packageRoot, 'hub', 'change', 'rules.default.yaml');
const rules = loadRules(readFileSync(file, 'utf8'), file);
const dataDir = mkdtempSync(join(tmpdir(), 'esperanto-many-'));
const message: Message = {
  verb: 'Sync',
  noun,
  applicationArea: { creationDateTime: '2026-03-02T06:00:00Z', sender: { referenceId: 'ECN-2001' } },
  items: [],
};
let store: Store;
/** Rows that transactions have read of changes. */
let read = 0;

beforeAll(async () => {
  store = counting(await openStore({ dataDir }));
  await store.transaction(async (tx) => {
    await tx.putObject({ noun, id: 'PV-100', body: revisionA, system: 'plm' });
    for (let n = 0; n < MANY; n++) {
      const id = String(1_000_000 + n);
      const body = completeOrder(orderFromErp(id, 10), revisionA);
      await tx.putObject({ noun: 'OperationsSchedule', id, body, system: 'erp' });
      await indexOrder(tx, body);
      for (const system of ['mes', 'press'])
        await tx.putIdentity({ system, noun: 'OperationsSchedule', nativeId: id, canonicalId: id });
    }
    // One of them has begun, so it waits for a decision.
    await tx.addSegmentReport({
      id: 'r1',
      orderId: '1000007',
      segmentId: '0010',
      source: 'mes',
      state: 'Running',
    });
  });
  const desk = changeDesk({ project, store, rules });
  await store.transaction(async (tx) => {
    const { object, before } = await tx.putObject({ noun, id: 'PV-100', body: revisionB, system: 'plm' });
    await desk.onApplied(tx, message, { object, before: before! }, { system: 'plm', messageId: 'm' }, []);
  });
});

afterAll(async () => {
  await store.close();
  rmSync(dataDir, { recursive: true, force: true });
});

function counting(inner: Store): Store {
  const counted = (tx: Tx): Tx => {
    const count =
      <A extends unknown[], R>(list: (...args: A) => Promise<R[]>) =>
      async (...args: A): Promise<R[]> => {
        const rows = await list.apply(tx, args);
        read += rows.length;
        return rows;
      };
    return Object.assign(Object.create(tx) as Tx, {
      listCommands: count(tx.listCommands),
      listChangeOrders: count(tx.listChangeOrders),
      listObjects: count(tx.listObjects),
    });
  };
  return Object.assign(Object.create(inner) as Store, {
    transaction: <T>(work: (tx: Tx) => Promise<T>) => inner.transaction((tx) => work(counted(tx))),
  });
}

test('an answer reads the order that it is about, however many the change has', async () => {
  const desk = changeDesk({ project, store, rules });
  const [{ id, changeId } = { id: '', changeId: '' }] = await store.listCommands({ state: 'sent', limit: 1 });
  const command: Parcel['command'] = { changeId, commandId: id };
  read = 0;
  await desk.following({ payload: { command } } as unknown as Row, async () => ({}));
  expect(read).toBeGreaterThan(0);
  expect(read).toBeLessThan(20);
  expect((await store.listCommands({ ids: [id] }))[0]).toMatchObject({ state: 'acknowledged' });
});

test('a decision about one order leaves the others alone, and says what became of all', async () => {
  const desk = changeDesk({ project, store, rules });
  const [{ id } = { id: '' }] = await desk.list();
  const decision = { action: 'reject', by: 'Ines', reason: 'too late' } as const;
  await expect(desk.decide(id, { ...decision, orderIds: ['1000001'] })).rejects.toMatchObject({
    code: 'HUB_ALREADY_DECIDED',
  });
  const { counts } = await desk.decide(id, { ...decision, orderIds: [] });
  expect(counts.orders).toEqual({ 'by-policy': MANY - 1, rejected: 1 });
});

test('a change of many orders is shown page by page, its plain text tells of all together', async () => {
  const desk = changeDesk({ project, store, rules });
  const [{ id } = { id: '' }] = await desk.list();
  const first = await desk.show(id);
  const second = await desk.show(id, { after: first.nextOrders! });
  const shown = [...first.orders, ...second.orders].map((order) => order.id);
  expect([first.orders.length, second.orders.length, second.nextOrders]).toEqual([200, 50, undefined]);
  expect(new Set(shown).size).toBe(MANY);
  expect(
    first.commands.every(({ orderId }) => orderId === undefined || shown.slice(0, 200).includes(orderId)),
  ).toBe(true);
  expect(first.page).toContain('250 orders: 249 is changed by the rules, 1 rejected: stays as it is');
  expect(first.page).toContain('1000000 to 1000006, 1000008 to 1000249');
  expect(first.page.split('\n').length).toBeLessThan(60);
  expect(second.page).toBe(first.page);
});

import { until } from '../client';
import {
  changeNow,
  changes,
  confirmationsSettled,
  consumed,
  inOrder,
  issued,
  job,
  mesOrder,
  objects,
  type Row,
  revisionIs,
  segmentsDone,
  total,
  waitingFor,
  yieldOf,
} from './looks';
import type { LivePlant } from './plant';
import type { Telling } from './telling';

const PRODUCT = 'PV-100';
const MATERIALS: readonly (readonly [string, string, string])[] = [
  [PRODUCT, 'Process valve DN50', 'FERT'],
  ['BODY-50', 'Valve body DN50', 'HALB'],
  ['SEAL-EPDM', 'Seal ring EPDM', 'ROH'],
  ['SEAL-FKM', 'Seal ring FKM', 'ROH'],
  ['SCREW-M8', 'Hexagon screw M8', 'ROH'],
  ['LUBE-01', 'Assembly grease', 'ROH'],
];
const ORDERS = [
  ['1000001', '4'],
  ['1000002', '10'],
  ['1000003', '6'],
] as const;

/**
 * The story of the example plant: master data, three orders, a revision in the middle of them, an ERP that is away.
 * Every look is taken where a person could take it: at the counterpart systems themselves and at the hub's API.
 */
export async function tellStory(plant: LivePlant, tell: Telling): Promise<void> {
  await masterData(plant, tell);
  await ordersRun(plant, tell);
  await revisionArrives(plant, tell);
  await erpAway(plant, tell);
}

async function masterData({ hub, kits }: LivePlant, tell: Telling): Promise<void> {
  tell.chapter('1. Master data: what the plant makes, of what, on what');
  await tell.step('The ERP sends 6 materials and 2 work centres (IDoc XML)', async () => {
    for (const [number, description, type] of MATERIALS)
      await kits.erp!.emit('material', { number, description, type });
    await kits.erp!.emit('work-centre', { number: 'PRESS-01', description: 'Seal press' });
    await kits.erp!.emit('work-centre', { number: 'ASSY-01', description: 'Assembly bench' });
    await objects(hub, 'MaterialDefinition', (ids) => MATERIALS.every(([id]) => ids.includes(id)));
    await objects(hub, 'Equipment', (ids) => ids.includes('PRESS-01') && ids.includes('ASSY-01'));
  });
  await tell.step('The asset system says that the press is available (Maximo REST)', async () => {
    await kits.alm!.emit('asset-status', { assetnum: 'PRESS-01', status: 'OPERATING' });
    await objects(hub, 'OperationsCapability', (ids) => ids.includes('PRESS-01'));
  });
  await tell.step(`The PLM publishes ${PRODUCT} revision A: M-BOM and process plan (JSON)`, async () => {
    await kits.plm!.emit('revision', { revision: 'A' });
    await revisionIs(hub, PRODUCT, 'A');
  });
}

async function ordersRun({ hub, kits }: LivePlant, tell: Telling): Promise<void> {
  tell.chapter('2. Three production orders run');
  await tell.step('The ERP releases orders 1000001 (4 pieces), 1000002 (10) and 1000003 (6)', async () => {
    for (const [number, quantity] of ORDERS) await kits.erp!.emit('order', { number, quantity });
    await objects(hub, 'OperationsSchedule', (ids) => ORDERS.every(([id]) => ids.includes(id)));
  });
  await tell.step('The APS plans them one after another (frePPLe REST)', async () => {
    await until(
      'a plan for three orders',
      () => kits.aps!.holds('manufacturingorders'),
      (rows) => rows.length === 3,
    );
  });
  await tell.step('The MES has them as operations requests (B2MML over SOAP)', async () => {
    await until(
      'three orders at the MES',
      () => kits.mes!.holds('orders'),
      (rows) => rows.length === 3,
    );
  });
  await tell.step('The press has them as job orders (OPC UA Job Control, signed and encrypted)', async () => {
    const jobs = await until(
      'three jobs at the press',
      () => kits.press!.holds('jobs'),
      (rows) => rows.length === 3,
    );
    tell.expect('12.5 kN in the job of 1000001', JSON.stringify(jobs).includes('12.5'), jobs);
  });
  await tell.step('The press makes all 4 of order 1000001; the MES reports both operations', async () => {
    await kits.press!.emit('produce', { jobOrderID: '1000001-0010', pieces: 4 });
    await segmentsDone(hub, '1000001');
  });
  await tell.step('The press makes 5 of the 10 of order 1000002', async () => {
    await kits.press!.emit('produce', { jobOrderID: '1000002-0010', pieces: 5 });
    await consumed(hub, '1000002', 'SEAL-EPDM', 10);
  });
  await tell.step('The ERP gets confirmations with consumption (OData, one for each report)', async () => {
    const confirmations = await confirmationsSettled(kits, '1000002', 5);
    const finals = confirmations.filter(
      (row) => row.OrderID === '1000001' && row.FinalConfirmationType === 'X',
    );
    tell.expect('a final confirmation of both operations of 1000001', finals.length === 2, finals.length);
    tell.expect(
      '8 SEAL-EPDM issued to 1000001',
      issued(confirmations, '1000001', 'SEAL-EPDM') === 8,
      issued(confirmations, '1000001', 'SEAL-EPDM'),
    );
    tell.expect(
      '10 SEAL-EPDM issued to 1000002',
      issued(confirmations, '1000002', 'SEAL-EPDM') === 10,
      issued(confirmations, '1000002', 'SEAL-EPDM'),
    );
  });
}

async function revisionArrives({ hub, kits }: LivePlant, tell: Telling): Promise<void> {
  tell.chapter('3. Revision B arrives while the orders run');
  const opened = await tell.step('The PLM publishes revision B, effective now', async () => {
    await kits.plm!.emit('revision', { revision: 'B' });
    return until(
      'a change',
      () => changes(hub),
      (found) => found.length === 1 && found[0]!.orders.length > 0,
    );
  });
  let change = opened[0]!;
  for (const sentence of change.differences) tell.say(sentence);
  await tell.step('The hub says whom it hits', async () => {
    const states = Object.fromEntries(change.orders.map(({ id, action }) => [id, action]));
    tell.expect(
      '1000001 done, untouched',
      states['1000001'] === undefined || states['1000001'] === 'none',
      states,
    );
    tell.expect('1000002 held, waits for a decision', states['1000002'] === 'hold+ask', states);
    tell.expect('1000003 changed by policy', states['1000003'] === 'apply', states);
  });
  for (const order of change.orders) tell.say(`${order.id}: ${order.reason}`);
  await tell.step(
    'Operation 0010 of order 1000002 is held at the MES and its job paused at the press',
    async () => {
      await mesOrder(kits, '1000002', (order) => JSON.stringify(order).includes('MATERIAL-CHANGE'));
      await job(kits, '1000002-0010', (seen) => JSON.stringify(seen).includes('Interrupted'));
    },
  );
  await tell.step('The supervisor decides: the rest of 1000002 is made by revision B (GraphQL)', async () => {
    await hub.graphql(
      `mutation ($id: ID!) { decideChange(id: $id, orderIds: ["1000002"], action: approve, by: "supervisor",
        reason: "Pressed valves keep EPDM, the rest gets FKM") { id state } }`,
      { id: change.id },
    );
  });
  await tell.step('One set of commands goes out, each acknowledged', async () => {
    change = await until(
      'the set in force',
      () => changeNow(hub, opened[0]!.id),
      ({ state }) => state === 'in force',
    );
    const open = change.commands.filter(({ state }) => state !== 'acknowledged');
    tell.expect('every command acknowledged', open.length === 0, open);
  });
  for (const { state, system, expectation } of change.commands)
    tell.say(`${state.padEnd(13)}${system.padEnd(6)}${expectation}`);
  await tell.step('The systems hold revision B: components, job and press force', () =>
    revisionBHeld(kits, tell),
  );
}

async function revisionBHeld(kits: LivePlant['kits'], tell: Telling): Promise<void> {
  const third = JSON.stringify(
    await mesOrder(kits, '1000003', (order) => JSON.stringify(order).includes('SEAL-FKM')),
  );
  tell.expect('no SEAL-EPDM any more in 1000003 at the MES', !third.includes('SEAL-EPDM'), third);
  await job(kits, '1000003-0010', (seen) => JSON.stringify(seen).includes('SEAL-FKM'));
  const parameters = JSON.stringify(await kits.press!.holds('parameters'));
  tell.expect('14 kN set at the press', parameters.includes('14'), parameters);
  const components = (await kits.erp!.holds('components')) as Row[];
  const seals = components.filter(
    (row) => row.ManufacturingOrder === '1000002' && /^SEAL/.test(String(row.Material)),
  );
  const required = Object.fromEntries(
    seals.map((row) => [String(row.Material), Number(row.RequiredQuantity)]),
  );
  tell.expect(
    '1000002 needs 10 SEAL-EPDM (used) and 10 SEAL-FKM at the ERP',
    required['SEAL-EPDM'] === 10 && required['SEAL-FKM'] === 10,
    required,
  );
  const plans = await until(
    'a new plan',
    () => kits.aps!.holds('plans'),
    (rows) => rows.length > 0,
  );
  tell.expect('the APS was asked to plan again', plans.length > 0);
}

async function erpAway({ hub, kits }: LivePlant, tell: Telling): Promise<void> {
  tell.chapter('4. The ERP goes away, the machine goes on');
  const before = ((await kits.erp!.holds('confirmations')) as Row[]).length;
  await tell.step(
    'The ERP is switched off; the press makes the rest of 1000002 and all of 1000003',
    async () => {
      await kits.erp!.provoke('down');
      await kits.press!.emit('produce', { jobOrderID: '1000002-0010', pieces: 5 });
      await kits.press!.emit('produce', { jobOrderID: '1000003-0010', pieces: 6 });
      await segmentsDone(hub, '1000002');
      await segmentsDone(hub, '1000003');
    },
  );
  const waiting = await tell.step('Confirmations wait in the hub', async () => {
    const found = await until(
      'waiting confirmations',
      () => waitingFor(hub, 'erp'),
      (rows) => rows.length >= 10,
    );
    return found.length;
  });
  tell.say(`${waiting} confirmations wait for the ERP.`);
  await tell.step('The ERP returns and gets them in order, once each', async () => {
    await kits.erp!.provoke('well');
    await until(
      'nothing waiting',
      () => waitingFor(hub, 'erp'),
      (rows) => rows.length === 0,
      30_000,
    );
    const all = (await kits.erp!.holds('confirmations')) as Row[];
    const late = all.slice(before);
    tell.expect(`${waiting} new confirmations`, late.length === waiting, late.length);
    const marks = new Set(all.map((row) => row.ExternalSystemConfirmation));
    tell.expect('none twice', marks.size === all.length, { marks: marks.size, all: all.length });
    for (const [order, quantity] of ORDERS)
      tell.expect(
        `the yield of ${order} adds up to ${quantity}`,
        yieldOf(all, order) === Number(quantity),
        yieldOf(all, order),
      );
    for (const [order] of ORDERS)
      tell.expect(`${order} in the order in which the MES reported`, await inOrder(kits, all, order));
    tell.expect(
      '22 SEAL-FKM and 18 SEAL-EPDM issued in all',
      total(all, 'SEAL-FKM') === 22 && total(all, 'SEAL-EPDM') === 18,
      { FKM: total(all, 'SEAL-FKM'), EPDM: total(all, 'SEAL-EPDM') },
    );
  });
}

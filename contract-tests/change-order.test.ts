import type { AsBuilt } from '../hub/change/as-built';
import type { ChangeView } from '../hub/change-desk/view';
import { until } from '../hub/client';
import {
  allSent,
  type ChangePlant,
  components,
  day,
  inForce,
  type Row,
  standings,
  startChangePlant,
  waiting,
} from './change-plant';

/** A customer changes an order while it is made, through the real protocols. */
const option = { description: 'Option', quantity: 1, unit: 'PCE', operation: '0020' };
const component = (item: string, material: string, quantity: string, operation: string) => ({
  item,
  material,
  quantity,
  unit: 'PCE',
  operation,
});

describe('a changed customer order', () => {
  let plant: ChangePlant;
  beforeAll(async () => {
    plant = await startChangePlant();
  }, 120_000);
  afterAll(() => plant?.stop());

  test('a customer wants more of an order that runs: a change asks, the order stays as it is until then, planning follows', async () => {
    await plant.publish('PV-212', 'A');
    await plant.release('21201', 'PV-212', 4);
    await plant.release('21202', 'PV-212', 2);
    await plant.press('21201', 1);
    await plant.kits.erp!.emit('order-change', { number: '21201' });
    await plant.kits.erp!.emit('order-change', { number: '21202', quantity: '3' });
    const applied = await plant.change('21202', inForce);
    expect(applied.differences).toEqual([expect.stringContaining('2 PCE')]);
    expect(components(await plant.mesOrder('21202'))).toContain('0010 SEAL-EPDM 6');
    expect(
      (await plant.hub.get<{ changes: ChangeView[] }>('/changes')).changes.filter(
        ({ objectId }) => objectId === '21201',
      ),
    ).toEqual([]);

    await plant.kits.erp!.emit('order-change', { number: '21201', quantity: '6' });
    const asked = await plant.change('21201', (change) => waiting(change) && allSent(change));
    // Another quantity hits the order as a whole.
    await plant.mesOrder('21201', ({ requestState }) => requestState === 'Held');
    expect(standings(asked)['21201']).toContain('hold+ask: waiting');
    expect(components(await plant.mesOrder('21201'))).toContain('0010 SEAL-EPDM 8');
    await plant.decide(asked.id, { orderIds: [], action: 'approve' });
    await plant.mesOrder(
      '21201',
      (order) => order.quantity.startsWith('6') && order.requestState === 'Released',
    );
    await until(
      'the new quantity in planning',
      () => plant.kits.aps!.holds('manufacturingorders') as Promise<Row[]>,
      (rows) => rows.some(({ reference, quantity }) => reference === '21202' && Number(quantity) === 3),
    );
    await plant.job('21201', ({ state }) => state === 'Running');
    await plant.change('21201', inForce);
    // The job that runs makes the four pieces it was begun with; the press has got another one for the two more.
    const more = (await plant.kits.press!.holds('jobs')) as {
      jobOrderID: string;
      state: string;
      order: object;
    }[];
    expect(more.find(({ jobOrderID }) => jobOrderID === '21201-0010+2')).toMatchObject({
      state: 'AllowedToStart',
      order: {
        parameters: expect.arrayContaining([expect.objectContaining({ ID: 'Quantity', value: 2 })]),
        materialRequirements: expect.arrayContaining([
          expect.objectContaining({ MaterialDefinitionID: 'SEAL-EPDM', quantity: '4' }),
        ]),
      },
    });
    await plant.press('21201', 3);
    const half = await plant.mesOrder('21201', ({ segments }) => segments[0]!.good === '4');
    expect(half.segments.map(({ state }) => state)).toEqual(['Running', 'Waiting']);
    await plant.press('21201', 2, '0010+2');
    const whole = await plant.mesOrder('21201', ({ segments }) =>
      segments.every(({ state }) => state === 'Completed'),
    );
    expect(whole.segments.map(({ good }) => good)).toEqual(['6', '6']);
    await plant.press('21202', 3);
  });

  test('another due date of an order that has not begun goes everywhere by itself', async () => {
    await plant.publish('PV-402', 'A');
    await plant.release('40201', 'PV-402', 2);
    await plant.kits.erp!.emit('order-change', { number: '40201', end: `${day(20)}T16:00:00` });
    const change = await plant.change('40201', inForce);
    expect(change.differences).toEqual([expect.stringContaining('the due date moves from')]);
    expect(standings(change)).toEqual({ '40201': 'not-started, apply: by-policy' });
    const rows = (await plant.kits.aps!.holds('manufacturingorders')) as Row[];
    expect(rows.find(({ reference }) => reference === '40201')).toBeDefined();
    expect(JSON.stringify(await plant.stored('40201'))).toContain(day(20));
    await plant.press('40201', 2);
  });

  test('another mirror after the body is built and before assembly: the body stays, mirror and fixing kit change together', async () => {
    await plant.publish('PV-403', 'A', (bom) => [
      ...bom,
      { ...option, lineId: '0050', item: 'MIRROR-STD' },
      { ...option, lineId: '0060', item: 'FIXKIT-STD' },
    ]);
    const components403 = (mirror: string) => [
      component('0010', 'BODY-50', '2', '0010'),
      component('0020', 'SEAL-EPDM', '4', '0010'),
      component('0050', `MIRROR-${mirror}`, '2', '0020'),
      component('0060', `FIXKIT-${mirror}`, '2', '0020'),
    ];
    await plant.release('40301', 'PV-403', 2, { components: components403('STD') });
    await plant.press('40301', 1);
    await plant.kits.erp!.emit('order-change', { number: '40301', components: components403('HEATED') });
    const change = await plant.change('40301', inForce);
    expect(change.differences).toEqual([
      'Operation 0020: MIRROR-STD (2 PCE) is replaced by MIRROR-HEATED (2 PCE).',
      'Operation 0020: FIXKIT-STD (2 PCE) is replaced by FIXKIT-HEATED (2 PCE).',
    ]);
    // Pressing goes on meanwhile: nothing of it is hit, so nothing is asked and nothing held.
    expect(standings(change)).toEqual({ '40301': 'not-started, apply: by-policy' });
    expect(change.commands.map(({ kind }) => kind)).not.toContain('job-hold');
    expect(components(await plant.mesOrder('40301'))).toEqual([
      '0010 BODY-50 2',
      '0010 SEAL-EPDM 4',
      '0020 MIRROR-HEATED 2',
      '0020 FIXKIT-HEATED 2',
    ]);
    await plant.press('40301', 1);
    const used = await until(
      'what assembly has used',
      () => plant.hub.get<AsBuilt>('/orders/40301/as-built'),
      ({ operations }) => operations[1]!.components.every((one) => Number(one.used) > 0),
    );
    expect(used.operations[1]!.components.map((one) => `${one.material} ${one.used}`)).toEqual([
      'MIRROR-HEATED 2',
      'FIXKIT-HEATED 2',
    ]);
  });

  test('a wish that is taken back before anybody decided closes its change, and the order goes on as it was', async () => {
    await plant.publish('PV-404', 'A');
    await plant.release('40401', 'PV-404', 3);
    await plant.press('40401', 1);
    await plant.kits.erp!.emit('order-change', { number: '40401', quantity: '5' });
    await plant.change('40401', (change) => waiting(change) && allSent(change));
    await plant.mesOrder('40401', ({ requestState }) => requestState === 'Held');
    await plant.kits.erp!.emit('order-change', { number: '40401', quantity: '3' });
    const closed = await plant.change('40401', inForce);
    expect(closed.orders[0]).toMatchObject({
      standing: 'rejected',
      decisions: [{ by: 'erp', reason: 'the wish is withdrawn' }],
    });
    await plant.mesOrder('40401', ({ requestState }) => requestState === 'Released');
    await plant.job('40401', ({ state }) => state === 'Running');

    // The same wish again, then a larger one: one question is left, for all that is wanted by now.
    await plant.kits.erp!.emit('order-change', { number: '40401', quantity: '4' });
    const first = await plant.change('40401', (change) => change.id !== closed.id && waiting(change));
    await plant.kits.erp!.emit('order-change', { number: '40401', quantity: '6' });
    const second = await plant.change(
      '40401',
      (change) => change.id !== first.id && waiting(change) && allSent(change),
    );
    expect((await plant.hub.get<ChangeView>(`/changes/${first.id}`)).orders[0]!.standing).toBe('untouched');
    // Planning moves the order while the wish waits: both count.
    await plant.kits.aps!.emit('plan', { reference: '40401', startdate: `${day(3)}T08:00:00` });
    await until(
      'the new plan',
      () => plant.stored('40401'),
      (order) => JSON.stringify(order).includes(day(3)),
    );
    await plant.decide(second.id, { orderIds: [], action: 'approve' });
    await plant.change('40401', inForce);
    const order = JSON.stringify(await plant.stored('40401'));
    expect(order).toContain(day(3));
    expect((await plant.mesOrder('40401')).quantity).toMatch(/^6/);

    // Undone, the further job leaves the machine before it has begun.
    const jobs = async () =>
      ((await plant.kits.press!.holds('jobs')) as Row[]).map(({ jobOrderID }) => jobOrderID);
    expect(await jobs()).toContain('40401-0010+2');
    await plant.hub.post(`/changes/${second.id}/undo`, {
      by: 'Ines',
      reason: 'the customer has no use for them',
    });
    await plant.change('40401', ({ state }) => state === 'undone');
    expect(await jobs()).not.toContain('40401-0010+2');
    await plant.press('40401', 2);
    await plant.mesOrder('40401', ({ segments }) => segments.every(({ state }) => state === 'Completed'));
  });

  test('nothing waits for a person at the end', async () => {
    expect(await plant.hub.get('/parked')).toEqual({ records: [], deliveries: [] });
  });
});

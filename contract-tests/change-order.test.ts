import type { ChangeView } from '../hub/change-desk/view';
import { until } from '../hub/client';
import {
  allSent,
  type ChangePlant,
  components,
  inForce,
  type Row,
  standings,
  startChangePlant,
  waiting,
} from './change-plant';

/** A customer changes an order while it is made, through the real protocols. */
describe('a changed customer order', () => {
  let plant: ChangePlant;
  beforeAll(async () => {
    plant = await startChangePlant();
  }, 60_000);
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
});

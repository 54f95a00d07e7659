import type { Outgoing } from '../adapter';
import { alignComponents } from './components';
import type { Entity, OData } from './odata';

const record: Outgoing = {
  type: 'ProductionOrderComponents',
  key: '1000001',
  id: 'one',
  body: {
    ManufacturingOrder: '1000001',
    components: [{ Material: 'SCREW-M8', RequiredQuantity: '6', ManufacturingOrderOperation: '0020' }],
  },
};

/** An ERP whose component is changed by somebody else each time it is read, `times` times. */
function contested(times: number) {
  let version = 0;
  const tried: unknown[] = [];
  const odata: OData = {
    read: async () => ({ ProductionPlant: '1000' }),
    async *pages() {},
    list: async () => {
      const withdrawn = version === 0 ? '0.000' : '7.000';
      const component: Entity = {
        __metadata: { etag: `W/"'${version++}'"` },
        Reservation: '1',
        ReservationItem: '0003',
        ReservationRecordType: '',
        Material: 'SCREW-M8',
        ManufacturingOrderOperation: '0020',
        RequiredQuantity: '8.000',
        WithdrawnQuantity: withdrawn,
        ReservationIsFinallyIssued: false,
      };
      return [component];
    },
    create: async () => ({}),
    change: async (_set, _key, fields, etag) => {
      tried.push([fields, etag]);
      return tried.length > times;
    },
    check: async () => undefined,
    close: () => undefined,
  };
  return { odata, tried };
}

test('a component that changed since it was read is read and judged once more', async () => {
  const { odata, tried } = contested(1);
  expect(await alignComponents(odata, record)).toMatchObject({ answer: { kept: ['SCREW-M8 7.000'] } });
  expect(tried).toEqual([
    [{ RequiredQuantity: '6' }, `W/"'0'"`],
    [{ RequiredQuantity: '7.000' }, `W/"'1'"`],
  ]);
});

test('components that go on changing are left for later', async () => {
  await expect(alignComponents(contested(9).odata, record)).rejects.toMatchObject({
    code: 'HUB_BUSY',
    kind: 'transient',
  });
});

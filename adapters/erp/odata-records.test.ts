import type { HubError } from '../../model/errors';
import { readEntities } from './odata-records';

const read = (body: unknown) =>
  readEntities({
    contentType: 'application/json',
    text: typeof body === 'string' ? body : JSON.stringify(body),
  });

const order = (number: string) => ({
  __metadata: {
    type: 'API_PRODUCTION_ORDER_2_SRV.A_ProductionOrder_2Type',
    uri: `https://s4/A_ProductionOrder_2('${number}')`,
  },
  ManufacturingOrder: number,
  LastChangeDateTime: '20260301183000',
  to_ProductionOrderOperation: { results: [] },
  to_ProductionOrderComponent: { results: [] },
});
const bill = {
  __metadata: { type: 'API_BILL_OF_MATERIAL_SRV.MaterialBOMType' },
  Material: '000000000000004711',
  to_BillOfMaterialItem: { results: [{ BillOfMaterialItemNumber: '0010' }] },
};
const routing = {
  __metadata: { type: 'API_PRODUCTION_ROUTING.ProductionRoutingHeaderType' },
  ProductionRoutingGroup: '50000269',
  to_MatlAssgmt: { results: [{ Product: 'PV-100' }] },
  to_Sequence: { results: [] },
};

test('an entity is a record under its normalised key, with its state as id', () => {
  expect(read({ d: order('000001000001') })).toEqual([
    {
      type: 'A_ProductionOrder_2',
      key: '1000001',
      id: "https://s4/A_ProductionOrder_2('000001000001') 20260301183000",
      body: order('000001000001'),
    },
  ]);
});

test('a list gives a record for each of its entities, of whatever type', () => {
  const records = read({ d: { results: [bill, routing, order('1')] } });
  expect(records.map(({ type, key }) => [type, key])).toEqual([
    ['MaterialBOM', '4711'],
    ['ProductionRouting', 'PV-100'],
    ['A_ProductionOrder_2', '1'],
  ]);
  expect(records[0]).not.toHaveProperty('id');
});

test.each([
  ['what is no JSON', '{"d":', 'HUB_BAD_JSON', undefined],
  ['no object', '[]', 'HUB_INVALID', 'd'],
  ['no result', '{}', 'HUB_INVALID', 'd'],
  ['an empty list', '{"d":{"results":[]}}', 'HUB_INVALID', 'd.results'],
  ['an entity that says no type', { d: { Material: 'A' } }, 'HUB_INVALID', 'd.__metadata.type'],
  ['nothing in a list', { d: { results: [null] } }, 'HUB_INVALID', 'd.results[0].__metadata.type'],
  [
    'a type like a method',
    { d: { __metadata: { type: 'x.constructor' } } },
    'HUB_INVALID',
    'd.__metadata.type',
  ],
  ['an entity without a key', { d: { ...bill, Material: ' ' } }, 'HUB_INVALID', 'd.Material'],
  [
    'a routing of no material',
    { d: { ...routing, to_MatlAssgmt: { results: [] } } },
    'HUB_INVALID',
    'd.to_MatlAssgmt.results[0].Product',
  ],
  [
    'a bill that was read without its items',
    { d: { ...bill, to_BillOfMaterialItem: { __deferred: { uri: 'https://s4/…' } } } },
    'HUB_INVALID',
    'd.to_BillOfMaterialItem',
  ],
])('%s is refused, with the place', (_, body, code, at) => {
  let failure: HubError | undefined;
  try {
    read(body);
  } catch (error) {
    failure = error as HubError;
  }
  expect([failure?.code, failure?.at]).toEqual([code, at]);
});

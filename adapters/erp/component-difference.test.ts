import { difference, type OrderComponent, type WantedComponent } from './component-difference';

const wanted = (fields: Partial<WantedComponent> = {}): WantedComponent => ({
  BillOfMaterialItemNumber: '0020',
  Material: 'SEAL-EPDM',
  RequiredQuantity: '8',
  BaseUnitISOCode: 'PCE',
  ManufacturingOrderOperation: '0010',
  ...fields,
});
const present = (fields: Partial<OrderComponent> = {}): OrderComponent => ({
  Reservation: '1',
  ReservationItem: '0002',
  ReservationRecordType: '',
  BillOfMaterialItemNumber: '0020',
  Material: 'SEAL-EPDM',
  ManufacturingOrderOperation: '0010',
  RequiredQuantity: '8.000',
  WithdrawnQuantity: '0.000',
  ReservationIsFinallyIssued: false,
  BaseUnit: 'PC',
  BaseUnitISOCode: 'PCE',
  BaseUnitSAPCode: 'ST',
  ...fields,
});

test('an equal list needs nothing, however its decimals are written', () => {
  expect(difference([wanted({ RequiredQuantity: '8.0' })], [present()])).toEqual({
    changes: [],
    creations: [],
    kept: [],
  });
});

test('another material on the same item is another component, and the old one is marked as finally issued', () => {
  const { changes, creations } = difference([wanted({ Material: 'SEAL-FKM' })], [present()]);
  expect(creations.map(({ Material }) => Material)).toEqual(['SEAL-FKM']);
  expect(changes.map(({ fields }) => fields)).toEqual([
    { RequiredQuantity: '0', ReservationIsFinallyIssued: true },
  ]);
});

test.each([
  // wanted  withdrawn  what is sent                       kept
  ['6', '0.000', { RequiredQuantity: '6' }, []],
  ['6', '6.000', { RequiredQuantity: '6' }, []],
  ['6', '7.000', { RequiredQuantity: '7.000' }, ['SEAL-EPDM 7.000']],
  ['10', '9.000', { RequiredQuantity: '10' }, []],
])('needs %s, withdrawn %s -> %j: never below what was withdrawn', (quantity, withdrawn, fields, kept) => {
  const found = difference(
    [wanted({ RequiredQuantity: quantity })],
    [present({ WithdrawnQuantity: withdrawn })],
  );
  expect(found.changes.map((change) => change.fields)).toEqual([fields]);
  expect(found.kept).toEqual(kept);
});

test('a component that goes keeps what was withdrawn', () => {
  const { changes } = difference([], [present({ WithdrawnQuantity: '3.000' })]);
  expect(changes[0]!.fields).toEqual({ RequiredQuantity: '3.000', ReservationIsFinallyIssued: true });
});

test('a component that went is taken back when it is wanted again', () => {
  const gone = present({ RequiredQuantity: '0.000', ReservationIsFinallyIssued: true });
  expect(difference([], [gone]).changes).toEqual([]);
  expect(difference([wanted()], [gone]).changes[0]!.fields).toEqual({
    RequiredQuantity: '8',
    ReservationIsFinallyIssued: false,
  });
});

test('two lines of one material are told apart by their item number', () => {
  const lines = [present({ BillOfMaterialItemNumber: '0010', RequiredQuantity: '1' }), present()];
  const { changes, creations } = difference([wanted({ RequiredQuantity: '9' })], lines);
  expect(creations).toEqual([]);
  expect(changes.map(({ component }) => component.BillOfMaterialItemNumber)).toEqual(['0020', '0010']);
});

test('a line that moves to another operation stays the same component', () => {
  const { changes } = difference([wanted({ ManufacturingOrderOperation: '0020' })], [present()]);
  expect(changes[0]!.fields).toEqual({ ManufacturingOrderOperation: '0020' });
});

test('by-products and phantoms are not touched', () => {
  const others = [present({ GoodsMovementType: '531' }), present({ MaterialComponentIsPhantomItem: true })];
  expect(difference([], others).changes).toEqual([]);
});

test('a quantity in another unit is refused, not compared', () => {
  expect(() => difference([wanted({ BaseUnitISOCode: 'KGM' })], [present()])).toThrow(
    'SEAL-EPDM is kept in PC, not in KGM',
  );
});

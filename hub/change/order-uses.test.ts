import { diffDefinitions } from './diff';
import { completeOrder } from './explode';
import { touchedBy, touches, usesOf, usesWhenDone } from './order-uses';
import { orderFromErp, revisionA, revisionB } from './pv-100.example';

test('an order is found by its product, operations, components, machines and parameters, but not by what it makes', () => {
  const uses = usesOf(completeOrder(orderFromErp('1000002', 10), revisionA));
  expect(uses.map((use) => [use.segmentId, use.kind, use.ref].filter(Boolean).join(' '))).toEqual([
    'definition PV-100',
    '0010 operation 0010',
    '0010 material BODY-50',
    '0010 material SEAL-EPDM',
    '0010 equipment PRESS-01',
    '0010 parameter PressForce',
    '0010 parameter HoldTime',
    '0020 operation 0020',
    '0020 material SCREW-M8',
    '0020 material LUBE-01',
    '0020 equipment ASSY-01',
  ]);
  expect(uses.every((use) => use.orderId === '1000002')).toBe(true);
});

test('a done order is found by its product alone', () => {
  expect(usesWhenDone(orderFromErp('1000002', 10))).toEqual([
    { orderId: '1000002', segmentId: '', kind: 'definition', ref: 'PV-100' },
  ]);
});

test('a revision asks the index for its product, a single part for the part', () => {
  const diff = diffDefinitions(revisionA, revisionB);
  expect(touches(diff)).toEqual([{ kind: 'definition', ref: 'PV-100' }]);
  expect(diff.items.flatMap(touchedBy)).toEqual([
    { kind: 'parameter', ref: 'PressForce' },
    { kind: 'material', ref: 'SEAL-EPDM' },
    { kind: 'material', ref: 'SCREW-M8' },
  ]);
});

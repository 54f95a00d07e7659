import { diffObjects } from './diff';
import { definition } from './testing/messages';

test('an object does not differ from its copy', () => {
  expect(diffObjects(definition(), definition())).toEqual([]);
});

test('a revision is told in lines, by their identity', () => {
  const revised = definition();
  revised.version = 'B';
  const [first, second] = revised.operationsSegment!;
  first!.materialSpecification![1]!.materialDefinitionId = ['SEAL-FKM'];
  first!.parameterSpecification![0]!.value![0]!.valueString = '14.0';
  second!.materialSpecification![0]!.quantity![0]!.quantityString = '6';
  expect(diffObjects(definition(), revised)).toEqual([
    { path: 'version', kind: 'changed', old: 'A', new: 'B' },
    {
      path: 'operationsSegment[0010].parameterSpecification[PressForce].value[].valueString',
      kind: 'changed',
      old: '12.5',
      new: '14.0',
    },
    {
      path: 'operationsSegment[0010].materialSpecification[0020].materialDefinitionId',
      kind: 'changed',
      old: ['SEAL-EPDM'],
      new: ['SEAL-FKM'],
    },
    {
      path: 'operationsSegment[0020].materialSpecification[0030].quantity[].quantityString',
      kind: 'changed',
      old: '8',
      new: '6',
    },
  ]);
});

test('a line that moved has not changed', () => {
  const revised = definition();
  revised.operationsSegment!.reverse();
  revised.operationsSegment![1]!.materialSpecification!.reverse();
  expect(diffObjects(definition(), revised)).toEqual([]);
});

test('lines that come and go are named with what they hold', () => {
  const revised = definition();
  const lines = revised.operationsSegment![0]!.materialSpecification!;
  const [removed] = lines.splice(0, 1);
  const added = { id: '0050', materialDefinitionId: ['O-RING'] };
  lines.push(added);
  expect(diffObjects(definition(), revised)).toEqual([
    { path: 'operationsSegment[0010].materialSpecification[0010]', kind: 'removed', old: removed },
    { path: 'operationsSegment[0010].materialSpecification[0050]', kind: 'added', new: added },
  ]);
});

test.each([
  ['2', '2.000', true],
  ['0.5', '.50', true],
  ['-0', '0', true],
  ['007', '7', true],
  ['1000', '100', false],
  ['0.1', '0.10000000000000000001', false],
  ['1e2', '100', false],
])('the quantities %s and %s are the same: %s', (a, b, isSame) => {
  const line = (quantityString: string) => ({ quantity: [{ quantityString }] });
  expect(diffObjects(line(a), line(b)).length === 0).toBe(isSame);
});

test('several quantities of one line are told apart by their keys', () => {
  const quantities = (rate: string) => ({
    quantity: [
      { quantityString: '1', key: 'amount' },
      { quantityString: rate, key: 'rate' },
    ],
  });
  expect(diffObjects(quantities('2'), quantities('3'))).toMatchObject([
    { path: 'quantity[rate].quantityString' },
  ]);
});

test('members that come and go are told, and attributes too', () => {
  expect(
    diffObjects(
      { id: '1', a: 'x', _id: { schemeName: 'SAP' } },
      { id: '1', b: 'y', _id: { schemeName: 'PLM' } },
    ),
  ).toEqual([
    { path: 'a', kind: 'removed', old: 'x' },
    { path: '_id.schemeName', kind: 'changed', old: 'SAP', new: 'PLM' },
    { path: 'b', kind: 'added', new: 'y' },
  ]);
});

test('a bill of 50,000 lines is compared in one pass', () => {
  const bill = (quantityOf: (index: number) => string) => ({
    materialSpecification: Array.from({ length: 50_000 }, (_, index) => ({
      id: `${index}`,
      quantity: [{ quantityString: quantityOf(index) }],
    })),
  });
  const before = process.cpuUsage();
  const found = diffObjects(
    bill(() => '1'),
    bill((index) => (index % 100 === 0 ? '2' : '1')),
  );
  expect(found).toHaveLength(500);
  // Of this process: others share the machine.
  expect(process.cpuUsage(before).user / 1_000).toBeLessThan(3_000);
});

import { diffDefinitions, diffOrders } from './diff';
import { subtreeHashes } from './hashes';
import { line, operation, orderFromErp, parameter, revisionA, revisionB } from './pv-100.example';
import type { MaterialLine, OperationsDefinition, OperationsSegment } from './shapes';
import { requestOf, withRequest } from './shapes';

const sentences = (before: OperationsDefinition, after: OperationsDefinition, options = {}) =>
  diffDefinitions(before, after, options).items.map((item) => item.sentence);

const plan = (...operationsSegment: OperationsSegment[]): OperationsDefinition => ({
  id: 'X',
  version: '1',
  operationsSegment,
});
const with1 = (...lines: MaterialLine[]) => plan(operation('10', 'Do', 'M', lines));

test('revision B of the process valve differs from A in a seal, a screw count and a press force', () => {
  const diff = diffDefinitions(revisionA, revisionB);
  expect(diff).toMatchObject({ id: 'PV-100', before: 'A', after: 'B' });
  expect(diff.items.map((item) => item.sentence)).toEqual([
    'Operation 0010: parameter PressForce changes from 12.5 kN to 14.0 kN.',
    'Operation 0010: SEAL-EPDM (2 PCE) is replaced by SEAL-FKM (2 PCE).',
    'Operation 0020: SCREW-M8 changes from 8 PCE to 6 PCE.',
  ]);
});

test.each<[string, OperationsDefinition, OperationsDefinition, string[]]>([
  ['8 is the same quantity as 8.000', with1(line('1', 'A', '8')), with1(line('1', 'A', '8.000')), []],
  [
    'a new line is an added component',
    with1(),
    with1(line('1', 'A', '2')),
    ['Operation 10: A (2 PCE) is added.'],
  ],
  [
    'a line that is gone is a removed component',
    with1(line('1', 'A', '2')),
    with1(),
    ['Operation 10: A (2 PCE) is removed.'],
  ],
  [
    'another unit is a change of unit, whatever the number',
    with1(line('1', 'A', '0.5', 'KG')),
    with1(line('1', 'A', '500', 'GRM')),
    ['Operation 10: A is now measured in GRM: 500 GRM instead of 0.5 KG.'],
  ],
  [
    'a line in another operation moved its consumption point',
    plan(operation('10', 'Do', 'M', [line('1', 'A', '2')]), operation('20', 'Then', 'M', [])),
    plan(operation('10', 'Do', 'M', []), operation('20', 'Then', 'M', [line('1', 'A', '3')])),
    [
      'Operation 20: A (3 PCE) is now consumed here instead of in operation 10.',
      'Operation 20: A changes from 2 PCE to 3 PCE.',
    ],
  ],
  [
    'a line may move and be replaced at once where line ids number through the definition',
    plan(operation('10', 'Do', 'M', [line('1', 'A', '2')]), operation('20', 'Then', 'M', [])),
    plan(operation('10', 'Do', 'M', []), operation('20', 'Then', 'M', [line('1', 'B', '2')])),
    [
      'Operation 20: B (2 PCE) is now consumed here instead of in operation 10.',
      'Operation 20: A (2 PCE) is replaced by B (2 PCE).',
    ],
  ],
  [
    'where each operation numbers its own lines, the same number elsewhere is another line',
    plan(
      operation('10', 'Do', 'M', [line('1', 'A', '2')]),
      operation('20', 'Then', 'M', [line('1', 'C', '1')]),
    ),
    plan(
      operation('10', 'Do', 'M', []),
      operation('20', 'Then', 'M', [line('1', 'C', '1')]),
      operation('30', 'Last', 'M', [line('1', 'B', '2')]),
    ),
    [
      'Operation 10: A (2 PCE) is removed.',
      'Operation 30: is added ("Last").',
      'Operation 30: B (2 PCE) is added.',
    ],
  ],
  [
    'lines without id are matched by item and position, and it is said so',
    with1(line('', 'A', '1'), line('', 'A', '2'), line('', 'B', '1')),
    with1(line('', 'B', '1'), line('', 'A', '1'), line('', 'A', '5')),
    ['Operation 10: A changes from 2 PCE to 5 PCE (found by item and position).'],
  ],
  [
    'further materials of a line are its alternatives',
    with1({ ...line('1', 'A', '1'), materialDefinitionId: ['A', 'A2'] }),
    with1({ ...line('1', 'A', '1'), materialDefinitionId: ['A', 'A3'] }),
    ['Operation 10: alternatives of A are now A3 instead of A2.'],
  ],
  [
    'a by-product that was a component is another use',
    with1(line('1', 'A', '1')),
    with1({ ...line('1', 'A', '1'), materialUse: 'Co-product Produced' }),
    ['Operation 10: A is now Co-product Produced instead of Consumed.'],
  ],
  [
    'operation, machine, instruction, parameter',
    plan(operation('10', 'Do', 'M1', [], [parameter('p', '1', 's')]), operation('20', 'Then', 'M', [])),
    plan(operation('10', 'Do it', 'M2', [], [parameter('q', '1', 's')]), operation('30', 'Last', 'M', [])),
    [
      'Operation 10: runs on M2 instead of M1.',
      'Operation 10: the instruction is now "Do it" instead of "Do".',
      'Operation 10: parameter q is added with 1 s.',
      'Operation 10: parameter p (1 s) is removed.',
      'Operation 30: is added ("Last").',
      'Operation 20: is removed ("Then").',
    ],
  ],
  [
    'an operation that now comes earlier is the one that moved',
    plan(operation('10', 'A', 'M', []), operation('20', 'B', 'M', []), operation('30', 'C', 'M', [])),
    plan(operation('30', 'C', 'M', []), operation('10', 'A', 'M', []), operation('20', 'B', 'M', [])),
    ['Operation 30: now comes first instead of after 20.'],
  ],
])('%s', (_title, before, after, expected) => {
  expect(sentences(before, after)).toEqual(expected);
});

describe('a replaced component with a new line id', () => {
  const before = with1(line('1', 'A', '1'));
  const declared = (property: string) => ({
    ...line('2', 'B', '1'),
    materialSpecificationProperty: [{ id: 'Replaces', value: [{ valueString: property }] }],
  });

  test('is found by the successor that the change notice names', () => {
    expect(sentences(before, with1(line('2', 'B', '1')), { successors: { A: 'B' } })).toEqual([
      'Operation 10: A (1 PCE) is replaced by B (1 PCE).',
    ]);
  });

  test('is found by what the new line says it replaces', () => {
    expect(sentences(before, with1(declared('A')))).toEqual([
      'Operation 10: A (1 PCE) is replaced by B (1 PCE).',
    ]);
  });

  test('is otherwise one removed and one added', () => {
    expect(sentences(before, with1(line('2', 'B', '1')))).toEqual([
      'Operation 10: A (1 PCE) is removed.',
      'Operation 10: B (1 PCE) is added.',
    ]);
  });
});

describe('assemblies', () => {
  const kit = (...parts: MaterialLine[]): MaterialLine => ({
    ...line('1', 'KIT', '1'),
    assemblySpecification: parts,
  });

  test('are compared at every level, with the path of the line', () => {
    const inner = (quantity: string) => kit({ ...kit(line('7', 'PIN', quantity)), id: '2' });
    const items = diffDefinitions(with1(inner('1')), with1(inner('4'))).items;
    expect(items).toMatchObject([{ kind: 'quantity-changed', lineId: '1/2/7' }]);
  });

  test('are skipped when the kept hashes of both revisions are equal', () => {
    const definition = with1(kit(line('7', 'PIN', '1')), line('2', 'A', '1'));
    const hashes = { before: subtreeHashes(definition), after: subtreeHashes(definition) };
    expect(Object.keys(hashes.before).sort()).toEqual(['10', '10/1']);
    const lying = with1(kit(line('7', 'PIN', '9')), line('2', 'A', '3'));
    expect(sentences(definition, lying, { hashes })).toEqual([]);
    expect(subtreeHashes(lying)).not.toEqual(hashes.before);
  });
});

describe('a changed customer order', () => {
  const before = orderFromErp('1000002', 10);

  test('with another quantity is one difference, not one for each component', () => {
    const items = diffOrders(before, orderFromErp('1000002', 12)).items;
    expect(items.map((item) => item.sentence)).toEqual([
      'Order: the order quantity changes from 10 PCE to 12 PCE.',
    ]);
  });

  test('with another due date, priority and variant says each', () => {
    const after = withRequest(before, (request) => ({
      ...request,
      endTime: '2026-03-03T15:00:00',
      priority: '1',
      operationsDefinitionId: 'PV-200',
    }));
    expect(diffOrders(before, after).items.map((item) => item.sentence)).toEqual([
      'Order: the due date moves from 2026-03-02T15:00:00 to 2026-03-03T15:00:00.',
      'Order: the priority changes from 5 to 1.',
      'Order: the order is now for PV-200 instead of PV-100.',
    ]);
  });

  test('that does not name its revision keeps the one it has', () => {
    const pinned = withRequest(before, (request) => ({
      ...request,
      _operationsDefinitionId: { schemeVersionId: 'A' },
    }));
    expect(diffOrders(pinned, before).items).toEqual([]);
  });

  test('with another component is a component replaced in its operation', () => {
    const after = withRequest(before, (request) => ({
      ...request,
      segmentRequirement: requestOf(before).segmentRequirement.map((segment) => ({
        ...segment,
        materialRequirement: segment.materialRequirement?.map((one) =>
          one.id === '0020' ? line('0020', 'SEAL-FKM', '20') : one,
        ),
      })),
    }));
    expect(diffOrders(before, after).items.map((item) => item.sentence)).toEqual([
      'Operation 0010: SEAL-EPDM (20 PCE) is replaced by SEAL-FKM (20 PCE).',
    ]);
  });
});

test('a hundred thousand lines are compared in linear time', () => {
  const lines = (from: number, changed: number) =>
    Array.from({ length: 100_000 }, (_, i) =>
      line(String(from + i), `P-${from + i}`, i % changed ? '1' : '2'),
    );
  const diff = diffDefinitions(with1(...lines(0, 1e9)), with1(...lines(300, 100)));
  const count = (kind: string) => diff.items.filter((item) => item.kind === kind).length;
  expect(count('component-added')).toBe(300);
  expect(count('component-removed')).toBe(300);
});

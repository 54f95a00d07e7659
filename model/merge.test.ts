import { mergeByIdentity } from './merge';
import { definition } from './testing/messages';

test('a patch changes what it names and nothing else', () => {
  const merged = mergeByIdentity(definition(), {
    id: 'PV-100',
    version: 'B',
    operationsSegment: [
      { id: '0010', materialSpecification: [{ id: '0020', materialDefinitionId: ['SEAL-FKM'] }] },
    ],
  });
  const expected = definition();
  expected.version = 'B';
  expected.operationsSegment![0]!.materialSpecification![1]!.materialDefinitionId = ['SEAL-FKM'];
  expect(merged).toEqual(expected);
});

test('null clears a member, and a value that is nil stays nil', () => {
  expect(mergeByIdentity({ id: '1', priority: '2', _priority: { x: 'y' } }, { priority: null })).toEqual({
    id: '1',
  });
  expect(mergeByIdentity({ value: [{ valueString: '1' }] }, { value: [{ valueString: null }] })).toEqual({
    value: [{ valueString: null }],
  });
});

test('plain lists are replaced, with their attributes', () => {
  const base = { equipmentId: ['A', 'B'], _equipmentId: [null, { schemeName: 'x' }] };
  expect(mergeByIdentity(base, { equipmentId: ['C'] })).toEqual({ equipmentId: ['C'] });
  expect(mergeByIdentity(base, { equipmentId: ['C'], _equipmentId: [{ schemeName: 'y' }] })).toEqual({
    equipmentId: ['C'],
    _equipmentId: [{ schemeName: 'y' }],
  });
});

test('new entries come last; entries that the patch leaves out stay', () => {
  const base = {
    list: [
      { id: 'a', v: '1' },
      { id: 'b', v: '2' },
    ],
  };
  expect(
    mergeByIdentity(base, {
      list: [
        { id: 'c', v: null },
        { id: 'a', v: '9' },
      ],
    }),
  ).toEqual({
    list: [{ id: 'a', v: '9' }, { id: 'b', v: '2' }, { id: 'c' }],
  });
});

test('neither the base nor the patch is changed', () => {
  const base = definition();
  const patch = { operationsSegment: [{ id: '0010', duration: null }] };
  mergeByIdentity(base, patch);
  expect(base).toEqual(definition());
  expect(patch).toEqual({ operationsSegment: [{ id: '0010', duration: null }] });
});

import { expect, test } from '@jest/globals';
import { recentOver } from './recent';
import type { Reads, StoredObject } from './store';

const stored = (version: number): StoredObject => ({
  noun: 'Material',
  id: 'M',
  body: { id: 'M' },
  system: 'erp',
  version,
  hash: '',
  updatedAt: '2026-01-01T00:00:00.000Z',
});

function memoryOver(fromStore: StoredObject) {
  let asked = 0;
  const getObject = async () => {
    asked++;
    return fromStore;
  };
  const recent = recentOver({ getObject } as unknown as Reads);
  const version = (of: number) => recent.reads.getObject('Material', 'M', { version: of });
  return { ...recent, version, asked: () => asked };
}

test('a version is in memory as often as deliveries carry it, and then in the store', async () => {
  const object = stored(1);
  const { keepVersion, version, asked } = memoryOver(stored(1));
  keepVersion({ object, size: 100, carriedBy: 2 });
  expect(await version(1)).toBe(object);
  expect(await version(1)).toBe(object);
  expect(asked()).toBe(0);
  expect(await version(1)).toEqual(object);
  expect(asked()).toBe(1);
});

test('a version that no delivery carries takes no memory', async () => {
  const { keepVersion, version, asked } = memoryOver(stored(1));
  keepVersion({ object: stored(1), size: 100, carriedBy: 0 });
  await version(1);
  expect(asked()).toBe(1);
});

test('where there is no more room the newest goes without, because its turn is the last one', async () => {
  const { keepVersion, version, asked } = memoryOver(stored(3));
  for (const n of [1, 2, 3]) keepVersion({ object: stored(n), size: 2_000_000, carriedBy: 1 });
  expect((await version(1))?.version).toBe(1);
  expect((await version(2))?.version).toBe(2);
  expect(asked()).toBe(0);
  await version(3);
  expect(asked()).toBe(1);
});

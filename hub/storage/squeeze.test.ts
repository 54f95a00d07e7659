import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { openStore } from './open';
import { squeezed, whole } from './squeeze';

test.each([
  ['a long one', `{"a":"${'0010 SEAL-EPDM 2 PCE '.repeat(200)}"}`, 0.1],
  ['a short one, which stays as it is', '{"a":1}', 1],
  ['one with signs of all kinds', `{"a":"${'ß🙂\u0002\\n'.repeat(100)}"}`, 0.5],
  ['one that begins like a compressed one', '\u0002x', 1],
])('a text comes back as it was: %s', async (_, text, most) => {
  const short = await squeezed(text);
  expect(short.length / text.length).toBeLessThanOrEqual(most);
  expect(whole(short)).toBe(text);
  expect(await squeezed(short)).toBe(short);
});

test('compressed bodies take a fraction of the room in the file', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'esperanto-squeeze-'));
  const store = await openStore({ dataDir });
  const segments = Array.from({ length: 60 }, (_, n) => ({
    id: `${n}`,
    material: `M-${n}`,
    quantity: '1.000',
  }));
  await store.accept([{ system: 'erp', type: 'Order', key: '1', body: { segments } }]);
  while (!(await store.prune({ squeezeBefore: '2100-01-01T00:00:00Z' })).isOver);
  expect(await store.listRecords()).toMatchObject([{ body: { segments } }]);
  await store.close();
  const file = new DatabaseSync(join(dataDir, 'esperanto.db'), { readOnly: true });
  const { n } = file.prepare('select length(body) as n from record').get() as { n: number };
  file.close();
  expect(n).toBeLessThan(JSON.stringify({ segments }).length / 4);
  rmSync(dataDir, { recursive: true, force: true });
});

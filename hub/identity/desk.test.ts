import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../client';
import type { SystemConfig } from '../project';
import { openStore } from '../storage/open';
import type { Store } from '../storage/store';
import { type IdentityDesk, type IdentityDeskOptions, identityDesk } from './desk';

const system = {} as SystemConfig;
const project = { systems: { erp: system, alm: system }, identity: [] };
const said = { by: 'kim', why: 'seen on the nameplate' };
const imported = { by: 'import', why: 'machines.csv' };
const press = { system: 'erp', noun: 'Equipment', nativeId: '100' };

let dir: string;
let store: Store;
let desk: IdentityDesk;
const opened: IdentityDesk[] = [];

async function open(more: Partial<IdentityDeskOptions> = {}): Promise<IdentityDesk> {
  const one = await identityDesk({ project, store, log: () => {}, ...more });
  opened.push(one);
  return one;
}
const read = (id: string) => desk.xref('erp', 'Equipment', id, 'in');

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'esperanto-identity-'));
  store = await openStore({ dataDir: dir });
  desk = await open();
});
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
  await store.close();
  rmSync(dir, { recursive: true, force: true });
});

test('what a person links is found at once, and again after a start', async () => {
  expect(await desk.link({ ...press, canonicalId: 'PRESS-01' }, said)).toMatchObject({
    manual: true,
    ...said,
  });
  expect(read('0100')).toEqual({ id: 'PRESS-01' });
  desk = await open();
  expect(read('100')).toEqual({ id: 'PRESS-01' });
});

test('an import takes all in, and a second time changes nothing', async () => {
  const links = [
    { ...press, canonicalId: 'PRESS-01' },
    { ...press, nativeId: 'OLD', canonicalId: 'PRESS-01', alternative: true },
  ];
  expect(await desk.take(links, imported)).toEqual({ linked: 2, unchanged: 0, kept: [] });
  expect(await desk.take(links, imported)).toEqual({ linked: 0, unchanged: 2, kept: [] });
  expect(desk.xref('erp', 'Equipment', 'PRESS-01', 'out')).toEqual({ id: '100' });
});

test('what a person has said stands above imports and rules, also that there is no link', async () => {
  await desk.link({ ...press, canonicalId: 'PRESS-02' }, said);
  await desk.take([{ ...press, nativeId: '0100', canonicalId: 'PRESS-01' }], imported);
  expect(read('100')).toEqual({ id: 'PRESS-02' });
  expect(await desk.take([{ ...press, canonicalId: 'PRESS-01' }], imported)).toMatchObject({
    linked: 0,
    kept: [{ canonicalId: 'PRESS-02', ...said }],
  });
  await desk.unlink(press, { by: 'lee', why: 'scrapped' });
  expect(await desk.take([{ ...press, canonicalId: 'PRESS-01' }], imported)).toMatchObject({ linked: 0 });
  expect(read('100')).toBeUndefined();
  expect(await desk.list({ nativeId: '100' })).toMatchObject([
    { canonicalId: '', manual: true, by: 'lee', why: 'scrapped' },
  ]);
});

test('an id that only resembles a linked one waits for a person, until one has linked it', async () => {
  await desk.take([{ ...press, nativeId: 'Press A', canonicalId: 'PRESS-01' }], imported);
  expect(read('PRESS A')).toEqual({ candidates: ['PRESS-01'] });
  const [question] = await until(
    'the question',
    () => desk.possible(),
    ({ length }) => length === 1,
  );
  expect(question).toMatchObject({ system: 'erp', direction: 'in', id: 'PRESS A', candidates: ['PRESS-01'] });
  await desk.link({ ...press, nativeId: 'PRESS A', canonicalId: 'PRESS-01' }, said);
  expect(await desk.possible()).toEqual([]);
  expect(await store.listIdentityQuestions()).toEqual([]);
});

test('a person says that what only resembles an object is none, and is asked no more', async () => {
  await desk.take([{ ...press, nativeId: 'Press A', canonicalId: 'PRESS-01' }], imported);
  expect(read('PRESS A')).toEqual({ candidates: ['PRESS-01'] });
  await desk.unlink({ ...press, nativeId: 'PRESS A' }, said);
  expect(read('PRESS A')).toBeUndefined();
  expect(await desk.possible()).toEqual([]);
  expect(read('Press A')).toEqual({ id: 'PRESS-01' });
});

test('of two persons who link one id at once, the second one is told what it replaced', async () => {
  const links = ['PRESS-01', 'PRESS-02'].map((canonicalId) => desk.link({ ...press, canonicalId }, said));
  const [first, second] = await Promise.all(links);
  expect(first).not.toHaveProperty('replaced');
  expect(second).toMatchObject({ canonicalId: 'PRESS-02', replaced: { canonicalId: 'PRESS-01', ...said } });
  expect(read('100')).toEqual({ id: 'PRESS-02' });
  expect(desk.xref('erp', 'Equipment', 'PRESS-01', 'out')).toBeUndefined();
});

test('a link that is taken back may be made again, by a person only', async () => {
  await desk.link({ ...press, canonicalId: 'PRESS-01' }, said);
  await desk.unlink(press, said);
  expect(await desk.unlink(press, said)).toMatchObject({ canonicalId: '' });
  expect(await desk.take([{ ...press, canonicalId: 'PRESS-01' }], imported)).toMatchObject({ linked: 0 });
  await desk.link({ ...press, canonicalId: 'PRESS-01' }, said);
  expect(read('100')).toEqual({ id: 'PRESS-01' });
});

test('links are no chain: what an id was linked with is not looked up again', async () => {
  await desk.link({ ...press, nativeId: 'A', canonicalId: 'B' }, said);
  await desk.link({ ...press, nativeId: 'B', canonicalId: 'C' }, said);
  expect([read('A'), read('B')]).toEqual([{ id: 'B' }, { id: 'C' }]);
});

test('that an object was sent to a system is no link: ids are not looked up in it, and none is changed by it', async () => {
  const sent = { system: 'erp', noun: 'Equipment', id: 'PRESS-01' };
  await desk.take([{ ...press, canonicalId: 'PRESS-01' }], imported);
  await desk.link({ ...press, nativeId: 'PRESS-02', canonicalId: 'X' }, said);
  await store.transaction(async (tx) => {
    await tx.noteSent(sent);
    await tx.noteSent({ ...sent, id: 'PRESS-02' });
  });
  desk = await open();
  expect(desk.xref('erp', 'Equipment', 'PRESS-01', 'out')).toEqual({ id: '100' });
  expect([read('PRESS-01'), read('PRESS-02')]).toEqual([undefined, { id: 'X' }]);
  expect(await store.canonicalId('erp', 'Equipment', 'PRESS-01')).toBe('PRESS-01');
  expect(await desk.list()).toHaveLength(2);
});

test('links that another process wrote are found within moments', async () => {
  desk = await open({ everyMs: 20 });
  await (await open()).link({ ...press, canonicalId: 'PRESS-01' }, said);
  await until(
    'the link',
    async () => read('100'),
    (found) => found !== undefined,
  );
});

test.each([
  [{ system: 'crm' }, 'HUB_UNKNOWN_SYSTEM'],
  [{ noun: 'Machine' }, 'HUB_WRONG_USE'],
  [{ canonicalId: '' }, 'HUB_WRONG_USE'],
])('a link with %j is refused, and all that came with it', async (wrong, code) => {
  const right = { ...press, canonicalId: 'PRESS-01' };
  await expect(desk.take([right, { ...right, nativeId: '7', ...wrong }], imported)).rejects.toMatchObject({
    code,
  });
  expect(await desk.list()).toEqual([]);
});

test('one id for two objects in one import is refused', async () => {
  const links = ['PRESS-01', 'PRESS-02'].map((canonicalId) => ({ ...press, canonicalId }));
  await expect(desk.take(links, imported)).rejects.toThrow(/named twice, as PRESS-01 and as PRESS-02/);
});

test('what was never linked cannot be unlinked', async () => {
  await expect(desk.unlink(press, said)).rejects.toMatchObject({ code: 'HUB_NOT_FOUND' });
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HubError, type Issue } from '../../model/errors';
import type { Message } from '../../model/message';
import { until } from '../client';
import type { Translated } from '../flow/translate';
import type { SystemConfig } from '../project';
import { openStore } from '../storage/open';
import type { Store, StoredRecord } from '../storage/store';
import { type IdentityDesk, identityDesk } from './desk';
import { type Resumption, resumption } from './resume';

const project = { systems: { erp: {} as SystemConfig }, identity: [] };
const press = { system: 'erp', noun: 'Equipment', nativeId: '100', canonicalId: 'PRESS-01' };
const said = { by: 'kim', why: 'seen on the nameplate' };

let dir: string;
let store: Store;
const closing: { close(): Promise<void> }[] = [];
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'esperanto-resume-'));
  store = await openStore({ dataDir: dir, leaseMs: 300 });
});
afterEach(async () => {
  for (const one of closing.splice(0).reverse()) await one.close();
  await store.close();
  rmSync(dir, { recursive: true, force: true });
});

async function desk(everyMs?: number): Promise<IdentityDesk> {
  const one = await identityDesk({
    project,
    store,
    log: () => {},
    ...(everyMs === undefined ? {} : { everyMs }),
  });
  closing.push(one);
  return one;
}
function resuming(identities: IdentityDesk): Resumption {
  const translate = ({ body }: StoredRecord) => {
    const { id } = body as { id: string };
    const message = { verb: 'Process', noun: 'OperationsSchedule', items: [{ id }] } as unknown as Message;
    return [{ message, mapping: 'm', read: { map: 'm' } }] as Translated[];
  };
  const one = resumption({ store, xref: identities.xref, translate, log: () => {} });
  identities.onLinked(one.linked);
  closing.push(one);
  return one;
}

const unlinked = (id: string): Issue => ({
  ...{ rule: 'r', path: 'p', message: `'${id}' is not linked` },
  unlinked: { system: 'erp', noun: 'Equipment', id, direction: 'in', needed: true },
});
/** A record that was parked with these issues. */
async function parked(key: string, issues: readonly Issue[], id = key): Promise<string> {
  const [accepted] = await store.accept([{ system: 'erp', type: 'Order', key, body: { id } }]);
  const [wake] = await store.due({ limit: 10, dest: 'in:erp' });
  const claim = (await store.claim(wake!.lane))!;
  await store.park(claim, [], claim.rows[0]!, new HubError('HUB_MAPPING', 'x', { issues }), 'continue', 1);
  return accepted!.id;
}
const state = async (id: string) => (await store.getRecord(id))?.state;
const goesOn = (id: string) =>
  until(
    'it goes on',
    () => state(id),
    (now) => now === 'waiting',
  );

test('a record goes on when all its ids are linked, and not before', async () => {
  const id = await parked('1', [unlinked('100'), unlinked('200')]);
  const identities = await desk();
  const resumed = resuming(identities);
  await identities.link(press, said);
  await resumed.linked();
  expect(await state(id)).toBe('parked');
  await identities.link({ ...press, nativeId: '200', canonicalId: 'PRESS-02' }, said);
  await goesOn(id);
  expect(await store.getDelivery(id)).toMatchObject({
    note: { by: 'hub', why: expect.stringContaining("'200'") },
  });
});

test('a record that is wrong in other ways, too, waits for a person', async () => {
  const id = await parked('1', [unlinked('100'), { rule: 'r', path: 'p', message: 'no code' }]);
  const identities = await desk();
  const resumed = resuming(identities);
  await identities.link(press, said);
  await resumed.linked();
  expect(await state(id)).toBe('parked');
});

test('what was in hand when the link came, and was parked after it, goes on as well', async () => {
  const identities = await desk();
  const resumed = resuming(identities);
  await identities.link(press, said);
  await resumed.linked();
  await goesOn(await parked('1', [unlinked('100')]));
});

test('what waited while nobody was there goes on at the start', async () => {
  const id = await parked('1', [unlinked('100')]);
  await (await desk()).link(press, said);
  resuming(await desk());
  await goesOn(id);
});

test('a link that another process has made is one, too', async () => {
  const id = await parked('1', [unlinked('100')]);
  const here = await desk(20);
  await resuming(here).linked();
  await (await desk()).link(press, said);
  await goesOn(id);
});

test('two processes that see the link at once take the record up once', async () => {
  const id = await parked('1', [unlinked('100')]);
  const here = await desk();
  const all = [resuming(here), resuming(here)];
  await here.link(press, said);
  await Promise.all(all.map((one) => one.linked()));
  await goesOn(id);
  expect(await store.listDeliveries({ dest: 'in:erp' })).toHaveLength(1);
});

test('records of one key go on in their order; one that a later one has overtaken does not', async () => {
  const first = await parked('1', [unlinked('100')]);
  const second = await parked('1', [unlinked('100')], 'other');
  const third = await parked('2', [unlinked('100')]);
  await store.accept([{ system: 'erp', type: 'Order', key: '2', body: { id: '2', n: 2 } }]);
  const identities = await desk();
  const resumed = resuming(identities);
  await identities.link(press, said);
  await goesOn(second);
  await resumed.linked();
  expect([await state(first), await state(third)]).toEqual(['waiting', 'parked']);
  const seqs = await Promise.all([first, second].map(async (id) => (await store.getDelivery(id))!.seq));
  expect(seqs[0]).toBeLessThan(seqs[1]!);
});

import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Counterpart } from '../adapters/kit';
import { kits } from '../adapters/kits';
import { until } from '../hub/client';
import type { IdentityLink, IdentityQuestion } from '../hub/storage/store';
import { packageRoot } from '../model/paths';
import { examplePlant, type RunningHub, runningHub } from './running-hub';

/** Maintenance calls the press 11430, planning calls it Presse: the hub knows both, and mappings only ask. */
describe('identity across systems', () => {
  let hub: RunningHub;
  let alm: Counterpart;
  let aps: Counterpart;
  beforeAll(async () => {
    [alm, aps] = await Promise.all([kits.maximo.start(), kits.frepple.start()]);
    hub = await runningHub({ settings: { alm: { ...alm.config }, aps: { ...aps.config } } });
  });
  afterAll(async () => {
    await hub?.stop();
    await Promise.all([alm?.stop(), aps?.stop()]);
  });

  const esperanto = (...args: string[]) =>
    new Promise<{ code: number; json: Record<string, unknown> }>((resolve) => {
      const command = [
        join(packageRoot, 'dist/hub/main.js'),
        'identity',
        ...args,
        '--hub',
        hub.url,
        '--json',
      ];
      execFile(process.execPath, command, (error, out) =>
        resolve({ code: error ? Number(error.code) : 0, json: JSON.parse(out) as Record<string, unknown> }),
      );
    });
  const replayed = () =>
    new Promise<Record<string, unknown>>((resolve) => {
      const what = ['replay', '--with', 'maximo/availability', '--since', '2000-01-01', '--dry-run'];
      const command = [join(packageRoot, 'dist/hub/main.js'), ...what, '--dir', examplePlant];
      execFile(process.execPath, [...command, '--hub', hub.url, '--json'], (_error, out) =>
        resolve(JSON.parse(out) as Record<string, unknown>),
      );
    });
  const status = (assetnum: string, to: string) => alm.emit?.('asset-status', { assetnum, status: to });
  const identities = async (query: string) =>
    (await hub.get<{ identities: IdentityLink[] }>(`/identities?${query}`)).identities;
  const said = { by: 'kim', why: 'seen on the nameplate' };

  test('a list of links is imported by command, and a second time changes nothing', async () => {
    const file = join(hub.dataDir, 'machines.csv');
    writeFileSync(
      file,
      'system;noun;nativeId;canonicalId;alternative\nalm;Equipment;11430;PRESS-01;\naps;Equipment;Presse;PRESS-01;\naps;Equipment;"Presse; alt";PRESS-01;yes\nalm;Equipment;Halle B;ASSY-01;no\n',
    );
    const why = ['--why', 'list of 2026', '--by', 'lee'];
    expect(await esperanto('import', file, ...why)).toMatchObject({ code: 0, json: { linked: 4 } });
    expect(await esperanto('import', file, ...why)).toMatchObject({ code: 0, json: { unchanged: 4 } });
    expect(await identities('canonicalId=PRESS-01&system=aps')).toMatchObject([
      { nativeId: 'Presse', alternative: false, manual: false, by: 'lee', why: 'list of 2026' },
      { nativeId: 'Presse; alt', alternative: true },
    ]);
  });

  test('a state of the one system reaches the other under the name that it knows', async () => {
    await status('0011430', 'DOWN');
    await until(
      'the press is down',
      () => hub.get<{ body: object }>('/objects/OperationsCapability/PRESS-01'),
      ({ body }) => JSON.stringify(body).includes('"equipmentId":["PRESS-01"]'),
    );
    const resources = await until(
      'planning knows',
      async () => (await aps.holds?.('resources')) as { name: string }[],
      (found) => found.some(({ name }) => name === 'Presse'),
    );
    expect(resources.map(({ name }) => name)).not.toContain('PRESS-01');
  });

  test('a mapping that is tried on what came sees the same links', async () => {
    const found = await replayed();
    expect(found).toMatchObject({ ok: true, different: 0, refused: 0 });
    expect(found.same).toBeGreaterThan(0);
  });

  test('an id that only resembles a linked one waits for a person, and goes on when one has linked it', async () => {
    await status('HALLE B', 'DOWN');
    const [question] = await until(
      'the question',
      async () => (await hub.get<{ possible: IdentityQuestion[] }>('/identities/possible')).possible,
      ({ length }) => length > 0,
    );
    expect(question).toMatchObject({ system: 'alm', id: 'HALLE B', candidates: ['ASSY-01'] });
    expect(await esperanto('possible')).toMatchObject({ json: { possible: [{ id: 'HALLE B' }] } });
    const parked = await until(
      'the record is parked',
      async () => (await hub.get<{ records: { id: string; issues: object[] }[] }>('/parked')).records,
      ({ length }) => length > 0,
    );
    expect(parked[0]?.issues[0]).toMatchObject({
      message: expect.stringContaining("'HALLE B' of alm may be the Equipment ASSY-01"),
      todo: expect.stringContaining("esperanto identity link alm Equipment 'HALLE B' ASSY-01"),
    });
    const link = ['link', 'alm', 'Equipment', 'HALLE B', 'ASSY-01', '--why', 'same hall', '--by', 'kim'];
    expect(await esperanto(...link)).toMatchObject({ code: 0, json: { identity: { manual: true } } });
    expect(await hub.get('/identities/possible')).toEqual({ possible: [] });
    await until(
      'the record goes on',
      () => hub.get<{ record: object }>(`/records/${parked[0]?.id}`),
      ({ record }) => JSON.stringify(record).includes('"state":"applied"'),
    );
    expect(await hub.get('/objects/OperationsCapability/ASSY-01')).toMatchObject({
      body: { equipmentCapability: [{ equipmentId: ['ASSY-01'] }] },
    });
  });

  test('what a person has said is not changed by an import, and GraphQL says the same', async () => {
    const place = 'system: "alm", noun: "Equipment", nativeId: "7"';
    await hub.graphql(
      `mutation { linkIdentity(${place}, canonicalId: "M-7", by: "kim", why: "seen") { manual } }`,
    );
    expect(
      await hub.graphql(
        `mutation { linkIdentity(${place}, canonicalId: "M-7", by: "lee", why: "too") { replaced { by } } }`,
      ),
    ).toEqual({ linkIdentity: { replaced: { by: 'kim' } } });
    const links = [{ system: 'alm', noun: 'Equipment', nativeId: '7', canonicalId: 'M-8' }];
    expect(await hub.post('/identities/import', { links, ...said })).toMatchObject({
      linked: 0,
      kept: [{ canonicalId: 'M-7', by: 'lee' }],
    });
    expect(
      await hub.graphql('{ identities(canonicalId: "M-7") { nativeId by why } possibleMatches { id } }'),
    ).toEqual({ identities: [{ nativeId: '7', by: 'lee', why: 'too' }], possibleMatches: [] });
    expect(await esperanto('unlink', 'alm', 'Equipment', '7', '--why', 'scrapped')).toMatchObject({
      json: { identity: { canonicalId: '', manual: true, why: 'scrapped' } },
    });
    expect(await hub.post('/identities/import', { links, ...said })).toMatchObject({ linked: 0 });
  });

  test.each([
    ['a system that is not there', { system: 'crm' }, 'HUB_UNKNOWN_SYSTEM'],
    ['a noun that the model does not have', { noun: 'Machine' }, 'HUB_WRONG_USE'],
    ['an empty id', { nativeId: '' }, 'HUB_WRONG_USE'],
    ['a link without a reason', { why: undefined }, 'HUB_WRONG_USE'],
  ])('%s is refused', async (_, wrong, code) => {
    const link = { system: 'alm', noun: 'Equipment', nativeId: '9', canonicalId: 'M-9', ...said, ...wrong };
    await expect(hub.post('/identities', link)).rejects.toMatchObject({ code });
  });

  test('a faulty list is refused with all its lines', async () => {
    const file = join(hub.dataDir, 'faulty.csv');
    writeFileSync(
      file,
      'system,noun,nativeId,canonicalId\nalm,Equipment,,M-1\nalm,Equipment,1\nalm,Equipment,"1,M-1\nalm,Equipment,5,M-5\nalm,Equipment,5,M-6\n',
    );
    expect(await esperanto('import', file, '--why', 'try')).toMatchObject({
      code: 2,
      json: {
        error: {
          issues: [
            { message: '2: nativeId is empty' },
            { message: '3: 4 columns are needed, here are 3' },
            { message: '4: a quotation mark is not closed' },
            { message: "6: Equipment '5' of alm is M-5 in line 5" },
          ],
        },
      },
    });
  });
});

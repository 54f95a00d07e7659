import type { Counterpart } from '../adapters/kit';
import { kits } from '../adapters/kits';
import { until } from '../hub/client';
import type { Project } from '../hub/project';
import { type RunningHub, runningHub } from './running-hub';

/** Orders are taken without the process plan of their product. */
function withoutPlans(project: Project): Project {
  const { erp } = project.systems;
  const reads = { ...erp!.reads, LOIPRO05: [{ map: 'sap/production-order' }] };
  return { ...project, systems: { ...project.systems, erp: { ...erp!, reads } } };
}

type Parked = { records: { id: string; key: string }[]; deliveries: { id: string; dest: string }[] };

/** What an unlinked id has stopped goes on by itself, as soon as somebody has linked it. */
describe('what waited for a link', () => {
  let hub: RunningHub;
  let erp: Counterpart;
  let alm: Counterpart;
  let aps: Counterpart;
  beforeAll(async () => {
    [alm, aps] = await Promise.all([kits.maximo.start(), kits.frepple.start()]);
    hub = await runningHub({
      settings: { alm: { ...alm.config }, aps: { ...aps.config } },
      project: withoutPlans,
    });
    erp = await kits.sap.start({ hubUrl: hub.url, system: 'erp' });
  });
  afterAll(async () => {
    await hub?.stop();
    await Promise.all([erp?.stop(), alm?.stop(), aps?.stop()]);
  });

  const said = { by: 'kim', why: 'seen on the nameplate' };
  const link = (system: string, nativeId: string, canonicalId: string, alternative = false) =>
    hub.post('/identities', { system, noun: 'Equipment', nativeId, canonicalId, alternative, ...said });
  const parked = (test: (found: Parked) => boolean) =>
    until('something is parked', () => hub.get<Parked>('/parked'), test);
  const state = async (id: string) =>
    (await hub.get<{ record: { state: string } }>(`/records/${id}`)).record.state;
  const order = (number: string, workCentre: string) => ({
    number,
    operations: [{ number: '0010', description: 'Press seals', workCentre }],
  });

  test('records of one key go on in the order in which they came', async () => {
    await link('alm', 'Halle B', 'ASSY-01');
    // One after the other is there: who polls sees the last state alone.
    for (const [n, status] of ['DOWN', 'OPERATING'].entries()) {
      await alm.emit?.('asset-status', { assetnum: 'HALLE B', status });
      await parked((found) => found.records.length === n + 1);
    }
    const { records } = await hub.get<Parked>('/parked');
    await link('alm', 'HALLE B', 'ASSY-01');
    for (const { id } of records)
      await until(
        'it is applied',
        () => state(id),
        (now) => now === 'applied',
      );
    const { body } = await hub.get<{ body: { capabilityType: string } }>(
      '/objects/OperationsCapability/ASSY-01',
    );
    expect(body.capabilityType).toBe('Available');
    expect(await hub.get<Parked>('/parked')).toMatchObject({ records: [] });
  });

  test('a record that a later one has overtaken stays parked: a person decides', async () => {
    await link('erp', 'Press A', 'PRESS-01');
    await erp.emit?.('order', order('1000007', 'PRESS A'));
    await erp.emit?.('order', order('1000008', 'PRESS A'));
    const { records } = await parked((found) => found.records.length === 2);
    await erp.emit?.('order-change', order('1000007', 'PRESS-01'));
    await until(
      'the later one is in',
      async () => hub.get('/objects/OperationsSchedule/1000007').catch(() => undefined),
      (found) => found !== undefined,
    );
    await link('erp', 'PRESS A', 'ASSY-01');
    const [overtaken, alone] = ['1000007', '1000008'].map(
      (key) => records.find((one) => one.key === key)!.id,
    );
    await until(
      'the other one is applied',
      () => state(alone!),
      (now) => now === 'applied',
    );
    expect(await state(overtaken!)).toBe('parked');
    expect(JSON.stringify(await hub.get('/objects/OperationsSchedule/1000007'))).not.toContain('ASSY-01');
    await hub.post(`/records/${overtaken}/replay`, said);
  });

  test('a delivery goes on when it is said which of several ids is written', async () => {
    const links = ['Presse', 'Presse 1'].map((nativeId) => ({
      ...{ system: 'aps', noun: 'Equipment', nativeId, canonicalId: 'PRESS-02' },
    }));
    await hub.post('/identities/import', { links, ...said });
    await alm.emit?.('asset-status', { assetnum: 'PRESS-02', status: 'DOWN' });
    const { deliveries } = await parked((found) => found.deliveries.some(({ dest }) => dest === 'aps'));
    await link('aps', 'Presse 1', 'PRESS-02', true);
    await until(
      'planning knows',
      async () => (await aps.holds?.('resources')) as { name: string }[],
      (found) => found.some(({ name }) => name === 'Presse'),
    );
    const delivery = await hub.get<{ note: object }>(`/deliveries/${deliveries[0]!.id}`);
    expect(delivery.note).toMatchObject({ by: 'hub', why: "Equipment 'PRESS-02' is in aps Presse" });
  });
});

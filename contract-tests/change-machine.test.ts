import type { ChangeView } from '../hub/change-desk/view';
import {
  allSent,
  type ChangePlant,
  inForce,
  type Row,
  standings,
  startChangePlant,
  waiting,
} from './change-plant';

/** What a change means for machines and their tools, over OPC UA and the interface of the asset system. */
describe('a change of how a machine works', () => {
  let plant: ChangePlant;
  beforeAll(async () => {
    plant = await startChangePlant();
  }, 120_000);
  afterAll(() => plant?.stop());

  const parameter = async (ID: string) =>
    ((await plant.kits.press!.holds('parameters')) as Row[]).find((one) => one.ID === ID)?.value;
  const workOrder = async (assetnum: string) =>
    ((await plant.kits.alm!.holds('workorders')) as Row[]).find((one) => one.assetnum === assetnum);
  const settledAt = ({ commands }: ChangeView, kind: string) =>
    commands.find((one) => one.kind === kind && one.state === 'acknowledged')!.settledAt!;

  test('another version of the NC program and another die: asked, held, fetched, set, read back; and all of it taken back', async () => {
    const ncProgram = { id: 'SEAL-50', version: '1' };
    await plant.publish('PV-301', 'A', undefined, { press: { ncProgram, tools: [{ id: 'DIE-11' }] } });
    await plant.release('30101', 'PV-301', 3);
    await plant.release('30102', 'PV-301', 2);
    await plant.press('30101', 1);
    expect(await parameter('NCProgramVersion')).toBe('1');
    await plant.publish('PV-301', 'B', undefined, {
      press: { ncProgram: { ...ncProgram, version: '2' }, tools: [{ id: 'DIE-12' }] },
    });
    const asked = await plant.change('PV-301', (change) => waiting(change) && allSent(change));
    expect(asked.differences).toEqual([
      'Operation 0010: needs the tools DIE-12 instead of DIE-11.',
      "Operation 0010: the NC program's version changes from 1 to 2.",
    ]);
    expect(standings(asked)).toEqual({
      '30101': 'started, hold+ask: waiting',
      '30102': 'not-started, ask: waiting',
    });
    await plant.decide(asked.id, { orderIds: [], action: 'approve' });
    const done = await plant.change('PV-301', inForce);
    expect(await workOrder('DIE-12')).toMatchObject({
      status: 'WAPPR',
      description: expect.stringContaining('Provide DIE-12 at PRESS-01'),
    });
    expect(done.commands.find(({ kind }) => kind === 'tooling-request')).toMatchObject({
      system: 'alm',
      state: 'acknowledged',
      counterpartId: (await workOrder('DIE-12'))!.wonum,
    });
    expect(done.commands.find(({ kind }) => kind === 'program-write')).toMatchObject({
      receipt: { NCProgram: { after: 'SEAL-50' }, NCProgramVersion: { before: '1', after: '2' } },
    });
    // The die is asked for before the machine gets the job that needs it, and nothing runs while the program changes.
    expect(settledAt(done, 'tooling-request') <= settledAt(done, 'job-update')).toBe(true);
    expect(settledAt(done, 'job-hold') <= settledAt(done, 'program-write')).toBe(true);
    expect(settledAt(done, 'program-write') <= settledAt(done, 'job-resume')).toBe(true);
    const { order } = (await plant.job('30102')) as {
      order: { parameters: Row[]; physicalAssets: string[] };
    };
    expect(order.physicalAssets).toEqual(['DIE-12']);
    expect(order.parameters).toContainEqual({ ID: 'NCProgramVersion', value: '2' });

    await plant.hub.post(`/changes/${done.id}/undo`, { by: 'Ines', reason: 'the new die is cracked' });
    const undone = await plant.change('PV-301', ({ state }) => state === 'undone');
    expect(undone.undo).toMatchObject({ cannot: [] });
    expect(await workOrder('DIE-12')).toMatchObject({ status: 'CAN' });
    expect(await parameter('NCProgramVersion')).toBe('1');
    await plant.press('30101', 2);
    await plant.press('30102', 2);
  });

  test('a program that the machine does not have is refused by it, and the page says so', async () => {
    await plant.publish('PV-302', 'A', undefined, { press: { ncProgram: { id: 'SEAL-50' } } });
    await plant.release('30201', 'PV-302', 2);
    await plant.publish('PV-302', 'B', undefined, { press: { ncProgram: { id: 'SEAL-99' } } });
    const { id } = await plant.change('PV-302', waiting);
    await plant.decide(id, { orderIds: [], action: 'approve' });
    const partly = await plant.change('PV-302', ({ state }) => state === 'partly in force');
    expect(partly.commands.find(({ kind }) => kind === 'program-write')).toMatchObject({ state: 'failed' });
    expect(partly.page).toContain('BadOutOfRange');
    await plant.decide(id, { orderIds: [], action: 'reject' }).catch(() => {});
    await plant.press('30201', 2);
  });
});

import type { ChangeView } from '../hub/change-desk/view';
import {
  allSent,
  type ChangePlant,
  components,
  inForce,
  type Row,
  standings,
  startChangePlant,
  waiting,
  withLine,
} from './change-plant';

const toFkm = withLine('0020', { item: 'SEAL-FKM' });

/** What a supervisor may decide, and what becomes of it at every system, through the real protocols. */
describe('a decision', () => {
  let plant: ChangePlant;
  beforeAll(async () => {
    plant = await startChangePlant();
  }, 120_000);
  afterAll(() => plant?.stop());

  const asked = (product: string) => plant.change(product, (change) => waiting(change) && allSent(change));

  test('extends a change by another place, another supply and a further instruction', async () => {
    await plant.publish('PV-501', 'A');
    await plant.release('50101', 'PV-501', 2);
    await plant.press('50101', 1);
    await plant.publish('PV-501', 'B', toFkm);
    const { id } = await asked('PV-501');
    const decided = await plant.decide(id, {
      orderIds: ['50101'],
      action: 'extend',
      additions: {
        resources: [{ segmentId: '0020', equipmentId: 'ASSY-02' }],
        supply: [{ segmentId: '0020', lineId: '0040', material: 'LUBE-02' }],
        instructions: [{ segmentId: '0020', text: 'Check each seal.' }],
      },
    });
    expect(decided.page).toContain('operation 0020 on ASSY-02, line 0020/0040 from LUBE-02');
    await plant.change('PV-501', inForce);
    const order = await plant.mesOrder('50101');
    expect(components(order)).toEqual(expect.arrayContaining(['0010 SEAL-FKM 2', '0020 LUBE-02 0.03']));
    expect((order.segments[1] as unknown as { equipment: string[] }).equipment).toEqual(['ASSY-02']);
    expect(JSON.stringify(await plant.kits.mes!.holds('messages'))).toContain('Check each seal.');
    const rows = (await plant.kits.erp!.holds('components')) as Row[];
    expect(rows).toContainEqual(
      expect.objectContaining({ ManufacturingOrder: '50101', Material: 'LUBE-02' }),
    );
    await plant.press('50101', 1);
  });

  test('that was made on what is no longer so is refused, and asked for again as it is now', async () => {
    await plant.publish('PV-502', 'A', undefined, { press: { tools: [{ id: 'DIE-11' }] } });
    await plant.release('50201', 'PV-502', 2);
    await plant.publish('PV-502', 'B', undefined, { press: { tools: [{ id: 'DIE-12' }] } });
    const seen = await plant.change('PV-502', waiting);
    expect(standings(seen)).toEqual({ '50201': 'not-started, ask: waiting' });
    await plant.press('50201', 1);
    await expect(
      plant.decide(seen.id, { orderIds: ['50201'], action: 'approve', seen: seen.ground }),
    ).rejects.toMatchObject({ code: 'HUB_BAD_DECISION' });
    const again = await plant.change('PV-502', (change) => allSent(change) && change.commands.length > 0);
    expect(standings(again)).toEqual({ '50201': 'started, hold+ask: waiting' });
    // A tool that begun work cannot wait for: what is begun is finished with the old one.
    await plant.decide(again.id, { orderIds: [], action: 'reject' });
    await plant.change('PV-502', inForce);
    expect(await plant.kits.alm!.holds('workorders')).toEqual([]);
    await plant.press('50201', 1);
  });

  test('is put off to a moment, then to the next order: this one stays, the next one is changed', async () => {
    await plant.publish('PV-503', 'A');
    await plant.release('50301', 'PV-503', 2);
    await plant.press('50301', 1);
    await plant.publish('PV-503', 'B', toFkm);
    const { id } = await asked('PV-503');
    const time = new Date(Date.now() + 1_500).toISOString();
    await plant.decide(id, { orderIds: [], action: 'defer', until: { time } });
    const due = await plant.change('PV-503', waiting);
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(time));
    expect(due.orders[0]!.decisions).toMatchObject([{ action: 'defer', until: { time } }]);
    await plant.decide(id, { orderIds: [], action: 'defer', until: { nextOrder: true } });
    await plant.change('PV-503', inForce);
    await plant.job('50301', ({ state }) => state === 'Running');
    await plant.press('50301', 1);
    await plant.release('50302', 'PV-503', 1, { revision: 'A' });
    await plant.change('PV-503', (change) => change.orders.length === 2 && inForce(change));
    expect(components(await plant.mesOrder('50302'))).toContain('0010 SEAL-FKM 2');
    expect(components(await plant.mesOrder('50301'))).toContain('0010 SEAL-EPDM 4');
    await plant.press('50302', 1);
  });

  test('is not needed for a co-product that comes along: the order makes as many as before', async () => {
    await plant.publish('PV-504', 'A');
    await plant.release('50401', 'PV-504', 2);
    const { body } = await plant.hub.get<{ body: Row }>('/objects/OperationsDefinition/PV-504');
    const next = structuredClone(body) as unknown as {
      version: string;
      operationsSegment: { materialSpecification: Row[] }[];
    };
    next.version = 'B';
    next.operationsSegment[0]!.materialSpecification.push({
      id: 'C010',
      materialDefinitionId: ['TRIM-RING'],
      materialUse: 'Co-product Produced',
      quantity: [{ quantityString: '1', dataType: 'decimal', unitOfMeasure: 'PCE' }],
    });
    await plant.kits.mes!.emit('performance', {
      verb: 'Sync',
      noun: 'OperationsDefinition',
      applicationArea: {
        sender: { logicalId: 'MES', referenceId: 'ECN-504' },
        creationDateTime: new Date().toISOString(),
        bodId: 'pv-504-b',
      },
      items: [next],
    });
    const change: ChangeView = await plant.change('PV-504', inForce);
    expect(change.differences).toEqual(['Operation 0010: TRIM-RING (1 PCE) is added.']);
    expect(change.orders[0]!.demand).toEqual([]);
    expect(change.commands.map(({ kind }) => kind)).not.toContain('component-list');
    const order = await plant.mesOrder('50401');
    expect(order.quantity).toMatch(/^2/);
    expect(JSON.stringify(await plant.stored('50401'))).toContain('"materialDefinitionId":["TRIM-RING"]');
    await plant.press('50401', 2);
  });

  test('nothing waits for a person at the end', async () => {
    expect(await plant.hub.get('/parked')).toEqual({ records: [], deliveries: [] });
  });
});

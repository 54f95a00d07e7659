import type { AsBuilt } from '../hub/change/as-built';
import type { Foresight } from '../hub/change/what-if';
import type { ChangeView } from '../hub/change-desk/view';
import {
  allSent,
  type ChangePlant,
  components,
  day,
  inForce,
  type Row,
  standings,
  startChangePlant,
  waiting,
  withLine,
} from './change-plant';

const toFkm = withLine('0020', { item: 'SEAL-FKM' });

/** Changes taken into execution, through the real protocols of all systems. Each test has a product and orders of its own. */
describe('a change on the running plant', () => {
  let plant: ChangePlant;
  beforeAll(async () => {
    plant = await startChangePlant();
  }, 120_000);
  afterAll(() => plant?.stop());

  const revisionOf = async (number: string) =>
    (await plant.stored(number)).operationsRequest[0]._operationsDefinitionId?.schemeVersionId;

  test('a replaced component meets orders in every state: left alone, asked, held, changed', async () => {
    await plant.publish('PV-201', 'A');
    await plant.release('20101', 'PV-201', 2);
    await plant.release('20102', 'PV-201', 4);
    await plant.release('20103', 'PV-201', 3);
    await plant.press('20101', 2);
    await plant.press('20102', 2);
    await plant.publish('PV-201', 'B', toFkm);
    const change = await plant.change('PV-201', allSent);
    expect(standings(change)).toEqual({
      '20101': 'order-done, none: untouched',
      '20102': 'component-consumed, hold+ask: waiting',
      '20103': 'not-started, apply: by-policy',
    });
    // Only the operation that is hit is held, with a code that the MES knows; the order as such goes on.
    const held = await plant.mesOrder('20102', ({ segments }) => segments.some((one) => one.held));
    expect(held.segments.map((one) => one.held)).toEqual([
      { reason: 'MATERIAL-CHANGE', reference: 'ECN-PV-201-B' },
      undefined,
    ]);
    expect(held.requestState).toBe('Released');
    await plant.decide(change.id, { orderIds: ['20102'], action: 'approve' });
    await plant.change('PV-201', inForce);
    const changed = await plant.mesOrder('20102', ({ segments }) => !segments.some((one) => one.held));
    // What is consumed is never taken back: the four seals that are in stay, the rest gets the new ones.
    expect(components(changed)).toEqual(expect.arrayContaining(['0010 SEAL-EPDM 4', '0010 SEAL-FKM 4']));
    expect(components(await plant.mesOrder('20101'))).toContain('0010 SEAL-EPDM 4');
    expect(components(await plant.mesOrder('20103'))).toContain('0010 SEAL-FKM 6');
    await plant.press('20102', 2);
    await plant.press('20103', 3);

    const built = await plant.hub.get<AsBuilt>('/orders/20102/as-built');
    expect(built.planned).toBe('A');
    expect(built.operations[0]!.revisions).toEqual(['A', 'B']);
    expect(built.operations[0]!.components.filter(({ deviation }) => deviation)).toEqual([]);
    expect(built.decisions).toMatchObject([{ action: 'approve', by: 'Ines' }]);
  });

  test('a changed value of the machine asks where the operation runs, and a rejected order keeps the old one', async () => {
    await plant.publish('PV-202', 'A');
    await plant.release('20201', 'PV-202', 3);
    await plant.release('20202', 'PV-202', 1);
    await plant.press('20201', 1);
    await plant.publish('PV-202', 'B', undefined, { force: 13 });
    const change = await plant.change('PV-202', waiting);
    expect(standings(change)).toEqual({
      '20201': 'started, ask: waiting',
      '20202': 'not-started, apply: by-policy',
    });
    expect((await plant.mesOrder('20201')).requestState).toBe('Released');
    await plant.decide(change.id, { orderIds: ['20201'], action: 'reject' });
    await expect(plant.decide(change.id, { orderIds: ['20201'], action: 'approve' })).rejects.toMatchObject({
      code: 'HUB_ALREADY_DECIDED',
    });
    // The value must not reach the machine while an order runs there in the old form.
    await plant.change('PV-202', ({ commands }) =>
      commands.some(({ kind, state }) => kind === 'parameter-write' && state === 'planned'),
    );
    await plant.press('20201', 2);
    await plant.change('PV-202', inForce);
    expect(await plant.kits.press!.holds('parameters')).toContainEqual(
      expect.objectContaining({ ID: 'PressForce', value: 13 }),
    );
    await plant.press('20202', 1);
  });

  test('another body is a matter of the site: not carried out on a begun order, and two people have to approve the rest', async () => {
    await plant.publish('PV-203', 'A');
    await plant.release('20301', 'PV-203', 2);
    await plant.release('20302', 'PV-203', 2);
    await plant.press('20301', 1);
    await plant.publish('PV-203', 'B', withLine('0010', { item: 'BODY-51' }));
    const change = await plant.change('PV-203', waiting);
    expect(standings(change)).toEqual({
      '20301': 'component-consumed, refuse: refused',
      '20302': 'not-started, ask: waiting',
    });
    const once = await plant.decide(change.id, { orderIds: [], action: 'approve' });
    expect(once.orders.find(({ id }) => id === '20302')).toMatchObject({
      standing: 'waiting',
      approvedBy: 'Ines',
    });
    await expect(plant.decide(change.id, { orderIds: [], action: 'approve' })).rejects.toThrow(
      'second person',
    );
    await plant.decide(change.id, { orderIds: [], action: 'approve', by: 'Omar' });
    await plant.change('PV-203', inForce);
    expect(components(await plant.mesOrder('20302'))).toContain('0010 BODY-51 2');
    await plant.press('20301', 1);
    await plant.press('20302', 2);
  });

  test('a decision is put off until an operation is done, and then extended by rework', async () => {
    await plant.publish('PV-204', 'A');
    await plant.release('20401', 'PV-204', 2);
    await plant.press('20401', 1);
    await plant.publish('PV-204', 'B', toFkm);
    const { id } = await plant.change('PV-204', (change) => waiting(change) && allSent(change));
    await plant.decide(id, { orderIds: ['20401'], action: 'defer', until: { operation: '0010' } });
    await plant.job('20401', ({ state }) => state === 'Running');
    await plant.press('20401', 1);
    // The manual operation is done by then as well, so the order is: nothing is left to be decided.
    const after = await plant.change('PV-204', ({ orders }) => orders[0]!.standing !== 'deferred');
    expect(after.orders[0]!.notes.length).toBeGreaterThan(0);
    expect(components(await plant.mesOrder('20401'))).toContain('0010 SEAL-EPDM 4');

    await plant.release('20402', 'PV-204', 2, { revision: 'A' });
    await plant.change('PV-204', (change) => change.orders.length === 2 && inForce(change));
    expect(components(await plant.mesOrder('20402'))).toContain('0010 SEAL-FKM 4');
    await plant.press('20402', 1);
    await plant.publish('PV-204', 'C', withLine('0020', { item: 'SEAL-NBR' }));
    const next = await plant.change(
      'PV-204',
      (change) => change.id !== id && waiting(change) && allSent(change),
    );
    await plant.decide(next.id, {
      orderIds: ['20402'],
      action: 'extend',
      additions: {
        operations: [
          {
            segment: { id: '0015', description: ['Inspect the seals'], processSegmentId: '0015' },
            follows: '0010',
          },
        ],
      },
    });
    await plant.change('PV-204', inForce);
    const { segments } = await plant.mesOrder('20402', (order) => order.segments.length === 3);
    expect(segments.map((segment) => segment.id).sort()).toEqual(['0010', '0015', '0020']);
    await plant.press('20402', 1);
  });

  test('a machine that was quicker than the change is never passed over: the change asks again', async () => {
    await plant.publish('PV-205', 'A');
    await plant.release('20501', 'PV-205', 2);
    await plant.kits.mes!.provoke('busy');
    await plant.publish('PV-205', 'B', toFkm);
    await plant.change('PV-205', ({ commands }) => commands.some(({ state }) => state === 'sent'));
    await plant.kits.press!.emit('produce', { jobOrderID: '20501-0010', pieces: 1 });
    await plant.kits.mes!.provoke('well');
    const change = await plant.change(
      'PV-205',
      (seen) => waiting(seen) && allSent(seen) && seen.orders[0]!.action === 'hold+ask',
    );
    expect(change.commands.find(({ kind }) => kind === 'job-update')).toMatchObject({ state: 'refused' });
    expect(change.page).toContain('TOO LATE');
    await plant.job('20501', ({ state }) => state === 'Interrupted');
    await plant.decide(change.id, { orderIds: ['20501'], action: 'reject' });
    const settled = await plant.change('PV-205', inForce);
    expect(settled.orders[0]!.notes[0]!.text).toContain('refused');
    // The MES had taken the new form; it is brought back to the old one.
    const back = await plant.mesOrder('20501', ({ segments }) => !segments.some((one) => one.held));
    expect(components(back)).toContain('0010 SEAL-EPDM 4');
    expect(await revisionOf('20501')).toBe('A');
    await plant.press('20501', 1);
  });

  test('a revision for the days to come leaves orders planned before as they are and changes later ones, even those released after it', async () => {
    await plant.publish('PV-206', 'A');
    const on = (start: string) => ({ start: `${start}T06:00:00`, end: `${start}T14:00:00` });
    await plant.release('20601', 'PV-206', 1, on(day(2)));
    await plant.release('20602', 'PV-206', 1, on(day(9)));
    await plant.publish('PV-206', 'B', toFkm, { effectiveFrom: `${day(5)}T00:00:00Z` });
    const change = await plant.change('PV-206', inForce);
    expect(standings(change)).toEqual({
      '20601': 'not-started, none: untouched',
      '20602': 'not-started, apply: by-policy',
    });
    await plant.release('20603', 'PV-206', 1, on(day(10)));
    await plant.release('20604', 'PV-206', 1, on(day(3)));
    await plant.change('PV-206', ({ orders, state }) => orders.length === 3 && state === 'in force');
    const seals = async (number: string) =>
      components(await plant.mesOrder(number)).find((one) => one.includes('SEAL'));
    expect(await seals('20601')).toBe('0010 SEAL-EPDM 2');
    expect(await seals('20602')).toBe('0010 SEAL-FKM 2');
    expect(await seals('20603')).toBe('0010 SEAL-FKM 2');
    expect(await seals('20604')).toBe('0010 SEAL-EPDM 2');
    expect(await revisionOf('20604')).toBe('A');
  });

  test('a second revision while the first waits takes the order over, with the whole way from its own revision', async () => {
    await plant.publish('PV-207', 'A');
    await plant.release('20701', 'PV-207', 3);
    await plant.press('20701', 1);
    await plant.publish('PV-207', 'B', toFkm);
    const first = await plant.change('PV-207', (change) => waiting(change) && allSent(change));
    await plant.publish('PV-207', 'C', (bom) => withLine('0030', { quantity: 6 })(toFkm(bom)));
    const second = await plant.change(
      'PV-207',
      (change) => change.id !== first.id && waiting(change) && allSent(change),
    );
    const superseded = await plant.hub.get<ChangeView>(`/changes/${first.id}`);
    expect(superseded.orders[0]).toMatchObject({ standing: 'untouched' });
    expect(superseded.page).toContain(`superseded by ECN-PV-207-C`);
    await expect(plant.decide(first.id, { orderIds: ['20701'], action: 'approve' })).rejects.toMatchObject({
      code: 'HUB_ALREADY_DECIDED',
    });
    await plant.decide(second.id, { orderIds: ['20701'], action: 'approve' });
    await plant.change('PV-207', inForce);
    const order = await plant.mesOrder('20701', ({ segments }) => !segments.some((one) => one.held));
    expect(components(order)).toEqual(
      expect.arrayContaining(['0010 SEAL-EPDM 2', '0010 SEAL-FKM 4', '0020 SCREW-M8 18']),
    );
    expect(await revisionOf('20701')).toBe('C');
    await plant.job('20701', ({ state }) => state === 'Running');
    await plant.press('20701', 2);
  });

  test('a change is taken back in reverse order, at every system', async () => {
    await plant.publish('PV-208', 'A');
    await plant.release('20801', 'PV-208', 2);
    const [{ value: before }] = (await plant.kits.press!.holds('parameters')) as [Row];
    await plant.publish('PV-208', 'B', toFkm, { force: 14 });
    const change = await plant.change('PV-208', inForce);
    expect(components(await plant.mesOrder('20801'))).toContain('0010 SEAL-FKM 4');
    await plant.hub.post(`/changes/${change.id}/undo`, { by: 'Ines', reason: 'the FKM batch is blocked' });
    const undone = await plant.change('PV-208', ({ state }) => state === 'undone');
    expect(undone.undo).toMatchObject({ by: 'Ines', cannot: [] });
    expect(components(await plant.mesOrder('20801'))).toContain('0010 SEAL-EPDM 4');
    const job = await plant.job('20801');
    expect(JSON.stringify(job)).toContain('SEAL-EPDM');
    expect(await plant.kits.press!.holds('parameters')).toContainEqual(
      expect.objectContaining({ ID: 'PressForce', value: before }),
    );
    expect(await revisionOf('20801')).toBe('A');
    const settledAt = (kind: string) =>
      undone.commands.find(({ id }) => id.includes(`/${kind}/`) && id.endsWith('/undo'))!.settledAt!;
    expect(settledAt('job-update') <= settledAt('order-change')).toBe(true);
    expect(settledAt('component-list') <= settledAt('order-change')).toBe(true);
    await plant.press('20801', 2);
  });

  test('a decision that nobody takes falls to its stated default, after an alert', async () => {
    await plant.publish('PV-209', 'A');
    await plant.release('20901', 'PV-209', 1);
    await plant.publish('PV-209', 'B', undefined, { hold: 3 });
    const asked = await plant.change('PV-209', waiting);
    expect(asked.orders[0]!.due).toBeDefined();
    const decided = await plant.change('PV-209', inForce);
    expect(decided.orders[0]).toMatchObject({ standing: 'approved', decisions: [{ by: 'deadline' }] });
    const job = (await plant.job('20901')) as { order: { parameters: Row[] } };
    expect(job.order.parameters).toContainEqual(expect.objectContaining({ ID: 'HoldTime', value: '3' }));
    await plant.press('20901', 1);
  });

  test('a component that moves to another operation in another unit comes out right, and what the ERP refuses of it is said', async () => {
    await plant.publish('PV-210', 'A');
    await plant.release('21001', 'PV-210', 2);
    const moved = withLine('0040', { operation: '0010' });
    const fewer = withLine('0030', { quantity: 6 });
    await plant.publish('PV-210', 'B', (bom) =>
      withLine('0040', { quantity: 15, unit: 'G' })(moved(fewer(bom))),
    );
    const partly = await plant.change('PV-210', ({ state }) => state === 'partly in force');
    expect(partly.page).toContain('LUBE-01 is kept in KG');
    const order = await plant.mesOrder('21001');
    expect(components(order)).toEqual([
      '0010 BODY-50 2',
      '0010 SEAL-EPDM 4',
      '0010 LUBE-01 30',
      '0020 SCREW-M8 12',
    ]);
    expect(order.segments[0]!.materialRequirements[2]!.unit).toBe('G');
    await plant.publish('PV-210', 'C', (bom) => moved(fewer(bom)));
    await plant.change('PV-210', (change) => change.id !== partly.id && inForce(change));
    expect(components(await plant.mesOrder('21001'))).toContain('0010 LUBE-01 0.03');
    const rows = (await plant.kits.erp!.holds('components')) as Row[];
    expect(rows).toContainEqual(
      expect.objectContaining({
        ManufacturingOrder: '21001',
        Material: 'LUBE-01',
        ManufacturingOrderOperation: '0010',
        RequiredQuantity: '0.030',
      }),
    );
    await plant.press('21001', 2);
  });

  test('a definition from a B2MML sender brings alternatives and phantoms with it', async () => {
    await plant.publish('PV-211', 'A');
    await plant.release('21101', 'PV-211', 2);
    const { body } = await plant.hub.get<{ body: Row }>('/objects/OperationsDefinition/PV-211');
    const next = structuredClone(body) as {
      version: string;
      operationsSegment: { materialSpecification: Row[] }[];
    };
    next.version = 'B';
    const [press, assembly] = next.operationsSegment;
    press!.materialSpecification[1]!.materialDefinitionId = ['SEAL-EPDM', 'SEAL-NBR'];
    const part = (id: string, material: string, quantity: string) => ({
      id,
      materialDefinitionId: [material],
      materialUse: 'Consumed',
      quantity: [{ quantityString: quantity, dataType: 'decimal', unitOfMeasure: 'PCE' }],
    });
    assembly!.materialSpecification.push({
      ...part('0050', 'KIT-MIRROR', '1'),
      assemblyType: 'Logical',
      assemblySpecification: [part('0010', 'BRACKET', '1'), part('0020', 'SCREW-M5', '2')],
    });
    await plant.kits.mes!.emit('performance', {
      verb: 'Sync',
      noun: 'OperationsDefinition',
      applicationArea: {
        sender: { logicalId: 'MES', referenceId: 'ECN-211' },
        creationDateTime: new Date().toISOString(),
        bodId: 'pv-211-b',
      },
      items: [next],
    });
    const change = await plant.change('PV-211', inForce);
    expect(change.reference).toBe('ECN-211');
    expect(components(await plant.mesOrder('21101'))).toEqual(
      expect.arrayContaining(['0010 SEAL-EPDM 4', '0020 BRACKET 2', '0020 SCREW-M5 4']),
    );
    expect(JSON.stringify(await plant.stored('21101'))).toContain('["SEAL-EPDM","SEAL-NBR"]');
    await plant.press('21101', 2);
  });

  test('what fails is tried again by a person, with what was dropped because of it', async () => {
    await plant.publish('PV-213', 'A');
    await plant.release('21301', 'PV-213', 1);
    await plant.kits.erp!.provoke('rejecting');
    await plant.publish('PV-213', 'B', toFkm);
    const failed = await plant.change('PV-213', ({ commands }) =>
      commands.some(({ state }) => state === 'failed'),
    );
    await plant.kits.erp!.provoke('well');
    const list = failed.commands.find(({ state }) => state === 'failed')!;
    expect(list).toMatchObject({ kind: 'component-list', system: 'erp' });
    expect(failed.commands.find(({ kind }) => kind === 'replan')!.state).toBe('dropped');
    await plant.hub.post(`/changes/${failed.id}/retry`, { commandId: list.id });
    await plant.change('PV-213', inForce);
    await plant.press('21301', 1);
  });

  test('what a what-if foresaw is held against what then came, and who listens is told of it', async () => {
    await plant.publish('PV-214', 'A');
    await plant.release('21401', 'PV-214', 2);
    const { body } = await plant.hub.get<{ body: Row }>('/objects/OperationsDefinition/PV-214');
    const next = JSON.parse(JSON.stringify(body).replaceAll('SEAL-EPDM', 'SEAL-FKM')) as Row;
    const foreseen = await plant.hub.post<ChangeView>('/changes/what-if?keep=true', {
      ...next,
      version: 'B',
    });
    expect(foreseen.commands.length).toBeGreaterThan(0);
    expect(JSON.stringify(await plant.mesOrder('21401'))).not.toContain('MATERIAL-CHANGE');
    await plant.press('21401', 1);

    const listening = new AbortController();
    const stream = await fetch(`${plant.hub.url}/graphql/stream`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify({ query: 'subscription { changeMoved { id objectId state } }' }),
      signal: listening.signal,
    });
    const told = readUntil(stream, '"PV-214"');
    await plant.publish('PV-214', 'B', toFkm);
    const change = await plant.change('PV-214', (seen) => waiting(seen) && allSent(seen));
    expect(await told).toContain('event: next');
    listening.abort();

    const { changeId, orders } = await plant.hub.get<{ changeId: string; orders: Foresight[] }>(
      `/changes/what-if/${foreseen.id}/comparison`,
    );
    expect(changeId).toBe(change.id);
    expect(orders).toMatchObject([
      { foreseen: { state: 'not-started' }, happened: { state: 'component-consumed' }, cameTrue: false },
    ]);
    await plant.decide(change.id, { orderIds: [], action: 'reject' });
    await plant.change('PV-214', inForce);
  });

  test('nothing waits for a person at the end', async () => {
    expect(await plant.hub.get('/parked')).toEqual({ records: [], deliveries: [] });
  });
});

async function readUntil(response: Response, text: string): Promise<string> {
  let read = '';
  const decoder = new TextDecoder();
  for await (const part of response.body!) {
    read += decoder.decode(part as Uint8Array, { stream: true });
    if (read.includes(text)) return read;
  }
  return read;
}

import { until } from '../hub/client';
import type { Project } from '../hub/project';
import { type RunningHub, runningHub } from './running-hub';

/** SAP sends the whole order at each change, and a document can overtake another one on its way. */
describe('documents that overtake each other', () => {
  let hub: RunningHub;
  beforeAll(async () => {
    hub = await runningHub({ project: bySender });
  });
  afterAll(() => hub?.stop());

  /** Of two documents about an order the one counts that the ERP made later. */
  function bySender(project: Project): Project {
    const { erp } = project.systems;
    const reads = {
      LOIPRO05: [{ map: 'sap/production-order', order: 'sender' as const }],
      MATMAS05: [{ map: 'sap/material', apply: 'merge' as const, order: 'sender' as const }],
    };
    return { ...project, systems: { ...project.systems, erp: { ...erp!, reads } } };
  }

  /** Made so many milliseconds after six o'clock. */
  const control = (ms: number) =>
    `<EDI_DC40 SEGMENT="1"><SERIAL>20260302060000${String(ms).padStart(3, '0')}123</SERIAL></EDI_DC40>`;
  const order = (number: string, quantity: number, ms: number) =>
    `<LOIPRO05><IDOC BEGIN="1">${control(ms)}<E1AFKOL SEGMENT="1"><AUFNR>${number}</AUFNR><MATNR>PV-100</MATNR>` +
    `<GAMNG>${quantity}.000</GAMNG><GMEIN>PCE</GMEIN><E1AFFLL SEGMENT="1"><E1AFVOL SEGMENT="1"><VORNR>0010</VORNR>` +
    '</E1AFVOL></E1AFFLL></E1AFKOL></IDOC></LOIPRO05>';
  const material = (fields: string, ms: number) =>
    `<MATMAS05><IDOC BEGIN="1">${control(ms)}<E1MARAM SEGMENT="1"><MATNR>M-1</MATNR>${fields}</E1MARAM></IDOC></MATMAS05>`;

  async function send(xml: string): Promise<string> {
    const { status, body } = await hub.push('erp', xml);
    expect(status).toBe(202);
    return (body.accepted as { record: string }[])[0]!.record;
  }
  type Seen = { record: { state: string; issues: { rule: string; message: string }[] } };
  const done = async (id: string) =>
    (
      await until(
        'it is done',
        () => hub.get<Seen>(`/records/${id}`),
        ({ record }) => record.state !== 'waiting',
      )
    ).record;
  const quantity = async (number: string) => {
    const { body } = await hub.get<{ body: object }>(`/objects/OperationsSchedule/${number}`);
    return /"quantityString":"(\d+)"/.exec(JSON.stringify(body))?.[1];
  };

  test('the one that was made later counts, also when it was there first', async () => {
    await done(await send(order('1', 5, 200)));
    const late = await done(await send(order('1', 4, 100)));
    expect(late).toMatchObject({
      state: 'unchanged',
      issues: [
        { rule: 'overtaken', message: expect.stringContaining('was made at 2026-03-02T06:00:00.100Z') },
      ],
    });
    expect(await quantity('1')).toBe('5');
    expect(await done(await send(order('1', 6, 300)))).toMatchObject({ state: 'applied' });
    expect(await quantity('1')).toBe('6');
  });

  test('one that said nothing new counts as well', async () => {
    for (const [pieces, ms] of [
      [5, 100],
      [5, 300],
    ] as const)
      await done(await send(order('2', pieces, ms)));
    expect(await done(await send(order('2', 4, 200)))).toMatchObject({ state: 'unchanged' });
    expect(await quantity('2')).toBe('5');
  });

  test('whoever replays it wants it all the same', async () => {
    await done(await send(order('3', 5, 200)));
    const late = await send(order('3', 4, 100));
    await done(late);
    await hub.post(`/records/${late}/replay`, { by: 'kim', why: 'it counts' });
    await until(
      'it counts',
      () => quantity('3'),
      (now) => now === '4',
    );
  });

  test('what is merged is not dropped: it says other things', async () => {
    await done(await send(material('<MTART>ROH</MTART>', 200)));
    await done(await send(material('<MATKL>SEALS</MATKL>', 100)));
    const { body } = await hub.get<{ body: object }>('/objects/MaterialDefinition/M-1');
    expect(JSON.stringify(body)).toContain('SEALS');
    expect(JSON.stringify(body)).toContain('ROH');
  });
});

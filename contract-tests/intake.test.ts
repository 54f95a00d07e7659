import { idocWriter } from '../adapters/erp/kit-idoc';
import { orderBook } from '../adapters/erp/kit-orders';
import { until } from '../hub/client';
import type { Project } from '../hub/project';
import type { LaneStatistics, StoredRecord } from '../hub/storage/store';
import { type RunningHub, runningHub } from './running-hub';

const revision = (number: string) => ({
  changeNotice: { id: 'ECN-1', reason: 'first', effectiveFrom: '2026-01-01T00:00:00Z' },
  product: { number, revision: 'A', description: 'Valve', plant: '1000' },
  bom: [],
  processPlan: {
    operations: [
      {
        ...{ number: '0010', description: 'Press', workCenter: 'PRESS-01', durationSeconds: 60 },
        parameters: [{ id: 'PressForce', value: '12.5', unit: 'kN', type: 'decimal' }],
      },
    ],
  },
});

const material = (number: string) =>
  `<MATMAS05><IDOC BEGIN="1"><EDI_DC40 SEGMENT="1"><IDOCTYP>MATMAS05</IDOCTYP><MESTYP>MATMAS</MESTYP></EDI_DC40>` +
  `<E1MARAM SEGMENT="1"><MSGFN>005</MSGFN><MATNR>${number}</MATNR><MTART>ROH</MTART><MEINS>PCE</MEINS>` +
  `<E1MAKTM SEGMENT="1"><SPRAS_ISO>EN</SPRAS_ISO><MAKTX>Part</MAKTX></E1MAKTM></E1MARAM></IDOC></MATMAS05>`;

/** An order of two valves, as the stand-in ERP writes it. */
const order = (number: string) => idocWriter().order(orderBook().create({ number, quantity: '2' })).xml;

interface Answer {
  readonly accepted: ReadonlyArray<{ readonly record: string; readonly duplicate: boolean }>;
}

describe('the intake', () => {
  let hub: RunningHub;
  afterEach(() => hub.stop());
  const started = async (project: (given: Project) => Project = (given) => given) => {
    hub = await runningHub({ project });
  };
  const push = async (system: string, document: string, headers: Record<string, string> = {}) => {
    const type = document.startsWith('<') ? 'text/xml' : 'application/json';
    const { status, body } = await hub.push(system, document, { 'content-type': type, ...headers });
    expect(status).toBe(202);
    return (body as unknown as Answer).accepted[0]!;
  };

  test('a copy under the same idempotency key gets the first answer, whatever its content', async () => {
    await started();
    const first = await push('erp', material('M-1'), { 'idempotency-key': 'k1' });
    expect(await push('erp', material('M-2'), { 'idempotency-key': 'k1' })).toMatchObject({
      record: first.record,
      duplicate: true,
    });
    expect(await push('erp', material('M-1'), { 'idempotency-key': 'k2' })).toMatchObject({
      duplicate: false,
    });
  });

  test('equal content without a key is a copy; in a system with a window, only within that', async () => {
    await started((project) => ({
      ...project,
      systems: { ...project.systems, aps: { ...project.systems.erp!, duplicatesWithinMs: 300 } },
    }));
    const first = await push('erp', material('M-1'));
    const once = await push('aps', material('M-1'));
    expect(await push('aps', material('M-1'))).toEqual({ ...once, duplicate: true });
    const later = await until(
      'the window is over',
      () => push('aps', material('M-1')),
      ({ duplicate }) => !duplicate,
    );
    expect(later.record).not.toBe(once.record);
    expect(await push('erp', material('M-1'))).toEqual({ ...first, duplicate: true });
  });

  test('an order that needs a process plan which is not there yet waits, and goes on by itself when it comes', async () => {
    await started();
    const { record: id } = await push('erp', order('1000009'));
    const record = async () => (await hub.get<{ record: StoredRecord }>(`/records/${id}`)).record;
    await until(
      'it has been tried and waits',
      () => hub.get<{ lanes: LaneStatistics[] }>('/lanes'),
      ({ lanes }) => lanes.some(({ dest, failing }) => dest === 'in:erp' && failing === 1),
    );
    expect(await record()).toMatchObject({ state: 'waiting' });
    await push('plm', JSON.stringify(revision('PV-100')));
    await until('the order is applied', record, ({ state }) => state === 'applied', 20_000);
    const { body: kept } = await hub.get<{ body: object }>('/objects/OperationsSchedule/1000009');
    expect(JSON.stringify(kept)).toContain('PressForce');
    expect(await hub.get('/parked')).toEqual({ records: [], deliveries: [] });
  });
});

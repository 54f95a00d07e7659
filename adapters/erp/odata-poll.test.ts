import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { until } from '../../hub/client';
import { packageRoot } from '../../model/paths';
import type { Connection, NativeRecord } from '../adapter';
import type { Counterpart } from '../kit';
import { parseSettings } from '../settings';
import { erpKit } from './kit';
import { sap } from './sap';

/** A line of a bill, as SAP gives it. */
type Item = { BillOfMaterialItemNumber: string; BillOfMaterialComponent: string };
type Body = Record<string, unknown> & {
  to_BillOfMaterialItem: { results: Item[] };
  to_ProductionOrderOperation: { results: { MfgOrderOperationText: string }[] };
  to_ProductionOrderComponent: { results: object[] };
  to_Sequence: { results: { to_Operation: { results: { OperationText: string }[] } }[] };
};

test('the settings that the README shows are ones', () => {
  const readme = readFileSync(join(packageRoot, 'adapters/README.md'), 'utf8');
  const [, text = ''] = /^```yaml settings-of-sap\n(.*?)^```$/ms.exec(readme) ?? [];
  const { poll } = parseSettings(sap, parse(text), 'README');
  expect(Object.keys(poll)).toEqual(Object.keys(everything));
  expect(poll.ProductionRouting).toEqual({ filter: "BillOfOperationsUsage eq '1'" });
});

const everything = { MaterialBOM: {}, ProductionRouting: {}, A_ProductionOrder_2: {} };

describe('changes that are asked for over OData', () => {
  let erp: Counterpart;
  let dir: string;
  let running: { stop(): Promise<void> } | undefined;
  let taken: NativeRecord[];
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'sap-poll-'));
    taken = [];
  });
  afterEach(async () => {
    await running?.stop();
    await erp.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  async function start(options: Record<string, unknown> = {}): Promise<void> {
    erp = await erpKit.start({ options: { poll: everything, pollMs: 20, ...options } });
    run();
  }
  function run(accept = async (record: NativeRecord) => void taken.push(record)): void {
    const config = parseSettings(sap, erp.config, 'test');
    const stopping = new AbortController();
    let connection: Connection;
    const ended = sap.open(config, { dataDir: dir, log: () => {} }).then((opened) => {
      connection = opened;
      return opened.receive!(accept, stopping.signal);
    });
    running = {
      async stop() {
        running = undefined;
        stopping.abort();
        await ended;
        await connection.close();
      },
    };
  }
  const received = (count: number, where = () => taken) =>
    until(
      `${count} records`,
      async () => where(),
      (found) => found.length >= count,
    );
  const emit = (event: string, data: unknown) => erp.emit!(event, data);
  const bodyOf = (record: NativeRecord | undefined) => record?.body as Body;

  test('bills, routings and orders come whole, each under its key, and once', async () => {
    await start();
    await emit('bom', { material: 'PV-100', changeNumber: 'ECN-2001' });
    await emit('routing', { group: '50000269' });
    await emit('order-entered', { number: '1000001', quantity: '4' });
    await received(3);
    await emit('order-entered', { number: '1000002' });
    await received(4);
    expect(taken.map(({ type, key }) => [type, key])).toEqual([
      ['MaterialBOM', 'PV-100'],
      ['ProductionRouting', 'PV-100'],
      ['A_ProductionOrder_2', '1000001'],
      ['A_ProductionOrder_2', '1000002'],
    ]);
    const [bill, routing, order] = taken.map(bodyOf);
    expect(bill?.to_BillOfMaterialItem.results).toHaveLength(4);
    expect(bill?.LastChangeDateTime).toMatch(/^\/Date\(\d+\+0000\)\/$/);
    expect(routing?.to_Sequence.results[0]?.to_Operation.results).toMatchObject([
      { OperationText: 'Press seals' },
    ]);
    expect(order?.to_ProductionOrderOperation.results).toHaveLength(2);
    expect(order?.to_ProductionOrderComponent.results).toHaveLength(4);
  });

  test('a change of a part is one of the whole, although the whole does not date it', async () => {
    await start();
    await emit('bom', { material: 'PV-100' });
    await emit('routing', { group: '50000269' });
    await emit('order-entered', { number: '1000001' });
    await received(3);
    await emit('bom-item', { bill: 'PV-100', item: '0020', material: 'SEAL-FKM' });
    await received(4);
    expect(bodyOf(taken[3]).to_BillOfMaterialItem.results[1]?.BillOfMaterialComponent).toBe('SEAL-FKM');
    await emit('routing-operation', {
      ...{ group: '50000269', number: '0010', description: 'Press twice' },
      ...{ workCentre: '10000271', minutes: '2' },
    });
    await received(5);
    expect(bodyOf(taken[4]).to_Sequence.results[0]?.to_Operation.results[0]?.OperationText).toBe(
      'Press twice',
    );
    await emit('operation-changed', { order: '1000001', number: '0010', description: 'Press slowly' });
    await received(6);
    expect(bodyOf(taken[5]).to_ProductionOrderOperation.results[0]?.MfgOrderOperationText).toBe(
      'Press slowly',
    );
    const ids = taken.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('alternatives of one material are told apart', async () => {
    await start();
    await emit('bom', { material: 'PV-100' });
    await emit('bom', { material: 'PV-100', alternative: '02' });
    await received(2);
    await emit('bom', { material: 'PV-200' });
    await received(3);
    expect(taken.map(({ key }) => key)).toEqual(['PV-100', 'PV-100', 'PV-200']);
  });

  test.each([
    ['portions of what is asked for', { pageSize: 2 }],
    ['pages that the service cuts', { cut: 3 }],
    ['both', { pageSize: 4, cut: 3 }],
  ])('a long list is read to its end: %s', async (_, options) => {
    await start({ ...options, poll: { A_ProductionOrder_2: { filter: "ProductionPlant eq '1000'" } } });
    await running?.stop();
    const numbers = Array.from({ length: 11 }, (_, n) => String(1000001 + n));
    for (const number of numbers) await emit('order-entered', { number });
    run();
    await received(11);
    expect(taken.map(({ key }) => key).sort()).toEqual(numbers);
  });

  test('what a filter leaves out is not read, also when a part of it changes', async () => {
    await start({
      poll: { A_ProductionOrder_2: { filter: "Material eq 'PV-200' or Material eq 'PV-300'" } },
    });
    await emit('order-entered', { number: '1000001' });
    await emit('order-entered', { number: '1000002', material: 'PV-200' });
    await received(1);
    await emit('operation-changed', { order: '1000001', number: '0010', description: 'Press slowly' });
    await emit('order-entered', { number: '1000003', material: 'PV-300' });
    await received(2);
    expect(taken.map(({ key }) => key)).toEqual(['1000002', '1000003']);
  });

  test('a restart goes on where the last run ended, and what was not taken comes again', async () => {
    await start();
    await emit('order-entered', { number: '1000001' });
    await received(1);
    await running?.stop();
    await emit('order-entered', { number: '1000002' });
    await emit('order-entered', { number: '1000003' });
    let refusals = 2;
    const later: NativeRecord[] = [];
    run(async (record) => {
      if (refusals-- > 0) throw new Error('the store is down');
      later.push(record);
    });
    await received(2, () => later);
    expect(later.map(({ key }) => key).sort()).toEqual(['1000002', '1000003']);
  });

  test('an outage is ridden out', async () => {
    await start();
    await erp.provoke('down');
    await emit('order-entered', { number: '1000001' });
    await erp.provoke('well');
    await received(1);
  });

  test('a system that sends IDocs is not asked', async () => {
    erp = await erpKit.start();
    const config = parseSettings(sap, erp.config, 'test');
    const connection = await sap.open(config, { dataDir: dir, log: () => {} });
    expect(connection.receive).toBeUndefined();
    await connection.close();
  });
});

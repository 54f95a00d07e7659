import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AdapterName, adapters } from '../adapters';
import type { Counterpart } from '../adapters/kit';
import { kits } from '../adapters/kits';
import { until } from '../hub/client';
import { loadProject } from '../hub/project';
import { findMappingFiles, loadMappings } from '../mappings/engine';
import { packageRoot } from '../model/paths';
import { type RunningHub, runningHub } from './running-hub';

/**
 * A plant of many systems, one for each mapping that the example plant does without: each kit speaks its system's own
 * wire format to the adapter, the record goes through the hub, and what comes of it is seen at the other end.
 */
const plant = `
plant: { id: "1000", name: Mixed plant, timeZone: Europe/Berlin }
systems:
  idoc:
    adapter: sap
    settings: {}
    reads: { BOMMAT04: sap/material-bill, LOIROU04: sap/routing }
  odata:
    adapter: sap
    settings: {}
    reads:
      MaterialBOM: sap-odata/material-bill
      ProductionRouting: sap-odata/routing
      A_ProductionOrder_2: sap-odata/production-order
  next:
    adapter: erpnext
    settings: {}
    reads: { Item: erpnext/item, BOM: erpnext/bom, WorkOrder: erpnext/work-order }
  odoo:
    adapter: odoo
    settings: {}
    reads: { MrpBom: odoo/bom, MrpProduction: odoo/manufacturing-order }
  plm:
    adapter: plmxml
    settings: {}
    reads: { ProductStructure: plmxml/product-structure }
  assets:
    adapter: ccom
    settings: {}
    reads: { Segment: ccom/segment, Asset: ccom/asset }
  upkeep:
    adapter: maximo
    settings: { workOrders: true }
    reads: { Asset: maximo/asset, WorkOrder: maximo/work-order }
  aps:
    adapter: frepple
    settings: {}
    reads: { PlannedOrder: frepple/planned-order }
  floor:
    adapter: http-json
    settings: { records: { B2MML: { key: "items[0].id" } } }
    reads: { B2MML: b2mml/transaction }
flows:
  - name: reports to the ERP that has the order
    on: { noun: OperationsPerformance, from: [floor] }
    to:
      - { system: odata, map: sap/time-ticket }
      - { system: next, map: erpnext/job-card }
      - { system: next, map: erpnext/stock-entry }
      - { system: odoo, map: odoo/work-order }
  - name: materials to planning
    on: { noun: MaterialDefinition, from: [floor] }
    to: [{ system: aps, map: frepple/item }]
  - name: process plans to planning
    on: { noun: OperationsDefinition, from: [floor] }
    to: [{ system: aps, map: frepple/operation }]
`;

const started: Record<string, Counterpart> = {};
let folder: string;
let hub: RunningHub;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'esperanto-mixed-'));
  writeFileSync(join(folder, 'hub.yaml'), plant);
  const poll = { MaterialBOM: {}, ProductionRouting: {}, A_ProductionOrder_2: {} };
  started.odata = await kits.sap.start({ options: { poll, pollMs: 50 } });
  started.next = await kits.erpnext.start();
  started.odoo = await kits.odoo.start();
  started.aps = await kits.frepple.start();
  started.upkeep = await kits.maximo.start();
  const configOf = (name: string) => ({ ...started[name]!.config });
  hub = await runningHub({
    project: ({ api }) => ({ ...loadProject(folder, {}), api }),
    settings: {
      idoc: configOf('odata'),
      odata: configOf('odata'),
      next: configOf('next'),
      odoo: configOf('odoo'),
      aps: configOf('aps'),
      upkeep: { ...configOf('upkeep'), workOrders: true },
    },
  });
  const pushing = (system: string) => ({ hubUrl: hub.url, system });
  started.idoc = await kits.sap.start(pushing('idoc'));
  started.plm = await kits.plmxml.start(pushing('plm'));
  started.assets = await kits.ccom.start(pushing('assets'));
});
afterAll(async () => {
  await hub?.stop();
  await Promise.all(Object.values(started).map((kit) => kit.stop()));
  rmSync(folder, { recursive: true, force: true });
});

const arrived = (noun: string, id: string) =>
  until(
    `${noun} ${id}`,
    () => hub.get<{ body: object }>(`/objects/${noun}/${encodeURIComponent(id)}`),
    ({ body }) => body !== undefined,
  );

describe.each([
  // mapping, system, what happens there, what the hub then knows
  [
    'sap/material-bill',
    'idoc',
    'bom-idoc',
    { material: 'PV-100' },
    'OperationsMaterialBill',
    'PV-100/1',
    'BODY-50',
  ],
  [
    'sap/routing',
    'idoc',
    'routing-idoc',
    { group: '5', material: 'PV-101' },
    'OperationsDefinition',
    'PV-101',
    'PT90S',
  ],
  [
    'sap-odata/material-bill',
    'odata',
    'bom',
    { material: 'PV-200' },
    'OperationsMaterialBill',
    'PV-200/1',
    'BODY-50',
  ],
  [
    'sap-odata/routing',
    'odata',
    'routing',
    { group: '6', material: 'PV-201' },
    'OperationsDefinition',
    'PV-201',
    'PT90S',
  ],
  [
    'sap-odata/production-order',
    'odata',
    'order-entered',
    { number: '1000099' },
    'OperationsSchedule',
    '1000099',
    'Released',
  ],
  ['erpnext/item', 'next', 'item', { name: 'SEAL-1' }, 'MaterialDefinition', 'SEAL-1', 'PCE'],
  [
    'erpnext/bom',
    'next',
    'bom',
    { name: 'BOM-PV-300-001' },
    'OperationsDefinition',
    'PV-300',
    'BOM-PV-300-001',
  ],
  ['erpnext/work-order', 'next', 'work-order', { name: 'WO-1' }, 'OperationsSchedule', 'WO-1', 'Press seals'],
  ['odoo/bom', 'odoo', 'bom', { code: 'B' }, 'OperationsDefinition', 'PV-100', 'BODY-50'],
  [
    'odoo/manufacturing-order',
    'odoo',
    'production',
    { name: 'WH-1' },
    'OperationsSchedule',
    'WH-1',
    'SEAL-EPDM',
  ],
  [
    'plmxml/product-structure',
    'plm',
    'structure',
    { item: 'PV-400' },
    'OperationsMaterialBill',
    'PV-400',
    'Engineering',
  ],
  [
    'maximo/work-order',
    'upkeep',
    'work-order',
    { wonum: '77' },
    'OperationsSchedule',
    'WO-77',
    'Maintenance',
  ],
  ['ccom/segment', 'assets', 'segment', { tag: 'PUMP-HOUSE' }, 'Equipment', 'PUMP-HOUSE', 'UUID'],
  ['ccom/asset', 'assets', 'asset', { tag: 'PUMP-7' }, 'PhysicalAsset', 'PUMP-7', 'UUID'],
])('%s', (mapping, system, event, data, noun, id, says) => {
  test(`from the wire to the hub: ${noun} ${id}`, async () => {
    await started[system]!.emit!(event, data);
    const { body } = await arrived(noun, id);
    expect(JSON.stringify(body)).toContain(says);
    const { records } = await hub.get<{ records: { system: string; mapping?: string }[] }>(
      `/records?system=${system}`,
    );
    expect(records.map((record) => record.mapping?.split('@')[0])).toContain(mapping);
  });
});

describe('what the shop floor reports', () => {
  const report = (order: string, segment: string) => ({
    verb: 'Process',
    noun: 'OperationsPerformance',
    applicationArea: { creationDateTime: '2026-03-02T06:00:00Z' },
    items: [
      {
        id: `${order}-1`,
        operationsScheduleId: order,
        operationsResponse: [
          {
            id: `${order}-1`,
            operationsRequestId: [order],
            segmentResponse: [
              {
                id: `${order}-1`,
                actualStartTime: '2026-03-02T05:00:00Z',
                actualEndTime: '2026-03-02T05:06:00Z',
                segmentRequirementId: [segment],
                segmentState: 'Running',
                segmentData: [{ id: 'GoodQuantity', value: [{ valueString: '2', unitOfMeasure: 'PCE' }] }],
                materialActual: [
                  {
                    id: 'SEAL-EPDM',
                    materialDefinitionId: ['SEAL-EPDM'],
                    materialUse: 'Consumed',
                    quantity: [{ quantityString: '4', unitOfMeasure: 'PCE' }],
                  },
                ],
              },
            ],
          },
        ],
      },
    ],
  });
  const pushMessage = async (message: object) => {
    const headers = { 'content-type': 'application/json' };
    const { status } = await hub.push('floor', JSON.stringify(message), headers);
    expect(status).toBe(202);
  };
  const push = (order: string, segment: string) => pushMessage(report(order, segment));
  const held = (system: string, what: string) => async () =>
    (await started[system]!.holds!(what)) as Record<string, unknown>[];

  test('sap/time-ticket: is booked in SAP as an IDoc', async () => {
    await push('1000098', '0010');
    const tickets = await until('the ticket', held('odata', 'time-tickets'), ({ length }) => length > 0);
    expect(tickets[0]).toMatchObject({ ORDERID: '000001000098', OPERATION: '0010', YIELD: '2' });
  });

  test('erpnext/job-card and erpnext/stock-entry: time and pieces, and what was used up', async () => {
    await push('WO-2', '1');
    const logs = await until('the log', held('next', 'time-logs'), ({ length }) => length > 0);
    expect(logs.find(({ work_order }) => work_order === 'WO-2')).toMatchObject({ completed_qty: 2 });
    const entries = await until('the entry', held('next', 'Stock Entry'), ({ length }) => length > 0);
    expect(entries.find(({ work_order }) => work_order === 'WO-2')).toMatchObject({
      items: [{ item_code: 'SEAL-EPDM', qty: 4, uom: 'Nos' }],
    });
  });

  test('odoo/work-order: pieces, time and what was used up', async () => {
    await started.odoo!.emit!('production', { name: 'WH-2' });
    const works = await held('odoo', 'mrp.workorder')();
    const work = works.find(({ production_id }) => (production_id as [number, string])[1] === 'WH-2');
    await push('WH-2', String(work?.id));
    const moves = await until('the move', held('odoo', 'stock.move'), (all) =>
      all.some(({ picked }) => picked === true),
    );
    expect(moves.find(({ picked }) => picked === true)).toMatchObject({ quantity: 4 });
  });

  test('frepple/item and frepple/operation: what is planned with, and its next revision from its first day on', async () => {
    const said = { verb: 'Sync', applicationArea: { creationDateTime: '2026-03-02T06:00:00Z' } };
    await pushMessage({
      ...said,
      noun: 'MaterialDefinition',
      items: [{ id: 'SEAL-A', description: ['Seal'] }],
    });
    const plan = (seal: string, more: object = {}) => ({
      ...{ ...said, noun: 'OperationsDefinition' },
      items: [
        {
          id: 'PV-500',
          ...more,
          operationsSegment: [
            {
              id: '0010',
              duration: 'PT90S',
              materialSpecification: [
                {
                  id: '0020',
                  materialDefinitionId: [seal],
                  materialUse: 'Consumed',
                  quantity: [{ quantityString: '2' }],
                },
              ],
            },
          ],
        },
      ],
    });
    await pushMessage(plan('SEAL-A', { version: 'A' }));
    const materials = held('aps', 'operationmaterials');
    await until('the first revision', materials, ({ length }) => length === 2);
    await pushMessage(plan('SEAL-B', { version: 'B', effectiveStartDate: '2030-03-02T00:00:00+01:00' }));
    const rows = await until('the second one', materials, ({ length }) => length === 3);
    expect(rows).toMatchObject([
      { item: 'PV-500', quantity: '1', type: 'end', effective_end: null },
      { item: 'SEAL-A', quantity: '-2', type: 'start', effective_end: '2030-03-02T00:00:00' },
      { item: 'SEAL-B', quantity: '-2', effective_start: '2030-03-02T00:00:00', effective_end: null },
    ]);
    const items = await held('aps', 'items')();
    expect(items.find(({ name }) => name === 'SEAL-A')).toMatchObject({ description: 'Seal' });
  });
});

describe('the table of what ships', () => {
  const readme = readFileSync(join(packageRoot, 'mappings/README.md'), 'utf8');
  const rows = [
    ...readme.matchAll(
      /^\| `([\w-]+\/[\w-]+)` \| (.+?) \| (in|out|both) \| `([\w-]+)` \| (.+?) \| (.+?) \|$/gm,
    ),
  ];
  const dir = join(packageRoot, 'mappings');
  const set = loadMappings([dir]);
  const examplePlant = readFileSync(join(packageRoot, 'contract-tests/example-plant/hub.yaml'), 'utf8');
  const here = readFileSync(join(packageRoot, 'contract-tests/shipped-mappings.test.ts'), 'utf8');

  test('names every mapping once', () => {
    const files = findMappingFiles([dir]).mappings.map((file) =>
      file.slice(dir.length + 1).replace(/\.map\.ya?ml$/, ''),
    );
    expect(rows.map(([, name]) => name).sort()).toEqual(files.sort());
  });

  test.each(
    rows.map(([, name, , direction, adapter, records, seen]) => [
      name!,
      direction!,
      adapter!,
      records!,
      seen!,
    ]),
  )('%s goes %s through %s', (name, direction, adapter, records, seen) => {
    const mapping = set.get(name);
    expect(mapping.direction).toBe(direction);
    const { receives, sends } = adapters[adapter as AdapterName];
    const declared = direction === 'out' ? sends : receives;
    expect(mapping.recordTypes.map((type) => `\`${type}\``).join(', ')).toBe(records);
    for (const type of mapping.recordTypes) expect(declared).toContain(type);
    expect(kits).toHaveProperty([adapter]);
    const there = new RegExp(`${name}(?![\\w-])`).test(examplePlant);
    expect(seen).toBe(there ? 'example plant' : 'mixed plant');
    if (seen === 'mixed plant') expect(here).toContain(name);
  });
});

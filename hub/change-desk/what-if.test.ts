import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../model/paths';
import { completeOrder } from '../change/explode';
import { orderFromErp, revisionA, revisionB } from '../change/pv-100.example';
import { loadRules } from '../change/rules';
import type { OperationsDefinition } from '../change/shapes';
import { indexOrder } from '../flow/apply';
import { loadProject } from '../project';
import { openStore } from '../storage/open';
import type { Store } from '../storage/store';
import { changeDesk } from './desk';

const noun = 'OperationsDefinition';
const file = join(packageRoot, 'hub', 'change', 'rules.default.yaml');
const rules = loadRules(readFileSync(file, 'utf8'), file);
const project = loadProject(join(packageRoot, 'contract-tests', 'example-plant'), {});
const dataDir = mkdtempSync(join(tmpdir(), 'esperanto-what-if-'));
let store: Store;

beforeAll(async () => {
  store = await openStore({ dataDir });
  await store.transaction(async (tx) => {
    await tx.putObject({ noun, id: 'PV-100', body: revisionA, system: 'plm' });
    const body = completeOrder(orderFromErp('1000001', 4), revisionA);
    await tx.putObject({ noun: 'OperationsSchedule', id: '1000001', body, system: 'erp' });
    await indexOrder(tx, body);
    await tx.putObject({ noun, id: 'PV-100', body: revisionB, system: 'plm' });
  });
});
afterAll(async () => {
  await store.close();
  rmSync(dataDir, { recursive: true });
});

test('a revision that nobody has published is held against the one that each order is made to', async () => {
  const revisionC: OperationsDefinition = { ...revisionB, version: 'C' };
  const other = JSON.parse(
    JSON.stringify(revisionC).replaceAll('LUBE-01', 'LUBE-02'),
  ) as OperationsDefinition;
  const seen = await changeDesk({ project, store, rules }).whatIf(other);
  expect(seen.differences).toEqual(['Operation 0020: LUBE-01 (0.015 KG) is replaced by LUBE-02 (0.015 KG).']);
  // The order is still made to A: for it, the seals and the press force change as well.
  expect(seen.orders).toMatchObject([{ id: '1000001', action: 'apply' }]);
  expect(seen.orders[0]!.demand.map(({ material }) => material).sort()).toEqual([
    'LUBE-01',
    'LUBE-02',
    'SCREW-M8',
    'SEAL-EPDM',
    'SEAL-FKM',
  ]);
  expect(seen.state).toBe('planned');
  expect(seen.page).toContain('Nothing is sent');
  expect(seen.page).toContain('[to come] PRESS-01 takes job 1000001-0010 in its new form.');
});

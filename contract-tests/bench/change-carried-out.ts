import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { completeOrder } from '../../hub/change/explode';
import { orderFromErp, revisionA, revisionB } from '../../hub/change/pv-100.example';
import { loadRules } from '../../hub/change/rules';
import { changeDesk } from '../../hub/change-desk/desk';
import { indexOrder } from '../../hub/flow/apply';
import type { Parcel } from '../../hub/flow/route';
import { loadProject } from '../../hub/project';
import { openStore, storeOver } from '../../hub/storage/open';
import { openPostgres } from '../../hub/storage/postgres';
import type { Row, Store } from '../../hub/storage/store';
import type { Message } from '../../model/message';
import { packageRoot } from '../../model/paths';
import { examplePlant } from '../running-hub';
import { type BenchRow, rounded } from './row';

/** So many answers come at a time. */
const AT_ONCE = 32;
const noun = 'OperationsDefinition';
const message: Message = {
  verb: 'Sync',
  noun,
  applicationArea: { creationDateTime: '2026-03-02T06:00:00Z' },
  items: [],
};

/** The same over PostgreSQL compiled to WebAssembly: more work for the processor than a server, and nothing for the disk. */
export async function carryOutOnPglite(size: number): Promise<BenchRow[]> {
  const program = join(packageRoot, 'dist', 'hub', 'storage', 'pglite-server.js');
  const server = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [port] = await once(server.stdout, 'data');
  const config = { host: '127.0.0.1', port: Number(port), user: 'postgres', database: 'postgres', max: 1 };
  const leaseMs = 30_000;
  const store = storeOver(await openPostgres(config, leaseMs), leaseMs);
  try {
    return (await carriedOut(store, size)).map((row) => ({ ...row, name: `PGlite: ${row.name}` }));
  } finally {
    await store.close();
    server.stdin.end();
    await once(server, 'exit');
  }
}

/** A revision that hits so many orders, none begun: opened, planned and kept, and then every command acknowledged. */
export async function carryOutRows(sizes: readonly number[]): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const size of sizes) {
    const dataDir = mkdtempSync(join(tmpdir(), 'esperanto-bench-'));
    const store = await openStore({ dataDir });
    try {
      rows.push(...(await carriedOut(store, size)));
    } finally {
      await store.close();
      rmSync(dataDir, { recursive: true, force: true });
    }
  }
  return rows;
}

async function carriedOut(store: Store, size: number): Promise<BenchRow[]> {
  const project = loadProject(examplePlant, {});
  const file = 'hub/change/rules.default.yaml';
  const rules = loadRules(readFileSync(join(packageRoot, file), 'utf8'), file);
  const desk = changeDesk({ project, store, rules });
  await prepare(store, size);

  const opening = performance.now();
  await store.transaction(async (tx) => {
    const { object, before } = await tx.putObject({ noun, id: 'PV-100', body: revisionB, system: 'plm' });
    await desk.onApplied(
      tx,
      message,
      { object, ...(before ? { before } : {}) },
      { system: 'plm', messageId: 'm' },
      [],
    );
  });
  const opened = performance.now() - opening;

  const answering = performance.now();
  let answered = 0;
  for (;;) {
    const sent = await store.listCommands({ state: 'sent', content: false, limit: AT_ONCE });
    if (sent.length === 0) break;
    answered += sent.length;
    await Promise.all(
      sent.map(({ id, changeId }) => {
        const command: Parcel['command'] = { changeId, commandId: id };
        const row = { payload: { command } } as unknown as Row;
        return desk.following(row, async () => ({}));
      }),
    );
  }
  const settled = performance.now() - answering;
  const [change] = await store.listChanges();
  if (change?.state !== 'in force') throw new RangeError(`the change is ${change?.state}`);
  const label = `${size.toLocaleString('en')} orders`;
  return [
    {
      name: `a revision becomes a change of ${label}, planned and kept, for each`,
      value: rounded(opened / size),
      unit: 'ms',
    },
    {
      name: `its ${answered} commands are answered, for each`,
      value: rounded(settled / answered),
      unit: 'ms',
    },
  ];
}

async function prepare(store: Store, size: number): Promise<void> {
  await store.transaction(async (tx) => {
    await tx.putObject({ noun, id: 'PV-100', body: revisionA, system: 'plm' });
  });
  for (let n = 0; n < size; n += 100) {
    await store.transaction(async (tx) => {
      for (let i = n; i < Math.min(n + 100, size); i++) {
        const id = String(1_000_000 + i);
        const body = completeOrder(orderFromErp(id, 10), revisionA);
        await tx.putObject({ noun: 'OperationsSchedule', id, body, system: 'erp' });
        await indexOrder(tx, body);
        for (const system of ['mes', 'press'])
          await tx.putIdentity({ system, noun: 'OperationsSchedule', nativeId: id, canonicalId: id });
      }
    });
  }
}

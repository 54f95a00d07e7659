import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { diffDefinitions } from '../change/diff';
import type { OperationsDefinition } from '../change/shapes';
import { openStore } from '../storage/open';
import type { Store } from '../storage/store';
import { difference, keepHashes, lineCount } from './differences';

const noun = 'OperationsDefinition';
const dataDir = mkdtempSync(join(tmpdir(), 'esperanto-differences-'));
let store: Store;
beforeAll(async () => {
  store = await openStore({ dataDir });
});
afterAll(async () => {
  await store.close();
  rmSync(dataDir, { recursive: true, force: true });
});

/** One operation per 100 assemblies of 10 parts; the last part of every 50th assembly has `quantity`. */
function bill(id: string, version: string, lines: number, quantity: string): OperationsDefinition {
  const part = (n: number, amount: string) => ({
    id: String(n),
    materialDefinitionId: [`PART-${n}`],
    materialUse: 'Consumed',
    quantity: [{ quantityString: amount, dataType: 'decimal', unitOfMeasure: 'PCE' }],
  });
  const assembly = (n: number) => ({
    ...part(n, '1'),
    assemblySpecification: Array.from({ length: 10 }, (_, i) =>
      part(i, n % 50 === 0 && i === 9 ? quantity : '3'),
    ),
  });
  return {
    id,
    version,
    operationsSegment: Array.from({ length: Math.ceil(lines / 1100) }, (_, s) => ({
      id: String(s),
      materialSpecification: Array.from({ length: 100 }, (_, a) => assembly(s * 100 + a)),
    })),
  };
}

async function published(id: string, lines: number) {
  const editions = [bill(id, 'A', lines, '1'), bill(id, 'B', lines, '2')];
  return store.transaction(async (tx) => {
    const kept = [];
    for (const body of editions) {
      const { object } = await tx.putObject({ noun, id, body, system: 'plm' });
      kept.push({ body, version: object.version });
    }
    return [kept[0]!, kept[1]!] as const;
  });
}

test('a revision carries the hashes of its parts: what is equal in the next one is not looked into', async () => {
  const [a, b] = await published('HASHED', 5000);
  await store.transaction((tx) => keepHashes(tx, a));
  const unread = structuredClone(a.body);
  // An assembly that is equal by its hash is not read: what is changed in it here is not found.
  unread.operationsSegment![0]!.materialSpecification![1]!.assemblySpecification![0]!.materialDefinitionId = [
    'X',
  ];
  const found = await store.transaction((tx) => difference(tx, { ...a, body: unread }, b));
  expect(found.items).toEqual(diffDefinitions(a.body, b.body).items);
  expect(found.items).toHaveLength((lineCount(b.body) / 1100) * 2);
  expect(Object.keys((await store.subtreeHashes(noun, 'HASHED', b.version))!)).toHaveLength(505);
});

test('a small definition has none', async () => {
  const [a] = await published('SMALL', 100);
  const few = { ...a, body: { ...a.body, operationsSegment: [{ id: '1' }] } };
  await store.transaction((tx) => keepHashes(tx, few));
  expect(await store.subtreeHashes(noun, 'SMALL', a.version)).toBeUndefined();
});

test('beside the event loop the difference is the same, and the hub goes on meanwhile', async () => {
  const [a, b] = await published('LARGE', 120_000);
  /** How long the event loop stood still at a time, while the work was done. */
  async function stops(work: () => Promise<unknown> | unknown) {
    const delay = monitorEventLoopDelay({ resolution: 1 });
    const looked = async () => {
      for (const before = delay.count; delay.count < before + 3; ) await setTimeout(1);
    };
    delay.enable();
    await looked();
    await work();
    await looked();
    delay.disable();
    return delay;
  }
  const within = await stops(() => diffDefinitions(a.body, b.body));
  let beside: unknown;
  const off = await stops(async () => {
    beside = await store.transaction((tx) => difference(tx, a, b));
  });
  expect(beside).toEqual(diffDefinitions(a.body, b.body));
  // Within the loop it is one long stop. A busy machine may hold up either, so the longest stop beside it says little.
  expect(off.percentile(90) / within.max).toBeLessThan(0.25);
  expect(off.count / within.count).toBeGreaterThan(3);
  expect(Object.keys((await store.subtreeHashes(noun, 'LARGE', b.version))!).length).toBeGreaterThan(10_000);
}, 60_000);

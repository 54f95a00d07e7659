import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { breakdownsOf } from './faults/breakdowns';
import { check } from './faults/check';
import { type Load, startLoad } from './faults/load';
import { type Configuration, missingFor, type Plant, startPlant } from './faults/plant';
import { seeded } from './faults/random';

/** What may break, configuration by configuration. `npm run faults` breaks everything, again and again. */
const breakdowns: Record<Configuration, readonly string[]> = {
  sqlite: [
    'hub killed',
    'hub frozen',
    'hub stopped and started',
    'the clock of hub steps',
    'ledger down',
    'ledger silent',
    'rows busy',
    'rows slow',
  ],
  postgres: [
    'door killed',
    'worker-1 killed',
    'worker-2 frozen',
    'worker-1 stopped and started',
    'worker-2 stopped and started',
    'the clock of worker-1 steps',
    'PostgreSQL killed',
    'Redis killed, back empty',
    'Redis flushed',
  ],
};

describe.each(['sqlite', 'postgres'] as const)('under load, on %s', (on) => {
  const missing = missingFor(on);
  const orSkipped = missing === undefined ? test : test.skip;
  let plant: Plant;
  let load: Load;
  beforeAll(async () => {
    if (missing !== undefined) return;
    plant = await startPlant(on);
    load = startLoad({ doors: plant.doors, random: seeded(1), clients: 6, keys: 5, pauseMs: 100 });
  }, 120_000);
  afterAll(async () => {
    await load?.stop();
    await plant?.stop();
    if (plant) rmSync(plant.folder, { recursive: true, force: true });
  }, 60_000);

  orSkipped.each(breakdowns[on])(
    `%s: nothing lost, nothing doubled, nothing out of order${missing === undefined ? '' : ` (skipped: ${missing})`}`,
    async (what) => {
      const breakdown = breakdownsOf(plant, seeded(2)).find((one) => one.what === what)!;
      const before = load.confirmed.length;
      while (load.confirmed.length < before + 10) await new Promise((resolve) => setTimeout(resolve, 20));
      await breakdown.run();
      const confirmed = [...load.confirmed];
      const findings = () => plant.receivers.map(({ effects }) => check(confirmed, effects));
      const end = Date.now() + 90_000;
      while (findings().some(({ lost }) => lost > 0) && Date.now() < end)
        await new Promise((resolve) => setTimeout(resolve, 50));
      for (const found of findings()) expect(found).toMatchObject({ lost: 0, doubled: 0, reordered: 0 });
      expect(load.copiesTaken()).toBe(0);
    },
    120_000,
  );

  orSkipped('no process ended by itself, nor met anything unforeseen', () => {
    expect(plant.processes.map((process) => process.crashes())).toEqual(plant.processes.map(() => 0));
    const lines = plant.processes.flatMap(({ name }) =>
      readFileSync(join(plant.folder, `${name}.log`), 'utf8')
        .trim()
        .split('\n')
        .filter(Boolean),
    );
    const told = lines.map((line) => JSON.parse(line) as { level: number; msg: string });
    expect(told.filter(({ level, msg }) => level >= 50 || /HUB_BUG|unforeseen/.test(msg))).toEqual([]);
  });
});

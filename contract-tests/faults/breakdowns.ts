import type { Plant } from './plant';
import type { HubProcess } from './processes';
import type { Random } from './random';
import type { Mood } from './receivers';

/** Something goes wrong and comes right again. */
export interface Breakdown {
  readonly what: string;
  run(): Promise<void>;
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Longer than a lease of this plant: somebody else has taken over by then. */
const frozenMs = 6500;

/** Everything that can break in this plant, each once. */
export function breakdownsOf(plant: Plant, random: Random): Breakdown[] {
  const some = (least: number, most: number) => Math.round(least + random() * (most - least));
  const killed = (process: HubProcess): Breakdown => ({
    what: `${process.name} killed`,
    async run() {
      await process.kill();
      await sleep(some(100, 1500));
      await process.start();
    },
  });
  const frozen = (process: HubProcess): Breakdown => ({
    what: `${process.name} frozen`,
    async run() {
      process.freeze();
      await sleep(frozenMs);
      process.thaw();
    },
  });
  const stopped = (process: HubProcess): Breakdown => ({
    what: `${process.name} stopped and started`,
    async run() {
      await process.stop();
      await process.start();
    },
  });
  const stepped = (process: HubProcess): Breakdown => ({
    what: `the clock of ${process.name} steps`,
    async run() {
      for (let step = 0; step < 4; step++) {
        process.stepClock();
        await sleep(some(300, 800));
      }
    },
  });
  const moody = (mood: Mood): Breakdown[] =>
    plant.receivers.map((receiver) => ({
      what: `${receiver.name} ${mood}`,
      async run() {
        await receiver.provoke(mood);
        await sleep(some(1500, 4000));
        await receiver.provoke('well');
      },
    }));
  return [
    ...plant.processes.flatMap((process) => [
      killed(process),
      frozen(process),
      stopped(process),
      stepped(process),
    ]),
    ...(['down', 'busy', 'silent', 'slow'] as const).flatMap(moody),
    ...serverBreakdowns(plant, some),
  ];
}

function serverBreakdowns(
  { postgres, redis }: Plant,
  some: (least: number, most: number) => number,
): Breakdown[] {
  const killed = (what: string, server: { kill(): Promise<void>; start(): Promise<void> }): Breakdown => ({
    what,
    async run() {
      await server.kill();
      await sleep(some(500, 3000));
      await server.start();
    },
  });
  return [
    ...(postgres ? [killed('PostgreSQL killed', postgres)] : []),
    ...(redis
      ? [killed('Redis killed, back empty', redis), { what: 'Redis flushed', run: () => redis.flush() }]
      : []),
  ];
}

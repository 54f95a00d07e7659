/**
 * Loads a hub in processes of its own, breaks everything that can break, and compares what was confirmed with what
 * the receivers hold. `npm run faults -- --help` tells the options.
 */
import { rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { hubClient } from '../../hub/client';
import { type Backlog, backlog } from './backlog';
import { breakdownsOf } from './breakdowns';
import { check, type Findings, recoveryMs } from './check';
import { type Load, startLoad } from './load';
import { type Configuration, missingFor, type Plant, startPlant } from './plant';
import { type Random, seeded, shuffled } from './random';

const usage = `npm run faults -- [--minutes M] [--seed S] [--on sqlite|postgres] [--backlog N] [--json]

  --minutes M   of load and breakdowns on each configuration (default 1)
  --seed S      repeats the order of breakdowns of an earlier run
  --on WHICH    sqlite: one hub. postgres: a door and two workers on a PostgreSQL and a Redis started for this run.
                Default: both, where the programs are installed
  --backlog N   break nothing: let N messages wait for a receiver that is away, tell memory and disk, and let them go
  --json        one JSON object on standard output: {ok, accepted, delivered, lost, doubled, reordered, recoveryMs, runs}

Exit 0 only if nothing was lost, doubled, reordered or parked.`;

interface Run extends Findings {
  readonly on: Configuration;
  readonly accepted: number;
  readonly recoveryMs: number;
  /** Requests that got no confirmation, copies of old ones that were taken for new, repetitions without effect. */
  readonly failedRequests: number;
  readonly copiesTaken: number;
  readonly repeats: number;
  readonly parked: number;
  /** How often a process ended that nobody had killed. */
  readonly crashes: number;
  readonly breakdowns: number;
  /** The breakdowns that took longest to recover from. */
  readonly slowest: ReadonlyArray<{ readonly what: string; readonly recoveryMs: number }>;
}

interface Ended {
  readonly what: string;
  /** Epoch ms. */
  readonly at: number;
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
/** What does not arrive although nothing has arrived for so long is lost. */
const patienceMs = 60_000;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '1' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      on: { type: 'string' },
      backlog: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return void console.log(usage);
  const tell = (text: string) => process.stderr.write(`${text}\n`);
  const runs: Run[] = [];
  for (const on of values.on ? [values.on as Configuration] : (['sqlite', 'postgres'] as const)) {
    const missing = missingFor(on);
    if (missing) {
      tell(`SKIPPED on ${on}: ${missing}`);
      if (values.on) process.exitCode = 1;
      continue;
    }
    if (values.backlog !== undefined) {
      const result = await backlog(on, { messages: Number(values.backlog) });
      console.log(values.json ? JSON.stringify(result) : waited(result));
      if (result.lost + result.reordered > 0) process.exitCode = 1;
      continue;
    }
    tell(`on ${on}, ${values.minutes} min, seed ${values.seed}`);
    const run = await runOn(on, Number(values.minutes) * 60_000, seeded(Number(values.seed)), tell);
    tell(describe(run));
    runs.push(run);
  }
  if (values.backlog !== undefined) return;
  const total = sumOf(runs);
  if (values.json) console.log(JSON.stringify({ ...total, seed: Number(values.seed), runs }));
  if (!total.ok) process.exitCode = 1;
}

async function runOn(
  on: Configuration,
  ms: number,
  random: Random,
  tell: (text: string) => void,
): Promise<Run> {
  const plant = await startPlant(on);
  let kept = true;
  try {
    const load = startLoad({ doors: plant.doors, random, clients: 16, keys: 12, pauseMs: 300 });
    const ends = await breakThings(plant, ms, random, tell);
    await load.stop();
    await arrived(plant, load);
    const run = await resultOf(on, plant, load, ends);
    kept = !isGood(run);
    return run;
  } finally {
    await plant.stop();
    if (kept) tell(`logs and data: ${plant.folder}`);
    else rmSync(plant.folder, { recursive: true, force: true });
  }
}

/** One breakdown after another until the time is over; returns when each had ended. */
async function breakThings(
  plant: Plant,
  ms: number,
  random: Random,
  tell: (text: string) => void,
): Promise<Ended[]> {
  const end = Date.now() + ms;
  const ends: Ended[] = [];
  await sleep(1000);
  while (Date.now() < end)
    for (const { what, run } of shuffled(breakdownsOf(plant, random), random)) {
      if (Date.now() > end) break;
      tell(`  ${what}`);
      await run();
      ends.push({ what, at: Date.now() });
      await sleep(500 + random() * 1500);
    }
  return ends;
}

/** Waits until every receiver holds the last number of every part, or until nothing more comes. */
async function arrived({ receivers }: Plant, { confirmed }: Load): Promise<void> {
  const complete = () => receivers.every(({ effects }) => check(confirmed, effects).lost === 0);
  const newest = () => Math.max(...receivers.map(({ effects }) => effects.at(-1)?.at ?? 0));
  const began = Date.now();
  while (!complete() && Date.now() - Math.max(began, newest()) < patienceMs) await sleep(200);
}

async function resultOf(on: Configuration, plant: Plant, load: Load, ends: readonly Ended[]): Promise<Run> {
  const found = plant.receivers.map(({ effects }) => check(load.confirmed, effects));
  const sum = (field: 'lost' | 'doubled' | 'reordered' | 'delivered') =>
    found.reduce((total, one) => total + one[field], 0);
  const recoveries = ends
    .map(({ what, at }) => ({
      what,
      recoveryMs: Math.max(...plant.receivers.map(({ effects }) => recoveryMs(at, load.confirmed, effects))),
    }))
    .sort((a, b) => b.recoveryMs - a.recoveryMs);
  const parked = await hubClient(plant.doors[0]!).get<{ records: unknown[]; deliveries: unknown[] }>(
    '/parked',
  );
  return {
    on,
    accepted: load.confirmed.length,
    delivered: sum('delivered'),
    lost: sum('lost'),
    doubled: sum('doubled'),
    reordered: sum('reordered'),
    maxDelayMs: Math.max(...found.map(({ maxDelayMs }) => maxDelayMs)),
    wrong: found.flatMap(({ wrong }, i) => wrong.map((one) => `${plant.receivers[i]!.name}: ${one}`)),
    recoveryMs: recoveries[0]?.recoveryMs ?? 0,
    failedRequests: load.failures(),
    copiesTaken: load.copiesTaken(),
    repeats: plant.receivers.reduce((total, receiver) => total + receiver.repeats(), 0),
    parked: parked.records.length + parked.deliveries.length,
    crashes: plant.processes.reduce((total, process) => total + process.crashes(), 0),
    breakdowns: ends.length,
    slowest: recoveries.slice(0, 3),
  };
}

const isGood = (run: Run) =>
  run.accepted > 0 && run.lost + run.doubled + run.reordered + run.parked + run.copiesTaken === 0;

function sumOf(runs: readonly Run[]) {
  const sum = (field: 'accepted' | 'delivered' | 'lost' | 'doubled' | 'reordered') =>
    runs.reduce((total, run) => total + run[field], 0);
  return {
    ok: runs.length > 0 && runs.every(isGood),
    ...{ accepted: sum('accepted'), delivered: sum('delivered') },
    ...{ lost: sum('lost'), doubled: sum('doubled'), reordered: sum('reordered') },
    recoveryMs: Math.max(0, ...runs.map((run) => run.recoveryMs)),
  };
}

function describe(run: Run): string {
  const { on, accepted, delivered, lost, doubled, reordered, maxDelayMs, recoveryMs: recovery } = run;
  return [
    `${isGood(run) ? 'GOOD' : 'BAD'}  on ${on}: ${run.breakdowns} breakdowns`,
    `  confirmed to senders  ${accepted}   (${run.failedRequests} requests failed and were repeated)`,
    `  effects at receivers  ${delivered}   (${run.repeats} repetitions without effect)`,
    `  lost ${lost}   doubled ${doubled}   reordered ${reordered}   parked ${run.parked}   old copies taken ${run.copiesTaken}`,
    `  longest delay ${seconds(maxDelayMs)}   longest recovery ${seconds(recovery)}   processes that ended by themselves ${run.crashes}`,
    ...run.wrong.slice(0, 10).map((one) => `  ${one}`),
    `  slowest to recover from: ${run.slowest.map(({ what, recoveryMs: ms }) => `${what} ${seconds(ms)}`).join(', ')}`,
  ].join('\n');
}

function waited({ on, messages, rssMb, bytesPerMessage, ...rest }: Backlog): string {
  const { inPerSecond, outPerSecond, lost, reordered } = rest;
  return [
    `on ${on}: ${messages} messages of 700 bytes waited for one receiver`,
    `  memory of the process  ${rssMb.join(', ')} MB (at each tenth)`,
    `  disk                   ${bytesPerMessage} bytes a message`,
    `  in ${inPerSecond}/s, out ${outPerSecond}/s, lost ${lost}, reordered ${reordered}`,
  ].join('\n');
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../model/paths';
import { answer, type CommonOptions } from '../commands/output';
import type { Delivery } from '../storage/store';
import { reportDeliveries } from './deliveries';
import { type LivePlant, startPlant } from './plant';
import { tellStory } from './story';
import { deliveryTable, percentile, StoryFailed, type Telling, telling } from './telling';

const examplePlant = join(packageRoot, 'contract-tests/example-plant');

/** A change must reach MES and machine within this time in 95 of 100 cases, ms. */
const P95_LIMIT_MS = 2000;

/** Plays the story from an empty data directory and cleans up whatever happens; the exit code tells whether it held. */
export async function runDemo(options: CommonOptions): Promise<void> {
  const tell = telling(options.json ? () => {} : (text) => process.stdout.write(`${text}\n`));
  const dataDir = mkdtempSync(join(tmpdir(), 'esperanto-demo-'));
  const stopped = new AbortController();
  const interrupt = () => stopped.abort();
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  let plant: LivePlant | undefined;
  try {
    plant = await tell.step('The hub and six systems start, each in a process of its own', () =>
      startPlant({ projectDir: examplePlant, dataDir }),
    );
    await Promise.race([tellStory(plant, tell), interrupted(stopped.signal)]);
    await conclude(plant, tell, options);
  } catch (error) {
    if (!(error instanceof StoryFailed)) throw error;
    const failed = tell.failed.length > 0 ? [...tell.failed] : [error.message];
    for (const line of await unfinished(plant)) failed.push(line);
    const result = { ok: false, steps: tell.steps, deliveries: 0, p95Ms: 0, failed };
    answer(options, result, `\nThe story does not hold:\n${failed.join('\n')}`);
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
    await plant?.stop();
    rmSync(dataDir, { recursive: true, force: true });
    // The story's own waiting would go on for seconds against a plant that is gone.
    if (stopped.signal.aborted) process.exit();
  }
}

async function conclude(plant: LivePlant, tell: Telling, options: CommonOptions): Promise<void> {
  const lines = await reportDeliveries(plant.hub);
  const times = lines.filter(({ change }) => change).map(({ endToEndMs }) => endToEndMs);
  const p95Ms = percentile(times, 0.95);
  await tell.step(
    `A change reaches MES and machine within ${p95Ms} ms (p95 of ${times.length})`,
    async () => {
      tell.expect(`less than ${P95_LIMIT_MS} ms`, p95Ms < P95_LIMIT_MS, p95Ms);
    },
  );
  const result = { ok: true, steps: tell.steps, deliveries: lines.length, p95Ms, failed: [] };
  answer(
    options,
    result,
    `\n${deliveryTable(lines)}\n\n${lines.length} deliveries, all acknowledged. The story holds.`,
  );
}

/** What had not been delivered when the story broke off, each with its last failure. */
async function unfinished(plant: LivePlant | undefined): Promise<string[]> {
  if (!plant) return [];
  try {
    const states = ['waiting', 'parked'].map((state) =>
      plant.hub.get<{ deliveries: Delivery[] }>(`/deliveries?state=${state}`),
    );
    return (await Promise.all(states))
      .flatMap(({ deliveries }) => deliveries)
      .map(({ state, dest, key, error }) => {
        const { code = '', message = '' } = (error ?? {}) as { code?: string; message?: string };
        return `${state}: to ${dest}, ${key} ${code} ${message}`.trim();
      });
  } catch {
    return [];
  }
}

function interrupted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new StoryFailed('interrupted')), { once: true });
  });
}

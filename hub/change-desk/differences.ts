import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { diffDefinitions } from '../change/diff';
import type { DefinitionDiff } from '../change/diff-items';
import { type SubtreeHashes, subtreeHashes } from '../change/hashes';
import type { MaterialLine, OperationsDefinition } from '../change/shapes';
import type { Reads, Tx } from '../storage/store';

const noun = 'OperationsDefinition';

/** From so many lines on a revision carries the hashes of its parts: what is equal in the next one is not looked into. */
const HASHED_FROM = 1000;
/** From so many lines on a difference is worked out beside the event loop. */
const OFF_LOOP_FROM = 50_000;

/** A definition in one revision; `version` where the hub keeps it, so that its hashes are kept with it. */
export interface Edition {
  readonly body: OperationsDefinition;
  readonly version?: number;
}

/** What a thread of its own is told: both editions as JSON text, each by itself, and then the hashes that are known. */
export type DiffWord =
  | { readonly before: string }
  | { readonly after: string }
  | { readonly before?: SubtreeHashes; readonly after?: SubtreeHashes; readonly go: true };

export interface DiffAnswer {
  readonly diff?: DefinitionDiff;
  /** Of the later edition. */
  readonly hashes: SubtreeHashes;
}

/** What two editions differ in: by the hashes kept with them, and beside the event loop where they are large. */
export async function difference(
  reads: Reads | Tx,
  before: Edition,
  after: Edition,
  offLoopFrom = OFF_LOOP_FROM,
): Promise<DefinitionDiff> {
  const lines = Math.max(lineCount(before.body), lineCount(after.body));
  if (lines < Math.min(HASHED_FROM, offLoopFrom)) return diffDefinitions(before.body, after.body);
  const known = { before: await kept(reads, before), after: await kept(reads, after) };
  const hashes = {
    ...(known.before && { before: known.before }),
    ...(known.after && { after: known.after }),
  };
  if (lines < offLoopFrom) {
    const now = known.after ?? subtreeHashes(after.body);
    if (!known.after) await keep(reads, after, now);
    return diffDefinitions(
      before.body,
      after.body,
      known.before ? { hashes: { before: known.before, after: now } } : {},
    );
  }
  const answer = await besideTheLoop(reads, { before, after }, hashes);
  if (!known.after) await keep(reads, after, answer.hashes);
  return answer.diff!;
}

/** Keeps the hashes of a first edition, so that the second can be held against them. */
export async function keepHashes(tx: Tx, edition: Edition, offLoopFrom = OFF_LOOP_FROM): Promise<void> {
  const lines = lineCount(edition.body);
  if (lines < Math.min(HASHED_FROM, offLoopFrom)) return;
  const hashes =
    lines < offLoopFrom
      ? subtreeHashes(edition.body)
      : (await besideTheLoop(tx, { after: edition }, {})).hashes;
  await keep(tx, edition, hashes);
}

const kept = async (reads: Reads, { body, version }: Edition): Promise<SubtreeHashes | undefined> =>
  version === undefined ? undefined : reads.subtreeHashes(noun, body.id, version);

async function keep(reads: Reads | Tx, { body, version }: Edition, hashes: SubtreeHashes): Promise<void> {
  if (version === undefined || !('putSubtreeHashes' in reads)) return;
  await reads.putSubtreeHashes(noun, body.id, version, hashes);
}

/** The text that is kept; nobody parses it here. */
const textOf = async (reads: Reads, { body, version }: Edition): Promise<string> =>
  (version === undefined ? undefined : await reads.objectText(noun, body.id, version)) ??
  JSON.stringify(body);

/** The texts go one after the other: the event loop stands still for one at most. */
async function besideTheLoop(
  reads: Reads,
  { before, after }: { readonly before?: Edition; readonly after: Edition },
  hashes: { readonly before?: SubtreeHashes; readonly after?: SubtreeHashes },
): Promise<DiffAnswer> {
  const worker = new Worker(join(__dirname, 'diff-worker.js'));
  const answer = new Promise<DiffAnswer>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`the difference was not worked out: exit ${code}`)));
  });
  answer.catch(() => {});
  const tell = (word: DiffWord) => worker.postMessage(word);
  try {
    if (before) tell({ before: await textOf(reads, before) });
    await setImmediate();
    tell({ after: await textOf(reads, after) });
    tell({ ...hashes, go: true });
    return await answer;
  } finally {
    await worker.terminate();
  }
}

/** Lines of the material bill, those of assemblies included. */
export function lineCount({ operationsSegment = [] }: OperationsDefinition): number {
  const count = (lines: readonly MaterialLine[] = []): number => {
    let sum = lines.length;
    for (const line of lines) if (line.assemblySpecification) sum += count(line.assemblySpecification);
    return sum;
  };
  return operationsSegment.reduce((sum, segment) => sum + count(segment.materialSpecification), 0);
}

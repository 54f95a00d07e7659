import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { diffDefinitions } from '../../hub/change/diff';
import { type Bill, bill, changedBill, keyed } from './change-bill';
import { type BenchRow, rounded } from './row';

/** Longer than this nobody waits for one difference. */
const PATIENCE_MS = 60_000;

/** How jsondiffpatch is asked: lines under their path in one object, or the tree as it is, lists by the id of their lines. */
const ways = ['by key', 'nested, by the id of each line'] as const;
type Way = (typeof ways)[number];

/**
 * The difference against jsondiffpatch, each in a process of its own. The package loads as a module only and no test
 * needs it, so it is named by a folder with it: `npm i --prefix /tmp/jdp jsondiffpatch`, then
 * `npm run bench -- change --with-jsondiffpatch /tmp/jdp`.
 */
export function jsondiffpatchRows(folder: string | undefined, sizes: readonly number[]): BenchRow[] {
  const name = 'difference, against jsondiffpatch';
  if (folder === undefined) return [{ name, skipped: 'name a folder that has it: --with-jsondiffpatch DIR' }];
  return ways.flatMap((way) => sizes.map((lines) => rowOf(folder, way, lines)));
}

function rowOf(folder: string, way: Way, lines: number): BenchRow {
  const label = `${lines.toLocaleString('en')} lines`;
  const own = measured(['own', String(lines)]);
  const patched = measured([folder, String(lines), way]);
  const against = `jsondiffpatch ${way}`;
  const name = `difference, ${label}`;
  if (own === undefined) return { name, against, skipped: 'the own difference did not end' };
  if (patched === undefined) {
    const seconds = PATIENCE_MS / 1000;
    return {
      name,
      value: rounded(own),
      unit: 'ms CPU',
      against: `${against}: more than ${seconds} s`,
      target: PATIENCE_MS,
    };
  }
  return {
    name: `${name} (${against}: ${rounded(patched)} ms)`,
    value: rounded(own),
    unit: 'ms CPU',
    ratio: rounded(own / patched),
    against,
    target: 0.333,
  };
}

/** CPU milliseconds of one difference in a fresh process, after small ones; `undefined`: it did not end in time. */
function measured(args: readonly string[]): number | undefined {
  const { status, stdout, stderr, error } = spawnSync(process.execPath, [__filename, ...args], {
    timeout: PATIENCE_MS,
    encoding: 'utf8',
  });
  if (error !== undefined && 'code' in error && error.code === 'ETIMEDOUT') return undefined;
  if (status !== 0) throw new Error(stderr || `it ended with ${status}`);
  return Number(stdout);
}

type Diff = (before: Bill, after: Bill) => unknown;

async function diffOf(folder: string, way: Way): Promise<Diff> {
  if (folder === 'own') return diffDefinitions;
  const path = join(folder, 'node_modules', 'jsondiffpatch', 'lib', 'index.js');
  const { create } = (await import(pathToFileURL(path).href)) as {
    create(options: object): { diff(before: unknown, after: unknown): unknown };
  };
  const objectHash = (line: { id?: string }, at: number) => line.id ?? `#${at}`;
  const patcher = create({ objectHash, textDiff: { minLength: 1e9 } });
  const flat = (definition: Bill) =>
    Object.fromEntries(
      [...keyed(definition)].map(([path, { assemblySpecification: _, ...line }]) => [path, line]),
    );
  return way === 'by key'
    ? (before, after) => patcher.diff(flat(before), flat(after))
    : (before, after) => patcher.diff(before, after);
}

async function measure([folder = '', lines = '', way = 'by key']: readonly string[]): Promise<void> {
  const diff = await diffOf(folder, way as Way);
  const small = bill(2000);
  for (let n = 0; n < 20; n++) diff(small, changedBill(small, 2000));
  const before = bill(Number(lines));
  const after = changedBill(before, Number(lines));
  const times = Array.from({ length: 5 }, () => {
    const start = process.cpuUsage();
    diff(before, after);
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1000;
  });
  process.stdout.write(String(times.sort((a, b) => a - b)[2]));
}

if (require.main === module) void measure(process.argv.slice(2));

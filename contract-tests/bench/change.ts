import { execFileSync } from 'node:child_process';
import { diffDefinitions } from '../../hub/change/diff';
import { subtreeHashes } from '../../hub/change/hashes';
import { type Bill, bill, changedBill, keyedPass } from './change-bill';
import { carryOutOnPglite, carryOutRows } from './change-carried-out';
import { jsondiffpatchRows } from './change-jsondiffpatch';
import { impactRows } from './change-orders';
import { type BenchOptions, type BenchRow, compare, rounded } from './row';

/** A definition of so many lines with 1.5 % changed, 0.3 % added and 0.3 % removed against bare ways of telling. */
async function diffRows(lines: number, rounds: number): Promise<BenchRow[]> {
  const before = bill(lines);
  const after = changedBill(before, lines);
  const hashes = { before: subtreeHashes(before), after: subtreeHashes(after) };
  const { kinds, expected } = checked(before, after, lines);
  if (kinds !== expected) throw new RangeError(`${kinds} differences found, ${expected} made`);
  const ways: Record<string, () => unknown> = {
    keyed: () => keyedPass(before, after),
    diff: () => diffDefinitions(before, after),
    hashed: () => diffDefinitions(before, after, { hashes }),
  };
  const { keyed = 0, diff = 0, hashed = 0 } = await compare(rounds, ways);
  const label = `${lines.toLocaleString('en')} lines`;
  const ms = (value: number) => ({ value: rounded(value), unit: 'ms CPU' });
  const pass = 'a bare keyed pass';
  const large = lines >= 100_000;
  return [
    { name: `bare keyed pass, ${label}`, ...ms(keyed) },
    {
      name: `difference, ${label}`,
      ...ms(diff),
      ratio: rounded(diff / keyed),
      against: pass,
      ...(large ? { target: 2 } : {}),
    },
    {
      name: `difference with stored hashes, ${label}`,
      ...ms(hashed),
      ratio: rounded(hashed / keyed),
      against: pass,
      ...(large ? { target: 1 } : {}),
    },
  ];
}

/** Every difference that was made is found, and no other. */
function checked(before: Bill, after: Bill, lines: number): { kinds: number; expected: number } {
  const { items } = diffDefinitions(before, after);
  return { kinds: items.length, expected: Math.round(lines * 0.015) + 2 * Math.round(lines * 0.003) };
}

/** Peak of memory of a process that makes two revisions of 100,000 lines and, with `diff`, their difference. */
function peakMb(what: '--revisions' | '--difference'): number {
  return Number(execFileSync(process.execPath, [__filename, what]).toString());
}

function memoryRows(): BenchRow[] {
  const [bare, peak] = [peakMb('--revisions'), peakMb('--difference')];
  const name = 'peak of memory, two revisions of 100,000 lines';
  return [
    { name: `${name} alone`, value: rounded(bare), unit: 'MB' },
    {
      name: `${name} and their difference`,
      value: rounded(peak),
      unit: 'MB',
      ratio: rounded(peak / bare),
      against: 'the revisions alone',
    },
  ];
}

function printPeak(withDifference: boolean): void {
  const before = bill(100_000);
  const after = changedBill(before, 100_000);
  if (withDifference) diffDefinitions(before, after);
  process.stdout.write(String(process.resourceUsage().maxRSS / 1000));
}

/** What a change costs: its difference, whom it hits, and what is then planned. About two minutes. */
export async function benchChange({ short, jsondiffpatch }: BenchOptions): Promise<BenchRow[]> {
  return [
    ...(await diffRows(1000, short ? 9 : 31)),
    ...(await diffRows(10_000, short ? 5 : 15)),
    ...(await diffRows(100_000, short ? 3 : 7)),
    ...jsondiffpatchRows(jsondiffpatch, [1000, 10_000, 100_000]),
    ...memoryRows(),
    ...(await impactRows([100, 1000, 10_000])),
    ...(await carryOutRows(short ? [10, 100] : [10, 100, 1000])),
    ...(await carryOutOnPglite(short ? 100 : 1000)),
  ];
}

if (require.main === module) printPeak(process.argv.includes('--difference'));

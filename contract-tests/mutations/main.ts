import { columns } from '../../hub/commands/columns';
import { mutations } from './table';
import { openWorkshop } from './workshop';

/**
 * `npm run mutations -- [WORD...]`: puts each fault of the table into a copy of the compiled engine and runs the test
 * that names the rule. Words choose faults whose module, test or description holds one of them. Exit code 1 when a
 * fault survives. A tool that changes everything everywhere (Stryker) was looked at: it makes some four thousand
 * variants, for which this engine's tests run for a day, and it cannot say whether the right test found the fault.
 */
function main(words: readonly string[]): void {
  const holds = (text: string) => words.length === 0 || words.some((word) => text.includes(word));
  const chosen = mutations.filter((one) => holds(`${one.file} ${one.tests} ${one.test} ${one.fault}`));
  const workshop = openWorkshop();
  const rows: string[][] = [];
  try {
    for (const [n, mutation] of chosen.entries()) {
      process.stderr.write(`\r${n + 1} of ${chosen.length} `);
      const { fault, file, tests, test } = mutation;
      rows.push([workshop.verdict(mutation), fault, file, `${tests}: ${test}`]);
    }
  } finally {
    workshop.close();
  }
  const left = rows.filter(([verdict]) => verdict !== 'caught').length;
  const table = columns([['verdict', 'fault', 'in', 'test'], ...rows]);
  process.stdout.write(
    `\n${table}\n${rows.length - left} of ${rows.length} faults are caught by the test that names the rule\n`,
  );
  process.exitCode = left === 0 && rows.length > 0 ? 0 : 1;
}

main(process.argv.slice(2));

import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { type BenchOptions, type BenchRow, holds } from './row';

/**
 * What can be measured: name → what it runs. Add a line to add a bench. Each is loaded when it is asked for: what others
 * load makes the heap larger, and its collection shows in all figures.
 */
const benches: Readonly<Record<string, (options: BenchOptions) => Promise<BenchRow[]>>> = {
  mapping: async () => (await import('./mapping.js')).benchMapping(),
  model: async () => (await import('../../model/bench.js')).benchModel(),
  change: async (options) => (await import('./change.js')).benchChange(options),
  delivery: async (options) => (await import('./delivery.js')).benchDelivery(options),
};

/**
 * `npm run bench -- [NAME...] [--json] [--short] [--with-node-red DIR] [--with-jsondiffpatch DIR]`: all benches, or the
 * named ones. Exit code 1 when a target is missed.
 */
async function main(args: readonly string[]): Promise<void> {
  const { values, positionals: asked } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      json: { type: 'boolean' },
      short: { type: 'boolean' },
      'with-node-red': { type: 'string' },
      'with-jsondiffpatch': { type: 'string' },
    },
  });
  const nodeRed = values['with-node-red'];
  const jsondiffpatch = values['with-jsondiffpatch'];
  const options: BenchOptions = {
    short: values.short ?? false,
    ...(nodeRed === undefined ? {} : { nodeRed: resolve(nodeRed) }),
    ...(jsondiffpatch === undefined ? {} : { jsondiffpatch: resolve(jsondiffpatch) }),
  };
  const unknown = asked.filter((name) => !Object.hasOwn(benches, name));
  if (unknown.length > 0) {
    process.stderr.write(
      `There is no bench ${unknown.join(', ')}; there are: ${Object.keys(benches).join(', ')}\n`,
    );
    process.exitCode = 2;
    return;
  }
  const rows: BenchRow[] = [];
  for (const name of asked.length > 0 ? asked : Object.keys(benches)) {
    rows.push(...(await benches[name]!(options)).map((row) => ({ ...row, name: `${name}: ${row.name}` })));
  }
  const ok = rows.every(holds);
  process.stdout.write(values.json ? `${JSON.stringify({ ok, rows })}\n` : `${tableOf(rows)}\n`);
  process.exitCode = ok ? 0 : 1;
}

function tableOf(rows: readonly BenchRow[]): string {
  const table = new Table({
    head: ['bench', 'value', 'ratio', 'against', 'at most', 'at least', ''],
    colAligns: ['left', 'right', 'right', 'left', 'right', 'right', 'left'],
    style: { head: [], border: [], compact: true },
  });
  for (const row of rows) {
    const { name, value, unit, ratio, against, target, least, skipped } = row;
    const verdict = skipped ?? ((target ?? least) === undefined ? '' : holds(row) ? 'holds' : 'MISSED');
    const measured = value === undefined ? '' : `${value} ${unit ?? ''}`.trim();
    table.push([name, measured, ratio ?? '', against ?? '', target ?? '', least ?? '', verdict]);
  }
  return table.toString();
}

void main(process.argv.slice(2));

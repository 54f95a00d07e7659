import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { HubError } from '../../model/errors';
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

const help = `npm run bench -- [NAME...] [options]: measures all benches, or the named ones: ${Object.keys(benches).join(', ')}.
Exit code 1 when a target is missed. What is done so far is told on stderr.

  --short                   fewer messages and rounds; delivery in a minute and a half, without targets
  --part NAME               one part of delivery: engine, "whole way", drain, "one plant", growth
  --with-node-red DIR       beside the Node-RED that npm install --prefix DIR node-red@4 put there
  --with-jsondiffpatch DIR  beside the jsondiffpatch that npm install --prefix DIR jsondiffpatch put there
  --json                    the rows as JSON
`;

const flags = {
  json: { type: 'boolean' },
  short: { type: 'boolean' },
  part: { type: 'string' },
  'with-node-red': { type: 'string' },
  'with-jsondiffpatch': { type: 'string' },
  help: { type: 'boolean' },
} as const;

/** As `help` says; 2 when it is asked for what there is not. */
async function main(args: readonly string[]): Promise<number> {
  const { values, positionals: asked } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: flags,
  });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  const unknown = asked.filter((name) => !Object.hasOwn(benches, name));
  if (unknown.length > 0)
    throw new HubError(
      'HUB_WRONG_USE',
      `there is no bench ${unknown.join(', ')}; there are: ${Object.keys(benches).join(', ')}`,
    );
  const { short = false, part, 'with-node-red': nodeRed, 'with-jsondiffpatch': jsondiffpatch } = values;
  const options: BenchOptions = {
    short,
    progress,
    ...(part === undefined ? {} : { part }),
    ...(nodeRed === undefined ? {} : { nodeRed: resolve(nodeRed) }),
    ...(jsondiffpatch === undefined ? {} : { jsondiffpatch: resolve(jsondiffpatch) }),
  };
  const rows: BenchRow[] = [];
  for (const name of asked.length > 0 ? asked : Object.keys(benches))
    rows.push(...(await benches[name]!(options)).map((row) => ({ ...row, name: `${name}: ${row.name}` })));
  const ok = rows.every(holds);
  process.stdout.write(values.json ? `${JSON.stringify({ ok, short, rows })}\n` : tableOf(rows, short));
  return ok ? 0 : 1;
}

/** With the time since the start. */
function progress(done: string): void {
  const seconds = Math.round(performance.now() / 1000);
  process.stderr.write(`${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')} ${done}\n`);
}

function tableOf(rows: readonly BenchRow[], short: boolean): string {
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
  const form = short ? 'Short form: fewer messages and rounds; ratios are indications.\n' : '';
  return `${form}${table.toString()}\n`;
}

void main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (failed: unknown) => {
    const { code } = failed as { code?: string };
    const wrongUse = code === 'HUB_WRONG_USE' || code?.startsWith('ERR_PARSE_ARGS');
    process.stderr.write(`${wrongUse ? (failed as Error).message : ((failed as Error).stack ?? failed)}\n`);
    process.exitCode = 2;
  },
);

import type { Command } from 'commander';
import { columns } from './columns';
import { action, answer, type CommonOptions } from './output';
import type { Preview } from './preview';

interface Options extends CommonOptions {
  dir: string;
  reverse?: boolean;
  zone?: string;
  system?: string;
  links?: string;
  hub?: string;
}

export function addMap(program: Command): void {
  program
    .command('map')
    .argument('<map>', 'name of a mapping, such as sap/production-order, or a *.map.yaml file')
    .argument('<file>', 'a sample; - is standard input')
    .summary('preview what a mapping makes of a sample, and which rule set what')
    .description(
      "Runs a mapping on a sample, without a hub. The sample is a record in the system's own words: its body as JSON, or XML as the system sends it. For a mapping to a system, and with --reverse, it is a canonical message or object as JSON, or B2MML.",
    )
    .option('--reverse', 'from canonical to native, where the mapping goes both ways')
    .option('--dir <dir>', 'the project folder', '.')
    .option('--zone <name>', "zone of times that carry none (default: the project's)")
    .option('--system <name>', 'system that sends or receives (default: the first that uses the mapping)')
    .option('--links <file>', 'which id is which, for xref: CSV as identity import takes it')
    .option('--hub <url>', 'the same, from a running hub')
    .option('--json', 'print {ok, mapping, results:[{type, key, message | records, trace, issues}]}')
    .addHelpText(
      'after',
      '\nExamples:\n  esperanto map shop/order order.json --dir ./my-plant\n  esperanto map sap/production-order loipro.xml --zone Europe/Berlin\n  esperanto map sap/production-order loipro.xml --dir ./my-plant --links machines.csv',
    )
    .action(
      action(async (map: string, file: string, options: Options) => {
        const { preview } = require('./preview') as typeof import('./preview');
        const { previewLinks, usesLinks } = require('./preview-links') as typeof import('./preview-links');
        const { links: _, ...rest } = options;
        const xref = await previewLinks(options);
        const { mapping, previews } = preview(map, file, { ...rest, ...(xref ? { xref } : {}) });
        const ok = previews.every(({ issues }) => issues.length === 0);
        const pages = previews.map((one) => pageOf(one, mapping.stamp));
        if (xref === undefined && usesLinks(mapping.source.rules)) pages.push(withoutLinks);
        answer(options, { ok, mapping: mapping.stamp, results: previews }, pages.join('\n\n'));
      }),
    );
}

const withoutLinks =
  'Ids of other systems stand as they are: --links FILE.csv or --hub URL says which id is which object.';

function pageOf(one: Preview, stamp: string): string {
  const { type, key, message, records, trace, issues } = one;
  const made = message ?? (records?.length === 1 ? records[0] : records);
  const parts = [[stamp, type, key].filter((part) => part !== undefined).join('  ')];
  if (made !== undefined) parts.push(JSON.stringify(made, null, 2));
  if (message?.items.length === 0 || records?.length === 0)
    parts.push("Nothing: the mapping's `when` says that this is not for the other side.");
  if (trace.length > 0) parts.push(traceOf(trace));
  if (issues.length > 0) parts.push(issuesOf(issues));
  return parts.join('\n\n');
}

/** Rules are named `<mapping>:<line>`; of one mapping the line is enough. */
function traceOf(trace: Preview['trace']): string {
  const rows = trace.map(({ set, value, from, rule }) => [
    set,
    JSON.stringify(value) ?? '',
    from,
    `line ${rule.slice(rule.lastIndexOf(':') + 1)}`,
  ]);
  return columns([['set', 'to', 'from', 'by'], ...rows]);
}

function issuesOf(issues: Preview['issues']): string {
  const lines = issues.map(({ rule, path, message, todo }) =>
    [`  - ${path}: ${message} (${rule})`, ...(todo === undefined ? [] : [`      to do: ${todo}`])].join('\n'),
  );
  return [issues.length === 1 ? '1 issue' : `${issues.length} issues`, ...lines].join('\n');
}

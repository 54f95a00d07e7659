import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { action, answer, type CommonOptions } from './output';

interface Options extends CommonOptions {
  dir: string;
  html?: boolean;
  out?: string;
}

export function addSpec(program: Command): void {
  program
    .command('spec')
    .argument('<map>', 'name of a mapping, such as sap/production-order, or a *.map.yaml file')
    .summary('the interface specification of a mapping, for people to sign')
    .description(
      "Writes what a mapping does for the people of both sides: what goes where, a table for each list, with both schemas' descriptions, what the conversions do, code lists, what is left out and why, the cases, an example, and lines to sign. Markdown, or a page to print.",
    )
    .option('--dir <dir>', 'the project folder', '.')
    .option('--html', 'an HTML page instead of Markdown')
    .option('--out <file>', 'write there instead of to standard output')
    .option('--json', 'print {ok, mapping, text}; with --out {ok, mapping, file}')
    .addHelpText(
      'after',
      '\nExample:\n  esperanto spec sap/production-order --html --out production-order.html',
    )
    .action(
      action(async (map: string, options: Options) => {
        const { spec } = require('../../mappings/engine') as typeof import('../../mappings/engine');
        const { openMapping } = require('./mapping-files') as typeof import('./mapping-files');
        const { htmlPage } = require('./markdown-html') as typeof import('./markdown-html');
        const { set, mapping } = openMapping(map, options.dir);
        const markdown = spec(set, mapping.name);
        const text = options.html ? htmlPage(mapping.name, markdown) : markdown;
        const { out } = options;
        if (out !== undefined) writeFileSync(out, text);
        const place = out === undefined ? { text } : { file: out };
        answer(
          options,
          { ok: true, mapping: mapping.stamp, ...place },
          out === undefined ? text : `${out} is written.`,
        );
      }),
    );
}

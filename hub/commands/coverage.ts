import type { Command } from 'commander';
import { action, answer, type CommonOptions } from './output';

export function addCoverage(program: Command): void {
  program
    .command('coverage')
    .argument('<map>', 'name of a mapping, such as sap/production-order, or a *.map.yaml file')
    .argument('[dir]', 'the project folder', '.')
    .summary('what a mapping carries, and what it leaves out')
    .description(
      'Holds a mapping against both schemas: what becomes of each field (mapped, defaulted, constant, by an expression that is compiled or interpreted, dropped with a reason, lost on the way back, unread), and what is required and never set. Exit 1 when something required is never set or a native field is overlooked.',
    )
    .option('--json', 'print {ok, percent, native:{covered, total}, required:{set, total}, counts, rows}')
    .addHelpText('after', '\nExample:\n  esperanto coverage shop/order ./my-plant')
    .action(
      action(async (map: string, dir: string, options: CommonOptions) => {
        const { coverage } = require('../../mappings/engine') as typeof import('../../mappings/engine');
        const { columns } = require('./columns') as typeof import('./columns');
        const { openMapping } = require('./mapping-files') as typeof import('./mapping-files');
        const { set, mapping } = openMapping(map, dir);
        const found = coverage(set, mapping.name);
        const { percent, native, required, counts, rows } = found;
        const fields = mapping.direction === 'out' ? 'are set' : 'are mapped, or dropped with a reason';
        const kinds = Object.entries(counts).filter(([, count]) => count > 0);
        const page = [
          `${mapping.stamp}`,
          `  ${percent} %: ${native.covered} of ${native.total} native fields ${fields}`,
          `  ${required.set} of ${required.total} required fields are set`,
          `  ${kinds.map(([kind, count]) => `${count} ${kind}`).join(', ')}`,
          '',
          columns([
            ['what', 'line', 'native', 'canonical', 'how'],
            ...rows.map(({ kind, line, native: from, canonical, note }) => [
              kind,
              line > 0 ? String(line) : '',
              from,
              canonical,
              note,
            ]),
          ]),
        ];
        answer(options, { ...found }, page.join('\n'));
      }),
    );
}

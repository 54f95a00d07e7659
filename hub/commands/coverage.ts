import type { Command } from 'commander';
import { action, answer, type CommonOptions } from './output';

export function addCoverage(program: Command): void {
  program
    .command('coverage')
    .argument('<map>', 'name of a mapping, such as sap/production-order, or a *.map.yaml file')
    .argument('[dir]', 'the project folder', '.')
    .summary('what a mapping carries, and what it leaves out')
    .description(
      'Holds a mapping against both schemas: what becomes of each native field (mapped, constant, by expression, dropped with a reason, unread) and which required canonical fields are never set. Exit 1 when something required is never set or a native field is overlooked.',
    )
    .option('--json', 'print {ok, percent, required:{set, total}, expressions, rows}')
    .addHelpText('after', '\nExample:\n  esperanto coverage shop/order ./my-plant')
    .action(
      action(async (map: string, dir: string, options: CommonOptions) => {
        const { coverage } = require('../../mappings/engine') as typeof import('../../mappings/engine');
        const { columns } = require('./columns') as typeof import('./columns');
        const { openMapping } = require('./mapping-files') as typeof import('./mapping-files');
        const { set, mapping } = openMapping(map, dir);
        const found = coverage(set, mapping.name);
        const { percent, required, expressions, rows } = found;
        const fields = mapping.direction === 'out' ? 'are set' : 'are mapped, or dropped with a reason';
        const page = [
          `${mapping.stamp}`,
          `  ${percent} % of the native fields ${fields}`,
          `  ${required.set} of ${required.total} required fields are set`,
          `  ${expressions} by expression`,
          '',
          columns([
            ['what', 'native', 'canonical', 'line', 'how'],
            ...rows.map(({ kind, native, canonical, line, note }) => [
              kind,
              native,
              canonical,
              line > 0 ? String(line) : '',
              note,
            ]),
          ]),
        ];
        answer(options, { ...found }, page.join('\n'));
      }),
    );
}

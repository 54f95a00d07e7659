import type { Command } from 'commander';
import { action, answer, type CommonOptions } from './output';

interface Options extends CommonOptions {
  data?: string;
}

export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .argument('[dir]', 'the project folder', '.')
    .summary('whether the hub can run here')
    .description(
      'Looks at what a hub of this project needs on this machine: Node, the data directory and its disk, the port, the time zone, settings and environment variables; with DATABASE_URL and REDIS_URL also whether those answer. Changes nothing and asks none of the systems.',
    )
    .option('--data <dir>', 'data directory (default: .esperanto in the project folder)')
    .option('--json', 'print {ok, checks:[{name, ok, detail, todo}]}')
    .addHelpText('after', '\nExample:\n  esperanto doctor ./my-plant')
    .action(
      action(async (dir: string, options: Options) => {
        const { examine } = require('./doctor-checks') as typeof import('./doctor-checks');
        const checks = await examine(dir, { ...options, env: process.env });
        const lines = checks.flatMap(({ name, ok, detail, todo }) => [
          `${ok ? 'ok   ' : 'FAIL '} ${name.padEnd(16)} ${detail}`,
          ...(todo === undefined ? [] : [`${' '.repeat(23)}to do: ${todo}`]),
        ]);
        answer(options, { ok: checks.every(({ ok }) => ok), checks }, lines.join('\n'));
      }),
    );
}

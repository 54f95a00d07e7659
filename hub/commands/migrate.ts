import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { action, answer, type CommonOptions } from './output';
import { progress } from './progress';

interface Options extends CommonOptions {
  to: string;
  data?: string;
}

export function addMigrate(program: Command): void {
  program
    .command('migrate')
    .argument('[dir]', 'the project folder', '.')
    .summary('move everything from the SQLite file to PostgreSQL')
    .description(
      'Copies what the hub keeps in its SQLite file into an empty PostgreSQL database: records, objects with their history, lanes with what waits in them. All of it or nothing; the file stays as it was. The hub must be stopped.',
    )
    .requiredOption('--to <url>', 'the database, e.g. postgres://user:password@host/esperanto')
    .option('--data <dir>', 'data directory of the file (default: .esperanto in the project folder)')
    .option('--json', 'print {ok, rows}')
    .addHelpText(
      'after',
      '\nExample:\n  esperanto migrate ./my-plant --to postgres://hub@db/esperanto\n  DATABASE_URL=postgres://hub@db/esperanto esperanto start ./my-plant',
    )
    .action(
      action(async (dir: string, { to, data, json }: Options) => {
        const { moveToPostgres } = require('../storage/move') as typeof import('../storage/move');
        const dataDir = resolve(data ?? join(dir, '.esperanto'));
        const told = progress('rows');
        const rows = await moveToPostgres({ dataDir, databaseUrl: to, onRows: told.at });
        told.end();
        answer(
          { json: json ?? false },
          { ok: true, rows },
          `${rows} rows are in PostgreSQL. Start the hub with DATABASE_URL from now on; ${join(dataDir, 'esperanto.db')} is no longer used.`,
        );
      }),
    );
}

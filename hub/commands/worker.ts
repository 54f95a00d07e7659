import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { expectShortLives } from '../memory';
import { action, answer, ended, stopRequested } from './output';
import { needsPostgres, readSettings, servers } from './start';

interface Options {
  json?: boolean;
  data?: string;
  settings?: string;
  withParent?: boolean;
}

export function addWorker(program: Command): void {
  program
    .command('worker')
    .argument('[dir]', 'the project folder', '.')
    .summary('work on lanes beside other processes')
    .description(
      'Works on the lanes of a hub whose data is in PostgreSQL (DATABASE_URL), without serving an API: as many as needed, on as many machines, started and stopped at will. With REDIS_URL it is told at once what is to be done; without, it looks twice a second.',
    )
    .option(
      '--data <dir>',
      'folder for what connections keep, one a process (default: .esperanto in the project folder)',
    )
    .option('--settings <file>', 'as for esperanto start')
    .option('--with-parent', 'end when standard input ends')
    .option('--json', 'print one JSON object when it works')
    .addHelpText(
      'after',
      '\nExample:\n  esperanto start --no-work ./my-plant & esperanto worker ./my-plant --data /var/lib/esperanto/1',
    )
    .action(
      action(async (dir: string, options: Options) => {
        expectShortLives();
        const { assembleHub } = require('../assemble') as typeof import('../assemble');
        const { loadProject } = require('../project') as typeof import('../project');
        const { pino } = require('pino') as typeof import('pino');
        const shared = servers();
        needsPostgres(shared, 'a worker');
        const project = loadProject(dir);
        const dataDir = resolve(options.data ?? join(project.dir, '.esperanto'));
        mkdirSync(dataDir, { recursive: true });
        const stopping = stopRequested(options.withParent);
        const log = pino({ level: process.env.LOG_LEVEL ?? 'warn' }, pino.destination({ fd: 2, sync: true }));
        const settings = readSettings(options.settings);
        try {
          const hub = await assembleHub({ project, dataDir, settings, role: 'worker', ...shared, log });
          const systems = Object.keys(project.systems).join(', ');
          answer(
            options,
            { ok: true, plant: project.plant.id, store: hub.storeName, bus: hub.busName },
            `Works on the lanes of ${systems}. Ctrl-C ends it.`,
          );
          await stopping.requested;
          await hub.stop();
        } finally {
          stopping.release();
          ended();
        }
      }),
    );
}

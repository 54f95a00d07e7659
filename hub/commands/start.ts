import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { HubError } from '../../model/errors';
import type { Hub } from '../assemble';
import type { RemoteKit } from '../kit-process';
import { expectShortLives } from '../memory';
import type { Project } from '../project';
import { action, answer, ended, stopRequested } from './output';

interface Options {
  json?: boolean;
  port?: string;
  host?: string;
  data?: string;
  settings?: string;
  kits?: boolean;
  work: boolean;
  withParent?: boolean;
}

/** Runs the hub of a project folder; the door alone with `--no-work`. */
export function addStart(program: Command): void {
  program
    .command('start')
    .argument('[dir]', 'the project folder: hub.yaml, mappings/, codes/', '.')
    .summary('run the hub')
    .description(
      'Runs the hub of a project folder and stays up. Everything is kept in one SQLite file in the data directory; with DATABASE_URL in PostgreSQL; with REDIS_URL several processes share the work through BullMQ.',
    )
    .option('--port <n>', 'port of the API (default: api.port in hub.yaml, else 8095; 0 takes a free one)')
    .option('--host <address>', 'address to listen on (default: api.host in hub.yaml, else 127.0.0.1)')
    .option('--data <dir>', 'data directory (default: .esperanto in the project folder)')
    .option(
      '--settings <file>',
      'JSON {system: {setting: value}} that stands above hub.yaml, e.g. mounted secrets',
    )
    .option('--kits', 'put a stand-in, in a process of its own, in the place of every system')
    .option('--no-work', 'serve the API only, beside esperanto worker; needs DATABASE_URL')
    .option('--with-parent', 'end when standard input ends')
    .option('--json', 'print one JSON object when the hub listens')
    .addHelpText('after', '\nExample:\n  esperanto start --port 8095 ./my-plant')
    .action(
      action(async (dir: string, options: Options) => {
        expectShortLives();
        // Loaded here, not above: no other command should wait for the whole hub.
        const { assembleHub } = require('../assemble') as typeof import('../assemble');
        const { settingsOf, startKits } = require('../demo/plant') as typeof import('../demo/plant');
        const { loadProject } = require('../project') as typeof import('../project');
        const { pino } = require('pino') as typeof import('pino');
        const project = withAddress(loadProject(dir), options);
        const shared = servers();
        if (!options.work) needsPostgres(shared, '--no-work');
        const dataDir = resolve(options.data ?? join(project.dir, '.esperanto'));
        const log = pino({ level: process.env.LOG_LEVEL ?? 'warn' }, pino.destination({ fd: 2, sync: true }));
        mkdirSync(dataDir, { recursive: true });
        const stopping = stopRequested(options.withParent);
        let kits: Record<string, RemoteKit> = {};
        let hub: Hub | undefined;
        try {
          if (options.kits)
            kits = await startKits(project.systems, {
              hubUrl: ownUrl(project),
              kitsDir: join(dataDir, 'kits'),
            });
          hub = await assembleHub({
            project,
            dataDir,
            settings: { ...readSettings(options.settings), ...settingsOf(kits) } as Record<
              string,
              Record<string, unknown>
            >,
            ...(options.work ? {} : { role: 'door' }),
            ...shared,
            log,
          });
          answer(
            options,
            {
              ok: true,
              url: hub.url,
              plant: project.plant.id,
              dataDir,
              store: hub.storeName,
              bus: hub.busName,
            },
            welcome(project, hub, dataDir, kits),
          );
          const lost = await Promise.race([hub.lost, stopping.requested.then(() => undefined)]);
          // Whoever looks after the process starts it again; one that stayed would refuse everything.
          if (lost) throw lost;
        } finally {
          stopping.release();
          await hub?.stop();
          await Promise.all(Object.values(kits).map((kit) => kit.stop()));
          ended();
        }
      }),
    );
}

function withAddress(project: Project, options: Options): Project {
  const port = options.port === undefined ? project.api.port : Number(options.port);
  if (!Number.isInteger(port) || port < 0 || port > 65535) {
    throw new HubError('HUB_WRONG_USE', `--port takes a number from 0 to 65535, not '${options.port}'`, {
      value: options.port,
    });
  }
  return { ...project, api: { ...project.api, port, host: options.host ?? project.api.host } };
}

/** The servers that several processes share, from the environment. */
export function servers(): { databaseUrl?: string; redisUrl?: string } {
  const { DATABASE_URL: databaseUrl, REDIS_URL: redisUrl } = process.env;
  return { ...(databaseUrl ? { databaseUrl } : {}), ...(redisUrl ? { redisUrl } : {}) };
}

export function needsPostgres({ databaseUrl }: { databaseUrl?: string }, what: string): void {
  if (databaseUrl) return;
  throw new HubError('HUB_WRONG_USE', `${what} needs a database that several processes can share`, {
    todo: 'Set DATABASE_URL to a PostgreSQL database. A SQLite file belongs to one process.',
  });
}

/** The stand-ins push to the hub, so its port must be known before it listens. */
function ownUrl({ api: { host, port } }: Project): string {
  if (port === 0)
    throw new HubError('HUB_WRONG_USE', '--kits needs a fixed port', { todo: 'Name one with --port.' });
  return `http://${host}:${port}`;
}

export function readSettings(file: string | undefined): Record<string, Record<string, unknown>> {
  if (file === undefined) return {};
  if (!existsSync(file))
    throw new HubError('HUB_WRONG_USE', `there is no file ${file}`, { at: '--settings', value: file });
  return JSON.parse(readFileSync(file, 'utf8')) as Record<string, Record<string, unknown>>;
}

function welcome(
  project: Project,
  hub: Hub,
  dataDir: string,
  kits: Readonly<Record<string, RemoteKit>>,
): string {
  const pushing = Object.keys(project.systems).filter((name) => hub.takesPushes(name));
  const soap = pushing.map((name) => `${hub.url}/soap/${name}?wsdl`);
  const lines = [
    `Esperanto runs for ${project.plant.name} (plant ${project.plant.id}).`,
    '',
    `  API                 ${hub.url}   (hand in a document: POST ${hub.url}/intake/<${pushing.join('|')}>)`,
    `  API documentation   ${hub.url}/docs`,
    `  GraphQL             ${hub.url}/graphql`,
    `  GraphQL explorer    ${hub.url}/graphql/explorer`,
    `  SOAP WSDL           ${soap.find((address) => address.includes('/mes?')) ?? soap[0] ?? 'no system pushes'}`,
    `  Health              ${hub.url}/health/ready`,
    '',
    `  Data                ${hub.storeName}${hub.storeName === 'SQLite' ? `, ${dataDir}` : ''}`,
    `  Wake-ups            ${hub.busName}`,
    `  Systems             ${Object.entries(project.systems)
      .map(([name, { adapter }]) => `${name} (${adapter})`)
      .join(', ')}`,
  ];
  if (Object.keys(kits).length > 0) {
    lines.push(
      '',
      '  Stand-ins run in place of the systems. Their control addresses (see esperanto kit --help):',
    );
    for (const [name, kit] of Object.entries(kits)) lines.push(`    ${name.padEnd(18)}${kit.control}`);
  }
  return [...lines, '', 'Ctrl-C ends it.'].join('\n');
}

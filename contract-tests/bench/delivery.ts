/** What it costs not to lose, double or reorder anything: the core alone, the whole way, catching up, and growing. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HubError } from '../../model/errors';
import { ownPostgres, ownRedis, postgresPrograms, redisProgram, type Server } from '../faults/servers';
import { drainRows } from './drain';
import { bullmqRound, type EngineLoad, lanesRound, type Servers } from './engine';
import { growthRows } from './growth';
import { type Figures, figuresOf, type Round } from './measure';
import { onePlantRows } from './one-plant';
import { type BenchOptions, type BenchRow, rounded } from './row';
import { wholeWayRows } from './whole-way-rows';

export interface OwnServers {
  readonly postgres: Server | undefined;
  readonly redis: Server | undefined;
}

type Part = (own: OwnServers, options: BenchOptions) => Promise<BenchRow[]>;

/** In the order in which they run; each can be asked for alone. */
const parts: Readonly<Record<string, Part>> = {
  engine: engineRows,
  'whole way': wholeWayRows,
  drain: drainRows,
  'one plant': (_own, options) => onePlantRows(options),
  growth: growthRows,
};

export async function benchDelivery(options: BenchOptions): Promise<BenchRow[]> {
  const { short, progress } = options;
  const asked = partsOf(options);
  const folder = mkdtempSync(join(tmpdir(), 'esperanto-servers-'));
  const [pgPrograms, redis] = [postgresPrograms(), redisProgram()];
  const own: OwnServers = {
    postgres: pgPrograms === undefined ? undefined : await ownPostgres(pgPrograms, folder),
    redis: redis === undefined ? undefined : await ownRedis(redis, folder),
  };
  try {
    const rows: BenchRow[] = [];
    for (const part of asked) {
      progress(`delivery, ${part}`);
      const withPart = (done: string) => progress(`delivery, ${part}: ${done}`);
      rows.push(...(await parts[part]!(own, { ...options, progress: withPart })));
    }
    return short ? rows.map(withoutTarget) : rows;
  } finally {
    await own.redis?.stop();
    await own.postgres?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function partsOf({ part }: BenchOptions): readonly string[] {
  if (part === undefined) return Object.keys(parts);
  if (Object.hasOwn(parts, part)) return [part];
  throw new HubError(
    'HUB_WRONG_USE',
    `there is no part ${part} of delivery; there are: ${Object.keys(parts).join(', ')}`,
  );
}

const withoutTarget = ({ target: _target, least: _least, ...row }: BenchRow): BenchRow => row;

/** As `lanesRound` takes them. */
export function serversOf(...servers: ReadonlyArray<Server | undefined>): Servers {
  const urls = servers.flatMap((server) => (server === undefined ? [] : [server.url]));
  const databaseUrl = urls.find((url) => url.startsWith('postgres'));
  const redisUrl = urls.find((url) => url.startsWith('redis'));
  return {
    ...(databaseUrl === undefined ? {} : { databaseUrl }),
    ...(redisUrl === undefined ? {} : { redisUrl }),
    pids: servers.flatMap((server) => (server === undefined ? [] : [server.pid()])),
  };
}

/** The least times bare BullMQ that an engine is to reach. */
const engines = [
  { name: 'SQLite, in process', needs: [], least: 3 },
  { name: 'SQLite + BullMQ', needs: ['redis'] },
  { name: 'PostgreSQL, in process', needs: ['postgres'] },
  { name: 'PostgreSQL + BullMQ', needs: ['postgres', 'redis'], least: 1.2 },
] as const;

async function engineRows(own: OwnServers, { short, progress }: BenchOptions): Promise<BenchRow[]> {
  const { redis } = own;
  if (redis === undefined) return [{ name: 'engine', skipped: 'redis-server is not installed' }];
  const load: EngineLoad = short
    ? { messages: 3000, keys: 300, callers: 200 }
    : { messages: 15_000, keys: 1000, callers: 200, warmUp: 45_000 };
  const able = engines.filter(({ needs }) => needs.every((server) => own[server] !== undefined));
  const rounds = new Map<string, Round[]>();
  const note = (name: string, round: Round) => rounds.set(name, [...(rounds.get(name) ?? []), round]);
  // In turns, so that what the machine does besides hits all alike.
  const times = short ? 3 : 5;
  for (let n = 0; n < times; n++) {
    note('bare BullMQ', await bullmqRound(load, redis.url, [redis.pid()]));
    for (const { name, needs } of able)
      note(name, await lanesRound(load, serversOf(...needs.map((server) => own[server]))));
    progress(`round ${n + 1} of ${times}`);
  }
  const bare = figuresOf(rounds.get('bare BullMQ')!);
  return [
    { name: 'engine: bare BullMQ, keeps nothing', value: Math.round(bare.rate), unit: cost(bare) },
    ...engines.flatMap((engine): BenchRow[] => {
      const name = `engine: ${engine.name}`;
      const done = rounds.get(engine.name);
      if (done === undefined) return [{ name, skipped: 'PostgreSQL is not installed' }];
      const figures = figuresOf(done);
      const least = 'least' in engine ? engine.least : undefined;
      return [
        {
          name,
          value: Math.round(figures.rate),
          unit: cost(figures),
          ratio: rounded(figures.rate / bare.rate),
          against: 'rate of bare BullMQ',
          ...(least === undefined ? {} : { least }),
        },
        {
          name: `${name}, CPU`,
          value: Math.round(cpu(figures)),
          unit: 'µs',
          ratio: rounded(cpu(figures) / cpu(bare)),
          against: 'CPU of bare BullMQ',
          ...(least === undefined ? {} : { target: 1 }),
        },
      ];
    }),
  ];
}

const cpu = ({ cpuUs, serverCpuUs }: Figures) => cpuUs + serverCpuUs;
const cost = ({ cpuUs, serverCpuUs }: Figures) =>
  `/s at ${Math.round(cpuUs)} + ${Math.round(serverCpuUs)} µs`;

import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../hub/demo/plant';
import { packageRoot } from '../../model/paths';
import { type HubProcess, hubProcess } from './processes';
import { ledger, type Receiver, rows } from './receivers';
import { ownPostgres, ownRedis, postgresPrograms, type Redis, redisProgram, type Server } from './servers';

export type Configuration = 'sqlite' | 'postgres';

/** Everything that takes part in a run and may be broken. */
export interface Plant {
  readonly folder: string;
  readonly doors: readonly string[];
  readonly processes: readonly HubProcess[];
  readonly receivers: readonly Receiver[];
  readonly postgres?: Server;
  readonly redis?: Redis;
  stop(): Promise<void>;
}

export const projectDir = join(packageRoot, 'contract-tests/faults/plant');

/** Why a configuration cannot be set up here; undefined: it can. */
export function missingFor(configuration: Configuration): string | undefined {
  if (configuration === 'sqlite') return undefined;
  if (!postgresPrograms()) return 'PostgreSQL is not installed';
  return redisProgram() ? undefined : 'Redis is not installed';
}

/** One hub on SQLite; or a door and two workers on a PostgreSQL and a Redis of their own. */
export async function startPlant(configuration: Configuration): Promise<Plant> {
  const folder = mkdtempSync(join(tmpdir(), 'esperanto-faults-'));
  const started: Array<{ stop(): Promise<void> }> = [];
  const keep = <T extends { stop(): Promise<void> }>(part: T): T => {
    started.push(part);
    return part;
  };
  const stop = async () => {
    for (const part of started.splice(0).reverse()) await part.stop();
  };
  try {
    const receivers = [keep(await ledger()), keep(await rows())];
    const addresses = { LEDGER_URL: receivers[0]!.url, ROWS_URL: receivers[1]!.url, ROWS_PASSWORD: 'hub' };
    const servers = configuration === 'postgres' ? await startServers(folder, keep) : {};
    const env: Record<string, string> = {
      ...addresses,
      ...(servers.postgres ? { DATABASE_URL: servers.postgres.url } : {}),
      ...(servers.redis ? { REDIS_URL: servers.redis.url } : {}),
    };
    const port = await freePort();
    const of = (name: string, ...args: string[]) => {
      const data = join(folder, name);
      mkdirSync(data);
      return keep(hubProcess({ name, args: [...args, projectDir, '--data', data], env, logDir: folder }));
    };
    const processes = servers.postgres
      ? [
          of('door', 'start', '--no-work', '--port', `${port}`),
          of('worker-1', 'worker'),
          of('worker-2', 'worker'),
        ]
      : [of('hub', 'start', '--port', `${port}`)];
    for (const process of processes) await process.start();
    return { folder, doors: [`http://127.0.0.1:${port}`], processes, receivers, ...servers, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startServers(
  folder: string,
  keep: <T extends Server>(server: T) => T,
): Promise<{ postgres?: Server; redis?: Redis }> {
  return {
    postgres: keep(await ownPostgres(postgresPrograms()!, folder)),
    redis: keep(await ownRedis(redisProgram()!, folder)),
  };
}

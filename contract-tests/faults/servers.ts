import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { freePort } from '../../hub/demo/plant';

/** A database or broker of our own that may be killed. */
export interface Server {
  readonly url: string;
  pid(): number;
  /** kill -9 of all its processes. */
  kill(): Promise<void>;
  /** Comes back with what it had on disk: PostgreSQL with everything, Redis with nothing. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface Postgres extends Server {
  /** From the next start on, its files may grow as they like. */
  grow(): void;
}

export interface Redis extends Server {
  readonly port: number;
  flush(): Promise<void>;
}

const root = process.getuid?.() === 0;
const host = '127.0.0.1';

/** Folder of PostgreSQL's programs; undefined: not installed. */
export function postgresPrograms(): string | undefined {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [...versions.map((v) => join(debian, v, 'bin')), ...(process.env.PATH ?? '').split(':')];
  return folders.find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')));
}

export function redisProgram(): string | undefined {
  const folders = (process.env.PATH ?? '').split(':');
  return folders.map((folder) => join(folder, 'redis-server')).find(existsSync);
}

export interface PostgresOptions {
  /** No file of it may grow beyond so many KiB, as on a full disk; less than a segment of its log (16 MiB) is too little. */
  readonly fileKib?: number;
}

/** A PostgreSQL with its own data under `folder`. PostgreSQL refuses to run as root: then it runs as `postgres`. */
export async function ownPostgres(
  programs: string,
  folder: string,
  { fileKib }: PostgresOptions = {},
): Promise<Postgres> {
  const data = join(folder, 'pg');
  mkdirSync(data);
  chmodSync(folder, 0o755);
  const as = (
    program: string,
    args: readonly string[],
    before: readonly string[] = [],
  ): [string, string[]] => {
    const user = root ? ['runuser', '-u', 'postgres', '--'] : [];
    const [first, ...rest] = [...user, ...before, join(programs, program), ...args];
    return [first!, rest];
  };
  if (root) {
    const [uid, gid] = ['-u', '-g'].map((flag) =>
      Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' })),
    );
    chownSync(data, uid!, gid!);
  }
  execFileSync(...as('initdb', ['-D', data, '-U', 'postgres', '-A', 'trust']), { stdio: 'ignore' });
  const port = await freePort();
  let limit = fileKib === undefined ? [] : ['bash', '-c', `ulimit -S -f ${fileKib}; exec "$0" "$@"`];
  const control = (...args: string[]) =>
    execFileSync(...as('pg_ctl', ['-D', data, '-w', ...args], limit), { stdio: 'ignore' });
  const options = `-p ${port} -k ${data} -c listen_addresses=${host}`;

  const server: Postgres = {
    url: `postgres://postgres@${host}:${port}/postgres`,
    pid: () => Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0]),
    async kill() {
      process.kill(server.pid(), 'SIGKILL');
    },
    async start() {
      // The killed one's children must be gone first; until then the start is refused.
      for (let tries = 0; ; tries++) {
        try {
          control('-o', options, '-l', join(data, 'log'), 'start');
          return;
        } catch (error) {
          if (tries === 50) throw error;
          await new Promise((resolve) => setTimeout(resolve, 200));
        }
      }
    },
    async stop() {
      control('-m', 'immediate', 'stop');
    },
    grow() {
      limit = [];
    },
  };
  await server.start();
  return server;
}

/** A Redis that keeps nothing on disk; `more` are arguments of redis-server. */
export async function ownRedis(
  program: string,
  folder: string,
  more: readonly string[] = [],
): Promise<Redis> {
  const port = await freePort();
  const args =
    `--port ${port} --bind ${host} --appendonly no --maxmemory-policy noeviction --dir ${folder}`.split(' ');
  let child: ChildProcess | undefined;
  const end = async (signal: NodeJS.Signals) => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  };
  const server: Redis = {
    url: `redis://${host}:${port}`,
    port,
    pid: () => child!.pid!,
    kill: () => end('SIGKILL'),
    async start() {
      child = spawn(program, [...more, ...args, '--save', ''], { stdio: 'ignore' });
      while ((await say(port, 'PING').catch(() => '')) !== '+PONG')
        await new Promise((resolve) => setTimeout(resolve, 20));
    },
    async flush() {
      await say(port, 'FLUSHALL');
    },
    stop: () => end('SIGTERM'),
  };
  await server.start();
  return server;
}

/** One command in Redis's plain form; its answer, of one line or a short text. Throws where it hangs up without one. */
export async function say(port: number, command: string): Promise<string> {
  const socket = connect(port, host);
  socket.write(`${command}\r\n`);
  // Ends with the connection, where waiting for data alone would wait for ever; leaving the loop closes it.
  for await (const data of socket) return String(data).trim();
  throw new Error(`the Redis of port ${port} hung up instead of answering ${command}`);
}

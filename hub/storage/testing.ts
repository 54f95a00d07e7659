import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Client, type PoolConfig } from 'pg';

export interface Pglite {
  readonly config: PoolConfig;
  stop(): Promise<void>;
}

/** For tests: PostgreSQL compiled to WebAssembly, the dialect without a server. It has one session. */
export async function startPglite(): Promise<Pglite> {
  const server = spawn(process.execPath, [join(__dirname, 'pglite-server.js')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [line] = await once(server.stdout, 'data');
  return {
    config: { host: '127.0.0.1', port: Number(line), user: 'postgres', database: 'postgres', max: 1 },
    async stop() {
      server.stdin.end();
      await once(server, 'exit');
    },
  };
}

/**
 * For tests: an empty database of that name on the server that `TEST_DATABASE_URL` names, so that test files may run
 * side by side and nothing of somebody's is touched. The user must be allowed to create databases.
 */
export async function emptyDatabase(serverUrl: string, name: string): Promise<string> {
  const admin = new Client({ connectionString: serverUrl });
  await admin.connect();
  await admin.query(`drop database if exists ${name} with (force)`);
  await admin.query(`create database ${name}`);
  await admin.end();
  return Object.assign(new URL(serverUrl), { pathname: `/${name}` }).href;
}

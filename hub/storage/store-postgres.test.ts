import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Pool, type PoolConfig } from 'pg';
import { storeOver } from './open';
import { openPostgres } from './postgres';
import type { Store } from './store';
import { describeStore, type Subject } from './store-suite';

function postgres(config: () => PoolConfig): Subject {
  const stores: Store[] = [];
  const open = async (leaseMs = 60_000) => {
    const store = storeOver(await openPostgres(config(), leaseMs), leaseMs);
    stores.push(store);
    return store;
  };
  return {
    async open(leaseMs) {
      const pool = new Pool({ ...config(), max: 1 });
      await pool.query('drop schema public cascade; create schema public');
      await pool.end();
      return open(leaseMs);
    },
    reopen: () => open(),
    async cleanUp() {
      await Promise.all(stores.splice(0).map((store) => store.close()));
    },
  };
}

// PostgreSQL compiled to WebAssembly: the dialect without a server. It has one session, so nothing runs side by side.
describe('the store on PGlite', () => {
  let server: ChildProcess;
  let port: number;
  beforeAll(async () => {
    server = spawn(process.execPath, [join(__dirname, 'pglite-server.js')], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const [line] = await once(server.stdout!, 'data');
    port = Number(line);
  }, 120_000);
  afterAll(async () => {
    server.stdin!.end();
    await once(server, 'exit');
  });
  describeStore(
    postgres(() => ({ host: '127.0.0.1', port, user: 'postgres', database: 'postgres', max: 1 })),
  );
});

const url = process.env.TEST_DATABASE_URL;
const server = url ? describe : describe.skip;

server('the store on PostgreSQL (TEST_DATABASE_URL; its schema public is emptied)', () => {
  describeStore(postgres(() => ({ connectionString: url! })));
});

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from './open';
import type { Store } from './store';
import { describeStore, type Subject } from './store-suite';

function sqlite(): Subject {
  const stores: Store[] = [];
  let dataDir = '';
  const open = async (leaseMs = 60_000) => {
    const store = await openStore({ dataDir, leaseMs });
    stores.push(store);
    return store;
  };
  return {
    async open(leaseMs) {
      dataDir = mkdtempSync(join(tmpdir(), 'esperanto-store-'));
      return open(leaseMs);
    },
    reopen: () => open(),
    async cleanUp() {
      await Promise.all(stores.splice(0).map((store) => store.close()));
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

describe('the store on SQLite', () => describeStore(sqlite()));

describe('the data directory', () => {
  let dataDir: string;
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'esperanto-lock-'));
  });
  afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

  const openElsewhere = () => {
    const program = `require(${JSON.stringify(join(__dirname, 'open.js'))}).openStore({ dataDir: ${JSON.stringify(dataDir)} })
      .then(() => process.kill(process.pid, 'SIGKILL'), (e) => console.log(JSON.stringify(e)))`;
    return spawnSync(process.execPath, ['-e', program], { encoding: 'utf8' });
  };

  test('belongs to one process: a second one is refused and told whose it is', async () => {
    const store = await openStore({ dataDir });
    const refused = JSON.parse(openElsewhere().stdout);
    expect(refused).toMatchObject({ code: 'HUB_DIRECTORY_IN_USE', value: process.pid });
    await expect(openStore({ dataDir })).rejects.toMatchObject({ code: 'HUB_DIRECTORY_IN_USE' });
    await store.close();
  });

  test('is taken over from a process that was killed, whoever has its number now', async () => {
    expect(openElsewhere().signal).toBe('SIGKILL');
    writeFileSync(join(dataDir, 'hub.pid'), `${process.pid}\n`);
    const store = await openStore({ dataDir });
    await store.close();
  });
});

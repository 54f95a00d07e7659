import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { emptyDatabase } from '../storage/testing';

interface Hub {
  readonly process: ChildProcess;
  readonly port: number;
}

let folder: string;
let hubs: Hub[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'esperanto-kill-'));
  hubs = [];
});
afterEach(async () => {
  await Promise.all(hubs.map(kill));
  rmSync(folder, { recursive: true, force: true });
});

const ledger = () => join(folder, 'ledger');
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function start(databaseUrl = ''): Promise<Hub> {
  const args = [join(__dirname, 'kill-hub.js'), folder, ledger(), databaseUrl];
  const process_ = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(process_.stdout!, 'data');
  return { process: process_, port: Number(line) };
}

async function kill({ process: hub }: Hub): Promise<void> {
  if (hub.exitCode !== null || hub.signalCode !== null) return;
  hub.kill('SIGKILL');
  await once(hub, 'exit');
}

/** Sends 1, 2, 3 … of a key, the next one only after the one before was confirmed, to whichever hub answers. */
async function client(key: string, stop: () => boolean): Promise<number> {
  for (let n = 1; ; n++) {
    for (let tries = 0; ; tries++) {
      const { port } = hubs[(n + tries) % hubs.length]!;
      const options = { method: 'POST', body: `${key} ${n}`, signal: AbortSignal.timeout(3000) };
      const answer = await fetch(`http://127.0.0.1:${port}`, options).catch(() => undefined);
      if (answer?.status === 202) break;
      if (stop() && tries > 100) throw new Error('no hub answers');
      await sleep(20);
    }
    if (stop()) return n;
    await sleep(3);
  }
}

/** Key → the numbers that the receiver got, a repetition under the same id counted once. */
function received(): Map<string, number[]> {
  const seen = new Set<string>();
  const keys = new Map<string, number[]>();
  for (const line of existsSync(ledger()) ? readFileSync(ledger(), 'utf8').trim().split('\n') : []) {
    const [key = '', n, id = ''] = line.split(' ');
    if (seen.has(id)) continue;
    seen.add(id);
    keys.set(key, [...(keys.get(key) ?? []), Number(n)]);
  }
  return keys;
}

/** Loads the hubs while `faults` happen, then waits for what was confirmed and compares. */
async function nothingLost(faults: () => Promise<void>): Promise<void> {
  let stop = false;
  const keys = Array.from({ length: 12 }, (_, i) => `k${i}`);
  const clients = keys.map((key) => client(key, () => stop));
  await faults();
  stop = true;
  const confirmed = await Promise.all(clients);
  const end = Date.now() + 20_000;
  const complete = () => keys.every((key, i) => (received().get(key)?.length ?? 0) >= confirmed[i]!);
  while (!complete() && Date.now() < end) await sleep(50);
  for (const [i, key] of keys.entries())
    expect(received().get(key)).toEqual(Array.from({ length: confirmed[i]! }, (_, n) => n + 1));
}

test('a hub that is killed in the middle, again and again, loses, doubles and reorders nothing', async () => {
  hubs = [await start()];
  await nothingLost(async () => {
    for (let i = 0; i < 4; i++) {
      await sleep(500);
      await kill(hubs[0]!);
      hubs = [await start()];
    }
  });
}, 60_000);

const url = process.env.TEST_DATABASE_URL;
(url ? test : test.skip)(
  'of two hubs on PostgreSQL (TEST_DATABASE_URL) one is killed, one is frozen beyond its lease: nothing lost, doubled, reordered',
  async () => {
    const own = await emptyDatabase(url!, 'esperanto_kill');
    hubs = [await start(own), await start(own)];
    await nothingLost(async () => {
      await sleep(500);
      await kill(hubs[0]!);
      hubs = [await start(own), hubs[1]!];
      await sleep(500);
      hubs[1]!.process.kill('SIGSTOP');
      await sleep(2500);
      hubs[1]!.process.kill('SIGCONT');
      await sleep(500);
    });
  },
  60_000,
);

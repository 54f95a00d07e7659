import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { hubClient, until } from '../hub/client';
import { packageRoot } from '../model/paths';
import { examplePlant } from './running-hub';

const main = join(packageRoot, 'dist/hub/main.js');
const run = promisify(execFile);

interface Started {
  readonly child: ChildProcess;
  readonly url: string;
}

/** `esperanto start` as a person runs it: a process of its own, from a folder that is not the project's. */
async function start(dataDir: string, ...more: string[]): Promise<Started> {
  const args = [main, 'start', examplePlant, '--json', '--port', '0', '--data', dataDir, ...more];
  const child = spawn(process.execPath, args, { cwd: tmpdir(), stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(createInterface({ input: child.stdout! }), 'line')) as [string];
  return { child, url: (JSON.parse(line) as { url: string }).url };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  const gone = once(child, 'exit');
  child.kill(signal);
  const [code] = (await gone) as [number | null];
  return code;
}

describe('esperanto start', () => {
  let dataDir: string;
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'esperanto-start-'));
  });
  afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

  test.each(['SIGTERM', 'SIGINT'] as const)(
    '%s ends it cleanly: exit code 0, port free, database closed',
    async (signal) => {
      const { child, url } = await start(dataDir);
      await hubClient(url).get('/health/live');
      expect(await end(child, signal)).toBe(0);
      await expect(fetch(url)).rejects.toThrow();
      expect(readdirSync(dataDir).filter((file) => /-(wal|shm|journal)$/.test(file))).toEqual([]);
    },
  );

  test('a second hub on the same data directory is refused with a clear message', async () => {
    const { child } = await start(dataDir);
    const second = spawnSync(
      process.execPath,
      [main, 'start', examplePlant, '--port', '0', '--data', dataDir],
      { encoding: 'utf8' },
    );
    expect(second.status).toBe(1);
    expect(second.stderr).toContain('HUB_DIRECTORY_IN_USE');
    expect(second.stderr).toContain(String(child.pid));
    expect(second.stderr).toContain('to do');
    await end(child, 'SIGTERM');
  });

  test('a taken port is a clear error', async () => {
    const blocker = createServer().listen(0, '127.0.0.1');
    await once(blocker, 'listening');
    const { port } = blocker.address() as { port: number };
    const args = [main, 'start', examplePlant, '--port', String(port), '--data', dataDir];
    const refused = spawnSync(process.execPath, args, { encoding: 'utf8' });
    blocker.close();
    expect(refused.status).toBe(1);
    expect(refused.stderr).toMatch(new RegExp(`HUB_PORT_TAKEN: port ${port} .*taken[\\s\\S]*--port`));
  });

  test('a second start on the same data directory carries on with the data, also after kill -9', async () => {
    const revision = {
      changeNotice: { id: 'ECN-1', reason: 'first', effectiveFrom: '2026-01-01T00:00:00Z' },
      product: { number: 'PV-100', revision: 'A', description: 'Valve', plant: '1000' },
      bom: [],
      processPlan: {
        operations: [
          {
            number: '0010',
            description: 'Press',
            workCenter: 'PRESS-01',
            durationSeconds: 60,
            parameters: [],
          },
        ],
      },
    };
    const first = await start(dataDir);
    const answer = await hubClient(first.url).post<{ accepted: [{ record: string }] }>(
      '/intake/plm',
      revision,
    );
    await end(first.child, 'SIGKILL');
    const second = await start(dataDir);
    const hub = hubClient(second.url);
    await until(
      'the revision',
      () => hub.get<{ body: { version: string } }>('/objects/OperationsDefinition/PV-100'),
      ({ body }) => body.version === 'A',
    );
    expect(await hub.get(`/records/${answer.accepted[0].record}`)).toMatchObject({
      record: { state: 'applied' },
    });
    await end(second.child, 'SIGTERM');
  });

  test.each([
    ['a folder without hub.yaml', ['start', tmpdir()], 1, /HUB_BAD_PROJECT.*no hub\.yaml/],
    ['a port that is none', ['start', examplePlant, '--port', 'many'], 2, /HUB_WRONG_USE.*--port/],
    ['an unknown command', ['begin'], 2, /unknown command/],
    ['an unknown kit', ['kit', 'oracle'], 2, /HUB_WRONG_USE.*oracle[\s\S]*sap/],
  ])('%s is refused by name', (_what, args, status, message) => {
    const refused = spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' });
    expect([refused.status, refused.stderr]).toEqual([status, expect.stringMatching(message)]);
  });

  test('every command has help with an example', async () => {
    const help = async (...command: string[]) =>
      (await run(process.execPath, [main, ...command, '--help'])).stdout;
    const names = (text: string) =>
      [...(text.split('Commands:')[1] ?? '').matchAll(/^ {2}([a-z-]+)/gm)]
        .map(([, name]) => name!)
        .filter((name) => name !== 'help');
    const commands = names(await help());
    expect(commands.length).toBeGreaterThan(10);
    const pages = await Promise.all(commands.map(async (name) => [name, await help(name)] as const));
    const inner = pages.flatMap(([name, page]) => names(page).map((sub) => [name, sub] as const));
    const innerPages = await Promise.all(
      inner.map(async ([name, sub]) => [`${name} ${sub}`, await help(name, sub)] as const),
    );
    const leaves = [...pages.filter(([, page]) => names(page).length === 0), ...innerPages];
    expect(leaves.filter(([, page]) => !page.includes('Example')).map(([name]) => name)).toEqual([]);
  });
});

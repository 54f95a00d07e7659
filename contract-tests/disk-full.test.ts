import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { hubClient, until } from '../hub/client';
import { openStore } from '../hub/storage/open';
import { packageRoot } from '../model/paths';
import { projectDir } from './faults/plant';
import { ownPostgres, postgresPrograms } from './faults/servers';

const main = join(packageRoot, 'dist/hub/main.js');

/** The system refuses to let a file grow beyond a limit as it does on a full disk. */
function canLimit(): boolean {
  try {
    execFileSync('bash', ['-c', 'ulimit -S -f 4096 && prlimit --version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
const limited = canLimit();
const withLimits = limited ? test : test.skip;
const why = limited ? '' : ' (skipped: no bash or prlimit here)';

const part = (number: string) => ({
  changeNotice: { id: number },
  // Nothing that compresses: it takes its room on disk.
  product: { number, revision: '1', description: randomBytes(30_000).toString('base64'), plant: 'load' },
  bom: [],
  processPlan: { operations: [{ number: '0010' }] },
});

interface Started {
  readonly url: string;
  readonly pid: number;
  /** The last thing that it has said, once it is gone. */
  readonly end: Promise<{ readonly code: number | null; readonly said: string }>;
}

/** From when the file that it is told of is there, the disk brings nothing more to where it outlasts a power cut. */
const refusing = `const fs = require('node:fs');
const { fsync, existsSync } = fs;
fs.fsync = (file, told) => existsSync(process.env.REFUSES)
  ? told(Object.assign(new Error('EIO: i/o error, fsync'), { code: 'EIO' })) : fsync(file, told);`;

describe('a full disk', () => {
  let folder: string;
  let hubs: ChildProcess[];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'esperanto-full-'));
    hubs = [];
  });
  afterEach(async () => {
    for (const hub of hubs)
      if (hub.exitCode === null && hub.signalCode === null) {
        const gone = once(hub, 'exit');
        hub.kill('SIGKILL');
        await gone;
      }
    rmSync(folder, { recursive: true, force: true });
  });

  /** A hub whose files may grow to so many KiB. */
  async function start(kib: string, env: NodeJS.ProcessEnv = {}): Promise<Started> {
    const command = `ulimit -S -f ${kib}; exec "$0" "$@"`;
    const args = [main, 'start', projectDir, '--port', '0', '--data', folder, '--json'];
    const hub = spawn('bash', ['-c', command, process.execPath, ...args], {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: {
        ...{ PATH: process.env.PATH, LEDGER_URL: 'http://127.0.0.1:1', ROWS_URL: 'http://127.0.0.1:1' },
        ...{ ROWS_PASSWORD: 'x', ...env },
      },
    });
    hubs.push(hub);
    const lines: string[] = [];
    const out = createInterface({ input: hub.stdout! }).on('line', (line) => lines.push(line));
    const end = once(hub, 'close').then(([code]) => ({ code: code as number | null, said: lines.at(-1)! }));
    const [line] = (await once(out, 'line')) as [string];
    return { url: (JSON.parse(line) as { url: string }).url, pid: hub.pid!, end };
  }

  const post = (url: string, number: string) =>
    fetch(`${url}/intake/source`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(part(number)),
    });

  withLimits(
    `is told to the sender, with 503 and HUB_STORE, before anything is promised; what was confirmed is kept, and with room the hub goes on by itself${why}`,
    async () => {
      const { url, pid } = await start('6000');
      const confirmed: string[] = [];
      let refused: Response | undefined;
      for (let n = 1; !refused && n < 1000; n++) {
        const answer = await post(url, `P-${n}`);
        if (answer.status === 202) confirmed.push(`P-${n}`);
        else refused = answer;
      }
      expect(confirmed.length).toBeGreaterThan(10);
      expect([refused!.status, refused!.headers.get('retry-after')]).toEqual([503, '1']);
      expect(await refused!.json()).toMatchObject({ code: 'HUB_STORE', kind: 'transient' });

      execFileSync('prlimit', ['--pid', `${pid}`, '--fsize=unlimited:']);
      const again = `P-${confirmed.length + 1}`;
      await until(
        'the door takes again',
        () => post(url, again),
        ({ status }) => status === 202,
        20_000,
      );
      const hub = hubClient(url);
      for (const number of [...confirmed, again])
        await until(
          number,
          () => hub.get<{ id?: string }>(`/objects/MaterialDefinition/${number}`),
          ({ id }) => id === number,
          20_000,
        );
    },
    60_000,
  );

  test('a disk that refuses what it has taken: nothing is confirmed, and the hub ends and says why; another one has all that was confirmed', async () => {
    const [program, refuses] = [join(folder, 'refusing.cjs'), join(folder, 'refuses')];
    writeFileSync(program, refusing);
    const first = await start('unlimited', { NODE_OPTIONS: `--require ${program}`, REFUSES: refuses });
    expect((await post(first.url, 'P-1')).status).toBe(202);
    writeFileSync(refuses, '');
    // What has come before may have ended the hub already.
    const answer = await post(first.url, 'P-2').then(
      ({ status }) => status,
      () => 'cut off',
    );
    expect([503, 'cut off']).toContain(answer);
    const { code, said } = await first.end;
    expect(code).toBe(1);
    expect(JSON.parse(said)).toMatchObject({
      ok: false,
      error: {
        code: 'HUB_STORE',
        message: expect.stringContaining('takes nothing any more: EIO'),
        todo: expect.stringContaining('start the hub again'),
      },
    });

    const { url } = await start('unlimited');
    expect((await post(url, 'P-2')).status).toBe(202);
    const hub = hubClient(url);
    for (const number of ['P-1', 'P-2'])
      await until(
        number,
        () => hub.get<{ id?: string }>(`/objects/MaterialDefinition/${number}`),
        ({ id }) => id === number,
        20_000,
      );
  }, 60_000);

  const programs = postgresPrograms();
  const onPostgres = limited && programs ? test : test.skip;
  onPostgres(
    `of PostgreSQL likewise: what was accepted is there when there is room again${programs ? why : ' (skipped: PostgreSQL is not installed)'}`,
    async () => {
      const server = await ownPostgres(programs!, folder, { fileKib: 20_000 });
      const open = () => openStore({ dataDir: folder, databaseUrl: server.url });
      const record = (n: number) => ({
        ...{ system: 'erp', type: 'Order', key: `${n}`, idempotencyKey: `${n}`, body: {} },
        raw: randomBytes(100_000).toString('base64'),
      });
      let store = await open();
      const accepted: string[] = [];
      let refused: unknown;
      for (let n = 1; !refused && n < 1000; n++)
        await store.accept([record(n)]).then(
          ([one]) => accepted.push(one!.id),
          (error) => {
            refused = error;
          },
        );
      expect(accepted.length).toBeGreaterThan(10);
      expect(refused).toMatchObject({ code: 'HUB_STORE', kind: 'transient' });
      await store.close();
      await server.kill();
      server.grow();
      await server.start();
      store = await open();
      expect((await store.accept([record(accepted.length + 1)]))[0]).toMatchObject({ duplicate: false });
      for (const id of accepted) expect(await store.getRecord(id)).toMatchObject({ state: 'waiting' });
      expect(await store.waiting()).toBe(accepted.length + 1);
      await store.close();
      await server.stop();
    },
    60_000,
  );
});

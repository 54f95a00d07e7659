import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pino } from 'pino';
import { assembleHub, type Hub } from '../hub/assemble';
import { until } from '../hub/client';
import { loadProject, type Project } from '../hub/project';
import { packageRoot } from '../model/paths';
import type { Backlog } from './faults/backlog';
import { projectDir } from './faults/plant';
import { ledger, type Receiver, rows } from './faults/receivers';

const part = (number: number) => ({
  changeNotice: { id: `${number}` },
  product: { number: `part-${number}`, revision: '1', description: 'sent under pressure', plant: 'load' },
  bom: [],
  processPlan: { operations: [{ number: '0010' }] },
});

describe('the door under pressure', () => {
  let dataDir: string;
  let receivers: Receiver[];
  let hub: Hub;
  beforeEach(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'esperanto-pressure-'));
    receivers = [await ledger(), await rows()];
  });
  afterEach(async () => {
    await hub.stop();
    for (const receiver of receivers) await receiver.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  async function start(limits: Partial<Project['limits']>): Promise<void> {
    const [LEDGER_URL, ROWS_URL] = receivers.map(({ url }) => url) as [string, string];
    const project = loadProject(projectDir, { LEDGER_URL, ROWS_URL, ROWS_PASSWORD: 'hub' });
    hub = await assembleHub({
      project: {
        ...project,
        api: { ...project.api, port: 0 },
        limits: { ...project.limits, ...limits },
      },
      dataDir,
      log: pino({ level: 'silent' }),
    });
  }
  const push = (number: number) =>
    fetch(`${hub.url}/intake/source`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(part(number)),
    });

  test('refuses with 429 and Retry-After when so much waits as may, and takes again, all in order, when the receivers are back', async () => {
    for (const receiver of receivers) await receiver.provoke('down');
    await start({ waiting: 60 });
    let confirmed = 0;
    const refused = await until(
      'a refusal',
      async () => {
        const answer = await push(confirmed + 1);
        if (answer.status === 202) confirmed++;
        return answer;
      },
      ({ status }) => status !== 202,
      // The last ones are held up for up to a second each.
      40_000,
    );
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1']);
    expect(await refused.json()).toMatchObject({ code: 'HUB_OVERLOADED', kind: 'transient' });
    for (const receiver of receivers) await receiver.provoke('well');
    await until(
      'the door is open again',
      () => push(confirmed + 1),
      ({ status }) => status === 202,
    );
    confirmed++;
    await until(
      'everything has arrived',
      async () => receivers.map(({ effects }) => effects.length),
      (counts) => counts.every((count) => count === confirmed),
      25_000,
    );
  }, 90_000);

  test('refuses with 503 and Retry-After before the disk is full', async () => {
    await start({ freeDiskMb: 1_000_000_000 });
    const refused = await until(
      'a refusal',
      () => push(1),
      ({ status }) => status !== 202,
    );
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await refused.json()).toMatchObject({ code: 'HUB_STORE', kind: 'transient' });
  });
});

test('memory stays flat while tens of thousands of messages wait; they leave in order when the receiver is back', async () => {
  const main = join(packageRoot, 'dist/contract-tests/faults/main.js');
  const args = ['--expose-gc', main, '--backlog', '60000', '--on', 'sqlite', '--json'];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  const result = JSON.parse(stdout) as Backlog;
  expect(result).toMatchObject({ messages: 60_000, lost: 0, reordered: 0 });
  // What comes to wait between the third and the last tenth is 29 MB of text alone.
  expect(result.rssMb[9]! - result.rssMb[2]!).toBeLessThan(25);
  expect(result.bytesPerMessage).toBeLessThan(1500);
}, 120_000);

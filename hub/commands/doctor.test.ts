import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { examine, isAtLeast } from './doctor-checks';
import { shop } from './project.example';
import { esperanto, folder } from './testing';

const project = folder(shop);
const dir = project.path();
const found = async (at: string, env: NodeJS.ProcessEnv = {}) =>
  Object.fromEntries((await examine(at, { env })).map((check) => [check.name, check]));

/** The project with another port, or another first line. */
function projectWith(name: string, from: string, to: string): string {
  project.write(`${name}/hub.yaml`, shop['hub.yaml'].replace(from, to));
  for (const [file, text] of Object.entries(shop)) {
    if (file !== 'hub.yaml') project.write(`${name}/${file}`, text);
  }
  return project.path(name);
}

test('a machine on which a hub can run', () => {
  const env = { DATABASE_URL: '', REDIS_URL: '' };
  const free = projectWith('free', 'systems:', 'api: { port: 0 }\nsystems:');
  const { code, json } = esperanto(['doctor', free, '--json'], { env });
  expect(json().checks.filter(({ ok }: { ok: boolean }) => !ok)).toEqual([]);
  expect(json().checks.map(({ name }: { name: string }) => name)).toEqual([
    'Node',
    'project',
    'time zone',
    'settings',
    'data directory',
    'disk',
    'port',
    'store',
    'wake-ups',
  ]);
  expect(code).toBe(0);
});

test('a variable that hub.yaml names and the environment lacks', async () => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: as hub.yaml writes it.
  const needy = projectWith('needy', '"http://127.0.0.1:1/soap"', '"${MES_ADDRESS}"');
  const { settings } = await found(needy);
  expect(settings).toMatchObject({ ok: false, detail: expect.stringContaining('MES_ADDRESS is not set') });
  expect((await found(needy, { MES_ADDRESS: 'http://mes' })).settings).toMatchObject({ ok: true });
});

test('a time zone that does not exist', async () => {
  const at = projectWith('zone', 'Europe/Berlin', 'Europe/Atlantis');
  expect((await found(at))['time zone']).toMatchObject({ ok: false });
});

test.each([
  ['a hub', { ok: true }, true, /a hub runs/],
  ['another program', 'hello', false, /another program listens/],
] as const)('a port where %s listens', async (_what, answer, ok, detail) => {
  const server = createServer((_request, response) => response.end(JSON.stringify(answer)));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  try {
    const at = projectWith('port', 'systems:', `api: { port: ${port} }\nsystems:`);
    expect((await found(at)).port).toMatchObject({ ok, detail: expect.stringMatching(detail) });
  } finally {
    server.close();
    server.closeAllConnections();
  }
});

test('PostgreSQL and Redis that do not answer, without showing their passwords', async () => {
  const env = {
    DATABASE_URL: 'postgres://hub:geheim@127.0.0.1:1/hub',
    REDIS_URL: 'redis://:geheim@127.0.0.1:1',
  };
  const checks = await found(dir, env);
  expect(checks.store).toMatchObject({ ok: false, todo: expect.stringContaining('DATABASE_URL') });
  expect(checks['wake-ups']).toMatchObject({ ok: false, todo: expect.stringContaining('REDIS_URL') });
  expect(JSON.stringify(checks)).not.toContain('geheim');
});

const redisUrl = process.env.TEST_REDIS_URL;
(redisUrl ? test : test.skip)(
  `a Redis that answers${redisUrl ? '' : ' (skipped: TEST_REDIS_URL is not set)'}`,
  async () => {
    const checks = await found(dir, { REDIS_URL: redisUrl! });
    expect(checks['wake-ups']).toMatchObject({ ok: true, detail: expect.stringMatching(/^Redis \d/) });
  },
);

const databaseUrl = process.env.TEST_DATABASE_URL;
(databaseUrl ? test : test.skip)(
  `a PostgreSQL that answers${databaseUrl ? '' : ' (skipped: TEST_DATABASE_URL is not set)'}`,
  async () => {
    const checks = await found(dir, { DATABASE_URL: databaseUrl! });
    expect(checks.store).toMatchObject({ ok: true, detail: expect.stringMatching(/^PostgreSQL \d/) });
  },
);

test.each([
  ['20.19.0', '20.19.0', true],
  ['22.1.0', '20.19.0', true],
  ['20.9.0', '20.19.0', false],
  ['18.20.4', '20.19.0', false],
])('%s is at least %s: %s', (version, least, answer) => expect(isAtLeast(version, least)).toBe(answer));

import { accessSync, constants, existsSync, readFileSync, statfsSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { asHubError } from '../../model/errors';
import { packageRoot } from '../../model/paths';
import { checkSystems } from '../check-systems';
import { DEFAULT_PORT, type Project, type ProjectIssue, readProject } from '../project';
import { noFolder } from './mapping-files';

export interface Check {
  readonly name: string;
  readonly ok: boolean;
  /** What was found, for people. */
  readonly detail: string;
  /** What to do, where something is wrong. */
  readonly todo?: string;
}

export interface ExamineOptions {
  readonly data?: string;
  readonly env: NodeJS.ProcessEnv;
}

/** With less than this free, in bytes, a hub that has to buffer for an absent system is soon full. */
const leastFreeBytes = 500 * 1024 * 1024;

/** Looks at what a hub of the folder needs on this machine. Throws HUB_WRONG_USE when there is no such folder. */
export async function examine(dir: string, { data, env }: ExamineOptions): Promise<Check[]> {
  if (!existsSync(dir)) throw noFolder(dir);
  const { project, issues } = readProject(dir, env);
  const dataDir = resolve(data ?? join(dir, '.esperanto'));
  const found = [...issues, ...(project ? checkSystems(project) : [])];
  return [
    node(),
    projectFile(found),
    ...(project ? [zone(project, found), settings(found)] : []),
    directory(dataDir),
    disk(dataDir),
    await port(project?.api ?? { host: '127.0.0.1', port: DEFAULT_PORT }),
    ...(await stores(env)),
  ];
}

const fine = (name: string, detail: string): Check => ({ name, ok: true, detail });
const wrong = (name: string, detail: string, todo: string): Check => ({ name, ok: false, detail, todo });

function node(): Check {
  const { engines } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as {
    engines: { node: string };
  };
  const least = engines.node.replace(/^\D*/, '');
  const isEnough = isAtLeast(process.versions.node, least);
  return isEnough
    ? fine('Node', process.versions.node)
    : wrong('Node', `${process.versions.node} is too old`, `Install Node ${least} or later.`);
}

/** Whether a version is at least another: both as `20.19.0`. */
export function isAtLeast(version: string, least: string): boolean {
  const [has, needs] = [version, least].map((text) => text.split('.').map(Number));
  for (const [n, part] of needs!.entries()) {
    const own = has![n] ?? 0;
    if (own !== part) return own > part;
  }
  return true;
}

/** Rules of issues that lie in the machine's settings rather than in what is written. */
const ofSettings = new Set(['environment', 'settings', 'secret-in-clear']);
const zoneRule = 'time-zone';

function projectFile(issues: readonly ProjectIssue[]): Check {
  const [first, ...more] = issues.filter(({ rule }) => !ofSettings.has(rule) && rule !== zoneRule);
  return first === undefined
    ? fine('project', 'hub.yaml is in order')
    : wrong('project', `${told(first)}${andMore(more)}`, 'Run esperanto check DIR.');
}

function settings(issues: readonly ProjectIssue[]): Check {
  const found = issues.filter(({ rule }) => ofSettings.has(rule));
  return found.length === 0
    ? fine('settings', 'all are there')
    : wrong('settings', found.map(told).join('; '), 'Set what is missing in the environment or in hub.yaml.');
}

const told = ({ path, message }: ProjectIssue) =>
  message.startsWith(path) ? message : `${path}: ${message}`;
const andMore = (more: readonly unknown[]) => (more.length === 0 ? '' : ` (and ${more.length} more)`);

function zone({ plant }: Project, issues: readonly ProjectIssue[]): Check {
  const issue = issues.find(({ rule }) => rule === zoneRule);
  if (issue) return wrong('time zone', issue.message, 'Write an IANA name, such as Europe/Berlin.');
  const now = new Intl.DateTimeFormat('en-GB', {
    timeZone: plant.timeZone,
    dateStyle: 'medium',
    timeStyle: 'short',
  }).format(new Date());
  return fine('time zone', `${plant.timeZone}, where it is ${now}`);
}

/** The folder itself, or the nearest above it that is there: the hub makes the rest. */
function nearest(dir: string): string {
  let at = dir;
  while (!existsSync(at)) at = dirname(at);
  return at;
}

function directory(dataDir: string): Check {
  const at = nearest(dataDir);
  try {
    accessSync(at, constants.W_OK | constants.X_OK);
    return fine('data directory', at === dataDir ? dataDir : `${dataDir} (to be made)`);
  } catch {
    return wrong(
      'data directory',
      `${at} cannot be written`,
      'Give this user the right, or choose another with --data.',
    );
  }
}

function disk(dataDir: string): Check {
  const { bavail, bsize } = statfsSync(nearest(dataDir));
  const free = bavail * bsize;
  const detail = `${Math.floor(free / 1024 / 1024)} MB free`;
  return free >= leastFreeBytes
    ? fine('disk', detail)
    : wrong('disk', detail, 'Make room: what waits for an absent system is kept there.');
}

async function port({ host, port: wanted }: Project['api'] | { host: string; port: number }): Promise<Check> {
  const where = `${wanted} on ${host}`;
  const failure = await new Promise<NodeJS.ErrnoException | undefined>((done) => {
    const server = createServer();
    server.once('error', done);
    server.listen(wanted, host, () => server.close(() => done(undefined)));
  });
  if (failure === undefined) return fine('port', `${where} is free`);
  if (failure.code !== 'EADDRINUSE') {
    return wrong('port', `${where}: ${failure.message}`, 'Choose another address in api.host and api.port.');
  }
  if (await isHub(`http://${host}:${wanted}`)) return fine('port', `a hub runs at ${where}`);
  return wrong('port', `another program listens at ${where}`, 'Choose another in api.port or with --port.');
}

async function isHub(url: string): Promise<boolean> {
  try {
    const answer = await fetch(`${url}/health/live`, { signal: AbortSignal.timeout(2000) });
    return ((await answer.json()) as { ok?: boolean }).ok === true;
  } catch {
    return false;
  }
}

/** PostgreSQL and Redis, where the environment names them. */
async function stores({ DATABASE_URL, REDIS_URL }: NodeJS.ProcessEnv): Promise<Check[]> {
  const { probePostgres, probeRedis } = require('../storage/probe') as typeof import('../storage/probe');
  return [
    DATABASE_URL
      ? await probed('store', () => probePostgres(DATABASE_URL), 'Start it, or correct DATABASE_URL.')
      : fine('store', 'SQLite in the data directory (DATABASE_URL is not set)'),
    REDIS_URL
      ? await probed('wake-ups', () => probeRedis(REDIS_URL), 'Start it, or correct REDIS_URL.')
      : fine('wake-ups', 'in process (REDIS_URL is not set)'),
  ];
}

async function probed(name: string, ask: () => Promise<string>, todo: string): Promise<Check> {
  try {
    return fine(name, await ask());
  } catch (thrown) {
    return wrong(name, asHubError(thrown).message, todo);
  }
}

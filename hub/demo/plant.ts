import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { HubError } from '../../model/errors';
import { type HubClient, hubClient } from '../client';
import { type RemoteKit, startKitProcess } from '../kit-process';
import { loadProject } from '../project';

/** A plant of stand-ins with a hub among them, each in a process of its own. */
export interface LivePlant {
  readonly hub: HubClient;
  readonly kits: Readonly<Record<string, RemoteKit>>;
  /** kill -9: no goodbye, no flush. */
  killHub(): Promise<void>;
  startHub(): Promise<void>;
  stop(): Promise<void>;
}

export interface PlantOptions {
  readonly projectDir: string;
  /** A folder for the hub's data and the kits' files. */
  readonly dataDir: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** Starts every system's kit, then the hub with settings that reach them. Any failure stops what was started. */
export async function startPlant({
  projectDir,
  dataDir,
  env = process.env,
}: PlantOptions): Promise<LivePlant> {
  const port = await freePort();
  const hub = hubClient(`http://127.0.0.1:${port}`);
  const project = loadProject(projectDir, { ...env });
  const hubData = join(dataDir, 'hub');
  const kits = await startKits(project.systems, { hubUrl: hub.url, kitsDir: join(dataDir, 'kits') });
  const settingsFile = join(dataDir, 'settings.json');
  writeFileSync(settingsFile, JSON.stringify(settingsOf(kits)), { mode: 0o600 });
  const args = [
    'start',
    projectDir,
    '--json',
    '--with-parent',
    '--port',
    String(port),
    '--data',
    hubData,
    '--settings',
    settingsFile,
  ];
  let child: ChildProcess | undefined;

  async function startHub(): Promise<void> {
    child = spawn(process.execPath, [require.resolve('../main'), ...args], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { LOG_LEVEL: 'error', ...env },
    });
    await ready(child);
  }
  async function endHub(signal: NodeJS.Signals): Promise<void> {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  }
  async function stop(): Promise<void> {
    await endHub('SIGTERM');
    await Promise.all(Object.values(kits).map((kit) => kit.stop()));
  }
  try {
    await startHub();
  } catch (error) {
    await stop();
    throw error;
  }
  return { hub, kits, startHub, killHub: () => endHub('SIGKILL'), stop };
}

/** One kit process per system of the project, all started at once. */
export async function startKits(
  systems: Readonly<Record<string, { adapter: string; kit: Readonly<Record<string, unknown>> }>>,
  { hubUrl, kitsDir }: { hubUrl: string; kitsDir: string },
): Promise<Record<string, RemoteKit>> {
  const started: Record<string, RemoteKit> = {};
  const starts = Object.entries(systems).map(async ([system, { adapter, kit }]) => {
    const dataDir = join(kitsDir, system);
    mkdirSync(dataDir, { recursive: true });
    started[system] = await startKitProcess(adapter, { hubUrl, system, dataDir, options: kit });
  });
  const failed = (await Promise.allSettled(starts)).find((result) => result.status === 'rejected');
  if (failed) {
    await Promise.all(Object.values(started).map((kit) => kit.stop()));
    throw failed.reason;
  }
  return started;
}

export function settingsOf(kits: Readonly<Record<string, RemoteKit>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(kits).map(([system, kit]) => [system, kit.config]));
}

async function ready(child: ChildProcess): Promise<void> {
  const lines = createInterface({ input: child.stdout! });
  await new Promise<void>((resolve, reject) => {
    lines.once('line', (line) => {
      lines.close();
      child.stdout!.resume();
      const said = JSON.parse(line) as { ok: boolean; error?: { message: string } };
      if (said.ok) resolve();
      else reject(new HubError('HUB_BUG', `the hub did not start: ${said.error?.message}`));
    });
    child.once('exit', (code) =>
      reject(new HubError('HUB_BUG', `the hub ended with ${code} before it listened`)),
    );
  });
}

/** A port of this machine that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

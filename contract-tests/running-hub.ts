import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { assembleHub } from '../hub/assemble';
import { type HubClient, hubClient } from '../hub/client';
import { loadProject, type Project } from '../hub/project';
import { packageRoot } from '../model/paths';

export const examplePlant = join(packageRoot, 'contract-tests/example-plant');

export interface RunningHub extends HubClient {
  readonly dataDir: string;
  /** POST to the intake; status and body of the answer, whatever it is. */
  push(
    system: string,
    body: string | Buffer,
    headers?: Record<string, string>,
  ): Promise<{ status: number; body: Record<string, unknown> }>;
  stop(): Promise<void>;
}

export interface HubUnderTest {
  /** Default: the example plant. */
  readonly projectDir?: string;
  readonly project?: (project: Project) => Project;
  readonly dataDir?: string;
  readonly databaseUrl?: string;
  readonly settings?: Record<string, Record<string, unknown>>;
}

/** A hub of a plant inside the test's process, on a free port and an empty folder; its systems are away unless settings say otherwise. */
export async function runningHub({
  projectDir = examplePlant,
  project = (given) => given,
  dataDir,
  databaseUrl,
  settings,
}: HubUnderTest = {}): Promise<RunningHub> {
  const folder = dataDir ?? mkdtempSync(join(tmpdir(), 'esperanto-test-'));
  const loaded = loadProject(projectDir, {});
  const hub = await assembleHub({
    project: project({ ...loaded, api: { ...loaded.api, port: 0 } }),
    dataDir: folder,
    ...(settings === undefined ? {} : { settings }),
    ...(databaseUrl === undefined ? {} : { databaseUrl }),
    log: pino({ level: 'silent' }),
  });
  return {
    ...hubClient(hub.url),
    dataDir: folder,
    async push(system, body, headers = { 'content-type': 'text/xml' }) {
      const answer = await fetch(`${hub.url}/intake/${system}`, { method: 'POST', headers, body });
      return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
    },
    async stop() {
      await hub.stop();
      if (dataDir === undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Node-RED with a flow that does to an order what the hub does, and stores nothing. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { freePort } from '../../../hub/demo/plant';
import { HubError } from '../../../model/errors';
import { environment, type Way } from '../whole-way';
import { flowByHub, flowByOwnMeans } from './flows';

/** Flow, and the module of what its nodes find in Node-RED's global context. */
export const nodeRedFlows = {
  /** What an integrator builds there: mapped by JSONata in `change` nodes, held to the model's schema by ajv. */
  'by own means': { flowTo: flowByOwnMeans, context: 'own-context.js' },
  /** Its function nodes call the hub's mapping and validation, so that only the ways around them are compared. */
  "by the hub's code": { flowTo: flowByHub, context: 'hub-context.js' },
} as const;

/** `folder`: where `npm install node-red` was called. */
export async function startNodeRed(
  folder: string,
  sinkUrl: string,
  by: keyof typeof nodeRedFlows,
): Promise<Way> {
  const program = join(folder, 'node_modules/node-red/red.js');
  if (!existsSync(program))
    throw new HubError(
      'HUB_WRONG_USE',
      `there is no Node-RED in ${folder}: npm install --prefix ${folder} node-red@4`,
    );
  const { flowTo, context } = nodeRedFlows[by];
  const userDir = mkdtempSync(join(tmpdir(), 'esperanto-node-red-'));
  const port = await freePort();
  const settings = join(userDir, 'settings.js');
  writeFileSync(join(userDir, 'flows.json'), JSON.stringify(flowTo(`${sinkUrl}/jobs`)));
  writeFileSync(settings, settingsOn(port, join(__dirname, context)));
  const child = spawn(process.execPath, [program, '--settings', settings, '--userDir', userDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env.PATH ?? '', ...environment(sinkUrl) },
  });
  const said: string[] = [];
  const started = new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stdout! }).on('line', (line) => {
      if (line.includes('Started flows')) resolve();
      else if (line.includes('[error]')) said.push(line);
    });
    child.once('exit', () => reject(new Error(`Node-RED ended instead of starting\n${said.join('\n')}`)));
  });
  await started;
  return {
    url: `http://127.0.0.1:${port}`,
    pids: [child.pid!],
    async stop() {
      const gone = once(child, 'exit');
      child.kill();
      await gone;
      rmSync(userDir, { recursive: true, force: true });
      if (said.length > 0) process.stderr.write(`${[...new Set(said)].slice(0, 5).join('\n')}\n`);
    },
  };
}

const settingsOn = (port: number, context: string): string => `module.exports = {
  uiPort: ${port}, uiHost: '127.0.0.1', httpAdminRoot: false, flowFile: 'flows.json', credentialSecret: false,
  apiMaxLength: '10mb', logging: { console: { level: 'info' } }, diagnostics: { enabled: false },
  functionGlobalContext: require(${JSON.stringify(context)}),
};
`;

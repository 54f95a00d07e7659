/** Node-RED with a flow that does to an order what the hub does, and stores nothing. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { freePort } from '../../hub/demo/plant';
import { HubError } from '../../model/errors';
import { environment, type Way } from './whole-way';

/** `folder`: where `npm install node-red` was called. */
export async function startNodeRed(folder: string, sinkUrl: string): Promise<Way> {
  const program = join(folder, 'node_modules/node-red/red.js');
  if (!existsSync(program))
    throw new HubError(
      'HUB_WRONG_USE',
      `there is no Node-RED in ${folder}: npm install --prefix ${folder} node-red@4`,
    );
  const userDir = mkdtempSync(join(tmpdir(), 'esperanto-node-red-'));
  const port = await freePort();
  const settings = join(userDir, 'settings.js');
  writeFileSync(join(userDir, 'flows.json'), JSON.stringify(flowTo(`${sinkUrl}/jobs`)));
  writeFileSync(settings, settingsOn(port));
  const child = spawn(process.execPath, [program, '--settings', settings, '--userDir', userDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env.PATH ?? '', ...environment(sinkUrl) },
  });
  const started = new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stdout! }).on('line', (line) => {
      if (line.includes('Started flows')) resolve();
    });
    child.once('exit', () => reject(new Error('Node-RED ended instead of starting')));
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
    },
  };
}

const settingsOn = (port: number): string => `module.exports = {
  uiPort: ${port}, uiHost: '127.0.0.1', httpAdminRoot: false, flowFile: 'flows.json', credentialSecret: false,
  apiMaxLength: '10mb', logging: { console: { level: 'info' } }, diagnostics: { enabled: false },
  functionGlobalContext: { work: require(${JSON.stringify(join(__dirname, 'node-red-work.js'))}) },
};
`;

/** POST /intake/shop: JSON → work → request → answer; POST /intake/erp the same with the \`xml\` node before it. */
function flowTo(url: string): object[] {
  const node = (id: string, type: string, next: string | undefined, more: object = {}) => ({
    // Without a place it would be no node of the flow.
    ...{ id, type, z: 'flow', x: 0, y: 0, name: id, wires: next === undefined ? [] : [[next]] },
    ...more,
  });
  const work = (id: string, call: string) =>
    node(id, 'function', 'send', {
      func: `msg.payload = global.get('work').${call}(msg.payload); msg.headers = {}; return msg;`,
      outputs: 1,
    });
  return [
    { id: 'flow', type: 'tab', label: 'orders' },
    node('shop', 'http in', 'json work', { url: '/intake/shop', method: 'post' }),
    work('json work', 'fromJson'),
    node('erp', 'http in', 'xml', { url: '/intake/erp', method: 'post' }),
    node('xml', 'xml', 'xml work', { property: 'payload', attr: '', chr: '' }),
    work('xml work', 'fromXml'),
    node('send', 'http request', 'done', {
      method: 'POST',
      ret: 'txt',
      url,
      persist: true,
      paytoqs: 'ignore',
    }),
    node('done', 'function', 'answer', {
      func: 'msg.statusCode = 202; msg.payload = { accepted: [] }; msg.headers = {}; return msg;',
      outputs: 1,
    }),
    node('answer', 'http response', undefined),
  ];
}

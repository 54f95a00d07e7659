/**
 * What the hub is compared with: Fastify in, parsed, mapped and validated by the same code, axios out, and only then
 * answered. It stores nothing, so nothing is ordered, repeated or traced.
 */

import { Agent } from 'node:http';
import axios from 'axios';
import Fastify from 'fastify';
import { adapters } from '../../adapters';
import type { NativeRecord } from '../../adapters/adapter';
import { parseSettings } from '../../adapters/settings';
import { loadProject } from '../../hub/project';
import { loadMappings } from '../../mappings/engine';
import type { Message } from '../../model/message';
import { validateMessage } from '../../model/validate';
import { projectDir } from './plant';

const project = loadProject(projectDir);
const mappings = loadMappings(project.mappingDirs);
const job = mappings.get('bench/job');
const sink = axios.create({ baseURL: process.env.SINK_URL!, httpAgent: new Agent({ keepAlive: true }) });
const context = { zone: project.plant.timeZone, plant: project.plant.id };

const app = Fastify({ bodyLimit: 10_000_000 });
app.removeAllContentTypeParsers();
app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
app.post<{ Params: { system: string }; Body: string }>('/intake/:system', async (request, reply) => {
  const { system } = request.params;
  const contentType = request.headers['content-type'] ?? '';
  for (const record of recordsIn(system, { contentType, text: request.body })) await passOn(system, record);
  return reply.code(202).send({ accepted: [] });
});

function recordsIn(system: string, raw: { contentType: string; text: string }): NativeRecord[] {
  const { adapter: name, settings } = project.systems[system]!;
  const adapter = adapters[name as 'http-json'];
  return adapter.read!(raw, parseSettings(adapter, settings, system));
}

async function passOn(system: string, record: NativeRecord): Promise<void> {
  const { map } = project.systems[system]!.reads[record.type]![0]!;
  const read = mappings.get(map).read(record.body, { ...context, system });
  if ('issues' in read) throw new Error(JSON.stringify(read.issues));
  const issues = validateMessage(read.message as Message);
  if (issues.length > 0) throw new Error(JSON.stringify(issues));
  const written = job.write(read.message, context);
  if ('issues' in written) throw new Error(JSON.stringify(written.issues));
  for (const { body } of written.records) await sink.post('/jobs', body);
}

void app
  .listen({ host: '127.0.0.1', port: 0 })
  .then((url) => process.stdout.write(`${JSON.stringify({ url })}\n`));
process.stdin.once('end', () => process.exit()).resume();

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
import { project, workOn } from './work';

const sink = axios.create({ baseURL: process.env.SINK_URL!, httpAgent: new Agent({ keepAlive: true }) });

const app = Fastify({ bodyLimit: 10_000_000 });
app.removeAllContentTypeParsers();
app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
app.post<{ Params: { system: string }; Body: string }>('/intake/:system', async (request, reply) => {
  const { system } = request.params;
  const contentType = request.headers['content-type'] ?? '';
  for (const record of recordsIn(system, { contentType, text: request.body }))
    for (const body of workOn(system, record)) await sink.post('/jobs', body);
  return reply.code(202).send({ accepted: [] });
});

function recordsIn(system: string, raw: { contentType: string; text: string }): NativeRecord[] {
  const { adapter: name, settings } = project.systems[system]!;
  const adapter = adapters[name as 'http-json'];
  return adapter.read!(raw, parseSettings(adapter, settings, system));
}

void app
  .listen({ host: '127.0.0.1', port: 0 })
  .then((url) => process.stdout.write(`${JSON.stringify({ url })}\n`));
process.stdin.once('end', () => process.exit()).resume();

import type { AddressInfo } from 'node:net';
import Fastify from 'fastify';
import type { Accept, Adapter, RawRecord } from '../adapters/adapter';
import { httpStatus } from '../hub/api/http-status';
import { asHubError } from '../model/errors';

/** The hub's door without the hub: what is pushed is read by the adapter, accepted, and only then confirmed. */
export interface Door {
  /** `http://127.0.0.1:PORT`; kits push to `/intake/<system>` and `/soap/<system>` under it. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Every system behind this door has the same adapter. A throwing `accept` is answered with 503, as a full store is. `config` gives the settings by the time something comes. */
export async function openDoor(
  adapter: Adapter,
  accept: Accept,
  config: () => unknown = () => ({}),
): Promise<Door> {
  const take = async (raw: RawRecord) => {
    const records = adapter.read!(raw, config());
    for (const record of records) await accept(record);
    return { accepted: records.map(({ type, key }) => ({ record: key, type, key, duplicate: false })) };
  };

  const app = Fastify({ forceCloseConnections: true });
  app.setErrorHandler((error, _request, reply) => {
    const failure = asHubError(error);
    return reply.code(failure.code === 'HUB_BUG' ? 503 : httpStatus(failure)).send(failure.toJSON());
  });
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
    scope.post<{ Body: string }>('/intake/:system', async (request, reply) =>
      reply
        .code(202)
        .send(await take({ contentType: request.headers['content-type'] ?? '', text: request.body })),
    );
  });
  if (adapter.receives.includes('B2MML'))
    soap().registerSoap(app, { accept: (_system, raw) => take(raw), systems: { has: () => true } });

  await app.listen({ host: '127.0.0.1', port: 0 });
  return {
    url: `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`,
    stop: () => app.close(),
  };
}

/** With it comes the B2MML codec, which the other adapters' tests need not load. */
const soap = () => require('../hub/api/soap') as typeof import('../hub/api/soap');

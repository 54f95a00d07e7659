import fastifyStatic from '@fastify/static';
import { getDistDirectory, renderAltair } from 'altair-static';
import type { FastifyInstance } from 'fastify';

const PREFIX = '/graphql/explorer/';

/** The GraphQL explorer, served from the package itself: a plant network reaches no content network. */
export async function addExplorer(app: FastifyInstance): Promise<void> {
  const page = renderAltair({
    baseURL: PREFIX,
    endpointURL: '/graphql',
    initialQuery: '{ hub { version plant } }',
  });
  app.get(PREFIX.slice(0, -1), { schema: { hide: true } }, (_request, reply) => reply.redirect(PREFIX));
  app.get(PREFIX, { schema: { hide: true } }, (_request, reply) => reply.type('text/html').send(page));
  await app.register(fastifyStatic, {
    root: getDistDirectory(),
    prefix: PREFIX,
    index: false,
    decorateReply: false,
    schemaHide: true,
  });
}

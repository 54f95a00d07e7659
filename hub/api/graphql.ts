import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApolloServer } from '@apollo/server';
import { unwrapResolverError } from '@apollo/server/errors';
import fastifyApollo, { fastifyApolloDrainPlugin } from '@as-integrations/fastify';
import type { FastifyInstance } from 'fastify';
import type { GraphQLFormattedError, GraphQLSchema } from 'graphql';
import { asHubError, HubError } from '../../model/errors';
import { packageRoot } from '../../model/paths';
import type { ChangeFeed } from '../change-feed';
import { resolvers } from './resolvers';
import type { ApiContext } from './server';

/**
 * `POST /graphql`, and its explorer at /graphql/explorer. The same store and desk stand behind it as behind REST.
 * Returns the schema: subscriptions are streamed elsewhere.
 */
export async function addGraphql(
  app: FastifyInstance,
  context: ApiContext,
  feed: ChangeFeed,
): Promise<GraphQLSchema> {
  let built: GraphQLSchema | undefined;
  const server = new ApolloServer({
    typeDefs: readFileSync(join(packageRoot, 'hub/api/schema.graphql'), 'utf8'),
    resolvers: resolvers(context, feed),
    introspection: true,
    includeStacktraceInErrorResponses: false,
    // The hub stops everything in order; Apollo's own handler would kill the process in the middle of it.
    stopOnTerminationSignals: false,
    plugins: [
      fastifyApolloDrainPlugin(app),
      {
        async serverWillStart({ schema }) {
          built = schema;
        },
      },
    ],
    formatError,
  });
  await server.start();
  await app.register(fastifyApollo(server));
  return built!;
}

/** A HubError keeps its code, place and advice; what nobody foresaw says so and nothing about the inside. */
function formatError(formatted: GraphQLFormattedError, thrown: unknown): GraphQLFormattedError {
  const original = unwrapResolverError(thrown);
  if (!(original instanceof HubError)) {
    return formatted.extensions?.code === 'INTERNAL_SERVER_ERROR'
      ? { ...formatted, extensions: asHubError(original).toJSON() }
      : formatted;
  }
  return { ...formatted, message: original.message, extensions: original.toJSON() };
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApolloServer } from '@apollo/server';
import { unwrapResolverError } from '@apollo/server/errors';
import fastifyApollo, { fastifyApolloDrainPlugin } from '@as-integrations/fastify';
import type { FastifyInstance } from 'fastify';
import type { GraphQLFormattedError, GraphQLSchema } from 'graphql';
import { asHubError, HubError } from '../../model/errors';
import { packageRoot } from '../../model/paths';
import type { ChangeFeed } from '../change-desk/feed';
import type { ApiContext } from './context';
import { executable } from './executable';
import { resolvers } from './resolvers';
import { typedResolvers, withTypedObjects } from './typed-objects';

/**
 * `POST /graphql`, and its explorer at /graphql/explorer. The same store and desk stand behind it as behind REST.
 * Returns the schema: subscriptions are streamed elsewhere.
 */
export async function addGraphql(
  app: FastifyInstance,
  context: ApiContext,
  feed: ChangeFeed,
): Promise<GraphQLSchema> {
  const own = resolvers(context, feed);
  const schema = executable(graphqlText(), {
    ...own,
    Query: { ...own.Query, ...typedResolvers(context.store).Query },
  });
  const server = new ApolloServer({
    schema,
    introspection: true,
    includeStacktraceInErrorResponses: false,
    // The hub stops everything in order; Apollo's own handler would kill the process in the middle of it.
    stopOnTerminationSignals: false,
    plugins: [fastifyApolloDrainPlugin(app)],
    formatError,
  });
  await server.start();
  await app.register(fastifyApollo(server));
  return schema;
}

/** All that GraphQL knows: the API's own types and the model's. */
export function graphqlText(): string {
  return withTypedObjects(readFileSync(join(packageRoot, 'hub/api/schema.graphql'), 'utf8'));
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

import type { AddressInfo } from 'node:net';
import swagger, { type SwaggerTransformObject } from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import Fastify, { type FastifyError, type FastifyInstance, LogController } from 'fastify';
import { asHubError, HubError } from '../../model/errors';
import { changeFeed } from '../change-desk/feed';
import type { Project } from '../project';
import { addChangeEvents } from './change-events';
import { addChanges } from './change-routes';
import type { ApiContext } from './context';
import { addDefinitions } from './definition-routes';
import { addExplorer } from './explorer';
import { addGraphql } from './graphql';
import { addHealth } from './health';
import { httpStatus } from './http-status';
import { addIdentities } from './identity-routes';
import { addIntake } from './intake-routes';
import { withModel } from './open-api';
import { addOperating } from './operating-routes';
import { addReads } from './reads';
import { registerSoap } from './soap';
import { hubVersion } from './version';

export interface Api {
  readonly url: string;
  close(): Promise<void>;
}

/** Builds the API without listening. */
export async function buildApi(context: ApiContext): Promise<FastifyInstance> {
  const { project } = context;
  const app = Fastify({
    loggerInstance: context.log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: project.api.bodyLimitBytes,
    // A request is taken as it is or refused: no text becomes a number, no null a text, no field is dropped.
    ajv: {
      customOptions: { coerceTypes: false, removeAdditional: false, useDefaults: false, allErrors: false },
    },
    forceCloseConnections: true,
  });
  app.setErrorHandler((thrown: FastifyError, request, reply) => {
    const error = fromFastify(thrown, project);
    if (error.code === 'HUB_BUG') request.log.error({ err: thrown }, 'unforeseen');
    const status = httpStatus(error);
    if (status === 429 || status === 503) reply.header('retry-after', '1');
    return reply.code(status).type('application/json').send(error.toJSON());
  });
  app.setNotFoundHandler((request) => {
    throw new HubError('HUB_NOT_FOUND', `there is nothing at ${request.method} ${request.url}`, {
      todo: 'See /docs for what there is.',
    });
  });
  await app.register(swagger, {
    transformObject: withModel as SwaggerTransformObject,
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Esperanto',
        version: hubVersion,
        description: `The integration hub of ${project.plant.name}.`,
      },
      tags: [
        { name: 'intake', description: 'Where systems push their records.' },
        { name: 'reads', description: 'Objects, messages and deliveries.' },
        { name: 'operating', description: 'Replays, discards, and jobs that do so with many messages.' },
        { name: 'definitions', description: 'Revisions of definitions and their states.' },
        { name: 'identities', description: 'Which id of which system is which object.' },
        { name: 'changes', description: 'Changes taken into execution.' },
        { name: 'health', description: 'Is the hub alive, can it work.' },
      ],
    },
  });
  await app.register(swaggerUi, { routePrefix: '/docs' });
  addHealth(app, context);
  await app.register(async (scope) => addIntake(scope, context));
  registerSoap(app, {
    accept: (system, raw) => context.intake.push(system, raw),
    systems: context.soapSystems,
    bodyLimitBytes: project.api.bodyLimitBytes,
    logicalId: `esperanto/${project.plant.id}`,
  });
  addReads(app, context);
  addOperating(app, context.operating);
  addDefinitions(app, context);
  addIdentities(app, context.identities);
  addChanges(app, context.changes);
  const feed = changeFeed(context.store);
  addChangeEvents(app, feed, await addGraphql(app, context, feed));
  await addExplorer(app);
  return app;
}

/** Listens on the project's address. Throws HUB_PORT_TAKEN. */
export async function startApi(context: ApiContext): Promise<Api> {
  const { host, port } = context.project.api;
  const app = await buildApi(context);
  try {
    await app.listen({ host, port });
  } catch (error) {
    await app.close();
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') {
      throw new HubError('HUB_PORT_TAKEN', `port ${port} on ${host} is taken`, { value: port, cause: error });
    }
    throw error;
  }
  const bound = app.server.address() as AddressInfo;
  return { url: `http://${host.includes(':') ? `[${host}]` : host}:${bound.port}`, close: () => app.close() };
}

function fromFastify(thrown: FastifyError, project: Project): HubError {
  if (thrown instanceof HubError) return thrown;
  if (thrown.code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return new HubError('HUB_TOO_LARGE', `the body is larger than ${project.api.bodyLimitBytes} bytes`);
  }
  if (thrown.code === 'FST_ERR_CTP_INVALID_JSON_BODY' || thrown.code === 'FST_ERR_CTP_EMPTY_JSON_BODY') {
    return new HubError('HUB_BAD_JSON', thrown.message);
  }
  if (thrown.validation) {
    return new HubError('HUB_WRONG_USE', thrown.message, {
      at: thrown.validationContext ?? 'request',
      todo: 'See /docs.',
    });
  }
  if (thrown.statusCode !== undefined && thrown.statusCode < 500)
    return new HubError('HUB_WRONG_USE', thrown.message);
  return asHubError(thrown);
}

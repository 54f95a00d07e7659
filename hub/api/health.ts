import type { FastifyInstance } from 'fastify';
import { asHubError } from '../../model/errors';
import type { ApiContext } from './context';

/** `/health/live`: the process answers. `/health/ready`: it can take and deliver messages. */
export function addHealth(app: FastifyInstance, { ready, systems }: ApiContext): void {
  const schema = { tags: ['health'] };
  app.get('/health/live', { schema }, () => ({ ok: true }));
  app.get('/health/ready', { schema }, async (_request, reply) => {
    try {
      await ready();
      return { ok: true, systems: systems() };
    } catch (error) {
      return reply.code(503).send({ ok: false, error: asHubError(error).toJSON(), systems: systems() });
    }
  });
}

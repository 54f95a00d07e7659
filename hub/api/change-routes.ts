import type { FastifyInstance } from 'fastify';
import type { UseKind } from '../change/order-uses';
import type { ChangeDesk } from '../change-desk/desk';

const tags = ['changes'];
const text = { type: 'string' } as const;
const whole = { type: 'string', pattern: '^[0-9]{1,15}$' } as const;
const signed = {
  by: { ...text, minLength: 1, description: 'Who.' },
  reason: { ...text, minLength: 1, description: 'For which reason.' },
} as const;
const query = (properties: Record<string, object>) => ({
  type: 'object',
  properties,
  additionalProperties: false,
});

interface OfChange {
  Params: { id: string };
}

/** REST over changes: what they are, what is decided about them, and how they are taken back. */
export function addChanges(app: FastifyInstance, changes: ChangeDesk): void {
  addChangeReads(app, changes);
  addWhatIf(app, changes);
  addDecisions(app, changes);
}

function addChangeReads(app: FastifyInstance, changes: ChangeDesk): void {
  app.get('/changes', { schema: { tags, summary: 'Changes, newest first' } }, async () => ({
    changes: await changes.list(),
  }));
  app.get<OfChange & { Querystring: { limit?: string; after?: string } }>(
    '/changes/:id',
    {
      schema: {
        tags,
        summary: 'One change: difference, impact, decisions and its set of commands; of many orders a page',
        querystring: query({
          limit: { ...whole, description: 'So many orders, with their commands; 200 unless given.' },
          after: { ...whole, description: '`nextOrders` of the page before.' },
        }),
      },
    },
    async ({ params, query: { limit, after } }) =>
      changes.show(params.id, {
        limit: Math.max(1, Math.min(Number(limit ?? 200), 1000)),
        ...(after === undefined ? {} : { after: Number(after) }),
      }),
  );
  app.get<OfChange>(
    '/changes/:id/page',
    { schema: { tags, summary: 'One change as a page for people', produces: ['text/plain'] } },
    async ({ params }, reply) =>
      reply.type('text/plain; charset=utf-8').send((await changes.show(params.id, { limit: 1 })).page),
  );
  app.get<OfChange>(
    '/orders/:id/as-built',
    { schema: { tags, summary: 'An order as planned against as built, with the decisions in between' } },
    async ({ params }) => changes.asBuilt(params.id),
  );
  app.get<{ Querystring: { kind: UseKind; ref: string } }>(
    '/orders/using',
    {
      schema: {
        tags,
        summary: 'Open orders that use a material, machine, parameter, operation or product',
        querystring: {
          ...query({
            kind: { enum: ['material', 'equipment', 'parameter', 'operation', 'definition'] },
            ref: { ...text, minLength: 1 },
          }),
          required: ['kind', 'ref'],
        },
      },
    },
    async ({ query: { kind, ref } }) => ({ orders: await changes.usersOf(kind, ref) }),
  );
}

function addWhatIf(app: FastifyInstance, changes: ChangeDesk): void {
  app.post<{ Body: unknown; Querystring: { keep?: 'true' | 'false' } }>(
    '/changes/what-if',
    {
      schema: {
        tags,
        summary: 'What a revision that is not published would mean now; nothing is sent',
        querystring: query({
          keep: { enum: ['true', 'false'], description: 'Keep it, to be compared with what then comes.' },
        }),
        body: { type: 'object', additionalProperties: true, description: 'An OperationsDefinition.' },
      },
    },
    async ({ body, query: { keep } }) => changes.whatIf(body, { keep: keep === 'true' }),
  );
  app.get('/changes/what-if', { schema: { tags, summary: 'What-ifs that were kept' } }, async () => ({
    whatIfs: await changes.list({ whatIfs: true }),
  }));
  app.get<OfChange & { Querystring: { change?: string } }>(
    '/changes/what-if/:id/comparison',
    {
      schema: {
        tags,
        summary: 'A kept what-if against the change that came: the named one, or the next of that product',
        querystring: query({ change: text }),
      },
    },
    async ({ params, query: { change } }) => changes.compare(params.id, change),
  );
}

function addDecisions(app: FastifyInstance, changes: ChangeDesk): void {
  app.post<OfChange & { Body: Parameters<ChangeDesk['decide']>[1] }>(
    '/changes/:id/decisions',
    {
      schema: {
        tags,
        summary: "The supervisor's decision for some or all orders of a change",
        body: {
          type: 'object',
          required: ['orderIds', 'action', 'by', 'reason'],
          additionalProperties: false,
          properties: {
            ...signed,
            orderIds: { type: 'array', items: text, description: 'Empty: all that wait for a decision.' },
            action: { enum: ['approve', 'defer', 'reject', 'extend'] },
            scope: {
              enum: ['remaining', 'all'],
              description: 'Whether pieces already made stay (default) or are made over again.',
            },
            until: { type: 'object', additionalProperties: true, description: 'For defer: until when.' },
            additions: {
              type: 'object',
              additionalProperties: true,
              description: 'For extend: what is added.',
            },
            seen: {
              type: 'integer',
              description: '`ground` of the change as it was looked at: older ground is refused.',
            },
          },
        },
      },
    },
    async ({ params, body }) => changes.decide(params.id, body),
  );
  app.post<OfChange & { Body: { by: string; reason: string } }>(
    '/changes/:id/undo',
    {
      schema: {
        tags,
        summary: 'Take a change back as far as systems allow',
        body: { type: 'object', required: ['by', 'reason'], additionalProperties: false, properties: signed },
      },
    },
    async ({ params, body }) => changes.undo(params.id, body),
  );
  app.post<OfChange & { Body: { commandId: string } }>(
    '/changes/:id/retry',
    {
      schema: {
        tags,
        summary: 'Send a failed command again, and what was dropped because of it',
        body: {
          type: 'object',
          required: ['commandId'],
          additionalProperties: false,
          properties: { commandId: text },
        },
      },
    },
    async ({ params, body }) => changes.retry(params.id, body.commandId),
  );
}

import type { FastifyInstance, FastifyReply } from 'fastify';
import { type ExecutionResult, type GraphQLSchema, parse, subscribe, validate } from 'graphql';
import { HubError } from '../../model/errors';
import type { ChangeFeed } from '../change-desk/feed';

const HEARTBEAT_MS = 15_000;

interface Question {
  readonly query: string;
  readonly variables?: Record<string, unknown>;
  readonly operationName?: string;
}

/**
 * Changes as they happen, as server-sent events: `GET /changes/events` for anybody, and `POST /graphql/stream` for
 * GraphQL subscriptions (the "distinct connections" mode of GraphQL over SSE: events `next` and `complete`).
 */
export function addChangeEvents(app: FastifyInstance, feed: ChangeFeed, schema: GraphQLSchema): void {
  app.addHook('preClose', async () => feed.close());

  app.get(
    '/changes/events',
    {
      schema: {
        tags: ['changes'],
        summary: 'Server-sent events: the id of each change that has become different',
        produces: ['text/event-stream'],
      },
    },
    (_request, reply) => {
      const stream = eventStream(reply);
      stream.whenGone(feed.listen((id) => stream.send('change', { id })));
    },
  );

  app.post<{ Body: Question }>(
    '/graphql/stream',
    {
      schema: {
        tags: ['changes'],
        summary: 'A GraphQL subscription as server-sent events',
        produces: ['text/event-stream'],
        body: {
          type: 'object',
          required: ['query'],
          properties: {
            query: { type: 'string' },
            variables: { type: ['object', 'null'] },
            operationName: { type: ['string', 'null'] },
          },
        },
      },
    },
    async ({ body }, reply) => {
      const document = parsed(body.query);
      const wrong = validate(schema, document);
      const results =
        wrong.length > 0
          ? { errors: wrong }
          : await subscribe({
              schema,
              document,
              variableValues: body.variables,
              operationName: body.operationName,
            });
      const stream = eventStream(reply);
      if (!(Symbol.asyncIterator in results)) {
        stream.send('next', results);
        return stream.end();
      }
      stream.whenGone(() => void results.return(undefined));
      void pass(results, stream);
    },
  );
}

function parsed(query: string) {
  try {
    return parse(query);
  } catch (cause) {
    throw new HubError('HUB_WRONG_USE', (cause as Error).message, { at: 'query', cause });
  }
}

async function pass(
  results: AsyncGenerator<ExecutionResult, void, void>,
  stream: EventStream,
): Promise<void> {
  for await (const result of results) stream.send('next', result);
  stream.end();
}

interface EventStream {
  send(event: string, data: unknown): void;
  whenGone(then: () => void): void;
  end(): void;
}

/** The reply as a stream of events; a comment now and then keeps what stands between from closing it. */
function eventStream(reply: FastifyReply): EventStream {
  reply.hijack();
  const { raw } = reply;
  raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  raw.write(': open\n\n');
  const heartbeat = setInterval(() => raw.write(': still here\n\n'), HEARTBEAT_MS).unref();
  raw.on('close', () => clearInterval(heartbeat));
  return {
    send: (event, data) => void raw.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`),
    whenGone: (then) => void raw.on('close', then),
    end: () => void raw.end('event: complete\ndata: \n\n'),
  };
}

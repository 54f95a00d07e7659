import type { FastifyInstance } from 'fastify';
import { HubError } from '../../model/errors';
import { executionOf } from '../flow/execution-of';
import type { DeliveryState, Page, Reads, RecordState } from '../storage/store';
import type { ApiContext } from './context';

type Query = Record<string, string | undefined>;

const text = { type: 'string' } as const;
const whole = { type: 'string', pattern: '^[1-9][0-9]{0,3}$' } as const;
const paging = {
  before: { ...text, description: 'The last id of the page before.' },
  limit: { ...whole, description: 'At most this many, newest first. Default 100.' },
  from: { ...text, description: 'Instant, inclusive.' },
  to: { ...text, description: 'Instant, exclusive.' },
} as const;
const reason = { ...text, description: 'Somewhere in what is wrong: a code, a path, a word.' } as const;
const query = (properties: Record<string, object>) => ({
  type: 'object',
  properties: { ...properties },
  additionalProperties: false,
});
/** REST reads of what the hub keeps. */
export function addReads(app: FastifyInstance, context: ApiContext): void {
  addMessages(app, context);
  addParked(app, context);
  addObjects(app, context);
}

function addMessages(app: FastifyInstance, { store, operating }: ApiContext): void {
  const tags = ['reads'];
  app.get<{ Querystring: Query }>(
    '/records',
    {
      schema: {
        tags,
        summary: 'Records as systems sent them',
        querystring: query({
          ...paging,
          ...{ system: text, type: text, key: text, state: text, noun: text, text: reason },
        }),
      },
    },
    async ({ query: q }) => ({
      records: await store.listRecords({
        ...page(q),
        ...pick(q, 'system', 'type', 'key', 'text'),
        ...(q.state ? { state: q.state as RecordState } : {}),
        ...(q.noun ? { types: operating.typesOf(q.noun) } : {}),
      }),
    }),
  );
  app.get<{ Params: { id: string } }>(
    '/records/:id',
    { schema: { tags, summary: 'The whole way of one record: mapping, message, objects, deliveries' } },
    async ({ params }) => found(await store.trace(params.id), `record ${params.id}`),
  );
  app.get<{ Querystring: Query }>(
    '/messages',
    {
      schema: {
        tags,
        summary: 'Canonical messages',
        querystring: query({
          ...paging,
          system: text,
          noun: text,
          verb: text,
          objectKey: text,
          recordId: text,
        }),
      },
    },
    async ({ query: q }) => ({
      messages: await store.listMessages({
        ...page(q),
        ...pick(q, 'system', 'noun', 'verb', 'objectKey', 'recordId'),
      }),
    }),
  );
  app.get<{ Params: { id: string } }>(
    '/messages/:id',
    { schema: { tags, summary: 'One canonical message' } },
    async ({ params }) => found(await store.getMessage(params.id), `message ${params.id}`),
  );
  app.get<{ Querystring: Query }>(
    '/deliveries',
    {
      schema: {
        tags,
        summary: 'Deliveries to systems, with attempts, request and answer',
        querystring: query({
          ...paging,
          ...{ system: text, key: text, state: text, messageId: text, noun: text, text: reason },
        }),
      },
    },
    async ({ query: q }) => ({
      deliveries: await store.listDeliveries({
        ...page(q),
        ...pick(q, 'key', 'messageId', 'noun', 'text'),
        ...(q.system ? { dest: q.system } : {}),
        ...(q.state ? { state: q.state as DeliveryState } : {}),
      }),
    }),
  );
  app.get<{ Params: { id: string } }>(
    '/deliveries/:id',
    {
      schema: {
        tags,
        summary:
          'One delivery, with the object that it carries, what was sent and answered, and failed tries',
      },
    },
    async ({ params }) => found(await operating.delivery(params.id), `delivery ${params.id}`),
  );
  app.get(
    '/lanes',
    { schema: { tags, summary: 'What waits for each receiver, and since when' } },
    async () => ({
      lanes: await store.laneStatistics(),
    }),
  );
}

function addParked(app: FastifyInstance, { operating }: ApiContext): void {
  app.get(
    '/parked',
    {
      schema: {
        tags: ['reads'],
        summary: 'What waits for a person, with the stage at which it stopped: the newest 100 of each',
      },
    },
    async () => operating.parked(),
  );
}

function addObjects(app: FastifyInstance, { store }: ApiContext): void {
  const tags = ['reads'];
  app.get<{ Params: { noun: string }; Querystring: Query }>(
    '/objects/:noun',
    {
      schema: {
        tags,
        summary: 'Canonical objects of a noun, by id',
        querystring: query({ after: text, limit: whole }),
      },
    },
    async ({ params, query: q }) => ({
      objects: await store.listObjects({
        noun: params.noun,
        ...pick(q, 'after'),
        ...(q.limit ? { limit: Number(q.limit) } : {}),
      }),
    }),
  );
  app.get<{ Params: { noun: string; id: string }; Querystring: Query }>(
    '/objects/:noun/:id',
    {
      schema: {
        tags,
        summary: 'One object: now, as of a version, or as of an instant',
        querystring: query({ version: whole, at: text }),
      },
    },
    async ({ params: { noun, id }, query: q }) => {
      const as = { ...pick(q, 'at'), ...(q.version ? { version: Number(q.version) } : {}) };
      return found(await store.getObject(noun, id, as), `${noun} ${id}`);
    },
  );
  app.get<{ Params: { noun: string; id: string } }>(
    '/objects/:noun/:id/versions',
    { schema: { tags, summary: 'The versions of one object' } },
    async ({ params: { noun, id } }) => ({ versions: await store.objectVersions(noun, id) }),
  );
  app.get<{ Params: { id: string } }>(
    '/orders/:id/execution',
    { schema: { tags, summary: 'What has happened to an order: segments and consumption' } },
    async ({ params: { id } }) => executionView(store, id),
  );
}

/** Where an order stands: each operation that was reported on, and each report of consumption. */
export async function executionView(store: Reads, orderId: string) {
  const execution = (await executionOf(store, [orderId])).get(orderId);
  return {
    segments: Object.values(execution?.segments ?? {}),
    consumption: await store.consumptionOf(orderId),
  };
}

function page(q: Query): Page {
  return { ...pick(q, 'before', 'from', 'to'), ...(q.limit ? { limit: Number(q.limit) } : {}) };
}

function pick<Name extends string>(q: Query, ...names: Name[]): { [N in Name]?: string } {
  const entries = names.flatMap((name) => (q[name] === undefined ? [] : [[name, q[name]] as const]));
  return Object.fromEntries(entries) as { [N in Name]?: string };
}

function found<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new HubError('HUB_NOT_FOUND', `there is no ${what}`);
  return value;
}

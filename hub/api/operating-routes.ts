import type { FastifyInstance } from 'fastify';
import { HubError } from '../../model/errors';
import type { Asked, DeliveryEdit, OperatingDesk } from '../flow/operating';
import type { Repeat } from '../flow/repeat';
import type { Reprocess } from '../flow/reprocess';
import type { Edit } from '../flow/retake';
import type { JobState, Note } from '../storage/store';

const text = { type: 'string' } as const;
const named = { ...text, minLength: 1 } as const;
const said = { by: { ...named, description: 'Who.' }, why: { ...named, description: 'For which reason.' } };
const asked = {
  ...said,
  rate: { type: 'number', exclusiveMinimum: 0, description: 'Messages a second at most.' },
  dryRun: { type: 'boolean', description: 'Only count.' },
} as const;
const closed = (properties: Record<string, object>, required: readonly string[]) => ({
  type: 'object',
  properties,
  required: [...required],
  additionalProperties: false,
});
const note = closed(said, ['by', 'why']);
const search = {
  system: { ...text, description: 'Records from it and deliveries to it.' },
  noun: text,
  type: { ...text, description: 'Type of record.' },
  key: { ...text, description: 'Business key as it stands in the list of records or deliveries.' },
  state: {
    enum: ['parked', 'applied', 'unchanged', 'refused', 'discarded'],
    description: 'Of records; deliveries are always parked ones. Default parked.',
  },
  from: { ...text, description: 'Instant, inclusive.' },
  to: { ...text, description: 'Instant, exclusive.' },
  text: { ...text, description: 'Somewhere in the reason: a code, a path, a word.' },
  of: { enum: ['records', 'deliveries'], description: 'Default: both.' },
} as const;
const point = {
  to: { type: 'array', items: named, minItems: 1, description: 'Receivers.' },
  since: { ...named, description: 'An instant, or the id of a record, message or delivery.' },
  noun: text,
  key: { ...text, description: 'Business key of the lane; with by: flows the id of the object.' },
  by: {
    enum: ['sent', 'flows'],
    description:
      'sent (default): what these receivers were sent. flows: the versions of objects, by the flows as they are now.',
  },
} as const;

type Id = { Params: { id: string } };
type Begin<What> = { Body: Asked & { what: What; dryRun?: boolean } };

/** What people who operate the hub do with messages, over REST. */
export function addOperating(app: FastifyInstance, operating: OperatingDesk): void {
  addSingle(app, operating);
  addJobs(app, operating);
}

function addSingle(app: FastifyInstance, operating: OperatingDesk): void {
  const tags = ['operating'];
  app.post<Id & { Body: Note & Edit }>(
    '/records/:id/replay',
    {
      schema: {
        tags,
        summary:
          'Take a record in again: a parked one from its place, any other and an edited one as a new one',
        body: closed({ ...said, body: {}, raw: text }, ['by', 'why']),
      },
    },
    async ({ params, body }) => operating.replayRecord(params.id, body),
  );
  app.post<Id & { Body: Note }>(
    '/records/:id/discard',
    { schema: { tags, summary: 'Give a parked record up', body: note } },
    async ({ params, body }) => {
      await operating.discardRecord(params.id, body);
      return { ok: true };
    },
  );
  const record = closed({ type: named, key: text, body: {} }, ['type', 'key', 'body']);
  app.post<Id & { Body: Note & DeliveryEdit }>(
    '/deliveries/:id/replay',
    {
      schema: {
        tags,
        summary:
          "Send a delivery again, as it is, with another object, or in other words of the receiver's: a parked one in its place, one that is done as a new one",
        body: closed({ ...said, item: { type: 'object' }, record }, ['by', 'why']),
      },
    },
    async ({ params, body }) => {
      return { ok: true, id: await operating.replayDelivery(params.id, body) };
    },
  );
  app.post<Id & { Body: Note }>(
    '/deliveries/:id/discard',
    { schema: { tags, summary: 'Give a delivery up; its lane goes on', body: note } },
    async ({ params, body }) => {
      await operating.discardDelivery(params.id, body);
      return { ok: true };
    },
  );
}

function addJobs(app: FastifyInstance, operating: OperatingDesk): void {
  const tags = ['operating'];
  app.post<Begin<Reprocess>>(
    '/jobs/reprocess',
    {
      schema: {
        tags,
        summary: 'Work on all messages that fit once more, oldest first',
        body: closed({ ...asked, what: { ...closed(search, []), minProperties: 1 } }, ['by', 'why', 'what']),
      },
    },
    async ({ body: { by, why, rate, dryRun, what } }) =>
      dryRun
        ? { count: await operating.countReprocess(what) }
        : operating.reprocess(what, { by, why, ...(rate === undefined ? {} : { rate }) }),
  );
  app.post<Begin<Repeat>>(
    '/jobs/replay',
    {
      schema: {
        tags,
        summary: 'Send receivers once more what has gone out since a point',
        body: closed({ ...asked, what: closed(point, ['to', 'since']) }, ['by', 'why', 'what']),
      },
    },
    async ({ body: { by, why, rate, dryRun, what } }) =>
      dryRun
        ? { count: { deliveries: await operating.countRepeat(what) } }
        : operating.repeat(what, { by, why, ...(rate === undefined ? {} : { rate }) }),
  );
  app.get<{ Querystring: { state?: JobState } }>(
    '/jobs',
    {
      schema: {
        tags,
        summary: 'Jobs, newest first, with how far they are',
        querystring: closed({ state: { enum: ['running', 'stopped', 'done', 'failed'] } }, []),
      },
    },
    async ({ query }) => ({ jobs: await operating.jobs(query) }),
  );
  app.get<Id>('/jobs/:id', { schema: { tags, summary: 'One job' } }, async ({ params }) => {
    const job = await operating.job(params.id);
    if (!job) throw new HubError('HUB_NOT_FOUND', `there is no job ${params.id}`);
    return job;
  });
  app.post<Id & { Body: Note }>(
    '/jobs/:id/stop',
    { schema: { tags, summary: 'Stop a job; what is done stays done', body: note } },
    async ({ params, body }) => operating.stopJob(params.id, body),
  );
}

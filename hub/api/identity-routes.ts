import type { FastifyInstance } from 'fastify';
import type { IdentityDesk, NewLink, Place } from '../identity/desk';
import type { Note } from '../storage/store';

const text = { type: 'string' } as const;
const named = { ...text, minLength: 1 } as const;
const whole = { ...text, pattern: '^[0-9]{1,15}$' } as const;
const said = { by: { ...named, description: 'Who.' }, why: { ...named, description: 'For which reason.' } };
const place = { system: named, noun: named, nativeId: named };
const link = {
  ...place,
  canonicalId: named,
  alternative: { type: 'boolean', description: 'Also means the object, but is never written to the system.' },
} as const;
const linkNames = ['system', 'noun', 'nativeId', 'canonicalId'];
const closed = (properties: Record<string, object>, required: readonly string[] = []) => ({
  type: 'object',
  properties,
  required: [...required],
  additionalProperties: false,
});

type Filter = Partial<Record<'system' | 'noun' | 'nativeId' | 'canonicalId' | 'after' | 'limit', string>>;

/** Which id of which system is which object, over REST. */
export function addIdentities(app: FastifyInstance, identities: IdentityDesk): void {
  const tags = ['identities'];
  app.get<{ Querystring: Filter }>(
    '/identities',
    {
      schema: {
        tags,
        summary: 'Links between native and canonical ids, in the order of their last writing',
        querystring: closed({
          system: text,
          noun: text,
          nativeId: text,
          canonicalId: text,
          after: { ...whole, description: 'The revision of the last one of the page before.' },
          limit: { ...whole, description: 'At most this many. Default 100.' },
        }),
      },
    },
    async ({ query: { after, limit, ...filter } }) => ({
      identities: await identities.list({
        ...filter,
        ...(after === undefined ? {} : { after: Number(after) }),
        limit: Number(limit ?? 100),
      }),
    }),
  );
  app.get(
    '/identities/possible',
    { schema: { tags, summary: 'Ids that were met and may mean one of several: a person has to say' } },
    async () => ({ possible: await identities.possible() }),
  );
  app.post<{ Body: NewLink & Note }>(
    '/identities',
    {
      schema: {
        tags,
        summary: 'Say which object a native id is; no rule and no import changes it',
        body: closed({ ...link, ...said }, [...linkNames, 'by', 'why']),
      },
    },
    async ({ body: { by, why, ...one } }) => identities.link(one, { by, why }),
  );
  app.delete<{ Querystring: Place & Note }>(
    '/identities',
    {
      schema: {
        tags,
        summary: 'Say that a native id is linked with nothing; no rule and no import links it again',
        querystring: closed({ ...place, ...said }, [...Object.keys(place), 'by', 'why']),
      },
    },
    async ({ query: { by, why, ...one } }) => identities.unlink(one, { by, why }),
  );
  app.post<{ Body: { links: NewLink[] } & Note }>(
    '/identities/import',
    {
      schema: {
        tags,
        summary: 'Take in many links, all or none; what a person has said stays',
        body: closed(
          { links: { type: 'array', minItems: 1, maxItems: 1000, items: closed(link, linkNames) }, ...said },
          ['links', 'by', 'why'],
        ),
      },
    },
    async ({ body: { links, ...note } }) => identities.take(links, note),
  );
}

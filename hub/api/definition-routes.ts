import type { FastifyInstance } from 'fastify';
import { diffObjects } from '../../model/diff';
import { HubError } from '../../model/errors';
import type { CanonicalObject } from '../../model/message';
import type { StateChange } from '../definitions/desk';
import type { Store } from '../storage/store';
import type { ApiContext } from './context';

const text = { type: 'string' } as const;
const named = { ...text, minLength: 1 } as const;
const whole = { type: 'string', pattern: '^[1-9][0-9]{0,3}$' } as const;
const instant = {
  ...text,
  description: 'An instant, such as 2026-01-31T06:00:00Z. Now unless given.',
} as const;
const said = { by: { ...named, description: 'Who.' }, why: { ...named, description: 'For which reason.' } };
const query = (properties: Record<string, object>, required: string[] = []) => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});
const body = (properties: Record<string, object>, required: string[]) => ({
  type: 'object',
  properties: { ...properties, ...said },
  required: [...required, 'by', 'why'],
  additionalProperties: false,
});

type Place = { noun: string; id: string };
type RevisionPlace = Place & { revision: string };

/** Revisions of definitions and their states, over REST; and the difference of any two versions of an object. */
export function addDefinitions(app: FastifyInstance, { definitions, changes, store }: ApiContext): void {
  const tags = ['definitions'];
  app.get<{ Params: Place; Querystring: { at?: string; revision?: string } }>(
    '/definitions/:noun/:id',
    {
      schema: {
        tags,
        summary: 'The revision of a definition that is effective at an instant, or the named one',
        querystring: query({ at: instant, revision: text }),
      },
    },
    async ({ params: { noun, id }, query: as }) => definitions.read(noun, id, as),
  );
  app.get<{ Params: Place; Querystring: { at?: string } }>(
    '/definitions/:noun/:id/revisions',
    {
      schema: {
        tags,
        summary:
          'All revisions of a definition in the states they have at an instant, drafts last; where they overlap or leave a gap',
        querystring: query({ at: instant }),
      },
    },
    async ({ params: { noun, id }, query: { at } }) => ({
      revisions: await definitions.revisions(noun, id, at),
      issues: await definitions.issues(noun, id),
    }),
  );
  app.post<{ Params: { noun: string }; Body: { definition: CanonicalObject; by: string; why: string } }>(
    '/definitions/:noun',
    {
      schema: {
        tags,
        summary: 'Keep a draft of a revision: nothing sees it before it is approved',
        body: body({ definition: { type: 'object', additionalProperties: true } }, ['definition']),
      },
    },
    async ({ params: { noun }, body: { definition, ...from } }) =>
      definitions.keepDraft(noun, definition, from),
  );
  app.post<{ Params: RevisionPlace; Body: StateChange }>(
    '/definitions/:noun/:id/revisions/:revision/state',
    {
      schema: {
        tags,
        summary: 'Put a revision into a state; a draft that is approved is published',
        body: body(
          {
            state: { enum: ['draft', 'in review', 'approved', 'effective', 'obsolete'] },
            effectiveFrom: {
              ...text,
              description: 'In place of its own date; for effective: now unless given.',
            },
            effectiveTo: { ...text, description: 'Until then, not included.' },
          },
          ['state'],
        ),
      },
    },
    async ({ params: { noun, id, revision }, body: change }) =>
      definitions.setState(noun, id, revision, change),
  );
  app.post<{ Params: RevisionPlace; Querystring: { keep?: 'true' | 'false' } }>(
    '/definitions/:noun/:id/revisions/:revision/what-if',
    {
      schema: {
        tags,
        summary: 'What a revision, a draft above all, would mean for the orders now; nothing is sent',
        querystring: query({
          keep: { enum: ['true', 'false'], description: 'Keep it, to be compared with what then comes.' },
        }),
      },
    },
    async ({ params: { noun, id, revision }, query: { keep } }) =>
      changes.whatIf((await definitions.read(noun, id, { revision })).body, { keep: keep === 'true' }),
  );
  app.get<{ Params: Place; Querystring: { from: string; to?: string } }>(
    '/objects/:noun/:id/diff',
    {
      schema: {
        tags: ['reads'],
        summary: 'What is different between two versions of an object: by identity, with old and new values',
        querystring: query(
          {
            from: { ...whole, description: 'A version.' },
            to: { ...whole, description: 'A version. Now unless given.' },
          },
          ['from'],
        ),
      },
    },
    async ({ params: { noun, id }, query: { from, to } }) => ({
      differences: await differences(
        store,
        { noun, id },
        Number(from),
        to === undefined ? undefined : Number(to),
      ),
    }),
  );
}

/** Throws HUB_NOT_FOUND. */
export async function differences(store: Store, { noun, id }: Place, from: number, to?: number) {
  const [earlier, later] = await Promise.all(
    [from, to].map((version) => store.getObject(noun, id, version === undefined ? {} : { version })),
  );
  if (earlier === undefined || later === undefined) {
    const missing = earlier === undefined ? from : (to ?? 'any');
    throw new HubError('HUB_NOT_FOUND', `there is no version ${missing} of ${noun} ${id}`, {
      value: missing,
    });
  }
  return diffObjects(earlier.body, later.body);
}

import type { Issue } from '../../model/errors';
import type { Adapter } from '../adapter';
import { pathPattern } from './path';

type Scalar = string | number | boolean;

/** How records of one type are told and named in a document. Paths begin at the entry, with `$.` at the document. */
export interface RecordSpec {
  readonly key: string | readonly string[];
  readonly id?: string;
  readonly when?: { readonly path: string; readonly equals: Scalar | readonly Scalar[] };
  readonly list?: string;
}

/** Where records of one type are fetched. */
export interface PollSpec {
  readonly path: string;
  readonly everyMs: number;
  readonly list: string;
  readonly changed?: {
    readonly path: string;
    readonly query: string;
    readonly as: 'iso' | 'seconds' | 'milliseconds';
    readonly overlapMs: number;
  };
  readonly page?: { readonly offset: string; readonly limit?: string; readonly size: number };
  readonly next?: string;
}

/** Where records of one type go. */
export interface SendSpec {
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly idempotencyHeader: string;
  readonly repeatable?: boolean;
  readonly ok: readonly number[];
  readonly id?: string;
  readonly batch?: BatchSpec;
}

/** How several records go in one call. */
export interface BatchSpec {
  readonly max: number;
  readonly list?: string;
  readonly mark: string;
  readonly results?: string;
  readonly status: string;
}

export interface HttpJsonConfig {
  records: Readonly<Record<string, RecordSpec>>;
  url?: string;
  user?: string;
  password?: string;
  token?: string;
  tokenHeader?: string;
  poll: Readonly<Record<string, PollSpec>>;
  send: Readonly<Record<string, SendSpec>>;
  checkPath?: string;
  timeoutMs: number;
}

const path = (description: string) => ({ type: 'string', pattern: pathPattern, description });
const text = (description: string) => ({ type: 'string', minLength: 1, description });
const address = (description: string) => ({ type: 'string', pattern: '^(?:/.*)?$', description });
const scalar = { type: ['string', 'number', 'boolean'] };

/** An object that has one entry a record type. The names also name folders. */
const byType = (properties: object, required: readonly string[], examples: readonly object[]) => ({
  type: 'object',
  examples,
  propertyNames: { pattern: '^[A-Za-z][A-Za-z0-9_.-]*$' },
  additionalProperties: { type: 'object', required, additionalProperties: false, properties },
});

const records = byType(
  {
    key: {
      type: ['string', 'array'],
      pattern: pathPattern,
      minItems: 1,
      items: path('Path of one part of the key.'),
      description: 'Path of the business key, such as number; of several paths, joined with a hyphen.',
    },
    id: path("Path of the sender's own id of the event. Without it, the same content again is a repetition."),
    when: {
      type: 'object',
      required: ['path', 'equals'],
      additionalProperties: false,
      description: 'Which documents are of this type, where there are several types.',
      properties: {
        path: path('Path of what tells the types apart.'),
        equals: {
          type: ['string', 'number', 'boolean', 'array'],
          minItems: 1,
          items: scalar,
          description: 'The value there, or a list of values.',
        },
      },
    },
    list: path('Path of a list, each of whose entries is a record; . where the document is the list.'),
  },
  ['key'],
  [{ Order: { key: 'number' } }],
);

const poll = byType(
  {
    path: address('Where the list is read, below url; begins with a slash.'),
    everyMs: { type: 'integer', minimum: 1, default: 5000, description: 'Pause between two looks in ms.' },
    list: { ...path('Path of the list in the answer; . where the answer is the list.'), default: '.' },
    changed: {
      type: 'object',
      required: ['path', 'query'],
      additionalProperties: false,
      description: 'How only what has changed is asked for. Without it, the whole list is read at each look.',
      properties: {
        path: path('Path of the time of change in a row. A time without offset is UTC.'),
        query: text('Query parameter that takes the time since which rows are wanted.'),
        as: {
          enum: ['iso', 'seconds', 'milliseconds'],
          default: 'iso',
          description: 'How times are written: ISO 8601, or seconds or milliseconds since 1970.',
        },
        overlapMs: {
          type: 'integer',
          minimum: 0,
          default: 60_000,
          description: 'How far each look reaches back in ms, for changes that become visible late.',
        },
      },
    },
    page: {
      type: 'object',
      required: ['offset'],
      additionalProperties: false,
      description: 'Pages by offset: the next one is read while a page is full.',
      properties: {
        offset: text('Query parameter for the number of rows to skip.'),
        limit: text('Query parameter for the number of rows wanted.'),
        size: { type: 'integer', minimum: 1, default: 100, description: 'Rows of a full page.' },
      },
    },
    next: path('Pages by link: path of the address of the next page in the answer.'),
  },
  ['path'],
  [{ Order: { path: '/orders', list: 'items', changed: { path: 'changedAt', query: 'since' } } }],
);

const send = byType(
  {
    method: { enum: ['POST', 'PUT', 'PATCH', 'DELETE'], default: 'POST', description: 'HTTP method.' },
    path: address("Where it is sent, below url; {key} is the record's key."),
    idempotencyHeader: {
      ...text("Header with the delivery's id, the same at each repetition."),
      default: 'Idempotency-Key',
    },
    repeatable: {
      type: 'boolean',
      description:
        'Whether the receiver takes a repetition for one, by that header or otherwise. Default: only with PUT. Where not, what may have been taken is never sent again by itself.',
    },
    ok: {
      type: 'array',
      items: { type: 'integer', minimum: 300, maximum: 499 },
      default: [],
      description: 'Statuses beside 2xx that mean it is taken, such as 409 for what is there already.',
    },
    id: path("Path of the receiver's own id in its answer; with batch.results in each result."),
    batch: {
      type: 'object',
      required: ['max', 'mark'],
      additionalProperties: false,
      description: 'How several records of one key go in one call, as a list. Needs repeatable.',
      properties: {
        max: { type: 'integer', minimum: 2, description: 'Records in one call at most.' },
        list: text('Field of the body in which the list stands. Default: the body is the list.'),
        mark: text("Field of each entry that takes the delivery's id, the same at each repetition."),
        results: path(
          'Path of a list in the answer with a result for each entry, in order, up to the first that was not taken. Without it, a call is taken as a whole or not at all.',
        ),
        status: {
          ...path('Path of the HTTP status in a result.'),
          default: 'status',
        },
      },
    },
  },
  ['path'],
  [{ Receipt: { path: '/orders/{key}/receipts', repeatable: true } }],
);

export const settings: Adapter<HttpJsonConfig>['settings'] = {
  records: {
    type: 'object',
    description: 'Record types that the system hands over, and how each is found in a document.',
    schema: records,
    default: {},
  },
  url: {
    type: 'string',
    description: 'Base address of the system, for what is fetched or sent.',
    optional: true,
  },
  user: { type: 'string', description: 'User for HTTP Basic authentication.', optional: true },
  password: { type: 'string', description: 'Password of that user.', secret: true, optional: true },
  token: {
    type: 'string',
    description: 'Bearer token, instead of user and password.',
    secret: true,
    optional: true,
  },
  tokenHeader: {
    type: 'string',
    description: 'Header that carries the token alone, such as X-API-Key. Authorization when absent.',
    optional: true,
  },
  poll: {
    type: 'object',
    description: 'Record types that are fetched, and where. All others are pushed to the hub.',
    schema: poll,
    default: {},
  },
  send: {
    type: 'object',
    description: 'Record types that the system takes, and where they go.',
    schema: send,
    default: {},
  },
  checkPath: {
    type: 'string',
    description: 'What is read to see whether the system is well. The base address when absent, any answer.',
    optional: true,
  },
  timeoutMs: { type: 'number', description: 'Longest wait for an answer in ms.', default: 10_000 },
};

export function contradictions({ records, url, poll, send }: HttpJsonConfig): Issue[] {
  const issues: Issue[] = [];
  const say = (path: string, message: string) =>
    issues.push({ rule: 'setting-contradiction', path, message });
  if (Object.keys(records).length + Object.keys(send).length === 0)
    say('records', 'http-json needs records that the system hands over, or send for those that it takes');
  for (const [name, types] of Object.entries({ poll, send })) {
    if (url === undefined && Object.keys(types).length > 0) say(name, `http-json needs a url for ${name}`);
  }
  for (const type of Object.keys(poll)) {
    if (!Object.hasOwn(records, type))
      say(`poll.${type}`, `poll names ${type}, and records does not say what its key is`);
    else if (records[type]!.list !== undefined)
      say(`records.${type}.list`, `${type} is fetched: say under poll.${type} where its list is`);
  }
  for (const [type, { batch, repeatable, method }] of Object.entries(send)) {
    if (batch && !(repeatable ?? method === 'PUT'))
      say(`send.${type}.batch`, `${type} cannot go in batches: the receiver does not know repetitions`);
  }
  const takesAll = new Map<string | undefined, string>();
  for (const [type, { list, when }] of Object.entries(records)) {
    if (Object.hasOwn(poll, type)) continue;
    const before = takesAll.get(list);
    if (before !== undefined)
      say(
        `records.${type}`,
        `nothing is ever ${type}: ${before} stands before it and takes all, without when`,
      );
    if (when === undefined) takesAll.set(list, before ?? type);
  }
  return issues;
}

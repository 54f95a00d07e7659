import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { mainNouns } from '../../model/generate/main-nouns';
import { packageRoot } from '../../model/paths';

type Node = Record<string, unknown>;

/** A document as swagger has gathered it from the routes. */
interface Gathered {
  readonly openapiObject?: Node;
  readonly swaggerObject?: Node;
}

/**
 * The API's document with the model in it: the main nouns as components, and what reads of objects give. Put in when
 * somebody asks for the document: routes know nothing of it, so no answer is cut to a schema.
 */
export function withModel({ openapiObject = {}, swaggerObject }: Gathered): Node {
  if (swaggerObject !== undefined) return swaggerObject;
  const file = readFileSync(join(packageRoot, 'model/generated/openapi.json'), 'utf8');
  const { schemas } = JSON.parse(file) as { schemas: Node };
  const components = (openapiObject.components ?? {}) as Node;
  const own = (components.schemas ?? {}) as Node;
  const paths = Object.entries((openapiObject.paths ?? {}) as Record<string, Node>);
  return {
    ...openapiObject,
    components: { ...components, schemas: { ...schemas, ...own, ...kept } },
    paths: Object.fromEntries(paths.map(([path, item]) => [path, answered(path, item)])),
  };
}

const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const text = { type: 'string' };

/** What the hub keeps around the objects of the model. */
const kept: Node = {
  CanonicalObject: {
    description:
      'An object of the model; nouns that are not among the main ones have no component of their own.',
    anyOf: [...mainNouns.map(ref), { type: 'object' }],
  },
  StoredObject: {
    description: 'A version of an object, as the hub keeps it.',
    type: 'object',
    properties: {
      noun: text,
      id: text,
      version: { type: 'integer', description: 'Counts the versions of this object in the hub.' },
      body: ref('CanonicalObject'),
      system: { ...text, description: 'The system that caused this version.' },
      messageId: text,
      hash: text,
      updatedAt: { type: 'string', format: 'date-time' },
    },
    required: ['noun', 'id', 'version', 'body', 'system', 'hash', 'updatedAt'],
  },
  Definition: {
    description: 'One revision of a definition.',
    type: 'object',
    properties: {
      noun: text,
      id: text,
      revision: text,
      state: { enum: ['draft', 'in review', 'approved', 'effective', 'obsolete'] },
      effectiveFrom: text,
      effectiveTo: text,
      version: { type: 'integer' },
      system: text,
      updatedAt: { type: 'string', format: 'date-time' },
      notes: { type: 'array', items: { type: 'object' } },
      body: ref('CanonicalObject'),
    },
    required: ['noun', 'id', 'revision', 'state', 'updatedAt', 'notes', 'body'],
  },
};

const answers: Readonly<Record<string, Readonly<Record<string, Node>>>> = {
  '/objects/{noun}': {
    get: { type: 'object', properties: { objects: { type: 'array', items: ref('StoredObject') } } },
  },
  '/objects/{noun}/{id}': { get: ref('StoredObject') },
  '/definitions/{noun}': { post: ref('Definition') },
  '/definitions/{noun}/{id}': { get: ref('Definition') },
  '/definitions/{noun}/{id}/revisions/{revision}/state': { post: ref('Definition') },
};

function answered(path: string, item: Node): Node {
  const given = answers[path] ?? {};
  const operations = Object.entries(item).map(([method, operation]) => {
    const schema = given[method];
    if (schema === undefined) return [method, operation];
    const ok = { description: 'As it is kept.', content: { 'application/json': { schema } } };
    const responses = { ...((operation as Node).responses as Node), 200: ok };
    return [method, { ...(operation as Node), responses }];
  });
  return Object.fromEntries(operations);
}

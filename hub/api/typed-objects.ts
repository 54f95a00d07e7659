import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { mainNouns } from '../../model/generate/main-nouns';
import { packageRoot } from '../../model/paths';
import type { Reads } from '../storage/store';

/** `OperationsSchedule` → `operationsSchedule` for one, `operationsSchedules` for many. */
function fieldsOf(noun: string): { one: string; many: string } {
  const one = noun.charAt(0).toLowerCase() + noun.slice(1);
  const many = one.endsWith('y')
    ? `${one.slice(0, -1)}ies`
    : `${one}${one.endsWith('s') ? 'es' : one === 'equipment' ? 'List' : 's'}`;
  return { one, many };
}

/**
 * The API's own schema with the model's main nouns in it, with all their members, beside the objects as JSON: a query
 * for one of each and for many.
 */
export function withTypedObjects(schema: string): string {
  const types = readFileSync(join(packageRoot, 'model/generated/schema.graphql'), 'utf8');
  const queries = mainNouns.map((noun) => {
    const { one, many } = fieldsOf(noun);
    return `  ${one}(id: ID!, version: Int, at: String): ${noun}\n  ${many}(after: String, limit: Int): [${noun}!]!\n`;
  });
  // The API declares that scalar itself.
  const own = schema.replace('type Query {\n', `type Query {\n${queries.join('')}`);
  return `${own}\n${types.replace('scalar JSON\n', '')}`;
}

type As = { readonly version?: number; readonly at?: string };
type Page = { readonly after?: string; readonly limit?: number };

/** What the queries of the main nouns give: the objects themselves. */
export function typedResolvers(store: Pick<Reads, 'getObject' | 'listObjects'>) {
  const entries = mainNouns.flatMap((noun) => {
    const { one, many } = fieldsOf(noun);
    return [
      [
        one,
        async (_: unknown, { id, ...as }: As & { id: string }) => (await store.getObject(noun, id, as))?.body,
      ],
      [
        many,
        async (_: unknown, page: Page) =>
          (await store.listObjects({ noun, ...page })).map(({ body }) => body),
      ],
    ] as const;
  });
  return { Query: Object.fromEntries(entries) };
}

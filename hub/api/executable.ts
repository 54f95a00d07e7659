import { buildASTSchema, type GraphQLSchema, isObjectType, parse } from 'graphql';
import { HubError } from '../../model/errors';

/** What gives the fields of each type; scalars pass their values as they are. */
export type Resolvers = Readonly<
  Record<string, Readonly<Record<string, Resolver | { readonly subscribe: Resolver }>>>
>;
type Resolver = (parent: never, args: never) => unknown;

/**
 * A schema that answers. The text is one of ours and held against GraphQL's rules by a test, not at each start: with
 * the model in it that would take half a second.
 */
export function executable(typeDefs: string, resolvers: Resolvers): GraphQLSchema {
  const document = parse(typeDefs, { noLocation: true });
  const schema = buildASTSchema(document, { assumeValid: true, assumeValidSDL: true });
  for (const [name, fields] of Object.entries(resolvers)) {
    const type = schema.getType(name);
    const known = isObjectType(type) ? type.getFields() : {};
    for (const [field, given] of Object.entries(fields)) {
      const target = known[field];
      if (target === undefined) throw new HubError('HUB_BUG', `GraphQL knows no ${name}.${field}`);
      Object.assign(target, typeof given === 'function' ? { resolve: given } : given);
    }
  }
  return schema;
}

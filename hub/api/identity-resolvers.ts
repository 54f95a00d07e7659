import type { NewLink, Place } from '../identity/desk';
import type { Note } from '../storage/store';
import type { ApiContext } from './context';

type Filter = Partial<Record<'system' | 'noun' | 'nativeId' | 'canonicalId', string>> & {
  after?: number;
  limit?: number;
};

/** What GraphQL knows of ids across systems; the same desk stands behind it as behind REST. */
export function identityResolvers({ identities }: Pick<ApiContext, 'identities'>) {
  return {
    Query: {
      identities: (_: unknown, filter: Filter) => identities.list({ limit: 100, ...filter }),
      possibleMatches: () => identities.possible(),
    },
    Mutation: {
      linkIdentity: (_: unknown, { by, why, ...link }: NewLink & Note) => identities.link(link, { by, why }),
      unlinkIdentity: (_: unknown, { by, why, ...place }: Place & Note) =>
        identities.unlink(place, { by, why }),
    },
  };
}

import type { Xref } from '../../mappings/engine';
import type { HubClient } from '../client';
import type { Project } from '../project';
import type { IdentityLink } from '../storage/store';
import { linksBy } from './links';

const pageSize = 1000;

/** The links that a running hub has now, for mappings that are tried beside it; nothing is asked of a person. */
export async function linksOf(hub: HubClient, { identity }: Pick<Project, 'identity'>): Promise<Xref> {
  const links = linksBy(identity);
  let after: number | undefined;
  for (;;) {
    const from = after === undefined ? '' : `&after=${after}`;
    const page = await hub.get<{ identities: IdentityLink[] }>(`/identities?limit=${pageSize}${from}`);
    for (const link of page.identities) links.take(link);
    if (page.identities.length < pageSize) return links.find;
    after = page.identities.at(-1)!.revision;
  }
}

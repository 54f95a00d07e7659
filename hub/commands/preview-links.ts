import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Rule, Xref } from '../../mappings/engine';
import { HubError } from '../../model/errors';
import { hubClient } from '../client';
import { linksBy } from '../identity/links';
import { linksOf } from '../identity/remote';
import { loadProject, readProject } from '../project';
import { linksIn } from './identity-csv';
import { readText } from './read-file';

export interface LinkOptions {
  readonly dir: string;
  /** CSV as `identity import` takes it. */
  readonly links?: string;
  /** Address of a running hub, whose links are taken. */
  readonly hub?: string;
}

/**
 * Which id is which object, for a preview: from a list or from a running hub, by the rules of the project where there is
 * one. Undefined: from neither. Throws HUB_WRONG_USE for both and for a wrong list, HUB_UNREACHABLE where no hub answers.
 */
export async function previewLinks({ dir, links, hub }: LinkOptions): Promise<Xref | undefined> {
  if (links !== undefined && hub !== undefined)
    throw new HubError('HUB_WRONG_USE', '--links and --hub both say which id is which: leave one out');
  const isProject = existsSync(join(dir, 'hub.yaml'));
  const identity = isProject ? (readProject(dir).project ?? loadProject(dir)).identity : [];
  if (hub !== undefined) return linksOf(hubClient(hub), { identity });
  if (links === undefined) return undefined;
  const known = linksBy(identity);
  const unsaid = { alternative: false, manual: false, by: '', why: '', at: '', revision: 0 };
  for (const link of linksIn(readText(links), links)) known.take({ ...unsaid, ...link });
  return known.find;
}

/** Whether some rule asks for the identity of another system. */
export const usesLinks = (rules: readonly Rule[]): boolean =>
  rules.some(
    ({ xref, rules: inner = [], item = [] }) => xref !== undefined || usesLinks([...inner, ...item]),
  );

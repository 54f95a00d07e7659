import { readCatalogue, readSchemas } from '../../model/schemas';
import type { Reads } from '../storage/store';
import { type Life, type PublishedVersion, type Revision, revisionsOf } from './lifecycle';

let nouns: ReadonlySet<string> | undefined;

/** The nouns whose objects come in revisions with a time from which they may be used. */
export function revisionedNouns(): ReadonlySet<string> {
  if (nouns !== undefined) return nouns;
  const definitions = Object.assign({}, ...readSchemas().map(({ $defs }) => $defs)) as Record<
    string,
    { properties?: object }
  >;
  const isRevisioned = (type: string) => {
    const { properties = {} } = definitions[type] ?? {};
    return 'version' in properties && 'effectiveStartDate' in properties;
  };
  const found = readCatalogue().transactions.filter(({ itemType }) => isRevisioned(itemType));
  nouns = new Set(found.map(({ noun }) => noun));
  return nouns;
}

type Dated = { version?: unknown; effectiveStartDate?: unknown; effectiveEndDate?: unknown };

const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);

/** What is known of a definition: its published versions, drafts, and what people said of them. */
export async function lifeOf(reads: Reads, noun: string, id: string): Promise<Life> {
  const published: PublishedVersion[] = [];
  for (const { version } of (await reads.objectVersions(noun, id)).reverse()) {
    const stored = await reads.getObject(noun, id, { version });
    if (stored === undefined) continue;
    const body = stored.body as Dated;
    const effectiveStartDate = text(body.effectiveStartDate);
    const effectiveEndDate = text(body.effectiveEndDate);
    published.push({
      version,
      revision: text(body.version) ?? '',
      system: stored.system,
      updatedAt: stored.updatedAt,
      ...(effectiveStartDate === undefined ? {} : { effectiveStartDate }),
      ...(effectiveEndDate === undefined ? {} : { effectiveEndDate }),
    });
  }
  return {
    published,
    drafts: await reads.listDrafts(noun, id),
    notes: await reads.definitionNotes(noun, id),
  };
}

/** The revision that is effective at an instant (epoch ms), with the definition as it then is; undefined: none is. */
export async function effectiveDefinition(
  reads: Reads,
  noun: string,
  id: string,
  { at, zone }: { readonly at: number; readonly zone: string },
): Promise<{ revision: Revision; body: unknown } | undefined> {
  const revisions = revisionsOf(await lifeOf(reads, noun, id), at, zone);
  const revision = revisions.find(({ state }) => state === 'effective');
  const version = revision?.version;
  if (revision === undefined || version === undefined) return undefined;
  return { revision, body: (await reads.getObject(noun, id, { version }))?.body };
}

import { readCatalogue, readSchemas } from '../../model/schemas';
import type { Effectivity } from '../change/effectivity';
import { effectivityOf } from '../change/effectivity-of';
import type { OperationsDefinition } from '../change/shapes';
import type { Reads, StoredObject } from '../storage/store';
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

/** What a version says of its life. It is read once for each content: it stands for ever, and a large one takes long to read. */
type Said = Pick<PublishedVersion, 'revision' | 'effectiveStartDate' | 'effectiveEndDate' | 'limits'>;
const saidIn = new Map<string, Said>();
const REMEMBERED = 10_000;

async function said(reads: Reads, head: Omit<StoredObject, 'body'>): Promise<Said | undefined> {
  const { noun, id, version, hash } = head;
  const key = `${noun} ${hash}`;
  const known = saidIn.get(key);
  if (known !== undefined) return known;
  const stored = await reads.getObject(noun, id, { version });
  if (stored === undefined) return undefined;
  const body = stored.body as Dated;
  const effectiveStartDate = text(body.effectiveStartDate);
  const effectiveEndDate = text(body.effectiveEndDate);
  const limits = noun === 'OperationsDefinition' ? limitsOf(stored.body as OperationsDefinition) : undefined;
  const found: Said = {
    revision: text(body.version) ?? '',
    ...(effectiveStartDate === undefined ? {} : { effectiveStartDate }),
    ...(effectiveEndDate === undefined ? {} : { effectiveEndDate }),
    ...(limits === undefined ? {} : { limits }),
  };
  if (saidIn.size >= REMEMBERED) saidIn.clear();
  saidIn.set(key, found);
  return found;
}

/** What is known of a definition: its published versions, drafts, and what people said of them. `besides`: a version to leave out. */
export async function lifeOf(reads: Reads, noun: string, id: string, besides?: number): Promise<Life> {
  const published: PublishedVersion[] = [];
  for (const head of (await reads.objectVersions(noun, id)).reverse()) {
    const { version, system, updatedAt } = head;
    const own = version === besides ? undefined : await said(reads, head);
    if (own !== undefined) published.push({ version, system, updatedAt, ...own });
  }
  return {
    published,
    drafts: await reads.listDrafts(noun, id),
    notes: await reads.definitionNotes(noun, id),
  };
}

/** For what alone a revision holds, its dates apart; `undefined`: for everything. */
function limitsOf(definition: OperationsDefinition): Effectivity | undefined {
  const { from: _from, to: _to, ...limits } = effectivityOf(definition);
  return Object.keys(limits).length === 0 ? undefined : limits;
}

export interface AsOf {
  /** Epoch ms. */
  readonly at: number;
  readonly zone: string;
  /** Whether a revision that holds for some pieces or orders only is meant; absent: none is. */
  readonly isMeant?: (limits: Effectivity) => boolean;
}

/** The revision that is effective, with the definition as it then is; undefined: none is. */
export async function effectiveDefinition(
  reads: Reads,
  noun: string,
  id: string,
  as: AsOf,
): Promise<{ revision: Revision; body: unknown } | undefined> {
  const revision = effectiveIn(await lifeOf(reads, noun, id), as);
  const version = revision?.version;
  if (revision === undefined || version === undefined) return undefined;
  return { revision, body: (await reads.getObject(noun, id, { version }))?.body };
}

/** Of those that hold for some pieces or orders only the last that is meant, else the one that holds for all. */
export function effectiveIn(life: Life, { at, zone, isMeant = () => false }: AsOf): Revision | undefined {
  const effective = revisionsOf(life, at, zone).filter(({ state }) => state === 'effective');
  return (
    effective.findLast(({ limits }) => limits !== undefined && isMeant(limits)) ??
    effective.find(({ limits }) => limits === undefined)
  );
}

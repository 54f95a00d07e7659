import type { CompiledMapping } from '../../mappings/engine';
import { diffObjects } from '../../model/diff';
import { HubError, type Issue } from '../../model/errors';
import { validateMessage } from '../../model/validate';
import type { HubClient } from '../client';
import { deliver } from '../flow/deliver';
import type { Parcel } from '../flow/route';
import { translate } from '../flow/translate';
import type { Project } from '../project';
import type { Delivery, StoredObject, StoredRecord, Trace } from '../storage/store';
import type { Progress } from './progress';

export interface ReplayScope {
  /** Instants; from inclusive, to exclusive. */
  readonly since: string;
  readonly until?: string;
  readonly system?: string;
}

/** One record or delivery in which a path came out differently. */
export interface Example {
  readonly id: string;
  readonly key: string;
  readonly old: unknown;
  readonly new: unknown;
}

export interface ReplayDiff {
  /** Stored records and deliveries that the mapping was tried on. */
  readonly seen: number;
  readonly same: number;
  readonly different: number;
  /** Taken as it was, refused by the mapping as it is. */
  readonly refused: number;
  /** Refused as it was, taken by the mapping as it is. */
  readonly understood: number;
  /** Content that is no longer kept, or that has not been worked off yet. */
  readonly left: number;
  /** What differs, most frequent first; entries of lists are taken together: `operationsSegment[].duration`. */
  readonly paths: readonly { readonly path: string; readonly count: number; readonly examples: Example[] }[];
  readonly refusals: readonly { readonly message: string; readonly count: number; readonly id: string }[];
}

/** What one record or delivery gave and would give: content, or the issues for which there is none. */
interface Comparison {
  readonly id: string;
  readonly key: string;
  readonly old: unknown | undefined;
  readonly now: { readonly made: unknown } | { readonly issues: readonly Issue[] };
}

const pageSize = 100;
const examplesPerPath = 3;

/**
 * Runs what a running hub has kept through a mapping as it stands here, and compares what would come out with what came
 * out. Asks the hub only to read; keeps and sends nothing. `project` is the folder that the hub runs on, for its zone,
 * systems and flows. Throws HUB_WRONG_USE when no system there uses the mapping.
 */
export async function replayDiff(
  hub: HubClient,
  project: Project,
  mapping: CompiledMapping,
  scope: ReplayScope,
  progress: Progress,
): Promise<ReplayDiff> {
  const tally = new Tally();
  let seen = 0;
  for await (const comparison of comparisons(hub, project, mapping, scope)) {
    tally.add(comparison);
    progress.at(++seen);
  }
  progress.end();
  return tally.result();
}

async function* comparisons(
  hub: HubClient,
  project: Project,
  mapping: CompiledMapping,
  scope: ReplayScope,
): AsyncGenerator<Comparison | undefined> {
  const isAsked = (system: string) => scope.system === undefined || scope.system === system;
  const sources = sourcesOf(project, mapping).filter(({ system }) => isAsked(system));
  const receivers = receiversOf(project, mapping).filter(isAsked);
  if (sources.length + receivers.length === 0) {
    throw new HubError('HUB_WRONG_USE', `no system of ${project.dir} uses ${mapping.name}`, {
      value: scope.system ?? mapping.name,
      todo: 'Name the mapping in hub.yaml, or the folder with --dir.',
    });
  }
  for (const { system, type } of sources) {
    for await (const record of pages<StoredRecord>(hub, 'records', { ...scope, system, type }))
      yield compareRecord(hub, project, mapping, record);
  }
  for (const system of receivers) {
    for await (const delivery of pages<Delivery>(hub, 'deliveries', { ...scope, system })) {
      if ((delivery.payload as Parcel | undefined)?.map === mapping.name)
        yield compareDelivery(hub, project, mapping, delivery);
    }
  }
}

/** The systems and record types that the mapping reads; where hub.yaml does not name it yet, those of its types. */
function sourcesOf({ systems }: Project, { name, direction, recordTypes }: CompiledMapping) {
  if (direction === 'out') return [];
  const all = Object.entries(systems).flatMap(([system, { reads }]) =>
    Object.entries(reads).map(([type, maps]) => ({ system, type, maps: maps.map(({ map }) => map) })),
  );
  const named = all.filter(({ maps }) => maps.includes(name));
  return named.length > 0 ? named : all.filter(({ type }) => recordTypes.includes(type));
}

function receiversOf({ flows, change }: Project, { name, direction }: CompiledMapping): string[] {
  if (direction === 'in') return [];
  const routes = [...flows.flatMap(({ to }) => to), ...Object.values(change.commands)];
  return [...new Set(routes.filter(({ map }) => map === name).map(({ system }) => system))];
}

async function* pages<Row extends { id: string }>(
  hub: HubClient,
  what: 'records' | 'deliveries',
  { since, until, system, type }: ReplayScope & { type?: string },
): AsyncGenerator<Row> {
  let before: string | undefined;
  for (;;) {
    const asked = { from: since, to: until, system, type, before, limit: String(pageSize) };
    const known = Object.entries(asked).filter((entry): entry is [string, string] => entry[1] !== undefined);
    const page = await hub.get<Record<string, Row[]>>(`/${what}?${new URLSearchParams(known)}`);
    const rows = page[what] ?? [];
    yield* rows;
    if (rows.length < pageSize) return;
    before = rows.at(-1)!.id;
  }
}

/** Undefined: it has not been worked off, or its content is gone. */
async function compareRecord(
  hub: HubClient,
  project: Project,
  mapping: CompiledMapping,
  record: StoredRecord,
): Promise<Comparison | undefined> {
  const { id, key, state, body } = record;
  if (state === 'waiting' || body === undefined) return undefined;
  const { messages } = await hub.get<Trace>(`/records/${encodeURIComponent(id)}`);
  const old = messages.findLast((message) => message.mapping?.startsWith(`${mapping.name}@`))?.body;
  const now = attempt(() => {
    const [one] = translate(record, {
      project: readingOnlyBy(mapping, record, project),
      mapping: () => mapping,
      // A record that is not for the hub has no items, and nothing comes of it.
      validate: (message) => (message.items.length === 0 ? [] : validateMessage(message)),
    });
    return one!.message.items.length === 0 ? nothing : one!.message;
  });
  const wasNothing = old === undefined && state !== 'parked' && state !== 'refused';
  return { id, key, old: wasNothing ? nothing : old, now: await now };
}

/** The project as if this mapping alone read the record. */
function readingOnlyBy({ name }: CompiledMapping, { system, type }: StoredRecord, project: Project): Project {
  const config = { ...project.systems[system]!, reads: { [type]: [{ map: name }] } };
  return { ...project, systems: { ...project.systems, [system]: config } };
}

async function compareDelivery(
  hub: HubClient,
  project: Project,
  mapping: CompiledMapping,
  delivery: Delivery,
): Promise<Comparison | undefined> {
  const { id, key, dest, state, request, answer } = delivery;
  const isParkedByMapping = (delivery.error as { code?: string } | undefined)?.code === 'HUB_MAPPING';
  if (request === undefined && answer === undefined && !isParkedByMapping) return undefined;
  const getObject = (noun: string, objectId: string, { version }: { version?: number } = {}) =>
    hub.get<StoredObject>(
      `/objects/${encodeURIComponent(noun)}/${encodeURIComponent(objectId)}?version=${version}`,
    );
  const now = await attempt(async () => {
    const receipt = await deliver({ dest, key }, delivery, {
      project,
      store: { getObject },
      mapping: () => mapping,
      connection: () => goesNowhere,
    });
    return receipt.request === undefined ? nothing : receipt.request;
  });
  return { id, key, old: state === 'delivered' ? (request ?? nothing) : undefined, now };
}

const goesNowhere = {
  async send() {
    return {};
  },
  async check() {},
  async close() {},
};

/** In place of a message or record where the mapping's `when` leaves it out. */
const nothing = { nothing: true } as const;

async function attempt(make: () => unknown): Promise<Comparison['now']> {
  try {
    return { made: await make() };
  } catch (thrown) {
    if (!(thrown instanceof HubError) || (thrown.code !== 'HUB_MAPPING' && thrown.code !== 'HUB_INVALID'))
      throw thrown;
    return { issues: thrown.issues };
  }
}

/** One side is left out by the mapping's `when`. */
function wholeDifference(old: unknown, made: unknown) {
  if (old === made) return [];
  const shown = (value: unknown) => (value === nothing ? null : value);
  return [{ path: '(the whole)', old: shown(old), new: shown(made) }];
}

class Tally {
  private readonly counts = { seen: 0, same: 0, different: 0, refused: 0, understood: 0, left: 0 };
  private readonly paths = new Map<string, { count: number; examples: Example[] }>();
  private readonly refusals = new Map<string, { count: number; id: string }>();

  add(comparison: Comparison | undefined): void {
    if (comparison === undefined) {
      this.counts.left++;
      return;
    }
    this.counts.seen++;
    const { id, old, now } = comparison;
    if ('issues' in now) {
      this.counts[old === undefined ? 'same' : 'refused']++;
      if (old !== undefined) for (const { message } of now.issues) this.refuse(message, id);
    } else if (old === undefined) this.counts.understood++;
    else this.compare(comparison, old, now.made);
  }

  private compare({ id, key }: Comparison, old: unknown, made: unknown): void {
    const found = old === nothing || made === nothing ? wholeDifference(old, made) : diffObjects(old, made);
    this.counts[found.length === 0 ? 'same' : 'different']++;
    for (const { path, old: before, new: after } of found) {
      const group = path.replace(/\[[^\]]*\]/g, '[]');
      const at = this.paths.get(group) ?? { count: 0, examples: [] };
      at.count++;
      if (at.examples.length < examplesPerPath)
        at.examples.push({ id, key, old: before ?? null, new: after ?? null });
      this.paths.set(group, at);
    }
  }

  private refuse(message: string, id: string): void {
    const at = this.refusals.get(message) ?? { count: 0, id };
    at.count++;
    this.refusals.set(message, at);
  }

  result(): ReplayDiff {
    const frequentFirst = (a: { count: number }, b: { count: number }) => b.count - a.count;
    return {
      ...this.counts,
      paths: [...this.paths].map(([path, at]) => ({ path, ...at })).sort(frequentFirst),
      refusals: [...this.refusals].map(([message, at]) => ({ message, ...at })).sort(frequentFirst),
    };
  }
}

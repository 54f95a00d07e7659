import type { CompiledMapping, Xref } from '../../mappings/engine';
import { HubError } from '../../model/errors';
import type { HubClient } from '../client';
import { deliver } from '../flow/deliver';
import type { Parcel } from '../flow/route';
import { translate } from '../flow/translate';
import { linksOf } from '../identity/remote';
import type { Project } from '../project';
import { projectModel } from '../project-model';
import type { Delivery, StoredObject, StoredRecord, Trace } from '../storage/store';
import type { Progress } from './progress';
import { type Comparison, nothing, type ReplayDiff, Tally } from './replay-tally';

export interface ReplayScope {
  /** Instants; from inclusive, to exclusive. */
  readonly since: string;
  readonly until?: string;
  readonly system?: string;
}

const pageSize = 100;

/** What is tried, and where. */
interface Trial {
  readonly hub: HubClient;
  readonly project: Project;
  readonly mapping: CompiledMapping;
  /** Ids across systems as the hub knows them now. */
  readonly xref: Xref;
}

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
  const trial = { hub, project, mapping, xref: await linksOf(hub, project) };
  for (const { system, type } of sources) {
    for await (const record of pages<StoredRecord>(hub, 'records', { ...scope, system, type }))
      yield compareRecord(trial, record);
  }
  for (const system of receivers) {
    for await (const delivery of pages<Delivery>(hub, 'deliveries', { ...scope, system })) {
      if ((delivery.payload as Parcel | undefined)?.map === mapping.name)
        yield compareDelivery(trial, delivery);
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
  { hub, project, mapping, xref }: Trial,
  record: StoredRecord,
): Promise<Comparison | undefined> {
  const { id, key, state, body } = record;
  if (state === 'waiting' || body === undefined) return undefined;
  const { messages } = await hub.get<Trace>(`/records/${encodeURIComponent(id)}`);
  const old = messages.findLast((message) => message.mapping?.startsWith(`${mapping.name}@`))?.body;
  const now = await attempt(() => {
    const [one] = translate(record, {
      project: readingOnlyBy(mapping, record, project),
      mapping: () => mapping,
      xref,
      ...projectModel(project.dir),
    });
    return one!.message.items.length === 0 ? nothing : one!.message;
  });
  const wasNothing = old === undefined && state !== 'parked' && state !== 'refused';
  return compared(id, key, wasNothing ? nothing : old, now);
}

/** The project as if this mapping alone read the record. */
function readingOnlyBy({ name }: CompiledMapping, { system, type }: StoredRecord, project: Project): Project {
  const config = { ...project.systems[system]!, reads: { [type]: [{ map: name }] } };
  return { ...project, systems: { ...project.systems, [system]: config } };
}

async function compareDelivery(
  { hub, project, mapping, xref }: Trial,
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
      xref,
      connection: () => goesNowhere,
    });
    return receipt.request === undefined ? nothing : receipt.request;
  });
  return compared(id, key, state === 'delivered' ? (request ?? nothing) : undefined, now);
}

const goesNowhere = {
  async send() {
    return {};
  },
  async check() {},
  async close() {},
};

const compared = (id: string, key: string, old: unknown, now: Comparison['now'] | undefined) =>
  now === undefined ? undefined : { id, key, old, now };

/** Undefined: what it was made from is no longer kept. */
async function attempt(make: () => unknown): Promise<Comparison['now'] | undefined> {
  try {
    return { made: await make() };
  } catch (thrown) {
    if (thrown instanceof HubError && thrown.code === 'HUB_NOT_FOUND') return undefined;
    if (!(thrown instanceof HubError) || (thrown.code !== 'HUB_MAPPING' && thrown.code !== 'HUB_INVALID'))
      throw thrown;
    return { issues: thrown.issues };
  }
}

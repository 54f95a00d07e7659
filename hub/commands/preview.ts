import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { CompiledMapping, MappingContext, TraceEntry, Xref } from '../../mappings/engine';
import type { Issue } from '../../model/errors';
import { HubError } from '../../model/errors';
import type { CanonicalObject, Message } from '../../model/message';
import { loadProject, type Project, readProject } from '../project';
import { type ProjectModel, projectModel } from '../project-model';
import { openMapping } from './mapping-files';
import { sampleMessage, sampleRecords } from './read-sample';

export interface PreviewOptions {
  readonly dir: string;
  /** Canonical → native, for a mapping that goes both ways. */
  readonly reverse?: boolean;
  /** Zone of times that carry none, where no project says it. */
  readonly zone?: string;
  /** The system that sends or receives, where it is not the first one that uses the mapping. */
  readonly system?: string;
  /** Which id of which system is which object; absent: every id stays as it is. */
  readonly xref?: Xref;
}

/** What a mapping makes of one record or message, and how. */
export interface Preview {
  /** What went in. */
  readonly type?: string;
  readonly key?: string;
  readonly message?: Message;
  readonly records?: readonly { type: string; key: string; body: unknown }[];
  readonly trace: readonly TraceEntry[];
  readonly issues: readonly Issue[];
}

/**
 * Runs a mapping on a sample, as the hub would for a system of the project: the named one, or the first that uses it. Sends and keeps nothing.
 * Throws HUB_WRONG_USE for a wrong name, file or direction.
 */
export function preview(
  map: string,
  file: string,
  options: PreviewOptions,
): { mapping: CompiledMapping; previews: Preview[] } {
  const { mapping } = openMapping(map, options.dir);
  const project = existsSync(join(options.dir, 'hub.yaml')) ? projectIn(options.dir) : undefined;
  const isOut = options.reverse || mapping.direction === 'out';
  if (isOut && mapping.direction === 'in') {
    throw new HubError('HUB_WRONG_USE', `${mapping.name} goes one way: its direction is in`, {
      at: mapping.source.file,
      todo: 'Leave --reverse out, or write direction: both.',
    });
  }
  const user = options.system ?? (project ? userOf(mapping.name, project) : undefined);
  const context = contextOf(project, user, options);
  if (isOut) return { mapping, previews: [written(mapping, sampleMessage(file), context)] };
  const adapter = user === undefined ? undefined : project?.systems[user]?.adapter;
  const model = projectModel(options.dir);
  const records = sampleRecords(file, mapping.recordTypes, adapter);
  const previews = records.map(({ type, key, body }) => ({
    ...(type === undefined ? {} : { type }),
    ...(key === undefined ? {} : { key }),
    ...read(mapping, body, context, model),
  }));
  return { mapping, previews };
}

/** A preview needs no secrets, so variables of the environment may be missing. */
const projectIn = (dir: string): Project => readProject(dir).project ?? loadProject(dir);

/** The first system whose records the mapping reads, or to which it writes. */
function userOf(map: string, { systems, flows, change }: Project): string | undefined {
  const reads = Object.entries(systems).map(([system, config]) => ({
    system,
    maps: Object.values(config.reads)
      .flat()
      .map((one) => one.map),
  }));
  const routes = [...flows.flatMap(({ to }) => to), ...Object.values(change.commands)];
  const writes = routes.map((route) => ({ system: route.system, maps: [route.map] }));
  return [...reads, ...writes].find(({ maps }) => maps.includes(map))?.system;
}

function contextOf(
  project: Project | undefined,
  system: string | undefined,
  { zone, xref }: PreviewOptions,
): MappingContext {
  const now = new Date().toISOString();
  const site = zone ?? project?.plant.timeZone;
  return {
    ...(site === undefined ? {} : { zone: site }),
    ...(project === undefined ? {} : { plant: project.plant.id }),
    ...(system === undefined ? {} : { system, equipment: project?.systems[system]?.equipment ?? [] }),
    ...(xref === undefined ? {} : { xref }),
    ...{ now, receivedAt: now, messageId: 'preview', deliveryId: 'preview', idempotency: 'preview' },
  };
}

function read(
  mapping: CompiledMapping,
  body: unknown,
  context: MappingContext,
  { typed, validate }: ProjectModel,
): Preview {
  const outcome = mapping.read(body, context, { trace: true });
  if ('issues' in outcome) return { trace: [], issues: outcome.issues };
  const message = typed(outcome.message);
  return { message, trace: outcome.trace ?? [], issues: validate(message) };
}

function written(mapping: CompiledMapping, from: unknown, context: MappingContext): Preview {
  const noun = mapping.nouns[0];
  const known = { ...context, verb: mapping.verb, ...(noun === undefined ? {} : { noun }) };
  const outcome = mapping.write(from as Message | CanonicalObject, known, { trace: true });
  if ('issues' in outcome) return { trace: [], issues: outcome.issues };
  const { records, trace = [] } = outcome;
  return { records, trace, issues: [] };
}

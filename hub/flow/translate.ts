import type { Xref } from '../../mappings/engine';
import { HubError, type Issue } from '../../model/errors';
import type { Message } from '../../model/message';
import type { Project, Read } from '../project';
import type { StoredRecord } from '../storage/store';

/** What the flow needs of a mapping that reads records. */
export interface ReadingMapping {
  /** `name@version#hash`: stamped on every message it makes. */
  readonly stamp: string;
  read(body: unknown, context: Record<string, unknown>): { message: Message } | { issues: readonly Issue[] };
}

/** A record in canonical words. */
export interface Translated {
  readonly message: Message;
  /** Stamp of the mapping that read it. */
  readonly mapping: string;
  readonly read: Read;
}

export interface Translator {
  readonly project: Project;
  readonly mapping: (name: string) => ReadingMapping;
  /** Whose id is which. */
  readonly xref?: Xref;
  /** The message with the project's own extensions as values. */
  readonly typed?: (message: Message) => Message;
  readonly validate: (message: Message) => readonly Issue[];
}

/**
 * Translates a stored record by every mapping that its system names for it, and holds each message to the model.
 * Throws HubError HUB_UNKNOWN_RECORD, HUB_MAPPING or HUB_INVALID with all issues at once.
 */
export function translate(
  record: StoredRecord,
  { project, mapping, xref, typed = (message) => message, validate }: Translator,
): Translated[] {
  const system = project.systems[record.system];
  const reads = system && Object.hasOwn(system.reads, record.type) ? system.reads[record.type] : undefined;
  if (!reads) {
    const known = Object.keys(system?.reads ?? {}).join(', ') || 'none';
    throw new HubError(
      'HUB_UNKNOWN_RECORD',
      `no mapping reads '${record.type}' from ${record.system} (known: ${known})`,
      {
        at: `record ${record.id}`,
        value: record.type,
        todo: `Name a mapping under systems.${record.system}.reads.${record.type} in hub.yaml, then: esperanto replay ${record.id}`,
      },
    );
  }
  const context = {
    zone: project.plant.timeZone,
    plant: project.plant.id,
    system: record.system,
    equipment: system!.equipment,
    receivedAt: record.receivedAt,
    now: record.receivedAt,
    messageId: record.id,
    idempotency: record.id,
    ...(xref === undefined ? {} : { xref }),
  };
  return reads.map((read) => {
    const compiled = mapping(read.map);
    const result = compiled.read(record.body, context);
    if ('issues' in result) throw refused('HUB_MAPPING', record, compiled.stamp, result.issues);
    const message = typed(result.message);
    const issues = validate(message);
    if (issues.length > 0) throw refused('HUB_INVALID', record, compiled.stamp, issues);
    return { message, mapping: compiled.stamp, read };
  });
}

function refused(
  code: 'HUB_MAPPING' | 'HUB_INVALID',
  record: StoredRecord,
  stamp: string,
  issues: readonly Issue[],
): HubError {
  const first = issues[0]!;
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : '';
  const where = code === 'HUB_MAPPING' ? '' : `${stamp}: ${first.path}: `;
  return new HubError(code, `${where}${first.message}${more}`, {
    at: `record ${record.id}, ${record.type} ${record.key}`,
    value: first.value,
    todo: first.todo ?? `Correct the record or the mapping, then: esperanto replay ${record.id}`,
    issues,
  });
}

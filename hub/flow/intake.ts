import type { NativeRecord, RawRecord } from '../../adapters/adapter';
import { asHubError, HubError } from '../../model/errors';
import type { NewRecord, Store } from '../storage/store';

/** What the door needs to know of a system. */
export interface DoorSystem {
  /** Turns what was pushed into records; absent where the system does not push. */
  readonly read?: (raw: RawRecord) => NativeRecord[];
  /** For so long the same content without a mark counts as a repetition. Absent: for as long as it is the last of its key. */
  readonly duplicatesWithinMs?: number;
}

/** The door's answer for one record. */
export interface AcceptedRecord {
  /** Id under which the hub keeps it; the first copy's where `duplicate` is true. */
  readonly record: string;
  readonly type: string;
  readonly key: string;
  readonly duplicate: boolean;
}

export interface Intake {
  /**
   * Takes what a system pushed: reads it into records and keeps them durably, then resolves; only then may the door
   * answer with success. `idempotencyKey` marks the whole document. What cannot be read is kept too, parked with its
   * reason, and the reason is thrown with the record's id in `at`.
   */
  push(
    system: string,
    raw: RawRecord,
    idempotencyKey?: string,
  ): Promise<{ readonly accepted: readonly AcceptedRecord[] }>;
  /** Takes one record that an adapter fetched. */
  take(system: string, record: NativeRecord): Promise<void>;
}

/** The type and key of a document that no adapter could read. */
export const UNREADABLE = 'unreadable';

export function intake(store: Store, systems: Readonly<Record<string, DoorSystem>>): Intake {
  const within = (name: string) =>
    Object.hasOwn(systems, name) ? systems[name]!.duplicatesWithinMs : undefined;
  return {
    async push(name, raw, idempotencyKey) {
      const system = Object.hasOwn(systems, name) ? systems[name] : undefined;
      if (!system) {
        const known = Object.keys(systems).join(', ');
        throw new HubError('HUB_UNKNOWN_SYSTEM', `there is no system '${name}' (known: ${known})`, {
          value: name,
        });
      }
      if (!system.read) {
        throw new HubError(
          'HUB_WRONG_USE',
          `the hub fetches from '${name}' by itself; nothing is to be sent here`,
          { value: name },
        );
      }
      const records = await readOrPark(store, name, system.read, raw);
      const kept = await store.accept(
        records.map((record, n) =>
          windowed(toStore(name, record, raw, markOf(idempotencyKey, n)), within(name)),
        ),
      );
      return { accepted: kept.map(({ id, ...rest }) => ({ record: id, ...rest })) };
    },

    async take(name, record) {
      await store.accept([windowed(toStore(name, record), within(name))]);
    },
  };
}

async function readOrPark(
  store: Store,
  system: string,
  read: (raw: RawRecord) => NativeRecord[],
  raw: RawRecord,
): Promise<NativeRecord[]> {
  try {
    return read(raw);
  } catch (thrown) {
    const error = asHubError(thrown);
    const issues =
      error.issues.length > 0
        ? error.issues
        : [{ rule: error.code, path: error.at ?? '', message: error.message }];
    const [kept] = await store.accept([
      {
        system,
        type: UNREADABLE,
        key: UNREADABLE,
        contentType: raw.contentType,
        raw: raw.text,
        state: 'parked',
        issues,
      },
    ]);
    const at = [error.at, `record ${kept!.id}`].filter((part) => part !== undefined).join(', ');
    throw new HubError(error.code, error.message, {
      at,
      value: error.value,
      todo: error.todo,
      issues: error.issues,
      cause: thrown,
    });
  }
}

export function toStore(
  system: string,
  record: NativeRecord,
  raw?: RawRecord,
  mark: string | undefined = record.id,
): NewRecord {
  const isJson = raw === undefined || /\bjson\b/i.test(raw.contentType);
  return {
    system,
    type: record.type,
    key: record.key,
    body: record.body,
    ...(record.text === undefined ? {} : { bodyText: record.text }),
    ...(record.defects?.length ? { issues: record.defects } : {}),
    ...(mark === undefined ? {} : { idempotencyKey: mark }),
    // A JSON body says all that the document said; other documents are kept as they came, beside what was read in them.
    ...(isJson ? {} : { contentType: raw.contentType, raw: raw.text }),
  };
}

/** What its sender has marked is known by the mark, however late it comes. */
function windowed(record: NewRecord, ms: number | undefined): NewRecord {
  return ms === undefined || record.idempotencyKey !== undefined ? record : { ...record, dedupeWindowMs: ms };
}

function markOf(idempotencyKey: string | undefined, n: number): string | undefined {
  if (idempotencyKey === undefined) return undefined;
  return n === 0 ? idempotencyKey : `${idempotencyKey}#${n}`;
}

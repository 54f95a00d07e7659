import type { NativeRecord } from '../../adapters/adapter';
import { HubError } from '../../model/errors';
import type { Accepted, NewRecord, Note, Store, StoredRecord, Tx } from '../storage/store';
import { type DoorSystem, toStore, UNREADABLE } from './intake';

/** New content for a stored record: what was read of it, or the document as it comes over the wire. */
export interface Edit {
  readonly body?: unknown;
  readonly raw?: string;
}

export interface Retaking {
  readonly store: Store;
  /** How what a system pushed is read. */
  readonly doors: Readonly<Record<string, DoorSystem>>;
}

/**
 * Takes a stored record in again as a new one (or several: a document may hold more) that points to it. What no adapter
 * could read, and a document that somebody edited, goes through the adapter. With the same `mark`, the second time
 * changes nothing. Throws what the adapter says where the document still cannot be read.
 */
export async function takeAgain(
  { store, doors }: Retaking,
  record: StoredRecord,
  mark: string,
  edit: Edit = {},
): Promise<Accepted[]> {
  const copies = copiesOf(record, edit, doors[record.system]);
  return store.accept(
    copies.map((copy, n) => ({
      ...copy,
      replayOf: record.id,
      idempotencyKey: n === 0 ? `replay ${record.id} ${mark}` : `replay ${record.id} ${mark}#${n}`,
    })),
  );
}

/** Notes at the original who did it. A parked one is `replayed` then and no longer waits for anybody. */
export async function noteTaken(
  tx: Tx,
  id: string,
  accepted: readonly Accepted[],
  note: Note,
): Promise<void> {
  const isParked = (await tx.getRecord(id))?.state === 'parked';
  const state = isParked ? ({ state: 'replayed' } as const) : {};
  await tx.noteRecord(id, { did: 'replayed', ...note, ...state });
  // Its old place in the lane waits for nobody any more.
  const ids = accepted.map((one) => one.id).join(', ');
  if (isParked) await tx.discard(id, { ...note, why: `${note.why} (taken in again as ${ids})` });
}

function copiesOf(record: StoredRecord, edit: Edit, door: DoorSystem | undefined): NewRecord[] {
  const isUnreadable = record.type === UNREADABLE;
  const raw = edit.raw ?? (isUnreadable && edit.body !== undefined ? JSON.stringify(edit.body) : undefined);
  if (raw !== undefined || (isUnreadable && record.raw !== undefined))
    return reread(record, raw ?? record.raw!, edit, door);
  const body = edit.body ?? record.body;
  if (body === undefined && record.raw === undefined)
    throw new HubError('HUB_NOT_FOUND', `the content of record ${record.id} is no longer kept`, {
      todo: 'Give the content with it: body or raw.',
    });
  return [
    {
      system: record.system,
      type: record.type,
      key: record.key,
      ...(record.contentType === undefined ? {} : { contentType: record.contentType }),
      ...(body === undefined ? {} : { body }),
      // An edited body is what counts; the document would say something else.
      ...(record.raw === undefined || edit.body !== undefined ? {} : { raw: record.raw }),
    },
  ];
}

function reread(record: StoredRecord, text: string, edit: Edit, door: DoorSystem | undefined): NewRecord[] {
  if (!door?.read)
    throw new HubError(
      'HUB_WRONG_USE',
      `${record.system} pushes no documents: give the body instead of raw`,
      {
        at: `record ${record.id}`,
      },
    );
  const isJson = edit.raw === undefined && edit.body !== undefined;
  const contentType = isJson ? 'application/json' : (record.contentType ?? guessed(text));
  const raw = { contentType, text };
  return door.read(raw).map((one: NativeRecord) => toStore(record.system, one, raw));
}

const guessed = (text: string) => (/^\s*</.test(text) ? 'application/xml' : 'application/json');

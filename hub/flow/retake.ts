import type { NativeRecord } from '../../adapters/adapter';
import { HubError } from '../../model/errors';
import type { Accepted, NewRecord, Note, Store, StoredRecord } from '../storage/store';
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
 * could read, and a document that somebody edited, goes through the adapter. A parked original is `replayed` then and no
 * longer waits for anybody. `mark` makes it one act: with the same mark, the second time changes nothing.
 * Throws what the adapter says where the document still cannot be read.
 */
export async function retake(
  { store, doors }: Retaking,
  record: StoredRecord,
  { edit = {}, note, mark }: { readonly edit?: Edit; readonly note: Note; readonly mark: string },
): Promise<Accepted[]> {
  const copies = copiesOf(record, edit, doors[record.system]);
  const accepted = await store.accept(
    copies.map((copy, n) => ({
      ...copy,
      replayOf: record.id,
      idempotencyKey: n === 0 ? `replay ${record.id} ${mark}` : `replay ${record.id} ${mark}#${n}`,
    })),
  );
  await store.transaction(async (tx) => {
    const isParked = (await tx.getRecord(record.id))?.state === 'parked';
    await tx.noteRecord(record.id, {
      did: 'replayed',
      ...note,
      ...(isParked ? { state: 'replayed' as const } : {}),
    });
    // Its old place in the lane waits for nobody any more.
    const ids = accepted.map(({ id }) => id).join(', ');
    if (isParked) await tx.discard(record.id, { ...note, why: `${note.why} (taken in again as ${ids})` });
  });
  return accepted;
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

import type { Xref } from '../../mappings/engine';
import { asHubError, HubError, type Issue } from '../../model/errors';
import type { Parcel } from '../flow/route';
import type { Translated } from '../flow/translate';
import type { Delivery, Reads, Store, StoredRecord } from '../storage/store';

export interface ResumeOptions {
  readonly store: Pick<Store, 'listUnlinked' | 'getRecord' | 'getDelivery' | 'replay' | 'leaseMs'>;
  /** What the hub knows now. */
  readonly xref: Xref;
  readonly translate: (record: StoredRecord) => Translated[];
  readonly log: (message: string, detail?: Record<string, unknown>) => void;
}

export interface Resumption {
  /** Links have changed. Resolves when what waited for them is on its way. */
  linked(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Lets records and deliveries go on that were parked because of ids alone, as soon as all these ids are linked. They go
 * in the order in which they came; one that would take an object back behind what came later stays parked for a person.
 * Looks at the start, too, and once more after each change: what was in hand when a link came may be parked after it.
 */
export function resumption({ store, xref, translate, log }: ResumeOptions): Resumption {
  let closed = false;
  let looking = Promise.resolve();
  let later: NodeJS.Timeout | undefined;

  const settled = ({ unlinked }: Issue): boolean => {
    if (!unlinked) return false;
    const { system, noun, id, direction, needed } = unlinked;
    const found = xref(system, noun, id, direction);
    return found === undefined ? !needed : 'id' in found;
  };

  async function resume(id: string, dest: string, issues: readonly Issue[]): Promise<void> {
    const note = { by: 'hub', why: whyOf(issues, xref) };
    const incoming = dest.startsWith('in:');
    const record = incoming ? await store.getRecord(id) : undefined;
    const delivery = incoming ? undefined : await store.getDelivery(id);
    try {
      await store.replay(id, {
        ...note,
        unless: (reads) =>
          record ? overtakenRecord(reads, record, translate) : overtakenDelivery(reads, delivery),
      });
      log(`${incoming ? 'record' : 'delivery'} ${id} goes on: ${note.why}`, { id, dest });
    } catch (error) {
      const { code, message } = asHubError(error);
      // Another process has taken it up, or a person has.
      if (code === 'HUB_NOT_FOUND') return;
      if (code !== 'HUB_CONFLICT') throw error;
      log(`${id} stays parked although its ids are linked: ${message}`, { id, dest });
    }
  }

  async function look(): Promise<void> {
    if (closed) return;
    for (const { id, dest, issues } of await store.listUnlinked()) {
      if (closed) return;
      if (issues.length > 0 && issues.every(settled)) await resume(id, dest, issues);
    }
  }
  function next(): Promise<void> {
    looking = looking.then(look).catch((error: unknown) => {
      log('could not look for what waited for a link', { err: error });
    });
    return looking;
  }
  async function linked(): Promise<void> {
    clearTimeout(later);
    // A row is in hand for 40 % of a lease at most.
    if (!closed) later = setTimeout(() => void next(), store.leaseMs / 2).unref();
    await next();
  }

  void linked();
  return {
    linked,
    async close() {
      closed = true;
      clearTimeout(later);
      await looking;
    },
  };
}

function whyOf(issues: readonly Issue[], xref: Xref): string {
  const said = issues.flatMap(({ unlinked }) => {
    if (!unlinked) return [];
    const { system, noun, id, direction } = unlinked;
    const found = xref(system, noun, id, direction);
    const other = found && 'id' in found ? found.id : 'nothing';
    return [`${noun} '${id}'${direction === 'in' ? ` of ${system} is` : ` is in ${system}`} ${other}`];
  });
  return [...new Set(said)].join('; ');
}

/** More of one key than this, and nobody looks through them: a person decides. */
const mostLater = 100;

/** Why a record must not be taken in now: a later one has spoken of the same object, or may yet. */
async function overtakenRecord(
  reads: Reads,
  record: StoredRecord,
  translate: ResumeOptions['translate'],
): Promise<string | undefined> {
  const { id, system, key } = record;
  const listed = await reads.listRecords({ system, key, limit: mostLater });
  const later = listed.filter((one) => one.id > id);
  if (later.length === mostLater) return `many records of ${key} came after it`;
  const own = new Set(objectsOf(record, translate) ?? []);
  if (own.size === 0) return 'it says nothing that can be read';
  for (const one of later) {
    if (['parked', 'refused', 'replayed', 'discarded'].includes(one.state)) continue;
    if (objectsOf(one, translate)?.some((object) => own.has(object)))
      return `record ${one.id} has said something newer of ${key}`;
  }
  return undefined;
}

/** Undefined: it cannot be read, and so has changed nothing. */
function objectsOf(record: StoredRecord, translate: ResumeOptions['translate']): string[] | undefined {
  try {
    return translate(record).flatMap(({ message: { noun, items } }) =>
      items.map((item) => `${noun}/${String(item.id)}`),
    );
  } catch (error) {
    if (error instanceof HubError) return undefined;
    throw error;
  }
}

/** Why a delivery must not be sent now: a later state of the same object has gone there, or will. */
async function overtakenDelivery(reads: Reads, delivery: Delivery | undefined): Promise<string | undefined> {
  if (!delivery) return 'it is gone';
  const { id, dest, key, payload } = delivery;
  const { noun, object } = payload as Parcel;
  if (!object) return undefined;
  const others = await reads.listDeliveries({ dest, key, limit: mostLater });
  const later = others.filter((one) => one.id > id);
  if (later.length === mostLater) return `many deliveries of ${key} came after it`;
  const newer = later.find((one) => {
    const parcel = one.payload as Parcel | undefined;
    if (one.state === 'parked' || one.state === 'discarded') return false;
    return parcel?.noun === noun && parcel.object?.id === object.id;
  });
  return newer && `delivery ${newer.id} has brought a newer state of ${key}`;
}

import { asHubError, type Issue } from '../../model/errors';
import type {
  Accepted,
  Delivery,
  DeliveryFilter,
  Job,
  Note,
  Reads,
  RecordFilter,
  RecordState,
  StoredRecord,
  Tx,
} from '../storage/store';
import { UNREADABLE } from './intake';
import { type JobWork, keepStep } from './jobs';
import { noteTaken, type Retaking, takeAgain } from './retake';
import type { Parcel } from './route';

/** Which messages are to be worked on again. Everything that is named must fit. */
export interface Reprocess {
  /** Records from it and deliveries to it. */
  readonly system?: string;
  readonly noun?: string;
  /** Type of record. */
  readonly type?: string;
  /** Business key as it stands in the list of records or deliveries. */
  readonly key?: string;
  /** Of records; deliveries are always parked ones. Default: parked. */
  readonly state?: RecordState;
  readonly from?: string;
  readonly to?: string;
  /** Somewhere in the reason: a code, a path, a word. */
  readonly text?: string;
  /** Default: both. */
  readonly of?: 'records' | 'deliveries';
}

interface Position {
  readonly phase: 'records' | 'deliveries';
  readonly after?: string;
}

export interface Reprocessing extends Retaking {
  /** The record types that are read as that noun. */
  readonly typesOf: (noun: string) => ReadonlyArray<{ readonly system: string; readonly type: string }>;
}

type Searches = Pick<Reprocessing, 'typesOf'>;

/** How many messages fit now. */
export async function countReprocess(
  reads: Pick<Reads, 'countRecords' | 'countDeliveries'>,
  what: Reprocess,
  searches: Searches,
): Promise<{ records: number; deliveries: number }> {
  const records = recordsOf(what, searches);
  const deliveries = deliveriesOf(what);
  return {
    records: records ? await reads.countRecords(records) : 0,
    deliveries: deliveries ? await reads.countDeliveries(deliveries) : 0,
  };
}

/** Records fetched or pushed by the system; undefined: none are wanted. */
function recordsOf(what: Reprocess, { typesOf }: Searches): RecordFilter | undefined {
  const { noun, state = 'parked', of, ...rest } = what;
  if (of === 'deliveries') return undefined;
  return { ...rest, state, ...(noun === undefined ? {} : { types: typesOf(noun) }) };
}

function deliveriesOf(what: Reprocess): DeliveryFilter | undefined {
  const { system, state = 'parked', of, type, ...rest } = what;
  if (of === 'records' || state !== 'parked' || type !== undefined) return undefined;
  return { ...rest, state, ...(system === undefined ? {} : { dest: system }) };
}

/**
 * Works parked records and deliveries off again, and takes records of other states in again, oldest first: so each key
 * keeps its order. Only what was there when the job began.
 */
export function reprocessing(parts: Reprocessing): JobWork {
  const { store } = parts;
  return async (job, limit) => {
    const what = job.what as Reprocess;
    const position = (job.position ?? { phase: 'records' }) as Position;
    const page = {
      oldestFirst: true,
      before: job.id,
      limit,
      ...(position.after === undefined ? {} : { after: position.after }),
    };
    if (position.phase === 'records') {
      const filter = recordsOf(what, parts);
      const found = filter ? await store.listRecords({ ...filter, ...page }) : [];
      if (found.length > 0) return records(parts, job, found);
      return store.transaction((tx) => keepStep(tx, job, { position: { phase: 'deliveries' } }));
    }
    const filter = deliveriesOf(what);
    const found = filter ? await store.listDeliveries({ ...filter, ...page }) : [];
    await store.transaction(async (tx) => {
      const ids = found.map(({ id }) => id);
      let done = 0;
      for (const delivery of found) if (await sentAgain(tx, delivery, job)) done++;
      const after = ids.at(-1);
      await keepStep(tx, job, {
        position: { phase: 'deliveries', ...(after === undefined ? {} : { after }) },
        done,
        skipped: ids.length - done,
        finished: ids.length === 0,
      });
    });
  };
}

/** Not what has been made good at other receivers. The time within which it was to be sent counts no more. */
async function sentAgain(tx: Tx, { id, payload, messageId }: Delivery, job: Job): Promise<boolean> {
  const { deadline, ...parcel } = payload as Parcel;
  const siblings = messageId === undefined ? [] : await tx.listDeliveries({ messageId });
  if (siblings.some((one) => (one.payload as Parcel).compensates?.failed === id)) return false;
  return tx.replay(id, { ...noteOf(job), ...(deadline === undefined ? {} : { payload: parcel }) });
}

const noteOf = (job: Job): Note => ({ by: job.by, why: `${job.why} (job ${job.id})` });

/** What has a place in its lane goes on from there; all else is taken in again. */
const hasPlace = ({ state, type }: StoredRecord) => state === 'parked' && type !== UNREADABLE;

/** The first ones that are of one sort: both sorts side by side would not keep their order. */
async function records(parts: Reprocessing, job: Job, found: readonly StoredRecord[]): Promise<void> {
  const { store } = parts;
  const inPlace = hasPlace(found[0]!);
  const other = found.findIndex((record) => hasPlace(record) !== inPlace);
  const some = other < 0 ? found : found.slice(0, other);
  const position: Position = { phase: 'records', after: some.at(-1)!.id };
  if (!inPlace) return takenAgain(parts, job, some, position);
  await store.transaction(async (tx) => {
    let done = 0;
    for (const { id } of some) if (await tx.replay(id, noteOf(job))) done++;
    await keepStep(tx, job, { position, done, skipped: some.length - done });
  });
}

/** Should the hub end in between, what was taken in already is known by the job's mark and not taken twice. */
async function takenAgain(
  parts: Reprocessing,
  job: Job,
  some: readonly StoredRecord[],
  position: Position,
): Promise<void> {
  const problems = new Map<StoredRecord, readonly Issue[]>();
  const taken = new Map<StoredRecord, Accepted[]>();
  for (const record of some) {
    try {
      taken.set(record, await takeAgain(parts, record, job.id));
    } catch (thrown) {
      const error = asHubError(thrown);
      if (error.kind === 'transient') throw error;
      problems.set(record, issuesOf(error));
    }
  }
  await parts.store.transaction(async (tx) => {
    for (const [{ id }, accepted] of taken) await noteTaken(tx, id, accepted, noteOf(job));
    for (const [{ id, state }, issues] of problems) await tx.markRecord(id, { state, issues });
    await keepStep(tx, job, { position, done: some.length - problems.size, failed: problems.size });
  });
}

function issuesOf(error: ReturnType<typeof asHubError>): readonly Issue[] {
  if (error.issues.length > 0) return error.issues;
  return [{ rule: error.code, path: error.at ?? '', message: error.message }];
}

import { HubError } from '../../model/errors';
import type { CanonicalObject } from '../../model/message';
import type { Project } from '../project';
import { newId } from '../storage/id';
import type {
  Accepted,
  Delivery,
  Job,
  JobState,
  Note,
  Store,
  StoredRecord,
  TracedDelivery,
} from '../storage/store';
import { compensate } from './compensate';
import { type DoorSystem, UNREADABLE } from './intake';
import type { JobWork } from './jobs';
import { checkRepeat, countRepeat, type Repeat, repeating } from './repeat';
import { countReprocess, type Reprocess, reprocessing } from './reprocess';
import { type Edit, noteTaken, takeAgain } from './retake';
import type { Parcel } from './route';

/** What came of a record that somebody had taken in again: itself, from its place, or new ones. */
export interface Retaken extends Accepted {
  /** More than one where a document held several. */
  readonly accepted: readonly Accepted[];
}

/** A delivery as people look at it: with the object that it carries, and every failed try. */
export interface SeenDelivery extends TracedDelivery {
  /** Canonical; absent where it is no longer kept. */
  readonly item?: CanonicalObject;
}

/** Where on its way something stopped; see hub/README.md. */
export type Stage = 'intake' | 'translate' | 'apply' | 'deliver';

export interface Parked {
  readonly records: readonly (StoredRecord & { readonly stage: Stage; readonly error?: unknown })[];
  readonly deliveries: readonly (Delivery & { readonly stage: Stage })[];
}

/** What a delivery is to carry instead: another object, or other words of the receiver's own. */
export interface DeliveryEdit {
  readonly item?: CanonicalObject;
  readonly record?: { readonly type: string; readonly key: string; readonly body: unknown };
}

export interface Asked extends Note {
  /** Messages a second at most. */
  readonly rate?: number;
}

/** What people who operate the hub do with messages, one by one and many at once. */
export interface OperatingDesk {
  /**
   * A parked record goes on from its place; any other, an edited one and one that could not be read is taken in again
   * and points to the original. Throws HUB_NOT_FOUND, and what the adapter says of a document that it cannot read.
   */
  replayRecord(id: string, how: Note & Edit): Promise<Retaken>;
  /** Gives a parked record up. Throws HUB_NOT_FOUND when it is not parked. */
  discardRecord(id: string, note: Note): Promise<void>;
  /**
   * Sends a delivery again: a parked one in its place, one that is done as a new one at the end of its lane. Returns the
   * id under which it goes. Throws HUB_NOT_FOUND; HUB_CONFLICT while it waits anyway, or when it has been made good at
   * other receivers.
   */
  replayDelivery(id: string, how: Note & DeliveryEdit): Promise<string>;
  /** Gives a delivery up; its lane goes on, and what its flow names for a failure is sent. */
  discardDelivery(id: string, note: Note): Promise<void>;
  delivery(id: string): Promise<SeenDelivery | undefined>;
  /** What waits for a person, the newest 100 of each. */
  parked(): Promise<Parked>;
  /** The record types that are read as that noun. */
  typesOf(noun: string): Array<{ system: string; type: string }>;
  /** How many messages fit. */
  countReprocess(what: Reprocess): Promise<{ records: number; deliveries: number }>;
  reprocess(what: Reprocess, asked: Asked): Promise<Job>;
  /** How many deliveries it would be, at most. Throws as `repeat` does. */
  countRepeat(what: Repeat): Promise<number>;
  /** Throws HUB_WRONG_USE, HUB_UNKNOWN_SYSTEM. */
  repeat(what: Repeat, asked: Asked): Promise<Job>;
  jobs(filter?: { state?: JobState; limit?: number }): Promise<Job[]>;
  job(id: string): Promise<Job | undefined>;
  /** What is done stays done. Throws HUB_NOT_FOUND when it is not running. */
  stopJob(id: string, note: Note): Promise<Job>;
  /** What runs the jobs; see jobs.ts. */
  readonly work: Readonly<Record<Job['kind'], JobWork>>;
}

export interface OperatingOptions {
  readonly project: Project;
  readonly store: Store;
  readonly doors: Readonly<Record<string, DoorSystem>>;
  /** The noun that a mapping reads records as. */
  readonly nounOf: (map: string) => string;
}

export function operatingDesk({ project, store, doors, nounOf }: OperatingOptions): OperatingDesk {
  const typesOf = (noun: string) =>
    Object.entries(project.systems).flatMap(([system, { reads }]) =>
      Object.entries(reads).flatMap(([type, maps]) =>
        maps.some(({ map }) => nounOf(map) === noun) ? [{ system, type }] : [],
      ),
    );
  const parts = { store, doors, typesOf };

  async function begin(
    kind: Job['kind'],
    what: Repeat | Reprocess,
    total: number,
    asked: Asked,
  ): Promise<Job> {
    const { by, why, rate } = asked;
    const id = newId();
    const now = new Date().toISOString();
    const job: Omit<Job, 'updatedAt'> = {
      ...{ id, kind, what, by, why, state: 'running', total, done: 0, skipped: 0, failed: 0, startedAt: now },
      ...(rate === undefined ? {} : { rate }),
    };
    await store.transaction((tx) => tx.putJob(job));
    return { ...job, updatedAt: now };
  }

  return {
    async replayRecord(id, { by, why, ...edit }) {
      const record = await store.getRecord(id);
      if (!record) throw new HubError('HUB_NOT_FOUND', `there is no record ${id}`);
      const note = { by, why };
      const isEdited = edit.body !== undefined || edit.raw !== undefined;
      if (record.state === 'parked' && !isEdited) {
        const inPlace = await store.transaction(
          async (tx) => (await tx.replay(id, note)) && tx.noteRecord(id, { did: 'replayed', ...note }),
        );
        const itself = { id, type: record.type, key: record.key, duplicate: false };
        if (inPlace) return { ...itself, accepted: [itself] };
      }
      const accepted = await takeAgain(parts, record, newId(), edit);
      await store.transaction((tx) => noteTaken(tx, id, accepted, note));
      return { ...accepted[0]!, accepted };
    },

    async discardRecord(id, note) {
      const isGivenUp = await store.transaction(async (tx) => {
        if ((await tx.getRecord(id))?.state !== 'parked') return false;
        await tx.noteRecord(id, { did: 'discarded', state: 'discarded', ...note });
        await tx.discard(id, note);
        return true;
      });
      if (!isGivenUp) throw new HubError('HUB_NOT_FOUND', `there is no parked record ${id}`);
    },

    async replayDelivery(id, { by, why, item, record }) {
      const delivery = await store.getDelivery(id);
      if (!delivery || delivery.dest.startsWith('in:'))
        throw new HubError('HUB_NOT_FOUND', `there is no delivery ${id}`);
      if (delivery.state === 'waiting')
        throw new HubError('HUB_CONFLICT', `delivery ${id} waits to be sent anyway`, {
          todo: 'Nothing; or discard it, and then replay it edited.',
        });
      const { deadline, ...parcel } = delivery.payload as Parcel;
      await refuseMadeGood(delivery);
      const isEdited = item !== undefined || record !== undefined;
      const edited = {
        ...parcel,
        ...(item === undefined ? {} : { item }),
        ...(record === undefined ? {} : { record }),
      };
      // Somebody wants it to go all the same: the time for it counts no more.
      if (delivery.state !== 'parked') return sendOnceMore(delivery, edited, { by, why });
      await store.replay(id, {
        by,
        why,
        ...(isEdited || deadline !== undefined ? { payload: edited } : {}),
      });
      return id;
    },

    async discardDelivery(id, note) {
      const isGivenUp = await store.transaction(async (tx) => {
        const delivery = await tx.getDelivery(id);
        if (!delivery || !(await tx.discard(id, note))) return false;
        if (!delivery.dest.startsWith('in:')) await compensate(tx, project, delivery);
        return true;
      });
      if (!isGivenUp) throw new HubError('HUB_NOT_FOUND', `there is no parked or waiting delivery ${id}`);
    },

    async delivery(id) {
      const delivery = await store.getDelivery(id);
      if (!delivery) return undefined;
      const item = delivery.dest.startsWith('in:') ? undefined : await itemOf(delivery);
      const attemptLog = await store.attemptsOf(id);
      return { ...delivery, attemptLog, ...(item === undefined ? {} : { item }) };
    },

    async parked() {
      const records = await store.listRecords({ state: 'parked' });
      const places = await Promise.all(records.map(({ id }) => store.getDelivery(id)));
      const deliveries = await store.listDeliveries({ state: 'parked' });
      return {
        records: records.map((record, n) => {
          const error = places[n]?.error;
          return { ...record, stage: stageOf(record, error), ...(error === undefined ? {} : { error }) };
        }),
        deliveries: deliveries.map((delivery) => ({ ...delivery, stage: 'deliver' })),
      };
    },
    typesOf,
    countReprocess: (what) => countReprocess(store, what, parts),
    async reprocess(what, asked) {
      const { records, deliveries } = await countReprocess(store, what, parts);
      return begin('reprocess', what, records + deliveries, asked);
    },
    async countRepeat(what) {
      checkRepeat(what, project);
      return countRepeat(store, what);
    },
    async repeat(what, asked) {
      checkRepeat(what, project);
      return begin('replay', what, await countRepeat(store, what), asked);
    },
    jobs: (filter) => store.listJobs(filter),
    job: (id) => store.getJob(id),
    async stopJob(id, stopped) {
      return store.transaction(async (tx) => {
        const job = await tx.getJob(id);
        if (job?.state !== 'running') throw new HubError('HUB_NOT_FOUND', `there is no running job ${id}`);
        const finishedAt = new Date().toISOString();
        const ended = { ...job, state: 'stopped', stopped, finishedAt } as const;
        await tx.putJob(ended);
        return ended;
      });
    },
    work: { reprocess: reprocessing(parts), replay: repeating(store, project) },
  };

  /** What is done stays as it is. A command's time is over: it is not carried out twice. */
  async function sendOnceMore(
    { id, dest, key, messageId, urgent }: Delivery,
    { command, ...parcel }: Parcel,
    note: Note,
  ): Promise<string> {
    if (command)
      throw new HubError('HUB_CONFLICT', `delivery ${id} was a command of change ${command.changeId}`, {
        todo: 'Decide on the change instead.',
      });
    const [again] = await store.transaction(async (tx) =>
      tx.addDeliveries([
        {
          ...{ dest, key, urgent },
          payload: { ...parcel, replay: { ...note, of: parcel.replay?.of ?? id } } satisfies Parcel,
          ...(messageId === undefined ? {} : { messageId }),
        },
      ]),
    );
    return again!;
  }

  /** The other receivers have been told that it came to nothing. */
  async function refuseMadeGood({ id, messageId }: Delivery): Promise<void> {
    if (messageId === undefined) return;
    const siblings = await store.listDeliveries({ messageId, limit: 1000 });
    const good = siblings.find(({ payload }) => (payload as Parcel).compensates?.failed === id);
    if (!good) return;
    const message = await store.getMessage(messageId);
    throw new HubError('HUB_CONFLICT', `delivery ${id} has been made good by delivery ${good.id}`, {
      todo: `Take the whole message in again: esperanto replay ${message?.recordId ?? '<record>'}`,
    });
  }

  async function itemOf({ payload }: Delivery): Promise<CanonicalObject | undefined> {
    const { noun, object, item } = payload as Parcel;
    if (item !== undefined || object === undefined) return item;
    return (await store.getObject(noun, object.id, { version: object.version }))?.body as
      | CanonicalObject
      | undefined;
  }
}

const TRANSLATING = new Set(['HUB_UNKNOWN_RECORD', 'HUB_MAPPING', 'HUB_INVALID']);

function stageOf({ type }: StoredRecord, error: unknown): Stage {
  if (type === UNREADABLE) return 'intake';
  return TRANSLATING.has((error as { code?: string } | undefined)?.code ?? '') ? 'translate' : 'apply';
}

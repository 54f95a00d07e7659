import { HubError } from '../../model/errors';
import type { Message } from '../../model/message';
import type { Project } from '../project';
import { firstIdAt } from '../storage/id';
import type { Delivery, Job, NewDelivery, Reads, Store, StoredMessage, Tx } from '../storage/store';
import { type JobWork, keepStep } from './jobs';
import { type Parcel, route } from './route';

/** What is to be sent once more, to whom. */
export interface Repeat {
  /** Receivers. */
  readonly to: readonly string[];
  /** An instant, or the id of a record, message or delivery: from there on. */
  readonly since: string;
  readonly noun?: string;
  /** Business key of the lane; with `flows` id of the object. */
  readonly key?: string;
  /**
   * `sent` (default): what these receivers were sent. `flows`: the versions that objects have got, by the flows and
   * mappings as they are now; also to a receiver that did not exist then.
   */
  readonly by?: 'sent' | 'flows';
}

/** The first id that belongs to it. */
export function sinceId({ since }: Repeat): string {
  return /^[0-9a-z]{26}$/.test(since) ? since : firstIdAt(since);
}

/** How many deliveries that will be, at most. */
export async function countRepeat(reads: Reads, what: Repeat): Promise<number> {
  const since = sinceId(what);
  const noun = what.noun === undefined ? {} : { noun: what.noun };
  if (what.by === 'flows') return reads.countVersions({ since, ...noun });
  const counts = what.to.map((dest) => {
    const key = what.key === undefined ? {} : { key: what.key };
    return reads.countDeliveries({ dest, since, ...noun, ...key });
  });
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
}

interface LanePosition {
  readonly lane: number;
  /** Where the lane is not through yet. */
  readonly seq?: number;
}

interface ObjectPosition {
  readonly noun: string;
  readonly id: string;
}

/** Lanes or objects looked at in one transaction, which holds a lock on each. */
const mostAtOnce = 50;

/**
 * Sends once more what was sent: lane by lane, in the order of each lane, up to its present end. What waits there and
 * what came while the job ran goes once more behind it, so that the newest state is the last one that a receiver gets.
 */
export function repeatingSent(store: Pick<Store, 'transaction'>): JobWork {
  return (job, limit) =>
    store.transaction(async (tx) => {
      const what = job.what as Repeat;
      let position = job.position as LanePosition | undefined;
      let seen = 0;
      let done = 0;
      let skipped = 0;
      let isOver = false;
      for (let n = 0; n < mostAtOnce && seen < limit && !isOver; n++) {
        const lane = position?.seq === undefined ? await nextLane(tx, what, position) : position.lane;
        if (lane === undefined) isOver = true;
        else {
          const most = limit - seen;
          const rows = await tx.deliveriesIn({
            lane,
            since: sinceId(what),
            limit: most,
            ...(position?.seq === undefined ? {} : { afterSeq: position.seq }),
          });
          const foreign = rows.filter(({ payload }) => (payload as Parcel).replay?.job !== job.id);
          const again = foreign.filter((row) => isWanted(row, what)).map((row) => onceMore(row, job));
          tx.addDeliveries(again);
          seen += rows.length;
          done += again.length;
          skipped += foreign.length - again.length;
          position = { lane, ...(rows.length === most ? { seq: rows.at(-1)!.seq } : {}) };
        }
      }
      await keepStep(tx, job, { position, done, skipped, finished: isOver });
    });
}

async function nextLane(tx: Tx, { to, key }: Repeat, before: LanePosition | undefined) {
  const after = before === undefined ? {} : { after: before.lane };
  const [next] = await tx.lanesTo({
    dests: to,
    ...after,
    ...(key === undefined ? {} : { key }),
    limit: 1,
  });
  return next?.lane;
}

/** Neither what a person has to decide on or has given up, nor commands, whose time is over. */
function isWanted({ state, payload }: Delivery, what: Repeat): boolean {
  const { noun, command, replay, compensates } = payload as Parcel;
  if (command !== undefined || compensates !== undefined || (what.noun !== undefined && noun !== what.noun))
    return false;
  // Those of an earlier job whose originals go anyway.
  if (replay?.of !== undefined && replay.of >= sinceId(what)) return false;
  return state === 'delivered' || state === 'waiting';
}

function onceMore({ id, dest, key, payload, messageId, urgent }: Delivery, job: Job): NewDelivery {
  const parcel = payload as Parcel;
  return {
    dest,
    key,
    urgent,
    payload: { ...parcel, replay: { job: job.id, of: parcel.replay?.of ?? id } } satisfies Parcel,
    ...(messageId === undefined ? {} : { messageId }),
  };
}

/** Sends the versions that objects have got, object by object, to receivers as today's flows say. */
export function repeatingByFlows(store: Pick<Store, 'transaction'>, project: Project): JobWork {
  return (job, limit) =>
    store.transaction(async (tx) => {
      const what = job.what as Repeat;
      const before = job.position as ObjectPosition | undefined;
      const objects = await tx.objectsSince({
        since: sinceId(what),
        limit: Math.min(limit, mostAtOnce),
        ...(what.noun === undefined ? {} : { noun: what.noun }),
        ...(before === undefined ? {} : { after: before }),
      });
      let done = 0;
      let skipped = 0;
      for (const object of objects) {
        if (what.key !== undefined && object.id !== what.key) continue;
        const sent = await allVersions(tx, project, job, object);
        done += sent.done;
        skipped += sent.skipped;
      }
      const position = objects.at(-1) ?? before;
      await keepStep(tx, job, { position, done, skipped, finished: objects.length === 0 });
    });
}

/** `skipped`: versions whose message is forgotten, so that nobody knows how they were told. */
async function allVersions(
  tx: Tx,
  project: Project,
  job: Job,
  { noun, id }: ObjectPosition,
): Promise<{ done: number; skipped: number }> {
  const what = job.what as Repeat;
  // Locks the object: what changes it next is sent behind.
  await tx.getObject(noun, id);
  const versions = (await tx.objectVersions(noun, id)).reverse();
  let done = 0;
  let skipped = 0;
  for (const { version, messageId, system } of versions) {
    if (messageId === undefined || messageId < sinceId(what)) continue;
    const message = await tx.getMessage(messageId);
    const object = await tx.getObject(noun, id, { version });
    if (!message || !object) {
      skipped++;
      continue;
    }
    const only = { systems: what.to, replay: { job: job.id } };
    const sent = await route(tx, project, spokenBy(message, noun), { system, messageId }, object, only);
    done += sent.length;
  }
  return { done, skipped };
}

/** The message, also where its body is no longer kept. */
function spokenBy({ verb, body }: StoredMessage, noun: string): Message {
  const kept = body as Message | undefined;
  return {
    verb: verb as Message['verb'],
    noun,
    applicationArea: kept?.applicationArea ?? ({} as Message['applicationArea']),
    items: [],
  };
}

/** Which of both it is stands in what is asked for. */
export function repeating(store: Pick<Store, 'transaction'>, project: Project): JobWork {
  const sent = repeatingSent(store);
  const byFlows = repeatingByFlows(store, project);
  return (job, limit) => ((job.what as Repeat).by === 'flows' ? byFlows : sent)(job, limit);
}

/** Throws HUB_WRONG_USE or HUB_UNKNOWN_SYSTEM. */
export function checkRepeat({ to, since }: Repeat, project: Project): void {
  if (to.length === 0) throw new HubError('HUB_WRONG_USE', 'no receiver is named', { at: 'to' });
  for (const system of to) {
    if (Object.hasOwn(project.systems, system)) continue;
    const known = Object.keys(project.systems).join(', ');
    throw new HubError('HUB_UNKNOWN_SYSTEM', `there is no system '${system}' (known: ${known})`, {
      value: system,
    });
  }
  if (!/^[0-9a-z]{26}$/.test(since) && Number.isNaN(Date.parse(since)))
    throw new HubError('HUB_WRONG_USE', `'${since}' is neither an instant nor an id`, {
      at: 'since',
      value: since,
    });
}

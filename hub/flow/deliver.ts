import type { Connection, NativeRecord, Outgoing, Receipt } from '../../adapters/adapter';
import type { Xref } from '../../mappings/engine';
import { HubError, type Issue } from '../../model/errors';
import type { CanonicalObject, Message } from '../../model/message';
import type { Project } from '../project';
import type { Lane, Row, Store, Receipt as StoredReceipt } from '../storage/store';
import type { Work } from './destination';
import type { Parcel } from './route';

/** What the flow needs of a mapping that writes records. */
export interface WritingMapping {
  readonly stamp: string;
  write(
    message: Message,
    context: Record<string, unknown>,
  ): { records: readonly { type: string; key: string; body: unknown }[] } | { issues: readonly Issue[] };
}

export interface Deliverer {
  readonly project: Project;
  readonly store: Pick<Store, 'getObject'> & Partial<Pick<Store, 'getDelivery'>>;
  readonly mapping: (name: string) => WritingMapping;
  /** Whose id is which. */
  readonly xref?: Xref;
  /** Throws HUB_UNREACHABLE while the system is not connected. */
  readonly connection: (system: string) => Connection;
}

/**
 * Carries one delivery out: the object as it was → the receiver's words → send. What the mapping leaves out (no record
 * for this receiver) is delivered with that remark. Throws HubError; the retry rule decides what follows.
 */
export async function deliver(
  lane: Lane,
  row: Row,
  deliverer: Deliverer,
  { sure, sending }: Pick<Work, 'sending' | 'sure'> = {},
): Promise<StoredReceipt> {
  const parcel = row.payload as Parcel;
  const { connection } = deliverer;
  const needless = await neverTaken(parcel, deliverer);
  if (needless) return { answer: needless };
  const records = parcel.record ? [parcel.record] : await recordsOf(lane, row, deliverer);
  if (records.length === 0) return { answer: 'nothing to send: the mapping has no record for this receiver' };
  const receiver = connection(lane.dest);
  if (!receiver.send)
    throw new HubError('HUB_TAKES_NOTHING', `${lane.dest} takes nothing from the hub`, {
      at: `flow ${parcel.flow}`,
    });
  sending?.(records.length === 1 ? records[0] : records);
  const receipts: Receipt[] = [];
  for (const [n, record] of records.entries()) {
    // A process that was frozen since it took the row: its successor has sent it, and later ones.
    sure?.();
    // The id stays the same over all tries, so that the receiver can tell a repetition.
    receipts.push(await receiver.send(outgoing(row, record, records.length === 1 ? '' : `-${n + 1}`)));
  }
  return receiptOf(records, receipts);
}

/** Throws HUB_EXPIRED where a flow's deadline has passed. */
export function refuseLate({ dest }: Lane, { payload }: Row): void {
  const { deadline, flow } = payload as Parcel;
  if (deadline !== undefined && deadline < new Date().toISOString())
    throw new HubError('HUB_EXPIRED', `${dest} was to get it until ${deadline}`, { at: `flow ${flow}` });
}

/** A replay has an id of its own, because the receiver is to take it once more, and names what it repeats. */
export function outgoing(row: Row, record: NativeRecord, place: string): Outgoing {
  const of = (row.payload as Parcel).replay?.of;
  return { ...record, id: row.id + place, ...(of === undefined ? {} : { replayOf: of + place }) };
}

export function receiptOf(records: readonly NativeRecord[], receipts: readonly Receipt[]): StoredReceipt {
  const ids = receipts.flatMap(({ counterpartId }) => (counterpartId === undefined ? [] : [counterpartId]));
  const answers = receipts.map(({ answer }) => answer ?? null);
  const sentText = records.length === 1 ? receipts[0]?.sentText : undefined;
  return {
    ...(ids.length === 0 ? {} : { counterpartId: ids.join(', ') }),
    ...(sentText === undefined ? {} : { requestText: textOf(records[0]!, sentText) }),
    request: records.length === 1 ? records[0] : records,
    answer: answers.length === 1 ? answers[0] : answers,
  };
}

/** A record as JSON, its body being that already. */
function textOf({ body: _, ...rest }: NativeRecord, body: string): string {
  return `${JSON.stringify(rest).slice(0, -1)},"body":${body}}`;
}

/** Why there is nothing to make good here: the receiver had not taken the message after all. */
async function neverTaken({ compensates }: Parcel, { store }: Deliverer): Promise<string | undefined> {
  if (compensates?.taken === undefined) return undefined;
  const state = (await store.getDelivery?.(compensates.taken))?.state ?? 'delivered';
  return state === 'delivered'
    ? undefined
    : `nothing to make good: delivery ${compensates.taken} is ${state}`;
}

/** What the receiver is to get, in its own words: as the mapping puts the object. */
export async function recordsOf(
  lane: Lane,
  row: Row,
  { project, store, mapping, xref }: Deliverer,
): Promise<readonly NativeRecord[]> {
  const parcel = row.payload as Parcel;
  const item = await itemOf(store, parcel);
  const compiled = mapping(parcel.map);
  const result = compiled.write(messageOf(parcel, item, row, project), {
    zone: project.plant.timeZone,
    plant: project.plant.id,
    system: lane.dest,
    equipment: project.systems[lane.dest]?.equipment ?? [],
    messageId: row.messageId ?? row.id,
    deliveryId: row.id,
    verb: parcel.verb,
    noun: parcel.noun,
    referenceId: parcel.referenceId ?? '',
    idempotency: row.id,
    now: row.at,
    receivedAt: row.at,
    ...(xref === undefined ? {} : { xref }),
  });
  if ('issues' in result) {
    const first = result.issues[0]!;
    throw new HubError('HUB_MAPPING', first.message, {
      at: `${compiled.stamp}: ${first.path}`,
      value: first.value,
      todo: `Correct the mapping or the data, then: esperanto replay ${row.id}`,
      issues: result.issues,
    });
  }
  return result.records;
}

async function itemOf(store: Deliverer['store'], { noun, object, item }: Parcel): Promise<CanonicalObject> {
  // An edited item stands beside the object that it came from.
  if (item !== undefined || object === undefined) return item!;
  const stored = await store.getObject(noun, object.id, { version: object.version });
  if (!stored)
    throw new HubError('HUB_NOT_FOUND', `there is no ${noun} ${object.id} in version ${object.version}`);
  return stored.body as CanonicalObject;
}

function messageOf(parcel: Parcel, item: CanonicalObject, row: Row, project: Project): Message {
  const reference = parcel.referenceId === undefined ? {} : { referenceId: parcel.referenceId };
  return {
    verb: parcel.verb,
    noun: parcel.noun,
    applicationArea: {
      sender: { logicalId: `esperanto/${project.plant.id}`, ...reference },
      creationDateTime: row.at,
      bodId: row.id,
    },
    items: [item],
  };
}

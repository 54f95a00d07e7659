import type { Selectable } from 'kysely';
import type { ConsumptionReport, SegmentReport } from '../change/execution';
import type { Tables } from './schema';
import { whole } from './squeeze';
import type {
  Delivery,
  DeliveryState,
  RecordState,
  Row,
  StoredMessage,
  StoredNote,
  StoredObject,
  StoredRecord,
} from './store';

/** JSON text of a value; what is absent is null in the database. */
export function json(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value);
}

type Present<T> = { [K in keyof T]: undefined extends T[K] ? T[K] : Exclude<T[K], null> };

/** The row without what is null or undefined. */
export function present<T extends object>(row: T): Present<T> {
  return Object.fromEntries(
    Object.entries(row).filter(([, v]) => v !== null && v !== undefined),
  ) as Present<T>;
}

/** Reads a JSON column, compressed or not. */
export function value(text: string | null): unknown {
  return text === null ? undefined : JSON.parse(whole(text));
}

/** Once there was room for one note only. */
function notesOf(text: string | null): readonly StoredNote[] | undefined {
  return text === null ? undefined : [JSON.parse(text)].flat();
}

export function optional<T>(v: T | null): T | undefined {
  return v ?? undefined;
}

/** A record with its body, which stands apart where it is large. */
export interface RecordRow extends Selectable<Tables['record']> {
  large_raw: string | null;
  large_body: string | null;
}

export function recordOf(r: RecordRow): StoredRecord {
  const raw = r.raw ?? r.large_raw;
  return present({
    id: r.id,
    system: r.system,
    type: r.type,
    key: r.key,
    idempotencyKey: optional(r.idempotency_key),
    contentType: optional(r.content_type),
    raw: raw === null ? undefined : whole(raw),
    body: value(r.body ?? r.large_body),
    receivedAt: r.received_at,
    state: r.state as RecordState,
    issues: (value(r.issues) ?? []) as StoredRecord['issues'],
    mapping: optional(r.mapping),
    messageId: optional(r.message_id),
    replayOf: optional(r.replay_of),
    notes: notesOf(r.note),
  });
}

export function messageOf(m: Selectable<Tables['message']>): StoredMessage {
  return present({
    id: m.id,
    recordId: optional(m.record_id),
    system: m.system,
    verb: m.verb,
    noun: m.noun,
    body: value(m.body),
    mapping: optional(m.mapping),
    objectKeys: value(m.object_keys) as string[],
    createdAt: m.created_at,
  });
}

export type VersionHead = Omit<StoredObject, 'body'>;

export function versionOf(v: Omit<Selectable<Tables['object_version']>, 'body'>): VersionHead {
  return present({
    noun: v.noun,
    id: v.id,
    version: Number(v.version),
    hash: v.hash,
    system: v.system,
    messageId: optional(v.message_id),
    updatedAt: v.updated_at,
  });
}

export function objectOf(v: Selectable<Tables['object_version']>): StoredObject {
  return { ...versionOf(v), body: value(v.body) };
}

export function laneRowOf(o: Selectable<Tables['outbox']>): Row {
  return {
    lane: Number(o.lane_id),
    seq: Number(o.seq),
    id: o.id,
    ...(o.message_id === null ? {} : { messageId: o.message_id }),
    payload: value(o.payload),
    urgent: Number(o.urgent) === 1,
    at: o.at,
  };
}

export interface DeliveryRow extends Selectable<Tables['outbox']> {
  dest: string;
  key: string;
  head: number;
  lane_attempt: number;
  last_error: string | null;
  state: string | null;
  attempts: number | null;
  counterpart_id: string | null;
  request: string | null;
  answer: string | null;
  error: string | null;
  finished_at: string | null;
  acknowledged_at: string | null;
  note: string | null;
}

/** A row without a receipt is delivered when the head of its lane has passed it. */
export function deliveryOf(d: DeliveryRow): Delivery {
  const first = Number(d.seq) === Number(d.head) + 1;
  const state = (d.state ?? (Number(d.seq) <= Number(d.head) ? 'delivered' : 'waiting')) as DeliveryState;
  const failing = first && state === 'waiting';
  return present({
    ...laneRowOf(d),
    dest: d.dest,
    key: d.key,
    state,
    attempts: Number((failing ? d.lane_attempt : d.attempts) ?? 0),
    counterpartId: optional(d.counterpart_id),
    request: value(d.request),
    answer: value(d.answer),
    error: value(failing ? d.last_error : d.error),
    finishedAt: state === 'waiting' ? undefined : optional(d.finished_at),
    acknowledgedAt: optional(d.acknowledged_at),
    note: notesOf(d.note)?.at(-1),
    notes: notesOf(d.note),
  });
}

export function segmentReportOf(r: Selectable<Tables['segment_report']>): SegmentReport {
  return present({
    id: r.id,
    orderId: r.order_id,
    segmentId: r.segment_id,
    source: r.source,
    state: optional(r.state as SegmentReport['state'] | null),
    startTime: optional(r.start_time),
    endTime: optional(r.end_time),
    goodQuantity: optional(r.good_quantity),
    goodUnit: optional(r.good_unit),
  });
}

export function consumptionOf(c: Selectable<Tables['consumption']>): ConsumptionReport {
  return present({
    id: c.id,
    orderId: c.order_id,
    segmentId: c.segment_id,
    source: c.source,
    material: c.material,
    lot: optional(c.lot),
    quantity: c.quantity,
    unit: c.unit,
  });
}

import type { NativeRecord, Outgoing } from '../../adapters/adapter';
import { HubError } from '../../model/errors';
import type { Lane, Receipt, Row } from '../storage/store';
import { type Deliverer, outgoing, receiptOf, recordsOf } from './deliver';
import type { Parcel } from './route';

/** What became of the rows of one call, as far as they went together. */
export type Together = readonly (Receipt | HubError)[];

/** How many records of a type the receiver takes in one call. */
export type Batches = Readonly<Record<string, { readonly max: number }>>;

/**
 * Hands several rows of one lane over in one call, from the first on as many as go together: one record each, all of one
 * type that the receiver takes in batches. Undefined: the first one goes alone. Throws when nobody knows of any of them.
 */
export async function deliverTogether(
  lane: Lane,
  rows: readonly Row[],
  deliverer: Deliverer,
  batches: Batches,
  sure: () => void,
): Promise<Together | undefined> {
  const going: Outgoing[] = [];
  const records: NativeRecord[] = [];
  for (const row of rows) {
    const record = await companion(lane, row, deliverer);
    const most = record && batches[record.type]?.max;
    if (!record || !most || going.length >= most || record.type !== (records[0] ?? record).type) break;
    going.push(outgoing(row, record, ''));
    records.push(record);
  }
  const receiver = deliverer.connection(lane.dest);
  if (going.length < 2 || !receiver.sendBatch) return undefined;
  sure();
  const results = await receiver.sendBatch(going);
  return results.map((result, n) =>
    result instanceof HubError ? result : receiptOf([records[n]!], [result]),
  );
}

/** The one record of a row that may go with others. What needs a look of its own goes alone, and fails alone. */
async function companion(lane: Lane, row: Row, deliverer: Deliverer): Promise<NativeRecord | undefined> {
  const { command, compensates, deadline, record } = row.payload as Parcel;
  if (command || compensates || (deadline !== undefined && deadline < new Date().toISOString()))
    return undefined;
  try {
    const records = record ? [record] : await recordsOf(lane, row, deliverer);
    return records.length === 1 ? records[0] : undefined;
  } catch (error) {
    if (error instanceof HubError) return undefined;
    throw error;
  }
}

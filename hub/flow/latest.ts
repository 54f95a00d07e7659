import type { Row } from '../storage/store';
import type { Parcel } from './route';

/**
 * Where a flow says that only the latest counts: the last of the later rows that brings the same object by the same
 * flow. Commands, and what makes something good, are never passed over.
 */
export function latestOf(row: Row, later: readonly Row[]): Row | undefined {
  const { latest, flow, noun, object } = row.payload as Parcel;
  if (!latest || !object) return undefined;
  return later.findLast(({ payload }) => {
    const other = payload as Parcel;
    return other.latest && other.flow === flow && other.noun === noun && other.object?.id === object.id;
  });
}

/** What stands as the answer at a row that was not sent. */
export function supersededBy({ id }: Row): { supersededBy: string } {
  return { supersededBy: id };
}

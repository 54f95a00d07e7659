import { type IncomingRecord, laneEntryOf } from './engine';
import { appendAll, type Beginning } from './postgres-append';
import { columns, texts } from './postgres-arrays';
import type { Pipeline } from './postgres-pipeline';
import * as statements from './postgres-statements';
import type { Accepted, Wake } from './store';

/** Keeps what is no duplicate and gives it a place in its lane, in the transaction of `pipeline`. */
export async function acceptAll(
  pipeline: Pipeline,
  records: readonly IncomingRecord[],
  beginning: Beginning,
): Promise<{ accepted: Accepted[]; wakes: Wake[] }> {
  const firstIds = new Map<IncomingRecord, string>();
  for (let rest = records; rest.length; ) {
    // A statement can take each mark once; a second copy of it has its turn after the first.
    const marks = new Map<string, IncomingRecord>();
    for (const r of rest) if (!marks.has(markOf(r))) marks.set(markOf(r), r);
    for (const [r, id] of await firstIdsOf(pipeline, [...marks.values()])) firstIds.set(r, id);
    rest = rest.filter((r) => !firstIds.has(r));
  }
  const fresh = records.filter((r) => firstIds.get(r) === r.id);
  const wakes: Wake[] = [];
  pipeline.send(statements.putRecords, columns(fresh, texts(12), recordColumns));
  appendAll(
    pipeline,
    fresh.flatMap((r) => laneEntryOf(r) ?? []),
    wakes,
    beginning,
  );
  const accepted = records.map((r) => {
    const id = firstIds.get(r)!;
    return { id, type: r.record.type, key: r.record.key, duplicate: id !== r.id };
  });
  return { accepted, wakes };
}

const markOf = (r: IncomingRecord) => JSON.stringify([r.record.system, r.mark]);

/** The id under which each record stands in the store: its own, or that of the first copy. */
async function firstIdsOf(
  pipeline: Pipeline,
  records: readonly IncomingRecord[],
): Promise<Map<IncomingRecord, string>> {
  const values = columns(records, [...texts(4), 'int8'], (r) => [
    ...[r.record.system, r.mark, r.hash, r.id, r.until],
  ]);
  const taken = await pipeline.query(statements.takeMarks, values);
  const own = new Set(taken.rows.map(({ id }) => id));
  const copies = records.filter((r) => !own.has(r.id));
  const ids = new Map(records.map((r) => [r, r.id]));
  if (copies.length) {
    const marks = columns(copies, texts(2), (r) => [r.record.system, r.mark]);
    const found = await pipeline.query(statements.firstCopies, marks);
    for (const { ord, id } of found.rows) ids.set(copies[ord - 1]!, id);
  }
  return ids;
}

function recordColumns({ id, raw, body, receivedAt, record: r }: IncomingRecord): unknown[] {
  const issues = r.issues?.length ? JSON.stringify(r.issues) : null;
  return [
    ...[id, r.system, r.type, r.key, r.idempotencyKey ?? null, r.contentType ?? null, raw, body, receivedAt],
    ...[r.state ?? 'waiting', issues, r.replayOf ?? null],
  ];
}

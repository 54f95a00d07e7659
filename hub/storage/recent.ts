import type { IncomingRecord } from './engine';
import type { Reads, Row, StoredObject, StoredRecord } from './store';
import type { Written } from './tx';

/** Characters of JSON whose values are kept in memory until they are read: of objects, and of records. */
const most = { objects: 4_000_000, records: 4_000_000 };

interface RecentReads {
  readonly reads: Reads;
  recordOf(row: Row): Promise<StoredRecord>;
  keepVersion(written: Written): void;
  keepRecord(incoming: IncomingRecord): void;
}

/**
 * Reads that remember what this process has stored lately and what never changes, until it has been worked on: whoever does
 * so next need not read and parse it again. What is kept for longer would only grow old in memory.
 */
export function recentOver(from: Reads): RecentReads {
  const versions = new Awaited<StoredObject>(most.objects);
  const records = new Awaited<StoredRecord>(most.records);
  return {
    reads: {
      ...from,
      async getObject(noun, id, as = {}) {
        const known =
          as.at === undefined && as.version !== undefined
            ? versions.take(nameOf(noun, id, as.version))
            : undefined;
        return known ?? from.getObject(noun, id, as);
      },
    },
    recordOf: async ({ id }) => records.take(id) ?? (await from.getRecord(id))!,
    keepVersion({ object, size, carriedBy }) {
      if (carriedBy > 0)
        versions.keep(nameOf(object.noun, object.id, object.version), object, { size, times: carriedBy });
    },
    keepRecord({ id, receivedAt, body, record }) {
      const { system, type, key, replayOf } = record;
      if (body !== null)
        records.keep(
          id,
          {
            id,
            system,
            type,
            key,
            body: record.body,
            receivedAt,
            state: 'waiting',
            issues: record.issues ?? [],
            ...(replayOf === undefined ? {} : { replayOf }),
          },
          { size: body.length, times: 1 },
        );
    },
  };
}

const nameOf = (noun: string, id: string, version: number) => `${noun}\0${id}\0${version}`;

/** Nobody has asked for it in this time, in ms: another process has. */
const unasked = 10_000;

interface Kept<T> {
  readonly value: T;
  readonly size: number;
  readonly until: number;
  /** So often it is going to be asked for. */
  times: number;
}

/**
 * Values that are asked for a known number of times, about in the order in which they came. Where there is no more room,
 * the newest goes without, for its turn is the last one: else a backlog would find nothing of what was kept.
 */
class Awaited<T> {
  private readonly kept = new Map<string, Kept<T>>();
  private size = 0;
  private lookedAt = 0;

  constructor(private readonly most: number) {}

  keep(key: string, value: T, { size, times }: { readonly size: number; readonly times: number }): void {
    const now = performance.now();
    if (now - this.lookedAt > unasked) {
      for (const [other, one] of this.kept) if (one.until < now) this.drop(other, one);
      this.lookedAt = now;
    }
    if (this.size + size > this.most) return;
    this.kept.set(key, { value, size, times, until: now + unasked });
    this.size += size;
  }

  take(key: string): T | undefined {
    const found = this.kept.get(key);
    if (found && --found.times === 0) this.drop(key, found);
    return found?.value;
  }

  private drop(key: string, { size }: Kept<T>): void {
    this.kept.delete(key);
    this.size -= size;
  }
}

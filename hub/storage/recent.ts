import type { IncomingRecord } from './engine';
import type { Reads, Row, StoredObject, StoredRecord } from './store';
import type { Written } from './tx';

/** Characters of JSON whose values are kept in memory: of objects, and of records until they are read. */
const most = { objects: 1_000_000, records: 4_000_000 };

interface RecentReads {
  readonly reads: Reads;
  recordOf(row: Row): Promise<StoredRecord>;
  keepVersion(written: Written): void;
  keepRecord(incoming: IncomingRecord): void;
}

/**
 * Reads that remember what this process has stored lately and what never changes: who works on it next need not read and
 * parse it again.
 */
export function recentOver(from: Reads): RecentReads {
  const versions = new Recent<StoredObject>(most.objects);
  const records = new Awaited<StoredRecord>(most.records);
  return {
    reads: {
      ...from,
      async getObject(noun, id, as = {}) {
        const known =
          as.at === undefined && as.version !== undefined
            ? versions.get(nameOf(noun, id, as.version))
            : undefined;
        return known ?? from.getObject(noun, id, as);
      },
    },
    recordOf: async ({ id }) => records.take(id) ?? (await from.getRecord(id))!,
    keepVersion({ object, size }) {
      versions.keep(nameOf(object.noun, object.id, object.version), object, size);
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
          body.length,
        );
    },
  };
}

const nameOf = (noun: string, id: string, version: number) => `${noun}\0${id}\0${version}`;

/**
 * The last values that were kept, of a size of `most` at most together. The older half goes at once: finding the oldest
 * one each time would cost more than all the rest.
 */
class Recent<T> {
  private young = new Map<string, T>();
  private old = new Map<string, T>();
  private size = 0;

  constructor(private readonly most: number) {}

  keep(key: string, value: T, size: number): void {
    this.size += size;
    if (this.size > this.most / 2) {
      this.old = this.young;
      this.young = new Map();
      this.size = size;
    }
    this.young.set(key, value);
  }

  get(key: string): T | undefined {
    return this.young.get(key) ?? this.old.get(key);
  }
}

/** Nobody has asked for it in this time, in ms: another process has. */
const unasked = 30_000;

/**
 * Values that are asked for once, about in the order in which they came. Where there is no more room, the newest goes
 * without, for its turn is the last one: else a backlog would find nothing of what was kept.
 */
class Awaited<T> {
  private readonly kept = new Map<
    string,
    { readonly value: T; readonly size: number; readonly until: number }
  >();
  private size = 0;
  private lookedAt = 0;

  constructor(private readonly most: number) {}

  keep(key: string, value: T, size: number): void {
    const now = performance.now();
    if (now - this.lookedAt > unasked) {
      for (const [other, { until }] of this.kept) if (until < now) this.take(other);
      this.lookedAt = now;
    }
    if (this.size + size > this.most) return;
    this.kept.set(key, { value, size, until: now + unasked });
    this.size += size;
  }

  take(key: string): T | undefined {
    const found = this.kept.get(key);
    if (!found) return undefined;
    this.kept.delete(key);
    this.size -= found.size;
    return found.value;
  }
}

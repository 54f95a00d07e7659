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
  const records = new Recent<StoredRecord>(most.records);
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

  /** It is needed once only. */
  take(key: string): T | undefined {
    const value = this.get(key);
    this.young.delete(key);
    this.old.delete(key);
    return value;
  }
}

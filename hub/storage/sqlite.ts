import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type DatabaseSyncInstance } from '@photostructure/sqlite';
import { Kysely, SqliteDialect, type SqliteStatement } from 'kysely';
import { HubError } from '../../model/errors';
import { type Engine, laneEntryOf } from './engine';
import { type Db, migrate } from './schema';
import { dueOn, intakeOn, lanesOn } from './sqlite-statements';
import { type Session, Turns } from './turns';

/** For statements elsewhere: only this file knows the engine. */
export type Database = DatabaseSyncInstance;

/**
 * One file, one process. Everything is written over one connection, because another one's commit would cost it its page
 * cache: accepts and transactions commit with a sync to disk, claims and acknowledgements without. Reads go over a second
 * connection, and see committed state only.
 */
export async function openSqlite(dataDir: string, leaseMs: number): Promise<Engine> {
  mkdirSync(dataDir, { recursive: true });
  const unlock = lockDirectory(dataDir);
  try {
    const file = join(dataDir, 'esperanto.db');
    const writer = openFile(file);
    const reader = openFile(file);
    const db = kyselyOn(writer);
    await migrate(db, false);
    // The leases of the process that is gone: nobody else can hold one.
    writer.exec('update lane set owner = null, lease_until = 0 where owner is not null');
    return engineOn({ writer, reader, db, unlock }, leaseMs);
  } catch (error) {
    unlock();
    throw error;
  }
}

/** SQLite's own code for a lock that somebody else holds. */
const busy = 5;

/**
 * Takes the directory for this process. The lock is a lock of the operating system on a file of its own, so it ends with
 * the process however that ends; hub.pid only tells who it is.
 */
function lockDirectory(dataDir: string): () => void {
  const pidFile = join(dataDir, 'hub.pid');
  const lock = new DatabaseSync(join(dataDir, 'hub.lock'), { timeout: 0 });
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (cause) {
    lock.close();
    if ((cause as { errcode?: number }).errcode !== busy) throw cause;
    const pid = readPid(pidFile);
    throw new HubError('HUB_DIRECTORY_IN_USE', `process ${pid} runs on ${dataDir}`, {
      at: dataDir,
      value: pid,
      cause,
    });
  }
  writeFileSync(pidFile, `${process.pid}\n`);
  return () => lock.close();
}

function readPid(file: string): number | undefined {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

function openFile(file: string): DatabaseSyncInstance {
  const db = new DatabaseSync(file, { timeout: 5000 });
  db.exec(
    'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -16000; PRAGMA temp_store = MEMORY',
  );
  return db;
}

/** Two sessions over one connection: the commits of the first are on the disk, those of the second with the next of the first. */
function sessionsOn(db: DatabaseSyncInstance): { durable: Session; light: Session } {
  let level = 'FULL';
  const session = (wanted: 'FULL' | 'NORMAL'): Session => ({
    begin() {
      if (level !== wanted) db.exec(`PRAGMA synchronous = ${wanted}`);
      level = wanted;
      db.exec('BEGIN IMMEDIATE');
    },
    exec: (text) => db.exec(text),
  });
  return { durable: session('FULL'), light: session('NORMAL') };
}

/** Kysely speaks to better-sqlite3; this is the part of it that it uses, over DatabaseSync, with prepared statements kept. */
function kyselyOn(db: DatabaseSyncInstance): Db {
  const kept = new Map<string, SqliteStatement>();
  const prepare = (text: string) => {
    let found = kept.get(text);
    if (!found) {
      const statement = db.prepare(text);
      found = {
        reader: statement.columns().length > 0,
        all: (values) => statement.all(...values),
        run: (values) => statement.run(...values),
        iterate: (values) => statement.iterate(...values),
      };
      if (kept.size > 500) kept.clear();
      kept.set(text, found);
    }
    return found;
  };
  return new Kysely({ dialect: new SqliteDialect({ database: { prepare, close: () => db.close() } }) });
}

interface Connections {
  readonly writer: DatabaseSyncInstance;
  readonly reader: DatabaseSyncInstance;
  readonly db: Db;
  readonly unlock: () => void;
}

function engineOn({ writer, reader, db, unlock }: Connections, leaseMs: number): Engine {
  const { durable, light } = sessionsOn(writer);
  const turns = new Turns(light, durable);
  const intake = intakeOn(writer);
  const lanes = lanesOn(writer, leaseMs);
  const committed = kyselyOn(reader);
  const advance = writer.prepare(
    `update lane set head = max(head, ?), attempt = 0, last_error = null, next_at = 0,
       ready = case when tail > max(head, ?) then 1 else 0 end, lease_until = ? where id = ? and owner = ?`,
  );
  const due = dueOn(reader, leaseMs);
  let closed: Promise<void> | undefined;
  return {
    db: committed,
    concurrent: false,
    accept: (records) =>
      turns.take(durable, () => {
        const accepted = records.map(intake.record);
        const entries = records
          .filter((_, i) => !accepted[i]!.duplicate)
          .flatMap((r) => laneEntryOf(r) ?? []);
        return { accepted, wakes: intake.append(entries) };
      }),
    transaction: (work) =>
      turns.take(durable, () =>
        work({
          db,
          append: async (entries) => intake.append(entries),
          advance: async (claim, seq) =>
            advance.run(seq, seq, Date.now() + leaseMs, claim.lane, claim.owner).changes > 0,
          lock: async () => {},
        }),
      ),
    claim: (lane, limit) => turns.take(light, () => lanes.claim(lane, limit)),
    settle: (settlement) => turns.take(light, () => lanes.settle(settlement)),
    due: async (options) => due(options),
    hurry: (dest) => turns.take(light, () => lanes.hurry(dest)),
    lead: async () => true,
    close() {
      closed ??= turns.idle().then(() => {
        reader.close();
        writer.close();
        unlock();
      });
      return closed;
    },
  };
}

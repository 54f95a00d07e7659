import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type DatabaseSyncInstance } from '@photostructure/sqlite';
import { Kysely, SqliteDialect, type SqliteStatement } from 'kysely';
import { HubError } from '../../model/errors';
import { type Engine, leaseLost } from './engine';
import { type Db, migrate } from './schema';
import { dueOn, intakeOn, lanesOn } from './sqlite-statements';
import { runDirectly } from './statement';
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

/** Of 4 KB: a page that is written again and again is copied to the file less often. */
const walPages = 4000;

function openFile(file: string): DatabaseSyncInstance {
  const db = new DatabaseSync(file, { timeout: 5000 });
  db.exec(
    `PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = ${walPages};
     PRAGMA cache_size = -16000; PRAGMA temp_store = MEMORY`,
  );
  return db;
}

/** A commit that need not wait for the disk is there with the next one that does. */
function sessionOn(db: DatabaseSyncInstance): Session {
  let synced = true;
  return {
    begin(durable) {
      if (durable !== synced) db.exec(`PRAGMA synchronous = ${durable ? 'FULL' : 'NORMAL'}`);
      synced = durable;
      db.exec('BEGIN IMMEDIATE');
    },
    exec: (text) => db.exec(text),
  };
}

/**
 * Kysely speaks to better-sqlite3; this is the part of it that it uses, over DatabaseSync, with prepared statements kept.
 * A limit that is a parameter and nothing else would make SQLite plan the statement anew each time.
 */
function kyselyOn(db: DatabaseSyncInstance): Db {
  const kept = new Map<string, SqliteStatement>();
  const prepare = (text: string) => {
    let found = kept.get(text);
    if (!found) {
      const statement = db.prepare(
        text.replace(/\$(\d+)/g, '?$1').replace(/\blimit (\?\d*)(?=$|[\s)])/g, 'limit $1 + 0'),
      );
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
  const made: Db = new Kysely({
    dialect: new SqliteDialect({ database: { prepare, close: () => db.close() } }),
  });
  runDirectly(made, async (text, values) => {
    const statement = prepare(text);
    if (statement.reader) return statement.all(values);
    statement.run(values);
    return [];
  });
  return made;
}

interface Connections {
  readonly writer: DatabaseSyncInstance;
  readonly reader: DatabaseSyncInstance;
  readonly db: Db;
  readonly unlock: () => void;
}

function engineOn({ writer, reader, db, unlock }: Connections, leaseMs: number): Engine {
  const turns = new Turns(sessionOn(writer));
  const intake = intakeOn(writer);
  const lanes = lanesOn(writer, leaseMs);
  const committed = kyselyOn(reader);
  const due = dueOn(reader, leaseMs);
  let closed: Promise<void> | undefined;
  return {
    db: committed,
    concurrent: false,
    accept: (records) => turns.take(true, () => intake.accept(records)),
    transaction: (work) =>
      turns.take(true, () =>
        work({
          db,
          async append(entries, wakes) {
            wakes.push(...intake.append(entries));
          },
          async advance(claim, seq, ended) {
            const left = lanes.advance(claim, seq);
            if (left === undefined) throw leaseLost(claim);
            if (left === 0) ended.push(claim);
          },
          lock: async () => {},
        }),
      ),
    claim: (lane, limit) => turns.take(false, () => lanes.claim(lane, limit)),
    settle: (settlement) => turns.take(false, () => lanes.settle(settlement)),
    due: async (options) => due(options),
    hurry: (dest) => turns.take(false, () => lanes.hurry(dest)),
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

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { Kysely, SqliteDialect, type SqliteStatement } from 'kysely';
import { HubError } from '../../model/errors';
import { type Engine, leaseLost } from './engine';
import { laneRowOf } from './rows';
import { type Db, migrate } from './schema';
import {
  entryColumns,
  type RowColumns,
  type Rows,
  recordColumns,
  settleCall,
  type WakeColumns,
} from './sqlite-calls';
import { type Database, forSqlite, openFile } from './sqlite-file';
import { Link } from './sqlite-link';
import { runDirectly } from './statement';
import type { Accepted, Claim, Row, Wake } from './store';

/**
 * One file, one process. Everything is written by a thread of its own over one connection, because another one's commit
 * would cost it its page cache: accepts and transactions commit with a sync to disk, acknowledgements without. Reads go
 * over a second connection, and see committed state only.
 */
export async function openSqlite(dataDir: string, leaseMs: number): Promise<Engine> {
  mkdirSync(dataDir, { recursive: true });
  const unlock = lockDirectory(dataDir);
  try {
    const file = join(dataDir, 'esperanto.db');
    const reader = openFile(file);
    const db = kyselyOn(ownStatements(reader), () => reader.close());
    await migrate(db, false);
    // The leases of the process that is gone: nobody else can hold one.
    reader.exec('update lane set owner = null, lease_until = 0 where owner is not null');
    return engineOn({ link: await Link.open(file, leaseMs), reader, db, unlock }, leaseMs);
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

type Prepare = (text: string) => SqliteStatement;

/** Kysely speaks to better-sqlite3; `prepare` is the part of it that it uses. */
function kyselyOn(prepare: Prepare, close: () => void): Db {
  return new Kysely({ dialect: new SqliteDialect({ database: { prepare, close } }) });
}

/** So many are kept prepared. */
const mostStatements = 500;

/** Statements of a connection of this thread, each prepared once. */
function ownStatements(db: Database): Prepare {
  const kept = new Map<string, SqliteStatement>();
  return (text) => {
    let found = kept.get(text);
    if (!found) {
      const statement = db.prepare(forSqlite(text));
      found = {
        reader: statement.columns().length > 0,
        all: (values) => statement.all(...values),
        run: (values) => statement.run(...values),
        iterate: (values) => statement.iterate(...values),
      };
      if (kept.size >= mostStatements) kept.clear();
      kept.set(text, found);
    }
    return found;
  };
}

const isReader = (text: string) => /^\s*(select|with)\b|\breturning\b/i.test(text);

/** Statements of the transaction that runs. */
function linkStatements(link: Link): Prepare {
  return (text) => ({
    reader: isReader(text),
    all: (values) => objectsOf(link.ask(text, values)),
    run: (values) => link.ask(text, values),
    iterate: (values) => objectsOf(link.ask(text, values))[Symbol.iterator](),
  });
}

function objectsOf({ columns, rows }: Rows): unknown[] {
  return rows.map((values) => {
    const row: Record<string, unknown> = {};
    for (const [i, name] of columns.entries()) row[name] = values[i];
    return row;
  });
}

const wakeOf = ([lane, dest, urgent]: WakeColumns): Wake => ({ lane, dest, urgent });

const laneRowsOf = (lane: number, rows: readonly RowColumns[]): Row[] =>
  rows.map(([seq, id, message_id, payload, urgent, at]) =>
    laneRowOf({ lane_id: lane, seq, id, message_id, payload, urgent, at }),
  );

interface Parts {
  readonly link: Link;
  readonly reader: Database;
  /** Over the reader. */
  readonly db: Db;
  readonly unlock: () => void;
}

function engineOn({ link, reader, db, unlock }: Parts, leaseMs: number): Engine {
  const writes = kyselyOn(linkStatements(link), () => {});
  runDirectly(writes, async (text, values) => {
    if (isReader(text)) return objectsOf(link.ask(text, values));
    link.send(text, values);
    return [];
  });
  let closed: Promise<void> | undefined;
  return {
    db,
    concurrent: false,
    async accept(records) {
      const [copies, wakes] = await link.call(true, 'accept', records.map(recordColumns));
      const accepted = records.map(({ id, record: { type, key } }, i): Accepted => {
        const first = copies[i] ?? null;
        return { id: first ?? id, type, key, duplicate: first !== null };
      });
      return { accepted, wakes: wakes.map(wakeOf) };
    },
    async transaction(work) {
      let advanced: Claim | undefined;
      try {
        return await link.transaction(() =>
          work({
            db: writes,
            async append(entries, wakes) {
              link.step(['append', entries.map(entryColumns)], (told) => wakes.push(...told.map(wakeOf)));
            },
            async advance(claim, seq, ended) {
              advanced ??= claim;
              link.step(['advance', [claim.lane, claim.owner], seq], (left) => {
                if (left === 0) ended.push(claim);
              });
            },
            async fence(lane) {
              link.step(['fence', lane]);
            },
            lock: async () => {},
          }),
        );
      } catch (error) {
        if (advanced && (error as { code?: string }).code === 'LEASE_LOST') throw leaseLost(advanced);
        throw error;
      }
    },
    async claim(lane, limit) {
      const got = await link.call(false, 'claim', lane, limit);
      if (!got) return undefined;
      const [dest, key, attempt, owner, rows] = got;
      return { lane, dest, key, attempt, owner, leaseMs, limit, rows: laneRowsOf(lane, rows) };
    },
    async settle(settlement) {
      const rows = await link.call(false, 'settle', settleCall(settlement));
      return rows && laneRowsOf(settlement.claim.lane, rows);
    },
    due: async ({ limit, overdueMs, dest }) =>
      (await link.call(false, 'due', limit, overdueMs, dest ?? null)).map(wakeOf),
    hurry: (dest) => link.call(false, 'hurry', dest),
    lead: async () => true,
    close() {
      closed ??= link.close().then(() => {
        reader.close();
        unlock();
      });
      return closed;
    },
  };
}

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { Kysely, SqliteDialect, type SqliteStatement } from 'kysely';
import { HubError } from '../../model/errors';
import { type Engine, laneEntryOf, leaseLost } from './engine';
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
import { type Database, openFile, preparedOn } from './sqlite-file';
import { Link } from './sqlite-link';
import { Uncommitted } from './sqlite-uncommitted';
import { runDirectly } from './statement';
import type { Accepted, Claim, Row, Wake } from './store';

/**
 * One file, one process. Everything is written by a thread of its own over one connection, because another one's commit
 * would cost it its page cache: accepts and transactions are told once they are on the disk, acknowledgements once they are
 * committed. Reads go over a second connection, and see committed state only.
 */
export async function openSqlite(dataDir: string, leaseMs: number): Promise<Engine> {
  mkdirSync(dataDir, { recursive: true });
  const unlock = lockDirectory(dataDir);
  let close = unlock;
  try {
    const file = join(dataDir, 'esperanto.db');
    const reader = openFile(file);
    const committed = ownStatements(reader);
    close = () => {
      reader.close();
      unlock();
    };
    const db = kyselyOn(committed, close);
    await migrate(db, false);
    // The leases of the process that is gone: nobody else can hold one.
    reader.exec('update lane set owner = null, lease_until = 0 where owner is not null');
    return engineOn({ link: await Link.open(file, leaseMs), committed, db, close }, leaseMs);
  } catch (error) {
    close();
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

/** Kysely speaks to better-sqlite3; this is the part of it that it uses. */
interface Statements {
  all(text: string, values: readonly unknown[], row?: string): unknown[];
  run(text: string, values: readonly unknown[], row?: string): Changes;
}

type Changes = ReturnType<SqliteStatement['run']>;

const isReader = (text: string) => /^\s*(select|with|pragma)\b|\breturning\b/i.test(text);

function kyselyOn(statements: Statements, close: () => void): Db {
  const prepare = (text: string): SqliteStatement => ({
    reader: isReader(text),
    all: (values) => statements.all(text, values),
    run: (values) => statements.run(text, values),
    iterate: (values) => statements.all(text, values)[Symbol.iterator](),
  });
  return new Kysely({ dialect: new SqliteDialect({ database: { prepare, close } }) });
}

/** Those of a connection of this thread. */
function ownStatements(db: Database): Statements {
  const prepared = preparedOn(db, (statement) => statement);
  return {
    all: (text, values) => prepared(text).all(...(values as [])),
    run: (text, values) => prepared(text).run(...(values as [])),
  };
}

interface TransactionStatements extends Statements {
  /** Nobody waits for it. */
  send(text: string, values: readonly unknown[], row?: string): void;
}

/** Those of the transaction that runs. What it reads and nobody has written in this turn it reads as it is committed. */
function linkStatements(link: Link, committed: Statements): TransactionStatements {
  const uncommitted = new Uncommitted();
  const ask = (text: string, values: readonly unknown[], row?: string) => {
    uncommitted.wrote(link.turn, text, row);
    return link.ask(text, values);
  };
  return {
    all(text, values, row) {
      if (/^\s*select\b/i.test(text) && !uncommitted.touches(link.turn, text, row))
        return committed.all(text, values);
      return objectsOf(ask(text, values, row));
    },
    run: ask,
    send(text, values, row) {
      uncommitted.wrote(link.turn, text, row);
      link.send(text, values);
    },
  };
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
  readonly committed: Statements;
  /** Over what is committed. */
  readonly db: Db;
  readonly close: () => void;
}

function engineOn({ link, committed, db, close }: Parts, leaseMs: number): Engine {
  const own = linkStatements(link, committed);
  const writes = kyselyOn(own, () => {});
  runDirectly(db, async (text, values) => committed.all(text, values));
  runDirectly(writes, async (text, values, row) => {
    if (isReader(text)) return own.all(text, values, row);
    own.send(text, values, row);
    return [];
  });
  let closed: Promise<void> | undefined;
  return {
    db,
    concurrent: false,
    async accept(records) {
      const entries = records.map(laneEntryOf);
      const columns = records.map((incoming, i) => recordColumns(incoming, entries[i]));
      const answers = await link.call(true, 'accept', columns);
      const wakes: Wake[] = [];
      const accepted = records.map(({ id, record: { type, key } }, i): Accepted => {
        const answer = answers[i];
        if (typeof answer === 'string') return { id: answer, type, key, duplicate: true };
        const { dest, urgent = false } = entries[i] ?? {};
        if (typeof answer === 'number') wakes.push({ lane: answer, dest: dest!, urgent });
        return { id, type, key, duplicate: false };
      });
      return { accepted, wakes };
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
    lost: link.lost,
    lead: async () => true,
    close() {
      closed ??= link.close().then(close);
      return closed;
    },
  };
}

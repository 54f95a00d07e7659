import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type DatabaseSyncInstance, type StatementSyncInstance } from '@photostructure/sqlite';
import { Kysely, SqliteDialect } from 'kysely';
import { HubError } from '../../model/errors';
import {
  type Engine,
  type IncomingRecord,
  type LaneEntry,
  laneEntryOf,
  longestPauseMs,
  type ReceiptRow,
  type Settlement,
} from './engine';
import { newId } from './id';
import { laneRowOf } from './rows';
import { type Db, migrate } from './schema';
import type { Accepted, Claim, Row, Wake } from './store';
import { Turns } from './turns';

// biome-ignore lint/suspicious/noExplicitAny: columns are as the statement names them.
type Columns = any;

/**
 * One file, one process. Accepts and transactions commit with a sync to disk; claims, acknowledgements and reads go over
 * a second connection that does not sync, and reads see committed state only.
 */
export async function openSqlite(dataDir: string, leaseMs: number): Promise<Engine> {
  mkdirSync(dataDir, { recursive: true });
  const unlock = lockDirectory(dataDir);
  try {
    const file = join(dataDir, 'esperanto.db');
    const durable = openFile(file, 'FULL');
    const light = openFile(file, 'NORMAL');
    const db = kyselyOn(durable);
    await migrate(db, false);
    // The leases of the process that is gone: nobody else can hold one.
    light.exec('update lane set owner = null, lease_until = 0 where owner is not null');
    return engineOn({ durable, light, db, unlock }, leaseMs);
  } catch (error) {
    unlock();
    throw error;
  }
}

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

function openFile(file: string, synchronous: 'FULL' | 'NORMAL'): DatabaseSyncInstance {
  const db = new DatabaseSync(file, { timeout: 5000 });
  db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous}; PRAGMA cache_size = -16000`);
  return db;
}

/** Kysely speaks to better-sqlite3; this is the part of it that it uses, over DatabaseSync, with prepared statements kept. */
function kyselyOn(db: DatabaseSyncInstance): Db {
  const kept = new Map<string, Columns>();
  const prepare = (text: string) => {
    let found = kept.get(text);
    if (!found) {
      const statement = db.prepare(text);
      found = {
        reader: statement.columns().length > 0,
        all: (values: unknown[]) => statement.all(...values),
        run: (values: unknown[]) => statement.run(...values),
        iterate: (values: unknown[]) => statement.iterate(...values),
      };
      if (kept.size > 500) kept.clear();
      kept.set(text, found);
    }
    return found;
  };
  return new Kysely({ dialect: new SqliteDialect({ database: { prepare, close: () => db.close() } }) });
}

interface Connections {
  readonly durable: DatabaseSyncInstance;
  readonly light: DatabaseSyncInstance;
  readonly db: Db;
  readonly unlock: () => void;
}

function engineOn({ durable, light, db, unlock }: Connections, leaseMs: number): Engine {
  const turns = new Turns(light, durable);
  const intake = intakeOn(durable);
  const lanes = lanesOn(light, leaseMs);
  const committed = kyselyOn(light);
  const advance = durable.prepare(
    `update lane set head = max(head, ?), attempt = 0, last_error = null, next_at = 0,
       ready = case when tail > max(head, ?) then 1 else 0 end, lease_until = ? where id = ? and owner = ?`,
  );
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
    due: async (options) => lanes.due(options),
    hurry: (dest) => turns.take(light, () => lanes.hurry(dest)),
    close() {
      closed ??= turns.idle().then(() => {
        light.close();
        durable.close();
        unlock();
      });
      return closed;
    },
  };
}

/** The statements that put something into the hub. */
function intakeOn(db: DatabaseSyncInstance) {
  const mark = db.prepare(`insert into inbox (system, mark, hash, record_id, until) values (?, ?, ?, ?, ?)
    on conflict (system, mark) do update set hash = excluded.hash, record_id = excluded.record_id, until = excluded.until
    where inbox.hash <> excluded.hash or inbox.until < ? returning record_id`);
  const first = db.prepare('select record_id from inbox where system = ? and mark = ?');
  const insert =
    db.prepare(`insert into record (id, system, type, key, idempotency_key, content_type, raw, body, received_at,
    state, issues, replay_of) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const bump =
    db.prepare(`insert into lane (dest, key, tail, ready, next_at, urgent_seq) values (?, ?, 1, 1, ?, ?)
    on conflict (dest, key) do update set tail = tail + 1, ready = 1 - blocked,
      next_at = case when ready = 0 then excluded.next_at else next_at end,
      urgent_seq = case when excluded.urgent_seq = 1 then tail + 1 else urgent_seq end
    returning id, tail, ready`);
  const put = db.prepare(
    'insert into outbox (lane_id, seq, id, message_id, payload, urgent, at) values (?, ?, ?, ?, ?, ?, ?)',
  );
  return {
    record({ id, mark: m, hash, until, receivedAt, raw, body, record: r }: IncomingRecord): Accepted {
      if (!mark.get(r.system, m, hash, id, until, Date.now())) {
        const { record_id } = first.get(r.system, m) as { record_id: string };
        return { id: record_id, type: r.type, key: r.key, duplicate: true };
      }
      const issues = r.issues?.length ? JSON.stringify(r.issues) : null;
      insert.run(
        ...[
          id,
          r.system,
          r.type,
          r.key,
          r.idempotencyKey ?? null,
          r.contentType ?? null,
          raw,
          body,
          receivedAt,
        ],
        ...[r.state ?? 'waiting', issues, r.replayOf ?? null],
      );
      return { id, type: r.type, key: r.key, duplicate: false };
    },
    append(entries: readonly LaneEntry[]): Wake[] {
      const wakes = new Map<number, Wake>();
      for (const { dest, key, id, messageId, payload, urgent = false, at } of entries) {
        const lane = bump.get(dest, key, Date.now(), urgent ? 1 : 0) as Columns;
        put.run(lane.id, lane.tail, id, messageId ?? null, payload, urgent ? 1 : 0, at);
        if (lane.ready === 1)
          wakes.set(lane.id, { lane: lane.id, dest, urgent: urgent || wakes.get(lane.id)?.urgent === true });
      }
      return [...wakes.values()];
    },
  };
}

/** The statements that take something out of a lane. */
function lanesOn(db: DatabaseSyncInstance, leaseMs: number) {
  const take = db.prepare(`update lane set owner = ?, lease_until = ? where id = ? and ready = 1
    and (lease_until <= ? or lease_until > ?) and (next_at <= ? or next_at > ?) returning dest, key, head, attempt`);
  const read = db.prepare('select * from outbox where lane_id = ? and seq > ? order by seq limit ?');
  const move = db.prepare(`update lane set
      attempt = case when :retry = 1 then (case when :head > head then 1 else attempt + 1 end)
        when :head > head then 0 else attempt end,
      head = max(head, :head), next_at = case when :next > 0 then :next else next_at end, last_error = :error,
      blocked = :blocked, ready = case when :blocked = 1 or tail <= max(head, :head) then 0 else 1 end,
      owner = case when :release = 1 or tail <= max(head, :head) then null else owner end,
      lease_until = case when :release = 1 or tail <= max(head, :head) then 0 else :lease end
    where id = :lane and owner = :owner returning head, owner`);
  const receipts = receiptsOn(db);
  const park = db.prepare("update record set state = 'parked', issues = ? where id = ?");
  const due = dueOn(db, leaseMs);
  const hurry = db.prepare('update lane set next_at = ? where dest = ? and ready = 1 and next_at > ?');
  const rowsAfter = (lane: number, head: number, limit: number): Row[] =>
    read.all(lane, head, limit).map(laneRowOf);
  return {
    claim(lane: number, limit: number): Claim | undefined {
      const now = Date.now();
      const owner = newId();
      const got: Columns = take.get(
        owner,
        now + leaseMs,
        lane,
        now,
        now + leaseMs,
        now,
        now + longestPauseMs,
      );
      return (
        got && {
          lane,
          ...got,
          head: undefined,
          owner,
          leaseMs,
          limit,
          rows: rowsAfter(lane, got.head, limit),
        }
      );
    },
    settle({ claim, head, receipts: done, retry, block, release, parked }: Settlement): Row[] | undefined {
      const moved: Columns = move.get({
        ...{ lane: claim.lane, owner: claim.owner, head },
        ...{ retry: retry ? 1 : 0, blocked: block ? 1 : 0, release: release || retry || block ? 1 : 0 },
        ...{ next: retry ? Date.now() + retry.delayMs : 0, error: (retry ?? block)?.error ?? null },
        lease: Date.now() + leaseMs,
      });
      if (!moved) return undefined;
      for (const receipt of done) receipts(receipt);
      if (parked) park.run(parked.issues, parked.record);
      return moved.owner === null ? [] : rowsAfter(claim.lane, moved.head, claim.limit);
    },
    due,
    hurry(dest: string): void {
      const now = Date.now();
      hurry.run(now, dest, now);
    },
  };
}

function receiptsOn(db: DatabaseSyncInstance): (r: ReceiptRow) => void {
  const insert: StatementSyncInstance =
    db.prepare(`insert into receipt (delivery_id, state, attempts, counterpart_id, request, answer, error, finished_at)
    values (?, ?, ?, ?, ?, ?, ?, ?) on conflict (delivery_id) do update set state = excluded.state,
    attempts = excluded.attempts, counterpart_id = excluded.counterpart_id, request = excluded.request,
    answer = excluded.answer, error = excluded.error, finished_at = excluded.finished_at`);
  return (r) => {
    insert.run(
      ...[r.deliveryId, r.state, r.attempts, r.counterpartId],
      ...[r.request, r.answer, r.error, r.finishedAt],
    );
  };
}

function dueOn(db: DatabaseSyncInstance, leaseMs: number): (options: Parameters<Engine['due']>[0]) => Wake[] {
  const lanes = (urgent: string) =>
    db.prepare(`select id as lane, dest from lane where ready = 1 and urgent_seq ${urgent} head
      and (next_at <= :since or next_at > :never) and (lease_until <= :now or lease_until > :lease)
      and (:dest is null or dest = :dest) and dest not in (select value from json_each(:except)) order by next_at limit :limit`);
  const urgent = lanes('>');
  const bulk = lanes('<=');
  return ({ limit, overdueMs, dest, except }) => {
    const now = Date.now();
    const values = {
      ...{ since: now - overdueMs, never: now + longestPauseMs, now, lease: now + leaseMs },
      ...{ dest: dest ?? null, except: JSON.stringify(except) },
    };
    const first = urgent.all({ ...values, limit }).map((w: Columns) => ({ ...w, urgent: true }));
    const rest = bulk.all({ ...values, limit: limit - first.length });
    return [...first, ...rest.map((w: Columns) => ({ ...w, urgent: false }))];
  };
}

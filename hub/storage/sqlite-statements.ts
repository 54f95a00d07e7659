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
import type { Database } from './sqlite';
import type { Accepted, Claim, Row, Wake } from './store';

/**
 * A statement whose rows come as lists of their columns, or none. An object for each, and the one that `run` makes of what
 * it has changed, cost as much as a small statement itself.
 */
function prepare(db: Database, text: string) {
  const statement = db.prepare(text);
  statement.setReturnArrays(true);
  // biome-ignore lint/suspicious/noExplicitAny: columns are as the statement names them.
  return statement as { get(...values: unknown[]): any; all(...values: unknown[]): any[] };
}

/**
 * A record is written again as a whole when its state changes. A longer body, in characters, would fill pages of its own:
 * it stands apart and is written once.
 */
const largeBody = 3000;

/** The statements that put something into the hub. */
export function intakeOn(db: Database) {
  const mark = db.prepare(`insert into inbox (system, mark, hash, record_id, until) values (?, ?, ?, ?, ?)
    on conflict (system, mark) do update set hash = excluded.hash, record_id = excluded.record_id, until = excluded.until
    where inbox.hash <> excluded.hash or inbox.until < ?`);
  const first = prepare(db, 'select record_id from inbox where system = ? and mark = ?');
  const insert = prepare(
    db,
    `insert into record (id, system, type, key, idempotency_key, content_type, raw, body, received_at,
    state, issues, replay_of) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const apart = prepare(db, 'insert into record_body (id, raw, body) values (?, ?, ?)');
  const find = prepare(db, 'select id, tail, ready, blocked from lane where dest = ? and key = ?');
  const create = prepare(
    db,
    'insert into lane (dest, key, tail, ready, next_at, urgent_seq) values (?, ?, 1, 1, ?, ?) returning id',
  );
  const more = prepare(db, 'update lane set tail = ? where id = ?');
  const awake = prepare(
    db,
    `update lane set tail = ?, ready = ?, next_at = case when ready = 0 then ? else next_at end,
    urgent_seq = coalesce(?, urgent_seq) where id = ?`,
  );
  const put = prepare(
    db,
    'insert into outbox (lane_id, seq, id, message_id, payload, urgent, at) values (?, ?, ?, ?, ?, ?, ?)',
  );
  const record = ({
    id,
    mark: m,
    hash,
    until,
    receivedAt,
    raw,
    body,
    record: r,
  }: IncomingRecord): Accepted => {
    if (mark.run(r.system, m, hash, id, until, Date.now()).changes === 0)
      return { id: first.get(r.system, m)[0], type: r.type, key: r.key, duplicate: true };
    const isLarge = (raw?.length ?? 0) + (body?.length ?? 0) > largeBody;
    if (isLarge) apart.get(id, raw, body);
    const issues = r.issues?.length ? JSON.stringify(r.issues) : null;
    insert.get(
      id,
      r.system,
      r.type,
      r.key,
      r.idempotencyKey ?? null,
      r.contentType ?? null,
      isLarge ? null : raw,
      isLarge ? null : body,
      receivedAt,
      r.state ?? 'waiting',
      issues,
      r.replayOf ?? null,
    );
    return { id, type: r.type, key: r.key, duplicate: false };
  };
  /** The next place in a lane. What is found first need not be returned by the update, which would take twice as long. */
  const place = ({ dest, key, urgent }: LaneEntry): { lane: number; seq: number; isReady: boolean } => {
    const found = find.get(dest, key);
    if (!found) {
      const [lane] = create.get(dest, key, Date.now(), urgent ? 1 : 0);
      return { lane, seq: 1, isReady: true };
    }
    const [lane, tail, ready, blocked] = found;
    const seq = tail + 1;
    if (ready === 1 && !urgent) more.get(seq, lane);
    else awake.get(seq, 1 - blocked, Date.now(), urgent ? seq : null, lane);
    return { lane, seq, isReady: blocked === 0 };
  };
  const append = (entries: readonly LaneEntry[]): Wake[] => {
    const wakes = new Map<number, Wake>();
    for (const entry of entries) {
      const { dest, id, messageId, payload, urgent = false, at } = entry;
      const { lane, seq, isReady } = place(entry);
      put.get(lane, seq, id, messageId ?? null, payload, urgent ? 1 : 0, at);
      if (isReady) wakes.set(lane, { lane, dest, urgent: urgent || wakes.get(lane)?.urgent === true });
    }
    return [...wakes.values()];
  };
  return {
    accept(records: readonly IncomingRecord[]): { accepted: Accepted[]; wakes: Wake[] } {
      const accepted: Accepted[] = [];
      const entries: LaneEntry[] = [];
      for (const incoming of records) {
        const taken = record(incoming);
        accepted.push(taken);
        const entry = taken.duplicate ? undefined : laneEntryOf(incoming);
        if (entry) entries.push(entry);
      }
      return { accepted, wakes: append(entries) };
    },
    append,
  };
}

/**
 * The statements that take something out of a lane. With a limit of `?` alone, SQLite would plan anew for every value that
 * is bound, which takes three times as long as reading a row.
 */
export function lanesOn(db: Database, leaseMs: number) {
  const free = prepare(
    db,
    `select dest, key, head, attempt from lane where id = ? and ready = 1
    and (lease_until <= ? or lease_until > ?) and (next_at <= ? or next_at > ?)`,
  );
  const take = prepare(db, 'update lane set owner = ?, lease_until = ? where id = ?');
  const read = prepare(
    db,
    `select seq, id, message_id, payload, urgent, at from outbox where lane_id = ? and seq > ? order by seq
    limit ? + 0`,
  );
  const held = prepare(db, 'select head, tail, attempt from lane where id = ? and owner = ?');
  const goOn = prepare(
    db,
    'update lane set head = ?, attempt = ?, last_error = null, lease_until = ? where id = ?',
  );
  const leave = prepare(
    db,
    `update lane set head = ?, attempt = ?, last_error = ?, blocked = ?, ready = ?,
    next_at = coalesce(?, next_at), owner = null, lease_until = 0 where id = ?`,
  );
  const receipts = receiptsOn(db);
  const park = db.prepare("update record set state = 'parked', issues = ? where id = ?");
  const hurry = db.prepare('update lane set next_at = ? where dest = ? and ready = 1 and next_at > ?');
  const rowsAfter = (lane: number, head: number, limit: number): Row[] =>
    read
      .all(lane, head, limit)
      .map(([seq, id, message_id, payload, urgent, at]) =>
        laneRowOf({ lane_id: lane, seq, id, message_id, payload, urgent, at }),
      );
  return {
    claim(lane: number, limit: number): Claim | undefined {
      const now = Date.now();
      const owner = newId();
      const until = now + leaseMs;
      const found = free.get(lane, now, until, now, now + longestPauseMs);
      if (!found) return undefined;
      take.get(owner, until, lane);
      const [dest, key, head, attempt] = found;
      return { lane, dest, key, attempt, owner, leaseMs, limit, rows: rowsAfter(lane, head, limit) };
    },
    settle({
      claim,
      head: done,
      receipts: given,
      retry,
      block,
      release,
      parked,
    }: Settlement): Row[] | undefined {
      const found = held.get(claim.lane, claim.owner);
      if (!found) return undefined;
      const [before, tail, tries] = found;
      const now = Date.now();
      const head = Math.max(before, done);
      const attempt = (head > before ? 0 : tries) + (retry ? 1 : 0);
      const hasMore = tail > head;
      const staysClaimed = hasMore && !release && !retry && !block;
      if (staysClaimed) goOn.get(head, attempt, now + leaseMs, claim.lane);
      else
        leave.get(
          head,
          attempt,
          (retry ?? block)?.error ?? null,
          block ? 1 : 0,
          hasMore && !block ? 1 : 0,
          retry ? now + retry.delayMs : null,
          claim.lane,
        );
      for (const receipt of given) receipts(receipt);
      if (parked) park.run(parked.issues, parked.record);
      return staysClaimed ? rowsAfter(claim.lane, head, claim.limit) : [];
    },
    /** Rows that are left behind the new head. Undefined: the lease was lost. */
    advance(claim: Claim, seq: number): number | undefined {
      const found = held.get(claim.lane, claim.owner);
      if (!found) return undefined;
      const [before, tail] = found;
      const head = Math.max(before, seq);
      if (tail > head) goOn.get(head, 0, Date.now() + leaseMs, claim.lane);
      else leave.get(head, 0, null, 0, 0, null, claim.lane);
      return tail - head;
    },
    hurry(dest: string): void {
      const now = Date.now();
      hurry.run(now, dest, now);
    },
  };
}

function receiptsOn(db: Database): (r: ReceiptRow) => void {
  const insert = prepare(
    db,
    `insert into receipt (delivery_id, state, attempts, counterpart_id, request, answer, error, finished_at)
    values (?, ?, ?, ?, ?, ?, ?, ?) on conflict (delivery_id) do update set state = excluded.state,
    attempts = excluded.attempts, counterpart_id = excluded.counterpart_id, request = excluded.request,
    answer = excluded.answer, error = excluded.error, finished_at = excluded.finished_at`,
  );
  return (r) => {
    insert.get(
      r.deliveryId,
      r.state,
      r.attempts,
      r.counterpartId,
      r.request,
      r.answer,
      r.error,
      r.finishedAt,
    );
  };
}

/** Lanes with something to do, as they were at the last commit. */
export function dueOn(db: Database, leaseMs: number): (options: Parameters<Engine['due']>[0]) => Wake[] {
  const lanes = (urgent: string) =>
    db.prepare(`select id as lane, dest from lane where ready = 1 and urgent_seq ${urgent} head
      and (next_at <= :since or next_at > :never) and (lease_until <= :now or lease_until > :lease)
      and (:dest is null or dest = :dest) order by next_at limit :limit + 0`);
  const urgent = lanes('>');
  const bulk = lanes('<=');
  return ({ limit, overdueMs, dest }) => {
    const now = Date.now();
    const values = {
      ...{ since: now - overdueMs, never: now + longestPauseMs, now, lease: now + leaseMs },
      dest: dest ?? null,
    };
    const first = urgent.all({ ...values, limit }) as Array<Omit<Wake, 'urgent'>>;
    const rest = bulk.all({ ...values, limit: limit - first.length }) as typeof first;
    return [...first.map((w) => ({ ...w, urgent: true })), ...rest.map((w) => ({ ...w, urgent: false }))];
  };
}

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
  const bump = prepare(
    db,
    `insert into lane (dest, key, tail, ready, next_at, urgent_seq) values (?, ?, 1, 1, ?, ?)
    on conflict (dest, key) do update set tail = tail + 1, ready = 1 - blocked,
      next_at = case when ready = 0 then excluded.next_at else next_at end,
      urgent_seq = case when excluded.urgent_seq = 1 then tail + 1 else urgent_seq end
    returning id, tail, ready`,
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
    const issues = r.issues?.length ? JSON.stringify(r.issues) : null;
    insert.get(
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
  };
  const append = (entries: readonly LaneEntry[]): Wake[] => {
    const wakes = new Map<number, Wake>();
    for (const { dest, key, id, messageId, payload, urgent = false, at } of entries) {
      const [lane, seq, ready] = bump.get(dest, key, Date.now(), urgent ? 1 : 0);
      put.get(lane, seq, id, messageId ?? null, payload, urgent ? 1 : 0, at);
      if (ready === 1) wakes.set(lane, { lane, dest, urgent: urgent || wakes.get(lane)?.urgent === true });
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
  const take = prepare(
    db,
    `update lane set owner = ?, lease_until = ? where id = ? and ready = 1
    and (lease_until <= ? or lease_until > ?) and (next_at <= ? or next_at > ?) returning dest, key, head, attempt`,
  );
  const read = prepare(
    db,
    `select seq, id, message_id, payload, urgent, at from outbox where lane_id = ? and seq > ? order by seq
    limit ? + 0`,
  );
  // 1 head, 2 retry, 3 next try, 4 error, 5 blocked, 6 release, 7 lease, 8 lane, 9 owner
  const move = prepare(
    db,
    `update lane set
      attempt = case when ?2 = 1 then (case when ?1 > head then 1 else attempt + 1 end)
        when ?1 > head then 0 else attempt end,
      head = max(head, ?1), next_at = case when ?3 > 0 then ?3 else next_at end, last_error = ?4,
      blocked = ?5, ready = case when ?5 = 1 or tail <= max(head, ?1) then 0 else 1 end,
      owner = case when ?6 = 1 or tail <= max(head, ?1) then null else owner end,
      lease_until = case when ?6 = 1 or tail <= max(head, ?1) then 0 else ?7 end
    where id = ?8 and owner = ?9 returning head, owner`,
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
      const got = take.get(owner, until, lane, now, until, now, now + longestPauseMs);
      if (!got) return undefined;
      const [dest, key, head, attempt] = got;
      return { lane, dest, key, attempt, owner, leaseMs, limit, rows: rowsAfter(lane, head, limit) };
    },
    settle({ claim, head, receipts: done, retry, block, release, parked }: Settlement): Row[] | undefined {
      const now = Date.now();
      const moved = move.get(
        ...[head, retry ? 1 : 0, retry ? now + retry.delayMs : 0, (retry ?? block)?.error ?? null],
        ...[block ? 1 : 0, release || retry || block ? 1 : 0, now + leaseMs, claim.lane, claim.owner],
      );
      if (!moved) return undefined;
      for (const receipt of done) receipts(receipt);
      if (parked) park.run(parked.issues, parked.record);
      const [headNow, owner] = moved;
      return owner === null ? [] : rowsAfter(claim.lane, headNow, claim.limit);
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
      ...[r.deliveryId, r.state, r.attempts, r.counterpartId],
      ...[r.request, r.answer, r.error, r.finishedAt],
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

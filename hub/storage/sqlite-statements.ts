import { longestPauseMs } from './engine';
import { newId } from './id';
import type { Leases } from './leases';
import type {
  Calls,
  ClaimColumns,
  EntryColumns,
  Held,
  ReceiptColumns,
  RecordColumns,
  RowColumns,
  SettleCall,
  Steps,
  WakeColumns,
} from './sqlite-calls';
import type { Database } from './sqlite-file';

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
export function intakeOn(db: Database): Pick<Calls, 'accept'> & Pick<Steps, 'append'> {
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
  const keep = prepare(
    db,
    'insert into outbox (lane_id, seq, id, message_id, payload, urgent, at) values (?, ?, ?, ?, ?, ?, ?)',
  );
  /** The next place in a lane. What is found first need not be returned by the update, which would take twice as long. */
  const place = (
    dest: string,
    key: string,
    urgent: number,
  ): { lane: number; seq: number; isReady: boolean } => {
    const found = find.get(dest, key);
    if (!found) {
      const [lane] = create.get(dest, key, Date.now(), urgent);
      return { lane, seq: 1, isReady: true };
    }
    const [lane, tail, ready, blocked] = found;
    const seq = tail + 1;
    if (ready === 1 && !urgent) more.get(seq, lane);
    else awake.get(seq, 1 - blocked, Date.now(), urgent ? seq : null, lane);
    return { lane, seq, isReady: blocked === 0 };
  };
  /** The lane, and whether it may be worked on. */
  const put = ([dest, key, id, messageId, payload, urgent, at]: EntryColumns) => {
    const { lane, seq, isReady } = place(dest, key, urgent);
    keep.get(lane, seq, id, messageId, payload, urgent, at);
    return { lane, isReady };
  };
  const record = (columns: RecordColumns): string | number | null => {
    const [id, system, m, hash, until, type, key, own, contentType, raw, body, receivedAt, ...rest] = columns;
    const [state, issues, replayOf, dest, urgent] = rest;
    if (mark.run(system, m, hash, id, until, Date.now()).changes === 0) return first.get(system, m)[0];
    const isLarge = (raw?.length ?? 0) + (body?.length ?? 0) > largeBody;
    if (isLarge) apart.get(id, raw, body);
    insert.get(
      id,
      system,
      type,
      key,
      own,
      contentType,
      isLarge ? null : raw,
      isLarge ? null : body,
      receivedAt,
      state,
      issues,
      replayOf,
    );
    if (dest === null) return null;
    const { lane, isReady } = put([dest, key, id, null, null, urgent, receivedAt]);
    return isReady ? lane : null;
  };
  return {
    accept: (records) => records.map(record),
    append(entries) {
      const wakes = new Map<number, WakeColumns>();
      for (const entry of entries) {
        const { lane, isReady } = put(entry);
        const [dest, , , , , urgent] = entry;
        if (isReady) wakes.set(lane, [lane, dest, urgent === 1 || wakes.get(lane)?.[2] === true]);
      }
      return [...wakes.values()];
    },
  };
}

/**
 * The statements that take something out of a lane. With a limit of `?` alone, SQLite would plan anew for every value that
 * is bound, which takes three times as long as reading a row.
 */
export function lanesOn(
  db: Database,
  leases: Leases,
): Pick<Calls, 'claim' | 'settle' | 'due' | 'hurry'> & Pick<Steps, 'advance' | 'fence'> {
  const free = prepare(
    db,
    `select dest, key, head, attempt from lane where id = ? and ready = 1 and (next_at <= ? or next_at > ?)`,
  );
  const read = prepare(
    db,
    `select seq, id, message_id, payload, urgent, at from outbox where lane_id = ? and seq > ? order by seq
    limit ? + 0`,
  );
  const places = prepare(db, 'select head, tail, attempt from lane where id = ?');
  const goOn = prepare(db, 'update lane set head = ?, attempt = ?, last_error = null where id = ?');
  const leave = prepare(
    db,
    `update lane set head = ?, attempt = ?, last_error = ?, blocked = ?, ready = ?,
    next_at = coalesce(?, next_at) where id = ?`,
  );
  const keepReceipt = receiptsOn(db);
  const park = db.prepare("update record set state = 'parked', issues = ? where id = ?");
  const hurry = db.prepare('update lane set next_at = ? where dest = ? and ready = 1 and next_at > ?');
  const dueLanes = dueOn(db);
  const rowsAfter = (lane: number, head: number, limit: number): RowColumns[] => read.all(lane, head, limit);
  return {
    claim(lane, limit): ClaimColumns | undefined {
      if (!leases.isFree(lane)) return undefined;
      const now = Date.now();
      const found = free.get(lane, now, now + longestPauseMs);
      if (!found) return undefined;
      const owner = newId();
      leases.take(lane, owner);
      const [dest, key, head, attempt] = found;
      return [dest, key, attempt, owner, rowsAfter(lane, head, limit)];
    },
    settle({ held, head: done, limit, receipts, retry, block, release, parked }: SettleCall) {
      const [lane, owner] = held;
      const found = leases.isOf(lane, owner) && places.get(lane);
      if (!found) return undefined;
      const [before, tail, tries] = found;
      const head = Math.max(before, done);
      const attempt = (head > before ? 0 : tries) + (retry ? 1 : 0);
      const hasMore = tail > head;
      const staysClaimed = hasMore && !release && !retry && !block;
      if (staysClaimed) {
        goOn.get(head, attempt, lane);
        leases.take(lane, owner);
      } else {
        leave.get(
          head,
          attempt,
          (retry ?? block)?.error ?? null,
          block ? 1 : 0,
          hasMore && !block ? 1 : 0,
          retry ? Date.now() + retry.delayMs : null,
          lane,
        );
        leases.giveBack(lane);
      }
      for (const receipt of receipts) keepReceipt(receipt);
      if (parked) park.run(parked.issues, parked.record);
      return staysClaimed ? rowsAfter(lane, head, limit) : [];
    },
    advance([lane, owner]: Held, seq: number): number {
      const found = leases.isOf(lane, owner) && places.get(lane);
      if (!found) throw new LeaseLost();
      const [before, tail] = found;
      const head = Math.max(before, seq);
      if (tail > head) {
        goOn.get(head, 0, lane);
        leases.take(lane, owner);
      } else {
        leave.get(head, 0, null, 0, 0, null, lane);
        leases.giveBack(lane);
      }
      return tail - head;
    },
    fence: (lane) => leases.giveBack(lane),
    due: (limit, overdueMs, dest) =>
      dueLanes(limit + leases.count, overdueMs, dest)
        .filter(([lane]) => leases.isFree(lane))
        .slice(0, limit),
    hurry(dest) {
      const now = Date.now();
      hurry.run(now, dest, now);
    },
  };
}

/** Told to the caller by its code. */
export class LeaseLost extends Error {
  readonly code = 'LEASE_LOST';
}

function receiptsOn(db: Database): (columns: ReceiptColumns) => void {
  const insert = prepare(
    db,
    `insert into receipt (delivery_id, state, attempts, counterpart_id, request, answer, error, finished_at)
    values (?, ?, ?, ?, ?, ?, ?, ?) on conflict (delivery_id) do update set state = excluded.state,
    attempts = excluded.attempts, counterpart_id = excluded.counterpart_id, request = excluded.request,
    answer = excluded.answer, error = excluded.error, finished_at = excluded.finished_at`,
  );
  return (columns) => {
    insert.get(...columns);
  };
}

/** Lanes with something to do, urgent ones first. */
function dueOn(db: Database): Calls['due'] {
  const lanes = (urgent: string) =>
    prepare(
      db,
      `select id, dest, ${urgent === '>' ? 1 : 0} from lane where ready = 1 and urgent_seq ${urgent} head
      and (next_at <= ? or next_at > ?) and (? is null or dest = ?) order by next_at limit ? + 0`,
    );
  const urgent = lanes('>');
  const bulk = lanes('<=');
  return (limit, overdueMs, dest) => {
    const now = Date.now();
    const which = [now - overdueMs, now + longestPauseMs, dest, dest];
    const first = urgent.all(...which, limit);
    const rest = bulk.all(...which, limit - first.length);
    return [...first, ...rest].map(([lane, to, isUrgent]) => [lane, to, isUrgent === 1]);
  };
}

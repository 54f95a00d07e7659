/**
 * The statements that PostgreSQL runs for every message, each for many at once. Three rules: statements that lock
 * several lanes lock them in the order (dest, key), so no two wait for each other; the rows of a lane are read by a
 * statement of their own, because one that waits for a lane's lock still sees the outbox as it was before; and time is
 * the database's, because workers stand on several machines.
 *
 * What a message changes of a busy lane stands in no index: then PostgreSQL writes the row where it stands (heap-only), and
 * no index. Such a lane, which gets something again within `soonMs` after it had nothing more, has 2 as its `ready` and
 * keeps its place among those that may be due until `unlist` finds it empty; what it has to do is said by its head and
 * tail. `lease_until` without an owner is the time from which a lane waits, or has nothing more.
 */
const now = "(date_part('epoch', clock_timestamp()) * 1000)::bigint";

const soonMs = 2000;

/** system, mark, hash, id, until → ids of those that are no duplicates. Each (system, mark) once. */
export const takeMarks = `
  insert into inbox (system, mark, hash, record_id, until)
  select system, mark, hash, id, until
  from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[]) as m (system, mark, hash, id, until)
  order by system, mark
  on conflict (system, mark) do update
    set hash = excluded.hash, record_id = excluded.record_id, until = excluded.until
    where inbox.hash <> excluded.hash or inbox.until < ${now}
  returning record_id as id`;

/** system, mark → who had that mark first. */
export const firstCopies = `
  select m.ord::int as ord, i.record_id as id
  from unnest($1::text[], $2::text[]) with ordinality as m (system, mark, ord) join inbox i using (system, mark)`;

export const putRecords = `
  insert into record (id, system, type, key, idempotency_key, content_type, raw, body, received_at, state, issues, replay_of)
  select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
    $9::text[], $10::text[], $11::text[], $12::text[])`;

/**
 * $1-$5 lanes: dest, key, count of rows, place of the last urgent one among them (0: none), whether they are to be claimed
 * where they had nothing to do (0/1); $6 owner, $7 lease; $8-$14 rows: number of their lane in that list, place among its
 * rows, id, message id, payload, urgent (0/1), at → lanes with something to do: number, lane, tail before, whether they are
 * claimed (0/1).
 */
export const append = `
  with n as (
    select * from unnest($1::text[], $2::text[], $3::int[], $4::int[], $5::int[])
      with ordinality as n (dest, key, count, urgent_place, begins, nr)),
  l as (
    insert into lane (dest, key, tail, ready, next_at, urgent_seq, owner, lease_until)
    select dest, key, count, 1, ${now}, urgent_place, case when begins = 1 then $6 end, ${now} + begins * $7::bigint
      from n order by dest, key
    on conflict (dest, key) do update set tail = lane.tail + excluded.tail,
      ready = case when lane.blocked = 1 then 0 when lane.ready > 0 then lane.ready
        when lane.lease_until > excluded.next_at - ${soonMs} then 2 else 1 end,
      next_at = case when lane.ready = 0 then excluded.next_at else lane.next_at end,
      urgent_seq = case when excluded.urgent_seq > 0 then lane.tail + excluded.urgent_seq else lane.urgent_seq end,
      owner = case when lane.tail = lane.head then excluded.owner else lane.owner end,
      lease_until = case when lane.tail = lane.head then excluded.lease_until else lane.lease_until end
    returning id, dest, key, tail, ready, owner),
  g as (select n.nr, l.id, l.tail - n.count as before, l.ready, l.owner from l join n using (dest, key)),
  o as (
    insert into outbox (lane_id, seq, id, message_id, payload, urgent, at)
    select g.id, g.before + e.place, e.id, e.message_id, e.payload, e.urgent, e.at
    from unnest($8::int[], $9::int[], $10::text[], $11::text[], $12::text[], $13::int[], $14::text[])
      as e (nr, place, id, message_id, payload, urgent, at) join g using (nr))
  select nr, id as lane, before, (owner is not null and owner = $6)::int as begun from g where ready > 0`;

/**
 * lane, sequence number, owner, lease → whether the lane is still ours (0/1): it is not where it has nothing more. Divides
 * by zero where the lease was lost, so that the commit may go in the same packet.
 */
export const advance = `
  with l as (
    update lane set head = greatest(head, $2), attempt = 0, last_error = null,
      urgent_seq = case when urgent_seq > greatest(head, $2) then urgent_seq else 0 end,
      ready = case when tail > greatest(head, $2) or ready = 2 then ready else 0 end,
      lease_until = ${now} + case when tail > greatest(head, $2) then $4 else 0 end,
      owner = case when tail > greatest(head, $2) then owner end
    where id = $1 and owner = $3 returning owner)
  select count(owner) / count(*) as held from l`;

/** name */
export const lock = 'select pg_advisory_xact_lock(hashtextextended($1, 0))';
export const lockShared = 'select pg_advisory_xact_lock_shared(hashtextextended($1, 0))';

/**
 * A lease or a pause longer than any that is ever given was written before the clock stepped back. Not `ready > 0`: else
 * the lanes might be looked for among all that are due, of which there can be a million.
 */
const free = (lease: string, pause: string) =>
  `ready <> 0 and tail > head and (lease_until <= ${now} or lease_until > ${now} + ${lease}) and (next_at <= ${now} or next_at > ${now} + ${pause})`;

/** lanes, owner, lease, longest pause → the lanes that are ours now. */
export const claim = `
  with t as (select id from lane where id = any($1::bigint[]) and ${free('$3', '$4')} order by dest, key for update)
  update lane set owner = $2, lease_until = ${now} + $3 from t where lane.id = t.id
  returning lane.id as lane, lane.dest, lane.key, lane.head, lane.attempt`;

/** lanes, limits, owner → the rows of those that are ours: a statement after the claim, so that it sees what the lock waited for. */
export const rowsOfClaim = `
  select o.* from unnest($1::bigint[], $2::int[]) as c (id, most) join lane l on l.id = c.id and l.owner = $3
  cross join lateral (select * from outbox where lane_id = l.id and seq > l.head order by seq limit c.most) o`;

/** lane, head, limit → rows. */
export const rowsAfter = `
  select o.* from unnest($1::bigint[], $2::bigint[], $3::int[]) as c (id, head, most)
  cross join lateral (select * from outbox where lane_id = c.id and seq > c.head order by seq limit c.most) o`;

/**
 * $1-$8 settlements: lane, owner, head, retry (0/1), delay, error, blocked (0/1), release (0/1); $9 lease. Then, where
 * there are any, nine columns of receipts, with their lane first, and three of parked records: lane, id, issues.
 * → lane, head and owner of those whose lease held; nothing is written for the others.
 */
export function settle(receipts: boolean, parked: boolean): string {
  return `${settleLanes}${receipts ? putReceipts : ''}${parked ? markParked(receipts ? 19 : 10) : ''} select * from u`;
}

const settleLanes = `
  with s as (
    select * from unnest($1::bigint[], $2::text[], $3::bigint[], $4::int[], $5::bigint[], $6::text[], $7::int[], $8::int[])
      as s (lane, owner, head, retry, delay, error, blocked, release)),
  t as (
    select s.* from lane l join s on s.lane = l.id and s.owner = l.owner order by l.dest, l.key for update of l),
  u as (
    update lane l set
      attempt = case when t.retry = 1 then (case when t.head > l.head then 1 else l.attempt + 1 end)
        when t.head > l.head then 0 else l.attempt end,
      head = greatest(l.head, t.head), next_at = case when t.retry = 1 then ${now} + t.delay else l.next_at end,
      last_error = t.error, blocked = t.blocked,
      ready = case when t.blocked = 1 then 0 when l.tail > greatest(l.head, t.head) or l.ready = 2 then l.ready else 0 end,
      urgent_seq = case when l.urgent_seq > greatest(l.head, t.head) then l.urgent_seq else 0 end,
      owner = case when t.release = 1 or l.tail <= greatest(l.head, t.head) then null else l.owner end,
      lease_until = ${now} + case when t.release = 1 or l.tail <= greatest(l.head, t.head) then 0 else $9::bigint end
    from t where l.id = t.lane returning l.id as lane, l.head, l.owner)`;

const putReceipts = `,
  r as (
    insert into receipt (delivery_id, state, attempts, counterpart_id, request, answer, error, finished_at)
    select d.delivery_id, d.state, d.attempts, d.counterpart_id, d.request, d.answer, d.error, d.finished_at
    from unnest($10::bigint[], $11::text[], $12::text[], $13::bigint[], $14::text[], $15::text[], $16::text[], $17::text[],
      $18::text[]) as d (lane, delivery_id, state, attempts, counterpart_id, request, answer, error, finished_at)
    join u using (lane)
    on conflict (delivery_id) do update set state = excluded.state, attempts = excluded.attempts,
      counterpart_id = excluded.counterpart_id, request = excluded.request, answer = excluded.answer,
      error = excluded.error, finished_at = excluded.finished_at)`;

const markParked = (first: number) => `,
  p as (
    update record set state = 'parked', issues = x.issues
    from unnest($${first}::bigint[], $${first + 1}::text[], $${first + 2}::text[]) as x (lane, record, issues)
      join u using (lane)
    where record.id = x.record)`;

/** limit, overdue ms, lease, longest pause, and the receiver where only its lanes are meant. */
export const due = (urgent: boolean, ofOne: boolean) => `
  select id as lane, dest from lane
  where ready > 0 and tail > head and ${urgent ? 'urgent_seq > 0 and urgent_seq > head' : 'urgent_seq <= head'}
    and (next_at <= ${now} - $2::bigint or next_at > ${now} + $4::bigint)
    and (lease_until <= ${now} - case when owner is null then $2::bigint else 0 end or lease_until > ${now} + $3::bigint)
    ${ofOne ? 'and dest = $5' : ''}
  order by next_at limit $1`;

/**
 * Takes out lanes that have nothing more: of the receiver, where only its lanes are meant. Waits for nobody, and looks at
 * no more than come first, for a million may be waiting behind them.
 */
export const unlist = (ofOne: boolean) => `
  with f as (
    select id, tail <= head and owner is null as is_empty from lane
    where ready > 0 and next_at <= ${now} - ${soonMs} ${ofOne ? 'and dest = $1' : ''} order by next_at limit 5000),
  t as (
    select id from lane where id in (select id from f where is_empty) and tail <= head and owner is null
    for update skip locked)
  update lane set ready = 0 from t where lane.id = t.id`;

export const hurry = `
  with t as (select id from lane where dest = $1 and ready > 0 and next_at > ${now} order by dest, key for update)
  update lane set next_at = ${now} from t where lane.id = t.id`;

/** name, owner, ms → the name, where the lead is ours now. */
export const lead = `
  insert into lead (name, owner, until) values ($1, $2, ${now} + $3::bigint)
  on conflict (name) do update set owner = excluded.owner, until = excluded.until
    where lead.owner = excluded.owner or lead.until <= ${now}
  returning name`;

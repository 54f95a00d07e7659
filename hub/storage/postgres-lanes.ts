import type { Pool } from 'pg';
import { longestPauseMs, type ReceiptRow, type Settlement } from './engine';
import { newId } from './id';
import { array, columns, texts } from './postgres-arrays';
import type { Columns } from './postgres-batch';
import type { Pipeline } from './postgres-pipeline';
import { on, repeating } from './postgres-session';
import * as statements from './postgres-statements';
import { laneRowOf } from './rows';
import type { Claim, Row } from './store';

/** Many claims at once, each with the rows of its lane. */
export async function claimAll(
  pool: Pool,
  leaseMs: number,
  calls: ReadonlyArray<{ lane: number; limit: number }>,
): Promise<Array<Claim | undefined>> {
  const owner = newId();
  const limits = new Map(calls.map(({ lane, limit }) => [lane, limit]));
  const lanes = array('int8', [...limits.keys()]);
  const [got, found] = await repeating(() =>
    on(pool, (pipeline) =>
      Promise.all([
        pipeline.query(statements.claim, [lanes, owner, leaseMs, longestPauseMs]),
        pipeline.query(statements.rowsOfClaim, [lanes, array('int4', [...limits.values()]), owner]),
      ]),
    ),
  );
  const rows = byLane(found.rows);
  const claims = new Map<number, Claim>();
  for (const { lane, dest, key, attempt } of got.rows)
    claims.set(lane, {
      lane,
      dest,
      key,
      attempt,
      owner,
      leaseMs,
      limit: limits.get(lane)!,
      rows: rows.get(lane) ?? [],
    });
  return calls.map(({ lane }) => {
    // Asked for twice at the same moment, it is given once.
    const one = claims.get(lane);
    claims.delete(lane);
    return one;
  });
}

function byLane(found: readonly Columns[]): Map<number, Row[]> {
  const rows = new Map<number, Row[]>();
  for (const row of found.map(laneRowOf)) {
    const known = rows.get(row.lane);
    if (known) known.push(row);
    else rows.set(row.lane, [row]);
  }
  return rows;
}

/** Many settlements at once, each with the next rows of its lane. */
export async function settleAll(
  pool: Pool,
  leaseMs: number,
  calls: readonly Settlement[],
): Promise<Array<Row[] | undefined>> {
  const settlements = columns(calls, settlementKinds, ({ claim, head, retry, block, release }) => [
    ...[claim.lane, claim.owner, head, retry ? 1 : 0, retry?.delayMs ?? 0, (retry ?? block)?.error ?? null],
    ...[block ? 1 : 0, release || retry || block ? 1 : 0],
  ]);
  const receipts = calls.flatMap(({ claim, receipts }) => receipts.map((r) => receiptColumns(claim.lane, r)));
  const parked = calls.flatMap(({ claim, parked }) =>
    parked ? [[claim.lane, parked.record, parked.issues]] : [],
  );
  const values = [...settlements, leaseMs];
  if (receipts.length > 0) values.push(...columns(receipts, receiptKinds, (r) => r));
  if (parked.length > 0) values.push(...columns(parked, ['int8', 'text', 'text'], (p) => p));
  const text = statements.settle(receipts.length > 0, parked.length > 0);
  return on(pool, async (pipeline) => {
    const { rows } = await pipeline.query(text, values);
    const held = new Map<number, Columns>(rows.map((u) => [u.lane, u]));
    const open = calls.filter(({ claim }) => held.get(claim.lane)?.owner);
    const next = await rowsAfter(
      pipeline,
      open.map(({ claim }) => [claim.lane, held.get(claim.lane).head, claim.limit]),
    );
    return calls.map(({ claim }) => (held.has(claim.lane) ? (next.get(claim.lane) ?? []) : undefined));
  });
}

async function rowsAfter(
  pipeline: Pipeline,
  lanes: ReadonlyArray<[lane: number, head: number, limit: number]>,
): Promise<Map<number, Row[]>> {
  if (lanes.length === 0) return new Map();
  const values = columns(lanes, ['int8', 'int8', 'int4'], (lane) => lane);
  return byLane((await pipeline.query(statements.rowsAfter, values)).rows);
}

/** In the order in which the statement takes them. */
const settlementKinds = ['int8', 'text', 'int8', 'int4', 'int8', 'text', 'int4', 'int4'] as const;
const receiptKinds = ['int8', 'text', 'text', 'int8', ...texts(5)] as const;

/** In the order in which the statement takes them. */
function receiptColumns(lane: number, r: ReceiptRow): unknown[] {
  return [
    ...[lane, r.deliveryId, r.state, r.attempts, r.counterpartId],
    ...[r.request, r.answer, r.error, r.finishedAt],
  ];
}

import { sql } from 'kysely';
import type { ReceiptRow } from './engine';
import { json } from './rows';
import type { Db } from './schema';
import type { Attempt } from './store';

/** So many failed tries of a delivery are kept; from then on the last place is that of the last one. */
const places = 20;

/** Keeps a try that failed. */
export async function noteAttempt(
  db: Db,
  deliveryId: string,
  { tries, error }: { readonly tries: number; readonly error: unknown },
): Promise<void> {
  const at = new Date().toISOString();
  const values = { tries, at, error: json(error)! };
  const { rows } = await sql<{
    n: number;
  }>`select count(*) as n from attempt where delivery_id = ${deliveryId}`.execute(db);
  const place = Math.min(Number(rows[0]?.n ?? 0) + 1, places);
  await db
    .insertInto('attempt')
    .values({ delivery_id: deliveryId, place, ...values })
    .onConflict((c) => c.columns(['delivery_id', 'place']).doUpdateSet(values))
    .execute();
}

/**
 * What became of rows, from within a transaction. What an earlier try of a row left is written over, also where the last one
 * says nothing: so it is where a lane is settled, too.
 */
export async function keepReceipts(db: Db, receipts: readonly ReceiptRow[]): Promise<void> {
  for (const { deliveryId, state, attempts, counterpartId, request, answer, error, finishedAt } of receipts) {
    const values = {
      ...{ state, attempts, request, answer, error },
      ...{ counterpart_id: counterpartId, finished_at: finishedAt },
    };
    await db
      .insertInto('receipt')
      .values({ delivery_id: deliveryId, ...values })
      .onConflict((c) => c.column('delivery_id').doUpdateSet(values))
      .execute();
  }
}

/** In the order in which they were made. */
export async function attemptsOf(db: Db, deliveryIds: readonly string[]): Promise<Map<string, Attempt[]>> {
  const found = new Map<string, Attempt[]>();
  if (deliveryIds.length === 0) return found;
  const rows = await db
    .selectFrom('attempt')
    .selectAll()
    .where('delivery_id', 'in', deliveryIds)
    .orderBy('delivery_id')
    .orderBy('place')
    .execute();
  for (const { delivery_id, tries, at, error } of rows) {
    const list = found.get(delivery_id) ?? [];
    found.set(delivery_id, [...list, { tries: Number(tries), at, error: JSON.parse(error) }]);
  }
  return found;
}

import { sql } from 'kysely';
import { contentHash } from './id';
import type { Db } from './schema';
import { statement } from './statement';
import type { Reads, Tx, UseKind } from './store';

/** A statement takes only so many parameters. */
const rowsPerInsert = 500;

/**
 * Which orders use what. Orders of one product and plan use the same things in the same operations: that list is kept
 * once, under the hash of what it says, and each order points to it. An order costs one row, not a hundred.
 */
export function useReads(db: Db): Pick<Reads, 'usesOf' | 'ordersUsing'> {
  const using = (kind: UseKind, refs: readonly string[]) =>
    db
      .selectFrom('use_list as l')
      .innerJoin('order_list as o', 'o.list', 'l.list')
      .where('l.kind', '=', kind)
      .where('l.ref', 'in', refs);
  return {
    async usesOf(kind, refs) {
      if (refs.length === 0) return [];
      return using(kind, refs)
        .select(['o.order_id as orderId', 'l.segment_id as segmentId', 'l.kind', 'l.ref'])
        .orderBy('o.order_id')
        .orderBy('l.segment_id')
        .orderBy('l.ref')
        .$narrowType<{ kind: UseKind }>()
        .execute();
    },
    async ordersUsing(kind, refs) {
      if (refs.length === 0) return [];
      const orders = await using(kind, refs).select('o.order_id').distinct().execute();
      return orders.map((row) => row.order_id).sort();
    },
  };
}

const pointToList = `insert into order_list (order_id, list) values ($1, $2)
  on conflict (order_id) do update set list = excluded.list where order_list.list <> excluded.list`;
const findList = 'select list from use_list where list = $1 limit 1';

export function useWrites(db: Db): Pick<Tx, 'putOrderUses'> {
  return {
    async putOrderUses(orderId, uses) {
      if (uses.length === 0) {
        await db.deleteFrom('order_list').where('order_id', '=', orderId).execute();
        return;
      }
      const texts = uses.map(({ segmentId, kind, ref }) => `${segmentId}\0${kind}\0${ref}`);
      const list = contentHash(texts.sort().join('\n'));
      // Before the list is looked for: dropUnusedLists waits for whoever has written here, and the other way round.
      await statement(db, pointToList, [orderId, list]);
      if ((await statement(db, findList, [list])).length > 0) return;
      const rows = uses.map(({ segmentId, kind, ref }) => ({ list, segment_id: segmentId, kind, ref }));
      for (let i = 0; i < rows.length; i += rowsPerInsert)
        await db
          .insertInto('use_list')
          .values(rows.slice(i, i + rowsPerInsert))
          .onConflict((c) => c.doNothing())
          .execute();
    },
  };
}

/** Lists to which no order points any more. `concurrent`: other transactions run beside this one, and wait for it. */
export async function dropUnusedLists(db: Db, concurrent: boolean): Promise<number> {
  if (concurrent) await sql`lock table order_list in exclusive mode`.execute(db);
  const dropped = await sql`delete from use_list where list not in (select list from order_list)`.execute(db);
  return Number(dropped.numAffectedRows ?? 0);
}

import { type RawBuilder, sql } from 'kysely';
import type { Use } from '../change/order-uses';
import { contentHash } from './id';
import type { Db } from './schema';
import { statement, textsOf } from './statement';
import type { Reads, Tx } from './store';

/** A statement takes only so many parameters. */
const rowsPerInsert = 500;

/**
 * Which orders use what. Orders of one product and plan use the same things in the same operations: that list is kept
 * once, under the hash of what it says, and each order points to it. An order costs one row, not a hundred.
 */
export function useReads(db: Db): Pick<Reads, 'usesOf' | 'ordersUsing'> {
  // The lists first: joined, each order would come once for each thing that it uses.
  const findOrders = `select order_id from order_list where list in
    (select list from use_list where kind = $1 and ref in (${textsOf(db, '$2')}))`;
  const findUses = `select o.order_id as "orderId", l.segment_id as "segmentId", l.kind, l.ref
    from use_list as l join order_list as o on o.list = l.list
    where l.kind = $1 and l.ref in (${textsOf(db, '$2')}) order by o.order_id, l.segment_id, l.ref`;
  return {
    async usesOf(kind, refs) {
      return refs.length === 0 ? [] : statement(db, findUses, [kind, JSON.stringify(refs)]);
    },
    async ordersUsing(kind, refs) {
      if (refs.length === 0) return [];
      const rows = await statement<{ order_id: string }>(db, findOrders, [kind, JSON.stringify(refs)]);
      return rows.map(({ order_id }) => order_id).sort();
    },
  };
}

const pointToList = `insert into order_list (order_id, list) values ($1, $2)
  on conflict (order_id) do update set list = excluded.list where order_list.list <> excluded.list`;
const findList = 'select list from use_list where list = $1 limit 1';

interface Uses {
  readonly tx: Pick<Tx, 'putOrderUses' | 'usesOf' | 'ordersUsing'>;
  /** All lists are there. */
  kept(): Promise<void>;
}

/** Whether a list is there already is seen later, and the list put there then: nobody waits for it but who reads uses. */
export function usesWithin(db: Db, reads: Pick<Reads, 'usesOf' | 'ordersUsing'>): Uses {
  const keeping: Promise<void>[] = [];
  const kept = async () => {
    await Promise.all(keeping);
  };
  return {
    kept,
    tx: {
      usesOf: (kind, refs) => kept().then(() => reads.usesOf(kind, refs)),
      ordersUsing: (kind, refs) => kept().then(() => reads.ordersUsing(kind, refs)),
      async putOrderUses(orderId, uses) {
        if (uses.length === 0) {
          await db.deleteFrom('order_list').where('order_id', '=', orderId).execute();
          return;
        }
        const list = listOf(uses);
        // Before the list is looked for: dropUnusedLists waits for whoever has written here, and the other way round.
        await statement(db, pointToList, [orderId, list]);
        const keeps = keepList(db, list, uses);
        keeps.catch(() => {});
        keeping.push(keeps);
      },
    },
  };
}

/** An entry of a list that many orders share. */
type Listed = Omit<Use, 'orderId'>;

/** Hashes of lists, by what they say in the order in which it was said. */
const hashes = new Map<string, string>();
const mostHashes = 200;

/**
 * The hash of what is used, whatever the order. Sorting costs more than all the rest, and orders of one product mostly say
 * the same in the same order.
 */
function listOf(uses: readonly Listed[]): string {
  let said = '';
  for (const use of uses) said += `${textOf(use)}\n`;
  let hash = hashes.get(said);
  if (hash === undefined) {
    hash = contentHash(uses.map(textOf).sort().join('\n'));
    if (hashes.size >= mostHashes) hashes.clear();
    hashes.set(said, hash);
  }
  return hash;
}

const textOf = ({ segmentId, kind, ref }: Listed) => `${segmentId}\0${kind}\0${ref}`;

async function keepList(db: Db, list: string, uses: Parameters<Tx['putOrderUses']>[1]): Promise<void> {
  if ((await statement(db, findList, [list])).length > 0) return;
  const rows = uses.map(({ segmentId, kind, ref }) => ({ list, segment_id: segmentId, kind, ref }));
  for (let i = 0; i < rows.length; i += rowsPerInsert)
    await db
      .insertInto('use_list')
      .values(rows.slice(i, i + rowsPerInsert))
      .onConflict((c) => c.doNothing())
      .execute();
}

/**
 * Of these lists, those to which no order points any more. `concurrent`: other transactions run beside this one, and wait
 * for it.
 */
export async function dropUnusedLists(
  db: Db,
  concurrent: boolean,
  these: RawBuilder<boolean>,
): Promise<number> {
  if (concurrent) await sql`lock table order_list in exclusive mode`.execute(db);
  const dropped = await sql`delete from use_list where ${these}
    and not exists (select 1 from order_list o where o.list = use_list.list)`.execute(db);
  return Number(dropped.numAffectedRows ?? 0);
}

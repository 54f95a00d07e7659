import type { BuiltReport } from '../change/built-reports';
import { newId } from './id';
import type { Db } from './schema';
import type { Reads, Tx } from './store';

/** What was told of pieces beyond the progress of their order. */
export function builtReads(db: Db): Pick<Reads, 'builtOf'> {
  return {
    async builtOf(orderId) {
      const rows = await db
        .selectFrom('built_report')
        .select('body')
        .where('order_id', '=', orderId)
        .orderBy('arrival')
        .execute();
      return rows.map(({ body }) => JSON.parse(body) as BuiltReport);
    },
  };
}

export function builtWrites(db: Db): Pick<Tx, 'addBuilt'> {
  return {
    async addBuilt(report) {
      const values = { order_id: report.orderId, body: JSON.stringify(report) };
      await db
        .insertInto('built_report')
        .values({ id: report.id, arrival: newId(), ...values })
        .onConflict((c) => c.column('id').doUpdateSet(values))
        .execute();
    },
  };
}

import { sql } from 'kysely';
import type { Engine } from './engine';
import type { Store } from './store';

/**
 * What receivers with a rate may get. Time that has passed since the last answer is what may be given out, up to a
 * second of it; several processes share one row in the database, a single one keeps it in memory.
 */
export function allowances(engine: Engine): Store['allowance'] {
  const untils = new Map<string, number>();
  return async (dest, perSecond) => {
    const each = 1000 / perSecond;
    if (engine.concurrent) return shared(engine, dest, each);
    const now = Date.now();
    const { count, until } = given(untils.get(dest), now, each);
    untils.set(dest, until);
    return count;
  };
}

/** A clock that stepped back must not stop a receiver for long. */
function given(before: number | undefined, now: number, each: number): { count: number; until: number } {
  const span = Math.max(1000, each);
  const from = before === undefined || before > now + span ? now - each : Math.max(before, now - span);
  const count = Math.max(0, Math.floor((now - from) / each));
  return { count, until: from + count * each };
}

async function shared(engine: Engine, dest: string, each: number): Promise<number> {
  return engine.transaction(async ({ db }) => {
    const { rows: times } = await sql<{
      now: number;
    }>`select (extract(epoch from clock_timestamp()) * 1000)::bigint as now`.execute(db);
    const now = Number(times[0]!.now);
    await sql`insert into allowance (name, until) values (${dest}, ${Math.floor(now - each)}) on conflict do nothing`.execute(
      db,
    );
    const row = await db
      .selectFrom('allowance')
      .select('until')
      .where('name', '=', dest)
      .forUpdate()
      .executeTakeFirst();
    const { count, until } = given(row && Number(row.until), now, each);
    if (count > 0)
      await db
        .updateTable('allowance')
        .set({ until: Math.ceil(until) })
        .where('name', '=', dest)
        .execute();
    return count;
  });
}

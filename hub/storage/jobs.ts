import type { Selectable } from 'kysely';
import { json, present } from './rows';
import type { Db, Tables } from './schema';
import type { Job, JobState, Reads, Tx } from './store';

/** Jobs: what somebody asked for, how far it is, and who stopped it. */
export function jobReads(db: Db, locking: boolean): Pick<Reads, 'getJob' | 'listJobs'> {
  return {
    async getJob(id) {
      const q = db.selectFrom('job').selectAll().where('id', '=', id);
      const row = await (locking ? q.forUpdate() : q).executeTakeFirst();
      return row && jobOf(row);
    },
    async listJobs({ state, limit = 100 } = {}) {
      let q = db.selectFrom('job').selectAll().orderBy('id', 'desc').limit(limit);
      if (state) q = q.where('state', '=', state);
      return (await q.execute()).map(jobOf);
    },
  };
}

export function jobWrites(db: Db, now: string): Pick<Tx, 'putJob'> {
  return {
    async putJob({ id, kind, what, by, why, state, total, done, skipped, failed, ...job }) {
      const { position, stopped, rate, problem, startedAt, finishedAt } = job;
      const values = {
        ...{ kind, by, why, state, total, done, skipped, failed },
        what: JSON.stringify(what),
        rate: rate === undefined ? null : String(rate),
        position: json(position),
        problem: problem ?? null,
        stopped: json(stopped),
        updated_at: now,
        finished_at: finishedAt ?? null,
      };
      await db
        .insertInto('job')
        .values({ id, ...values, started_at: startedAt })
        .onConflict((c) => c.column('id').doUpdateSet(values))
        .execute();
    },
  };
}

function jobOf(row: Selectable<Tables['job']>): Job {
  const { what, rate, state, position, problem, started_at, updated_at, finished_at, stopped, ...rest } = row;
  return present({
    id: rest.id,
    kind: rest.kind as Job['kind'],
    what: JSON.parse(what),
    by: rest.by,
    why: rest.why,
    rate: rate === null ? undefined : Number(rate),
    state: state as JobState,
    position: position === null ? undefined : JSON.parse(position),
    total: Number(rest.total),
    done: Number(rest.done),
    skipped: Number(rest.skipped),
    failed: Number(rest.failed),
    problem: problem ?? undefined,
    startedAt: started_at,
    updatedAt: updated_at,
    finishedAt: finished_at ?? undefined,
    stopped: stopped === null ? undefined : JSON.parse(stopped),
  }) as Job;
}

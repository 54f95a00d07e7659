import { type Selectable, sql } from 'kysely';
import type { Db, Tables } from './schema';
import type { IdentityLink, IdentityQuestion, Reads, Tx, Unlinked } from './store';

/** Who calls an object what, and what a person has yet to say about it. */
export function identityReads(
  db: Db,
): Pick<Reads, 'canonicalId' | 'identitiesOf' | 'listIdentities' | 'listIdentityQuestions' | 'listUnlinked'> {
  return {
    async canonicalId(system, noun, nativeId) {
      const row = await db
        .selectFrom('identity')
        .select('canonical_id')
        .where('system', '=', system)
        .where('noun', '=', noun)
        .where('native_id', '=', nativeId)
        .executeTakeFirst();
      return row?.canonical_id || undefined;
    },
    async identitiesOf(noun, canonicalId) {
      return db
        .selectFrom('identity')
        .select(['system', 'noun', 'native_id as nativeId', 'canonical_id as canonicalId'])
        .where('noun', '=', noun)
        .where('canonical_id', '=', canonicalId)
        .orderBy('system')
        .orderBy('native_id')
        .execute();
    },
    async listIdentities(f = {}) {
      let q = db.selectFrom('identity').selectAll().orderBy('revision');
      if (f.system) q = q.where('system', '=', f.system);
      if (f.noun) q = q.where('noun', '=', f.noun);
      if (f.nativeId) q = q.where('native_id', '=', f.nativeId);
      if (f.canonicalId) q = q.where('canonical_id', '=', f.canonicalId);
      if (f.after !== undefined) q = q.where('revision', '>', f.after);
      if (f.limit !== undefined) q = q.limit(f.limit);
      return (await q.execute()).map(linkOf);
    },
    async listIdentityQuestions() {
      const found = await db.selectFrom('identity_question').selectAll().orderBy('at').execute();
      return found.map(questionOf);
    },
    async listUnlinked() {
      const found = await db
        .selectFrom('receipt as r')
        .innerJoin('outbox as o', 'o.id', 'r.delivery_id')
        .innerJoin('lane as l', 'l.id', 'o.lane_id')
        .select(['o.id', 'l.dest', 'r.error'])
        .where('r.state', '<>', 'delivered')
        .where('r.state', '=', 'parked')
        .where('r.error', 'like', '%"unlinked":%')
        .orderBy('o.id')
        .execute();
      return found.map(({ id, dest, error }) => {
        const { issues = [] } = JSON.parse(error ?? '{}') as { issues?: Unlinked['issues'] };
        return { id, dest, issues };
      });
    },
  };
}

export function identityWrites(
  db: Db,
  now: string,
): Pick<Tx, 'putIdentity' | 'noteSent' | 'putIdentityQuestion' | 'dropIdentityQuestion'> {
  return {
    async putIdentity({ system, noun, nativeId, canonicalId, alternative, manual, by, why }) {
      const values = {
        canonical_id: canonicalId,
        alternative: alternative ? 1 : 0,
        manual: manual ? 1 : 0,
        by: by ?? '',
        why: why ?? '',
        at: now,
        revision: sql<number>`(select coalesce(max(i.revision), 0) + 1 from identity as i)`,
      };
      await db
        .insertInto('identity')
        .values({ system, noun, native_id: nativeId, ...values })
        .onConflict((c) => c.columns(['system', 'noun', 'native_id']).doUpdateSet(values))
        .execute();
    },
    async noteSent({ system, noun, id }) {
      await db
        .insertInto('identity')
        .values({
          ...{ system, noun, native_id: id, canonical_id: id, by: '', why: '', at: now },
          ...{ alternative: 0, manual: 0, revision: 0 },
        })
        .onConflict((c) => c.columns(['system', 'noun', 'native_id']).doNothing())
        .execute();
    },
    async putIdentityQuestion({ candidates, ...question }) {
      await db
        .insertInto('identity_question')
        .values({ ...question, candidates: JSON.stringify(candidates), at: now })
        .onConflict((c) => c.columns(['system', 'noun', 'direction', 'id']).doNothing())
        .execute();
    },
    async dropIdentityQuestion({ system, noun, direction, id }) {
      await db
        .deleteFrom('identity_question')
        .where('system', '=', system)
        .where('noun', '=', noun)
        .where('direction', '=', direction)
        .where('id', '=', id)
        .execute();
    },
  };
}

function linkOf(row: Selectable<Tables['identity']>): IdentityLink {
  return {
    system: row.system,
    noun: row.noun,
    nativeId: row.native_id,
    canonicalId: row.canonical_id,
    alternative: Number(row.alternative) === 1,
    manual: Number(row.manual) === 1,
    by: row.by ?? '',
    why: row.why ?? '',
    at: row.at ?? '',
    revision: Number(row.revision),
  };
}

function questionOf(row: Selectable<Tables['identity_question']>): IdentityQuestion {
  const { system, noun, id, at } = row;
  return {
    system,
    noun,
    direction: row.direction === 'out' ? 'out' : 'in',
    id,
    candidates: JSON.parse(row.candidates) as string[],
    at,
  };
}

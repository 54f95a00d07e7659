import type { Selectable } from 'kysely';
import { builtReads } from './built';
import { changeReads } from './changes';
import { definitionReads } from './definitions';
import { identityReads } from './identities';
import { jobReads } from './jobs';
import { deliveryReads, recordReads } from './message-reads';
import * as rows from './rows';
import type { Db, Tables } from './schema';
import { rowOf, statement, textsOf } from './statement';
import type { Reads } from './store';
import { useReads } from './uses';

function objects(db: Db) {
  return db
    .selectFrom('object as o')
    .innerJoin('object_version as v', (join) =>
      join.onRef('v.noun', '=', 'o.noun').onRef('v.id', '=', 'o.id').onRef('v.version', '=', 'o.version'),
    )
    .selectAll('v');
}

/** `locking`: inside a PostgreSQL transaction, where an object read in order to be changed must not change meanwhile. */
export function readsOver(db: Db, locking = false): Reads {
  const reads = made.get(db) ?? readsOn(db, locking);
  made.set(db, reads);
  return reads;
}

/** Every transaction asks for them, over the same few databases and connections. */
const made = new WeakMap<Db, Reads>();

function readsOn(db: Db, locking: boolean): Reads {
  return {
    ...recordReads(db),
    ...deliveryReads(db, locking),
    ...jobReads(db, locking),
    ...objectReads(db, locking),
    ...definitionReads(db),
    ...identityReads(db),
    ...useReads(db),
    ...orderReads(db),
    ...builtReads(db),
    ...changeReads(db),
  };
}

type Pick1<K extends keyof Reads> = Pick<Reads, K>;

const current = `select o.version as current, v.* from object o
  left join object_version v on v.noun = o.noun and v.id = o.id and v.version = o.version
  where o.noun = $1 and o.id = $2`;

/**
 * `lock`: who waited for it sees the object's new version, but not yet the row of it: asked again, it does. Who reads for
 * reference shares it with others that do, so that orders of one product do not wait for one another; who changes the
 * object waits for them, so what they were made by is the current version when they commit.
 */
async function currentObject(db: Db, noun: string, id: string, lock?: 'update' | 'share') {
  const text = lock ? `${current} for ${lock} of o` : current;
  type Current = Selectable<Tables['object_version']> & { readonly body: string | null };
  const asked = () => statement<Current>(db, text, [noun, id], rowOf(noun, id));
  let [row] = await asked();
  if (row?.body === null) [row] = await asked();
  return row && rows.objectOf(row);
}

function objectReads(
  db: Db,
  locking: boolean,
): Pick1<'getObject' | 'objectText' | 'listObjects' | 'objectVersions' | 'objectsSince' | 'countVersions'> {
  return {
    async getObject(noun, id, as = {}) {
      const lock = as.reference ? 'share' : 'update';
      if (as.version === undefined && as.at === undefined)
        return currentObject(db, noun, id, locking ? lock : undefined);
      let q = db.selectFrom('object_version').selectAll().where('noun', '=', noun).where('id', '=', id);
      if (as.version !== undefined) q = q.where('version', '=', as.version);
      if (as.at !== undefined) q = q.where('updated_at', '<=', as.at);
      const row = await q.orderBy('version', 'desc').limit(1).executeTakeFirst();
      return row && rows.objectOf(row);
    },
    async objectText(noun, id, version) {
      const row = await db
        .selectFrom('object_version')
        .select('body')
        .where('noun', '=', noun)
        .where('id', '=', id)
        .where('version', '=', version)
        .executeTakeFirst();
      return row?.body;
    },
    async listObjects({ noun, ids, after, limit }) {
      if (ids?.length === 0) return [];
      let q = objects(db)
        .where('o.noun', '=', noun)
        .orderBy('o.id')
        .limit(limit ?? ids?.length ?? 100);
      if (ids) q = q.where('o.id', 'in', ids);
      if (after !== undefined) q = q.where('o.id', '>', after);
      return (await q.execute()).map(rows.objectOf);
    },
    async objectsSince({ since, noun, after, limit }) {
      let q = db
        .selectFrom('object_version')
        .select(['noun', 'id'])
        .distinct()
        .where('message_id', '>=', since)
        .orderBy('noun')
        .orderBy('id');
      if (noun !== undefined) q = q.where('noun', '=', noun);
      if (after)
        q = q.where((e) =>
          e.or([e('noun', '>', after.noun), e.and([e('noun', '=', after.noun), e('id', '>', after.id)])]),
        );
      return q.limit(limit).execute();
    },
    async countVersions({ since, noun }) {
      let q = db
        .selectFrom('object_version')
        .select((e) => e.fn.countAll().as('n'))
        .where('message_id', '>=', since);
      if (noun !== undefined) q = q.where('noun', '=', noun);
      return Number((await q.executeTakeFirst())?.n);
    },
    async objectVersions(noun, id) {
      const found = await db
        .selectFrom('object_version')
        .select(['noun', 'id', 'version', 'hash', 'system', 'message_id', 'updated_at'])
        .where('noun', '=', noun)
        .where('id', '=', id)
        .orderBy('version', 'desc')
        .execute();
      return found.map(rows.versionOf);
    },
  };
}

function orderReads(db: Db): Pick1<'executionsOf' | 'consumptionOf'> {
  const reported = `select * from segment_report where order_id in (${textsOf(db, '$1')}) order by arrival`;
  const consumed = `select * from consumption where order_id in (${textsOf(db, '$1')}) order by arrival`;
  return {
    async executionsOf(orders) {
      type Found = Selectable<Tables['segment_report']>;
      return (await statement<Found>(db, reported, [listOf(orders)])).map(rows.segmentReportOf);
    },
    async consumptionOf(orders) {
      type Found = Selectable<Tables['consumption']>;
      return (await statement<Found>(db, consumed, [listOf(orders)])).map(rows.consumptionOf);
    },
  };
}

const listOf = (ids: string | readonly string[]): string => JSON.stringify([ids].flat());

import { sql } from 'kysely';
import { changeReads } from './changes';
import { definitionReads } from './definitions';
import { identityReads } from './identities';
import { idRange, pageSize } from './pages';
import * as rows from './rows';
import type { Db } from './schema';
import type { LaneStatistics, Reads } from './store';
import { useReads } from './uses';

/** Where the state of a delivery stands: in its receipt, else in the head of its lane. */
function deliveries(db: Db) {
  return db
    .selectFrom('outbox as o')
    .innerJoin('lane as l', 'l.id', 'o.lane_id')
    .leftJoin('receipt as r', 'r.delivery_id', 'o.id')
    .selectAll('o')
    .select(['l.dest', 'l.key', 'l.head', 'l.attempt as lane_attempt', 'l.last_error'])
    .select(['r.state', 'r.attempts', 'r.counterpart_id', 'r.request', 'r.answer', 'r.error'])
    .select(['r.finished_at', 'r.acknowledged_at', 'r.note']);
}

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
  return {
    ...recordReads(db),
    ...deliveryReads(db),
    ...objectReads(db, locking),
    ...definitionReads(db),
    ...identityReads(db),
    ...useReads(db),
    ...orderReads(db),
    ...changeReads(db),
  };
}

type Pick1<K extends keyof Reads> = Pick<Reads, K>;

function recordReads(db: Db): Pick1<'getRecord' | 'listRecords' | 'getMessage' | 'listMessages' | 'trace'> {
  return {
    async getRecord(id) {
      const row = await db.selectFrom('record').selectAll().where('id', '=', id).executeTakeFirst();
      return row && rows.recordOf(row);
    },
    async listRecords(f = {}) {
      let q = db.selectFrom('record').selectAll().orderBy('id', 'desc').limit(pageSize(f));
      for (const field of ['system', 'type', 'key', 'state'] as const)
        if (f[field] !== undefined) q = q.where(field, '=', f[field]);
      for (const [operator, id] of idRange(f)) q = q.where('id', operator, id);
      return (await q.execute()).map(rows.recordOf);
    },
    async getMessage(id) {
      const row = await db.selectFrom('message').selectAll().where('id', '=', id).executeTakeFirst();
      return row && rows.messageOf(row);
    },
    async listMessages(f = {}) {
      let q = db.selectFrom('message').selectAll().orderBy('id', 'desc').limit(pageSize(f));
      for (const field of ['system', 'noun', 'verb'] as const)
        if (f[field] !== undefined) q = q.where(field, '=', f[field]);
      if (f.recordId) q = q.where('record_id', '=', f.recordId);
      if (f.objectKey)
        q = q.where(
          'id',
          'in',
          db.selectFrom('message_object').select('message_id').where('object_id', '=', f.objectKey),
        );
      for (const [operator, id] of idRange(f)) q = q.where('id', operator, id);
      return (await q.execute()).map(rows.messageOf);
    },
    async trace(recordId) {
      const record = await this.getRecord(recordId);
      if (!record) return undefined;
      const messages = await db
        .selectFrom('message')
        .selectAll()
        .where('record_id', '=', recordId)
        .orderBy('id')
        .execute();
      const ids = messages.map((m) => m.id);
      const versions = db
        .selectFrom('object_version')
        .select(['noun', 'id', 'version', 'hash', 'system', 'message_id', 'updated_at']);
      const replays = await db
        .selectFrom('record')
        .select('id')
        .where('replay_of', '=', recordId)
        .orderBy('id')
        .execute();
      return {
        record,
        messages: messages.map(rows.messageOf),
        objects: ids.length
          ? (await versions.where('message_id', 'in', ids).execute()).map(rows.versionOf)
          : [],
        deliveries: ids.length
          ? (await deliveries(db).where('o.message_id', 'in', ids).orderBy('o.id').execute()).map(
              rows.deliveryOf,
            )
          : [],
        replays: replays.map((r) => r.id),
      };
    },
  };
}

function deliveryReads(db: Db): Pick1<'getDelivery' | 'listDeliveries' | 'laneStatistics' | 'waiting'> {
  return {
    async getDelivery(id) {
      const row = await deliveries(db).where('o.id', '=', id).executeTakeFirst();
      return row && rows.deliveryOf(row);
    },
    async listDeliveries(f = {}) {
      let q = deliveries(db).orderBy('o.id', 'desc').limit(pageSize(f));
      if (f.dest) q = q.where('l.dest', '=', f.dest);
      else q = q.where('l.dest', f.inbound ? 'like' : 'not like', 'in:%');
      if (f.key) q = q.where('l.key', '=', f.key);
      if (f.messageId) q = q.where('o.message_id', '=', f.messageId);
      for (const [operator, id] of idRange(f)) q = q.where('o.id', operator, id);
      if (f.state === 'waiting')
        q = q.where(sql<boolean>`o.seq > l.head and coalesce(r.state, 'waiting') = 'waiting'`);
      else if (f.state === 'delivered')
        q = q.where(sql<boolean>`o.seq <= l.head and coalesce(r.state, 'delivered') = 'delivered'`);
      else if (f.state) q = q.where('r.state', '=', f.state);
      return (await q.execute()).map(rows.deliveryOf);
    },
    async laneStatistics() {
      const { rows: found } = await sql<Record<keyof LaneStatistics, string | number | null>>`
        select l.dest, count(*) as lanes, sum(l.tail - l.head) as pending, sum(l.blocked) as blocked,
          sum(case when l.attempt > 0 then 1 else 0 end) as failing, min(o.at) as oldest
        from lane l left join outbox o on o.lane_id = l.id and o.seq = l.head + 1 group by l.dest order by l.dest`.execute(
        db,
      );
      return found.map(({ dest, lanes, pending, blocked, failing, oldest }) => ({
        dest: String(dest),
        lanes: Number(lanes),
        pending: Number(pending),
        blocked: Number(blocked),
        failing: Number(failing),
        ...(oldest === null ? {} : { oldest: String(oldest) }),
      }));
    },
    async waiting() {
      const { rows: found } = await sql<{ n: number | string | null }>`
        select sum(tail - head) as n from lane where tail > head`.execute(db);
      return Number(found[0]?.n ?? 0);
    },
  };
}

function objectReads(
  db: Db,
  locking: boolean,
): Pick1<'getObject' | 'objectText' | 'listObjects' | 'objectVersions'> {
  return {
    async getObject(noun, id, as = {}) {
      if (as.version !== undefined || as.at !== undefined) {
        let q = db.selectFrom('object_version').selectAll().where('noun', '=', noun).where('id', '=', id);
        if (as.version !== undefined) q = q.where('version', '=', as.version);
        if (as.at !== undefined) q = q.where('updated_at', '<=', as.at);
        const row = await q.orderBy('version', 'desc').limit(1).executeTakeFirst();
        return row && rows.objectOf(row);
      }
      // Locked first, read second: a join would see the version from before the wait for the lock.
      if (locking)
        await db
          .selectFrom('object')
          .select('id')
          .where('noun', '=', noun)
          .where('id', '=', id)
          .forUpdate()
          .execute();
      const row = await objects(db).where('o.noun', '=', noun).where('o.id', '=', id).executeTakeFirst();
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
  return {
    async executionsOf(orders) {
      const ids = [orders].flat();
      if (ids.length === 0) return [];
      const found = db
        .selectFrom('segment_report')
        .selectAll()
        .where('order_id', 'in', ids)
        .orderBy('arrival');
      return (await found.execute()).map(rows.segmentReportOf);
    },
    async consumptionOf(orders) {
      const ids = [orders].flat();
      if (ids.length === 0) return [];
      const found = db.selectFrom('consumption').selectAll().where('order_id', 'in', ids).orderBy('arrival');
      return (await found.execute()).map(rows.consumptionOf);
    },
  };
}

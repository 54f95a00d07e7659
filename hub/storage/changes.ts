import { type Selectable, sql } from 'kysely';
import { idRange, pageSize } from './pages';
import { json, optional, present, value } from './rows';
import type { Db, Tables } from './schema';
import { statement, textsOf } from './statement';
import type {
  ChangeCounts,
  ChangeOrderRow,
  ChangeRow,
  CommandRow,
  CommandState,
  ConcernedChange,
  Reads,
  Tx,
} from './store';

/** A statement takes only so many parameters. */
const PORTION = 500;

const portions = <T>(list: readonly T[], size = PORTION): T[][] =>
  Array.from({ length: Math.ceil(list.length / size) }, (_, i) => list.slice(i * size, (i + 1) * size));

const headColumns = [
  'id',
  'noun',
  'object_id',
  'from_version',
  'to_version',
  'state',
  'created_at',
  'updated_at',
] as const;

const commandColumns = [
  'id',
  'change_id',
  'order_id',
  'kind',
  'system',
  'depends_on',
  'state',
  'delivery_id',
  'body',
  'receipt',
  'at',
  'place',
  'takes_back',
  'owed',
  'sent_at',
] as const;

/** Changes with their orders and commands, each a row of its own: what concerns one order reads and writes its rows alone. */
export function changeReads(
  db: Db,
): Pick<
  Reads,
  | 'getChange'
  | 'listChanges'
  | 'changesConcerning'
  | 'listChangeOrders'
  | 'countChange'
  | 'listCommands'
  | 'areAcknowledged'
> {
  // One statement, because every order asks whenever it moves.
  const concerning = `
    select 'order' as why, id, null as body from change
      where state in (${textsOf(db, '$2')}) and id in (select change_id from change_order where order_id = $1)
    union all select 'product', id, null from (
      select id from change where object_id = $3 and noun = 'OperationsDefinition' and state <> $4
      order by id desc limit 1) as newest
    union all select 'command', change_id, body from command where order_id is null and state = 'planned'`;
  return {
    async getChange(id) {
      const row = await db.selectFrom('change').selectAll().where('id', '=', id).executeTakeFirst();
      return row && changeOf(row);
    },
    async listChanges(f = {}) {
      const bare = db.selectFrom('change').select(headColumns);
      let q = (f.bodies === false ? bare : bare.select('body')).orderBy('id', 'desc').limit(pageSize(f));
      if (f.state) q = q.where('state', '=', f.state);
      if (f.states) q = q.where('state', 'in', f.states);
      if (f.objectId) q = q.where('object_id', '=', f.objectId);
      if (f.orderId !== undefined) {
        const own = db.selectFrom('change_order').select('change_id').where('order_id', '=', f.orderId);
        q = q.where('id', 'in', own);
      }
      for (const [operator, id] of idRange(f)) q = q.where('id', operator, id);
      return (await q.execute()).map(changeOf);
    },
    async changesConcerning({ orderId, states, product = '', besides }) {
      const values = [orderId, JSON.stringify(states), product, besides];
      const found = await statement<{ why: ConcernedChange['why']; id: string; body: string | null }>(
        db,
        concerning,
        values,
      );
      return found.map(({ why, id, body }) =>
        why === 'command' ? { why, id, body: value(body) } : { why, id },
      );
    },
    async listChangeOrders({ changeId, orderIds, isOpen, due, after, limit }) {
      let q = db.selectFrom('change_order').selectAll().where('change_id', '=', changeId).orderBy('place');
      if (isOpen !== undefined) q = q.where('open', '=', isOpen ? 1 : 0);
      if (due !== undefined) q = q.where('due', '<=', due);
      if (after !== undefined) q = q.where('place', '>', after);
      if (limit !== undefined) q = q.limit(limit);
      if (orderIds === undefined) return (await q.execute()).map(changeOrderOf);
      const found: ChangeOrderRow[] = [];
      for (const ids of portions(orderIds))
        found.push(...(await q.where('order_id', 'in', ids).execute()).map(changeOrderOf));
      return found.sort((a, b) => a.place - b.place);
    },
    async countChange(changeId) {
      const count = sql<number>`count(*)`.as('count');
      const commands = await db
        .selectFrom('command')
        .select(['state', 'takes_back', 'owed', count, sql<number>`max(place)`.as('last')])
        .where('change_id', '=', changeId)
        .groupBy(['state', 'takes_back', 'owed'])
        .execute();
      const orders = await db
        .selectFrom('change_order')
        .select(['standing', 'open', count, sql<number>`max(place)`.as('last')])
        .where('change_id', '=', changeId)
        .groupBy(['standing', 'open'])
        .execute();
      return countsOf(commands, orders);
    },
    async listCommands(f) {
      const lean = db.selectFrom('command').select(commandColumns);
      let q = (f.content === false ? lean : lean.select('content')).orderBy('id');
      if (f.changeId) q = q.where('change_id', '=', f.changeId);
      if (f.orderId) q = q.where('order_id', '=', f.orderId);
      if (f.deliveryId) q = q.where('delivery_id', '=', f.deliveryId);
      if (f.state) q = q.where('state', '=', f.state);
      if (f.sentBefore) q = q.where('sent_at', '<', f.sentBefore);
      if (f.limit !== undefined) q = q.limit(f.limit);
      if (f.ofNoOrder) q = q.where('order_id', 'is', null);
      if (f.ids === undefined && f.orderIds === undefined) return (await q.execute()).map(commandOf);
      const found: CommandRow[] = [];
      for (const ids of portions(f.ids ?? f.orderIds ?? []))
        found.push(...(await q.where(f.ids ? 'id' : 'order_id', 'in', ids).execute()).map(commandOf));
      return found;
    },
    async areAcknowledged(ids) {
      for (const some of portions(ids)) {
        const { count } = await db
          .selectFrom('command')
          .select(sql<number>`count(*)`.as('count'))
          .where('id', 'in', some)
          .where('state', '=', 'acknowledged')
          .executeTakeFirstOrThrow();
        if (Number(count) < some.length) return false;
      }
      return true;
    },
  };
}

interface CommandCount {
  readonly state: string;
  readonly takes_back: number;
  readonly owed: number;
  readonly count: number;
  readonly last: number;
}

interface OrderCount {
  readonly standing: string;
  readonly open: number;
  readonly count: number;
  readonly last: number;
}

/** Numbers come as text from PostgreSQL. */
function countsOf(commands: readonly CommandCount[], orders: readonly OrderCount[]): ChangeCounts {
  const last = (rows: readonly { last: number }[]) => Math.max(-1, ...rows.map((row) => Number(row.last)));
  return {
    commands: commands.map(({ state, takes_back, owed, count }) => ({
      state: state as CommandState,
      takesBack: Number(takes_back) === 1,
      isOwed: Number(owed) === 1,
      count: Number(count),
    })),
    orders: orders.map(({ standing, open, count }) => ({
      standing,
      isOpen: Number(open) === 1,
      count: Number(count),
    })),
    lastCommand: last(commands),
    lastOrder: last(orders),
  };
}

export function changeWrites(
  db: Db,
  now: string,
): Pick<Tx, 'putChange' | 'markChange' | 'putChangeOrders' | 'putCommands'> {
  return {
    async putChange(change) {
      const values = {
        noun: change.noun,
        object_id: change.objectId,
        from_version: change.fromVersion ?? null,
        to_version: change.toVersion ?? null,
        state: change.state,
        body: JSON.stringify(change.body),
        updated_at: now,
      };
      await db
        .insertInto('change')
        .values({ id: change.id, ...values, created_at: change.createdAt ?? now })
        .onConflict((c) => c.column('id').doUpdateSet(values))
        .execute();
    },
    async markChange(id, state) {
      await db.updateTable('change').set({ state, updated_at: now }).where('id', '=', id).execute();
    },
    async putChangeOrders(rows) {
      for (const some of portions(rows, 50)) {
        await db
          .insertInto('change_order')
          .values(some.map(changeOrderValues))
          .onConflict((c) =>
            c.columns(['change_id', 'order_id']).doUpdateSet((eb) => ({
              standing: eb.ref('excluded.standing'),
              open: eb.ref('excluded.open'),
              due: eb.ref('excluded.due'),
              body: eb.ref('excluded.body'),
            })),
          )
          .execute();
      }
    },
    async putCommands(rows) {
      for (const some of portions(rows, 50)) {
        await db
          .insertInto('command')
          .values(some.map((row) => commandValues(row, now)))
          .onConflict((c) =>
            c.column('id').doUpdateSet((eb) => ({
              state: eb.ref('excluded.state'),
              depends_on: eb.ref('excluded.depends_on'),
              delivery_id: eb.ref('excluded.delivery_id'),
              body: eb.ref('excluded.body'),
              content: sql`coalesce(excluded.content, command.content)`,
              receipt: eb.ref('excluded.receipt'),
              owed: eb.ref('excluded.owed'),
              sent_at: eb.ref('excluded.sent_at'),
              at: eb.ref('excluded.at'),
            })),
          )
          .execute();
      }
    },
  };
}

const changeOrderValues = (row: ChangeOrderRow): Tables['change_order'] => ({
  change_id: row.changeId,
  order_id: row.orderId,
  place: row.place,
  standing: row.standing,
  open: row.isOpen ? 1 : 0,
  due: row.due ?? null,
  body: JSON.stringify(row.body),
});

const commandValues = (command: CommandRow, now: string): Tables['command'] => ({
  id: command.id,
  change_id: command.changeId,
  order_id: command.orderId ?? null,
  kind: command.kind,
  system: command.system,
  depends_on: JSON.stringify(command.dependsOn),
  state: command.state,
  delivery_id: command.deliveryId ?? null,
  body: JSON.stringify(command.body),
  content: json(command.content),
  receipt: json(command.receipt),
  at: command.at ?? now,
  place: command.place,
  takes_back: command.takesBack ? 1 : 0,
  owed: command.isOwed ? 1 : 0,
  sent_at: command.sentAt ?? null,
});

type Partly<Row, Some extends keyof Row> = Omit<Row, Some> & Partial<Pick<Row, Some>>;

function changeOf(c: Partly<Selectable<Tables['change']>, 'body'>): ChangeRow {
  return present({
    id: c.id,
    noun: c.noun,
    objectId: c.object_id,
    fromVersion: c.from_version === null ? undefined : Number(c.from_version),
    toVersion: c.to_version === null ? undefined : Number(c.to_version),
    state: c.state,
    body: value(c.body ?? null),
    createdAt: c.created_at,
    updatedAt: c.updated_at,
  });
}

const changeOrderOf = (o: Selectable<Tables['change_order']>): ChangeOrderRow =>
  present({
    changeId: o.change_id,
    orderId: o.order_id,
    place: Number(o.place),
    standing: o.standing,
    isOpen: Number(o.open) === 1,
    due: optional(o.due),
    body: value(o.body),
  });

function commandOf(c: Partly<Selectable<Tables['command']>, 'content'>): CommandRow {
  return present({
    id: c.id,
    changeId: c.change_id,
    orderId: optional(c.order_id),
    kind: c.kind,
    system: c.system,
    dependsOn: value(c.depends_on) as string[],
    state: c.state as CommandState,
    deliveryId: optional(c.delivery_id),
    body: value(c.body),
    content: value(c.content ?? null),
    receipt: value(c.receipt),
    at: c.at,
    place: Number(c.place),
    takesBack: Number(c.takes_back) === 1,
    isOwed: Number(c.owed) === 1,
    sentAt: optional(c.sent_at),
  });
}

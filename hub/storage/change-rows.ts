import { type Kysely, sql } from 'kysely';

/**
 * Orders of a change get rows of their own, commands what their change is counted by; the large part of a command, what
 * it carries, stands apart from its state. Harmless to repeat, as every migration.
 */
export async function changeRows(db: Kysely<unknown>, createOrderTable: () => Promise<void>): Promise<void> {
  const run = (text: string) => sql.raw(text).execute(db);
  await createOrderTable();
  const tables = await db.introspection.getTables();
  const known = new Set(tables.find(({ name }) => name === 'command')?.columns.map(({ name }) => name));
  const number = 'bigint not null default 0';
  const columns = { place: number, takes_back: number, owed: number, sent_at: 'text', content: 'text' };
  for (const [name, type] of Object.entries(columns))
    if (!known.has(name)) await run(`alter table command add column "${name}" ${type}`);
  await run('create index if not exists change_state on change (state)');
  await run(
    'create index if not exists command_counted on command (change_id, state, takes_back, owed, place)',
  );
  await run('create index if not exists command_of_order on command (change_id, order_id)');
  await run('create index if not exists command_sent on command (state, sent_at)');
  await run('create index if not exists command_unbound on command (order_id, state)');
  await run('create index if not exists change_order_due on change_order (change_id, due)');
  await run(
    'create index if not exists change_order_counted on change_order (change_id, open, standing, place)',
  );
  await splitChanges(db);
  await splitCommands(db);
}

interface Old {
  readonly id: string;
  readonly body: string;
}

interface OldOrder {
  readonly id: string;
  readonly standing: string;
  readonly until?: object;
}

const isUndecided = ({ standing, until = {} }: OldOrder): boolean =>
  standing === 'waiting' || (standing === 'deferred' && !('nextOrder' in until));

/** A change that was kept before with all its orders in it. */
async function splitChanges(db: Kysely<unknown>): Promise<void> {
  const { rows } = await sql<Old>`select id, body from change where body like '%"orders":[{%'`.execute(db);
  for (const { id, body } of rows) {
    const { orders, ...head } = JSON.parse(body) as { orders: OldOrder[] };
    for (const [place, order] of orders.entries()) {
      const open = isUndecided(order) ? 1 : 0;
      await sql`insert into change_order (change_id, order_id, place, standing, open, due, body)
        values (${id}, ${order.id}, ${place}, ${order.standing}, ${open}, ${open ? '' : null}, ${JSON.stringify(order)})
        on conflict do nothing`.execute(db);
    }
    await sql`update change set body = ${JSON.stringify({ ...head, orders: [] })} where id = ${id}`.execute(
      db,
    );
  }
}

async function splitCommands(db: Kysely<unknown>): Promise<void> {
  const { rows } = await sql<Old>`select id, body from command where content is null`.execute(db);
  for (const { id, body } of rows) {
    const { message, before, place = 0, ...rest } = JSON.parse(body) as OldCommand;
    const content = JSON.stringify({ message, ...(before === undefined ? {} : { before }) });
    const takesBack = rest.undoes === undefined ? 0 : 1;
    await sql`update command set content = ${content}, body = ${JSON.stringify(rest)}, place = ${place},
      takes_back = ${takesBack}, owed = ${isOwed(rest) ? 1 : 0}, sent_at = ${rest.sentAt ?? null} where id = ${id}`.execute(
      db,
    );
  }
}

interface OldCommand {
  readonly message?: unknown;
  readonly before?: unknown;
  readonly place?: number;
  readonly state?: string;
  readonly because?: string;
  readonly undoes?: string;
  readonly sentAt?: string;
  readonly kind?: string;
  readonly restores?: true;
}

const ASKS_AGAIN = new Set(['order-hold', 'order-change', 'job-hold', 'job-update']);

/** As the change engine counted when these commands were kept. */
function isOwed({ state, because, kind = '', restores }: OldCommand): boolean {
  if (state === 'dropped') return because !== undefined;
  return !(state === 'refused' && restores === undefined && ASKS_AGAIN.has(kind));
}

import { type Generated, type Kysely, Migrator, sql } from 'kysely';
import { HubError } from '../../model/errors';
import { changeRows } from './change-rows';

/**
 * The tables as both databases hold them: ids, times and quantities as text, JSON as text, booleans as 0/1,
 * clock times of lanes as epoch ms. What a column means stands with the row types in store.ts.
 */
export interface Tables {
  record: {
    id: string;
    system: string;
    type: string;
    key: string;
    idempotency_key: string | null;
    content_type: string | null;
    raw: string | null;
    body: string | null;
    received_at: string;
    state: string;
    issues: string | null;
    mapping: string | null;
    message_id: string | null;
    replay_of: string | null;
    note: string | null;
  };
  /** Bodies of records on SQLite that are large; see sqlite-statements.ts. */
  record_body: { id: string; raw: string | null; body: string | null };
  /** One row a mark that a sender has used; `hash` is empty where the sender's own mark decides. */
  inbox: { system: string; mark: string; hash: string; record_id: string; until: number };
  message: {
    id: string;
    record_id: string | null;
    system: string;
    verb: string;
    noun: string;
    body: string;
    mapping: string | null;
    object_keys: string;
    created_at: string;
  };
  message_object: { object_id: string; message_id: string };
  object: { noun: string; id: string; version: number };
  object_version: {
    noun: string;
    id: string;
    version: number;
    body: string;
    hash: string;
    system: string;
    message_id: string | null;
    updated_at: string;
  };
  /**
   * Pending rows are those with head < seq <= tail. `ready`: pending and not blocked. On PostgreSQL a busy lane has 2,
   * also for a while after its last row is done; see postgres-statements.ts.
   */
  lane: {
    id: Generated<number>;
    dest: string;
    key: string;
    tail: number;
    head: number;
    urgent_seq: number;
    ready: number;
    blocked: number;
    owner: string | null;
    lease_until: number;
    attempt: number;
    /** Not before. A lane whose `ready` is set gets the time of that. */
    next_at: number;
    last_error: string | null;
  };
  outbox: {
    lane_id: number;
    seq: number;
    id: string;
    message_id: string | null;
    payload: string | null;
    urgent: number;
    at: string;
  };
  receipt: {
    delivery_id: string;
    state: string;
    attempts: number;
    counterpart_id: string | null;
    request: string | null;
    answer: string | null;
    error: string | null;
    finished_at: string;
    acknowledged_at: string | null;
    note: string | null;
  };
  /** What orders use, the same list for all that use the same; `list` is the hash of what it says. */
  use_list: { list: string; segment_id: string; kind: string; ref: string };
  order_list: { order_id: string; list: string };
  /** Tries of a delivery that failed. Of many only the first ones and the last one are kept: `place` counts up to a limit. */
  attempt: { delivery_id: string; place: number; tries: number; at: string; error: string };
  job: {
    id: string;
    kind: string;
    what: string;
    by: string;
    why: string;
    rate: string | null;
    state: string;
    position: string | null;
    total: number;
    done: number;
    skipped: number;
    failed: number;
    problem: string | null;
    started_at: string;
    updated_at: string;
    finished_at: string | null;
    stopped: string | null;
  };
  /** Bodies of a table before this id have been looked at by the compression. */
  squeezed: { name: string; until: string };
  /** What a receiver may get is given out up to this instant (ms); of no worth after a restart. */
  allowance: { name: string; until: number };
  /** Insert-only; `arrival` is an id of our own, so it sorts by arrival. */
  segment_report: {
    arrival: string;
    id: string;
    order_id: string;
    segment_id: string;
    source: string;
    state: string | null;
    start_time: string | null;
    end_time: string | null;
    good_quantity: string | null;
    good_unit: string | null;
  };
  consumption: {
    id: string;
    arrival: string;
    order_id: string;
    segment_id: string;
    source: string;
    material: string;
    lot: string | null;
    quantity: string;
    unit: string;
  };
  change: {
    id: string;
    noun: string;
    object_id: string;
    from_version: number | null;
    to_version: number | null;
    state: string;
    body: string;
    created_at: string;
    updated_at: string;
  };
  command: {
    id: string;
    change_id: string;
    order_id: string | null;
    kind: string;
    system: string;
    depends_on: string;
    state: string;
    delivery_id: string | null;
    body: string;
    content: string | null;
    receipt: string | null;
    at: string;
    place: number;
    takes_back: number;
    owed: number;
    sent_at: string | null;
  };
  /** What was told of pieces beyond the progress of their order. */
  built_report: { id: string; arrival: string; order_id: string; body: string };
  /** Hashes of the parts of large definitions. */
  subtree_hash: { noun: string; id: string; version: number; hashes: string };
  change_order: {
    change_id: string;
    order_id: string;
    place: number;
    standing: string;
    open: number;
    due: string | null;
    body: string;
  };
  /** `canonical_id` is empty where it was said that there is no link. `revision` rises with every write, over all rows. */
  identity: {
    system: string;
    noun: string;
    native_id: string;
    canonical_id: string;
    alternative: number;
    manual: number;
    by: string | null;
    why: string | null;
    at: string | null;
    revision: number;
  };
  identity_question: {
    system: string;
    noun: string;
    direction: string;
    id: string;
    candidates: string;
    at: string;
  };
  /** Insert-only; the last one of a revision counts. */
  definition_note: {
    arrival: string;
    noun: string;
    id: string;
    revision: string;
    state: string;
    effective_from: string | null;
    effective_to: string | null;
    by: string;
    why: string;
    at: string;
  };
  /** Revisions that are not published. */
  draft: { noun: string; id: string; revision: string; body: string; updated_at: string };
}

export type Db = Kysely<Tables>;

interface Table {
  readonly name: string;
  /** `name` is text, `name!` text that must be there, `name#` a number that must be there, `name~` a number. */
  readonly columns: string;
  readonly key: string;
  readonly indexes?: readonly string[];
  /** Indexes over what most rows do not have. */
  readonly sparse?: readonly string[];
  /** Nothing but its key and a little more: SQLite keeps such rows in the key itself. */
  readonly small?: true;
}

const tables: readonly Table[] = [
  {
    name: 'record',
    columns: `id! system! type! key! idempotency_key content_type raw body received_at! state! issues mapping
      message_id replay_of`,
    key: 'id',
    indexes: ['system, key', 'state'],
    sparse: ['replay_of'],
  },
  { name: 'inbox', columns: 'system! mark! hash! record_id! until#', key: 'system, mark', small: true },
  {
    name: 'message',
    columns: 'id! record_id system! verb! noun! body! mapping object_keys! created_at!',
    key: 'id',
    indexes: ['record_id', 'noun'],
  },
  { name: 'message_object', columns: 'object_id! message_id!', key: 'object_id, message_id', small: true },
  { name: 'object', columns: 'noun! id! version#', key: 'noun, id', small: true },
  {
    name: 'object_version',
    columns: 'noun! id! version# body! hash! system! message_id updated_at!',
    key: 'noun, id, version',
    sparse: ['message_id'],
  },
  {
    name: 'outbox',
    columns: 'lane_id# seq# id! message_id payload urgent# at!',
    key: 'lane_id, seq',
    sparse: ['message_id'],
  },
  {
    name: 'receipt',
    columns: `delivery_id! state! attempts# counterpart_id request answer error finished_at! acknowledged_at note`,
    key: 'delivery_id',
    indexes: ['state'],
  },
  {
    name: 'segment_report',
    columns: 'arrival! id! order_id! segment_id! source! state start_time end_time good_quantity good_unit',
    key: 'arrival',
    indexes: ['order_id'],
  },
  {
    name: 'consumption',
    columns: 'id! arrival! order_id! segment_id! source! material! lot quantity! unit!',
    key: 'id',
    indexes: ['order_id'],
  },
  {
    name: 'change',
    columns: 'id! noun! object_id! from_version~ to_version~ state! body! created_at! updated_at!',
    key: 'id',
    indexes: ['object_id'],
  },
  {
    name: 'command',
    columns: 'id! change_id! order_id kind! system! depends_on! state! delivery_id body! receipt at!',
    key: 'id',
    indexes: ['change_id', 'order_id'],
    sparse: ['delivery_id'],
  },
  {
    name: 'identity',
    columns: 'system! noun! native_id! canonical_id!',
    key: 'system, noun, native_id',
    indexes: ['noun, canonical_id'],
    small: true,
  },
];

/** Came later than the first form. */
const definitionTables: readonly Table[] = [
  {
    name: 'definition_note',
    columns: 'arrival! noun! id! revision! state! effective_from effective_to by! why! at!',
    key: 'arrival',
    indexes: ['noun, id'],
  },
  { name: 'draft', columns: 'noun! id! revision! body! updated_at!', key: 'noun, id, revision' },
];

const useTables: readonly Table[] = [
  {
    name: 'use_list',
    columns: 'list! segment_id! kind! ref!',
    key: 'list, segment_id, kind, ref',
    indexes: ['kind, ref'],
    small: true,
  },
  { name: 'order_list', columns: 'order_id! list!', key: 'order_id', indexes: ['list'], small: true },
];

const questionTable: Table = {
  name: 'identity_question',
  columns: 'system! noun! direction! id! candidates! at!',
  key: 'system, noun, direction, id',
};

const changeOrderTable: Table = {
  name: 'change_order',
  columns: 'change_id! order_id! place# standing! open# due body!',
  key: 'change_id, order_id',
  indexes: ['order_id'],
};

const bodyTable: Table = { name: 'record_body', columns: 'id! raw body', key: 'id' };

const builtTable: Table = {
  name: 'built_report',
  columns: 'id! arrival! order_id! body!',
  key: 'id',
  indexes: ['order_id'],
};

const hashTable: Table = {
  name: 'subtree_hash',
  columns: 'noun! id! version# hashes!',
  key: 'noun, id, version',
};

const operatingTables: readonly Table[] = [
  {
    name: 'attempt',
    columns: 'delivery_id! place# tries# at! error!',
    key: 'delivery_id, place',
    small: true,
  },
  {
    name: 'job',
    columns: `id! kind! what! by! why! rate state! position total# done# skipped# failed# problem started_at!
      updated_at! finished_at stopped`,
    key: 'id',
    indexes: ['state'],
  },
  { name: 'squeezed', columns: 'name! until!', key: 'name', small: true },
];

/** All of them, lanes last. */
export const tableNames: readonly string[] = [
  ...[
    ...tables,
    ...definitionTables,
    ...useTables,
    questionTable,
    changeOrderTable,
    hashTable,
    builtTable,
    bodyTable,
    ...operatingTables,
  ].map(({ name }) => name),
  'lane',
];

const columnTypes: Record<string, string> = { '!': 'text not null', '#': 'bigint not null', '~': 'bigint' };

function columnSql(column: string): string {
  const mark = column.at(-1) as string;
  const type = columnTypes[mark];
  return type ? `"${column.slice(0, -1)}" ${type}` : `"${column}" text`;
}

async function createTable(run: (text: string) => Promise<unknown>, table: Table, postgres: boolean) {
  const { name, columns, key, indexes = [], sparse = [], small } = table;
  const body = columns.split(/\s+/).map(columnSql).join(', ');
  const kind = small && !postgres ? 'without rowid' : '';
  await run(`create table if not exists "${name}" (${body}, primary key (${key})) ${kind}`);
  for (const [i, index] of indexes.entries())
    await run(`create index if not exists ${name}_${i + 1} on "${name}" (${index})`);
  for (const column of sparse)
    await run(
      `create index if not exists ${name}_${column} on "${name}" (${column}) where ${column} is not null`,
    );
}

async function firstVersion(db: Kysely<unknown>, postgres: boolean): Promise<void> {
  const run = (text: string) => sql.raw(text).execute(db);
  for (const table of tables) await createTable(run, table, postgres);
  await run('create unique index if not exists outbox_id on outbox (id)');
  const id = postgres ? 'bigint generated by default as identity primary key' : 'integer primary key';
  // Lanes are updated all the time: room on the page keeps PostgreSQL's updates in place (heap-only).
  await run(`create table if not exists lane (id ${id}, dest text not null, key text not null,
    tail bigint not null default 0, head bigint not null default 0, urgent_seq bigint not null default 0,
    ready bigint not null default 0, blocked bigint not null default 0, owner text, lease_until bigint not null default 0,
    attempt bigint not null default 0, next_at bigint not null default 0, last_error text, unique (dest, key))
    ${postgres ? 'with (fillfactor = 50)' : ''}`);
  await run('create index if not exists lane_due on lane (dest, next_at) where ready = 1');
  await run(
    'create index if not exists lane_urgent on lane (dest, next_at) where ready = 1 and urgent_seq > head',
  );
}

async function definitions(db: Kysely<unknown>, postgres: boolean): Promise<void> {
  for (const table of definitionTables)
    await createTable((text) => sql.raw(text).execute(db), table, postgres);
}

/** Which process leads in what, where there are several: of no worth once they have ended, so a move leaves it behind. */
async function leads(db: Kysely<unknown>): Promise<void> {
  await sql`create table if not exists lead (name text primary key, owner text not null, until bigint not null)`.execute(
    db,
  );
}

/** Who linked ids, when and why, and what a person has yet to say. */
async function identities(db: Kysely<unknown>, postgres: boolean): Promise<void> {
  const run = (text: string) => sql.raw(text).execute(db);
  const known = (await db.introspection.getTables()).find(({ name }) => name === 'identity')?.columns ?? [];
  const number = 'bigint not null default 0';
  const columns = {
    alternative: number,
    manual: number,
    revision: number,
    by: 'text',
    why: 'text',
    at: 'text',
  };
  for (const [name, type] of Object.entries(columns)) {
    if (known.every((column) => column.name !== name))
      await run(`alter table identity add column "${name}" ${type}`);
  }
  await run('create index if not exists identity_revision on identity (revision)');
  await createTable(run, questionTable, postgres);
}

/** One list for all orders that use the same, in place of a row for each use of each order. */
async function useLists(db: Kysely<unknown>, postgres: boolean): Promise<void> {
  const run = (text: string) => sql.raw(text).execute(db);
  for (const table of useTables) await createTable(run, table, postgres);
  if ((await db.introspection.getTables()).every(({ name }) => name !== 'order_use')) return;
  await run(
    'insert into use_list select order_id, segment_id, kind, ref from order_use where true on conflict do nothing',
  );
  await run(
    'insert into order_list select distinct order_id, order_id from order_use where true on conflict do nothing',
  );
  await run('drop table order_use');
}

/** What people who operate the hub need: jobs, failed tries, notes on records, search by key alone. */
async function operating(db: Kysely<unknown>, postgres: boolean): Promise<void> {
  const run = (text: string) => sql.raw(text).execute(db);
  for (const table of operatingTables) await createTable(run, table, postgres);
  await run('create table if not exists allowance (name text primary key, until bigint not null)');
  const record = (await db.introspection.getTables()).find(({ name }) => name === 'record');
  if (record?.columns.every(({ name }) => name !== 'note'))
    await run('alter table record add column note text');
  // Key first, so that one index serves a search by key and one by key and system.
  await run('create index if not exists record_key on record (key, system)');
  await run('drop index if exists record_1');
  await run('create index if not exists lane_key on lane (key)');
}

/** The newest records of a state are found without sorting all of them. */
async function states(db: Kysely<unknown>): Promise<void> {
  await sql`create index if not exists record_state on record (state, id)`.execute(db);
  await sql`drop index if exists record_2`.execute(db);
}

/**
 * Most receipts say that all went well, and most records are found by their place in a lane: what is left has indexes of
 * its own. One over the keys of all records would be written at another place for each of them.
 */
async function rareIndexes(db: Kysely<unknown>): Promise<void> {
  const run = (text: string) => sql.raw(text).execute(db);
  await run("create index if not exists receipt_rare on receipt (state) where state <> 'delivered'");
  await run('drop index if exists receipt_1');
  await run(`create index if not exists record_apart on record (key) where ${apartFromLanes}`);
  await run('drop index if exists record_key');
}

/**
 * A record that may never have had a place in a lane. Not as a list of states, because SQLite would make a table of it for
 * every record that is put in.
 */
export const apartFromLanes = "state <> 'waiting' and state <> 'applied' and state <> 'unchanged'";

/** The newest messages of a noun are found without sorting all of them. */
async function nouns(db: Kysely<unknown>): Promise<void> {
  await sql`create index if not exists message_noun on message (noun, id)`.execute(db);
  await sql`drop index if exists message_2`.execute(db);
}

const bodies = {
  record_body: ['raw', 'body'],
  record: ['raw', 'body'],
  message: ['body'],
  object_version: ['body'],
  outbox: ['payload'],
  receipt: ['request', 'answer'],
};

/** PostgreSQL compresses what is long by itself; lz4, where it was built with that, takes a tenth of the time. */
async function compression(db: Kysely<unknown>): Promise<void> {
  const able =
    await sql`select from pg_settings where name = 'default_toast_compression' and 'lz4' = any(enumvals)`;
  if ((await able.execute(db)).rows.length === 0) return;
  for (const [table, columns] of Object.entries(bodies)) {
    const changes = columns.map((column) => `alter column ${column} set compression lz4`);
    await sql.raw(`alter table ${table} ${changes.join(', ')}`).execute(db);
  }
}

/**
 * An update that changes nothing an index knows stays on its page (heap-only): the head of a lane moves with each message,
 * so no index may ask for it.
 */
async function lanesInPlace(db: Kysely<unknown>): Promise<void> {
  const run = (text: string) => sql.raw(text).execute(db);
  await run('create index if not exists lane_waits on lane (dest, next_at) where ready > 0');
  await run(
    'create index if not exists lane_hurries on lane (dest, next_at) where ready > 0 and urgent_seq > 0',
  );
  for (const earlier of ['lane_due', 'lane_urgent', 'lane_hurried'])
    await run(`drop index if exists ${earlier}`);
}

/**
 * Brings the database to the newest form; harmless to repeat. SQLite does not roll back a failed one, so each is small
 * and may find part of its work done. On PostgreSQL several processes may start at once: the migrator holds a lock.
 */
export async function migrate(db: Db, postgres: boolean): Promise<void> {
  const migrations = {
    '001-first': { up: (d: Kysely<unknown>) => firstVersion(d, postgres) },
    '003-definitions': { up: (d: Kysely<unknown>) => definitions(d, postgres) },
    '004-lead': { up: leads },
    '005-identity': { up: (d: Kysely<unknown>) => identities(d, postgres) },
    '006-operating': { up: (d: Kysely<unknown>) => operating(d, postgres) },
    '006-states': { up: states },
    '007-change-orders': {
      up: (d: Kysely<unknown>) =>
        changeRows(d, () => createTable((text) => sql.raw(text).execute(d), changeOrderTable, postgres)),
    },
    '007-built': {
      up: (d: Kysely<unknown>) => createTable((text) => sql.raw(text).execute(d), builtTable, postgres),
    },
    '007-hashes': {
      up: (d: Kysely<unknown>) => createTable((text) => sql.raw(text).execute(d), hashTable, postgres),
    },
    '010-use-lists': { up: (d: Kysely<unknown>) => useLists(d, postgres) },
    '011-rare-indexes': { up: rareIndexes },
    '011-record-bodies': {
      up: (d: Kysely<unknown>) => createTable((text) => sql.raw(text).execute(d), bodyTable, postgres),
    },
    '012-compression': { up: async (d: Kysely<unknown>) => (postgres ? compression(d) : undefined) },
    '013-lanes-in-place': { up: async (d: Kysely<unknown>) => (postgres ? lanesInPlace(d) : undefined) },
    // The same once more, for who has an earlier form of it.
    '013-lanes-kept': { up: async (d: Kysely<unknown>) => (postgres ? lanesInPlace(d) : undefined) },
    '014-nouns': { up: nouns },
  };
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => migrations },
    // A number given early may come in late.
    allowUnorderedMigrations: true,
  });
  const { error } = await migrator.migrateToLatest();
  if (error)
    throw new HubError('HUB_STORE', `the database could not be brought up to date: ${message(error)}`, {
      cause: error,
    });
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

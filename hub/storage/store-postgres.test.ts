import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pool, type PoolConfig } from 'pg';
import { moveToPostgres } from './move';
import { openStore, storeOver } from './open';
import { openPostgres } from './postgres';
import type { Row, Store, Wake } from './store';
import { describeStore, type Subject } from './store-suite';
import { emptyDatabase, type Pglite, startPglite } from './testing';

function postgres(config: () => PoolConfig): Subject {
  const stores: Store[] = [];
  const open = async (leaseMs = 60_000) => {
    const store = storeOver(await openPostgres(config(), leaseMs), leaseMs);
    stores.push(store);
    return store;
  };
  return {
    async open(leaseMs) {
      const pool = new Pool({ ...config(), max: 1 });
      await pool.query('drop schema public cascade; create schema public');
      await pool.end();
      return open(leaseMs);
    },
    reopen: () => open(),
    async cleanUp() {
      await Promise.all(stores.splice(0).map((store) => store.close()));
    },
  };
}

function describeBeginning(subject: Subject): void {
  const deliveries = (...keys: string[]) =>
    keys.map((key, n) => ({ dest: 'mes', key, payload: { n }, messageId: `m${n}` }));
  let store: Store;
  let woken: Wake[];
  const opened = async (room?: (dest: string) => number) => {
    store = await subject.open();
    woken = [];
    store.onReady((lanes) => woken.push(...lanes), room);
  };
  const put = (...keys: string[]) => store.transaction(async (tx) => tx.addDeliveries(deliveries(...keys)));
  afterEach(() => subject.cleanUp());

  test('a lane that had nothing to do comes claimed, with the rows as a claim would have read them', async () => {
    await opened(() => 1);
    await put('a', 'a');
    const { claim } = woken[0]!.begun!;
    expect(await store.claim(claim.lane)).toBeUndefined();
    await store.ack(claim, [], true);
    expect((await store.claim(claim.lane))!).toEqual({ ...claim, owner: expect.any(String) });
    const [accepted] = await store.accept([{ system: 'erp', type: 'O', key: '1', body: {} }]);
    const inbound = woken[1]!.begun!.claim;
    expect(inbound).toMatchObject({
      dest: 'in:erp',
      rows: [{ id: accepted!.id, payload: undefined, seq: 1 }],
    });
    await store.ack(inbound, [], true);
    expect((await store.claim(inbound.lane))!).toEqual({ ...inbound, owner: expect.any(String) });
  });

  test('what comes while it is claimed follows with the acknowledgement; drained, it comes claimed again', async () => {
    await opened(() => 1);
    await put('a');
    await put('a');
    expect(woken.map(({ begun }) => begun?.claim.rows.length)).toEqual([1, undefined]);
    const { claim } = woken[0]!.begun!;
    const done = (row: Row) => ({ row, state: 'delivered' as const, attempts: 1 });
    const next = await store.ack(claim, [done(claim.rows[0]!)]);
    expect(next).toMatchObject([{ seq: 2 }]);
    expect(await store.ack(claim, [done(next![0]!)])).toEqual([]);
    await put('a');
    expect(woken[2]).toMatchObject({ begun: { claim: { rows: [{ seq: 3 }] } } });
  });

  test('only so many come claimed as could begin, and none with more rows than are read at once', async () => {
    await opened((dest) => (dest === 'mes' ? 2 : 0));
    await put('a', 'b', 'c');
    expect(woken.map(({ begun }) => begun !== undefined).sort()).toEqual([false, true, true]);
    await store.transaction(async (tx) => tx.addDeliveries(deliveries(...Array(51).fill('long'))));
    await store.accept([{ system: 'erp', type: 'O', key: '1', body: {} }]);
    expect(woken.slice(3).map(({ begun }) => begun)).toEqual([undefined, undefined]);
  });

  test('none comes claimed by a transaction that did not commit, nor where nobody can begin', async () => {
    await opened(() => 1);
    const failed = store.transaction(async (tx) => {
      tx.addDeliveries(deliveries('a'));
      await tx.putObject({ noun: 'Part', id: 'P', body: {}, system: 'plm' }, 7);
    });
    await expect(failed).rejects.toMatchObject({ code: 'HUB_CONFLICT' });
    expect(woken).toEqual([]);
    await subject.cleanUp();
    await opened();
    await put('a');
    expect(woken).toEqual([{ lane: woken[0]!.lane, dest: 'mes', urgent: false }]);
  });
}

// It has one session, so nothing runs side by side.
describe('the store on PGlite', () => {
  let pglite: Pglite;
  beforeAll(async () => {
    pglite = await startPglite();
  }, 120_000);
  afterAll(() => pglite.stop());
  describeStore(postgres(() => pglite.config));
  describe('lanes that come claimed', () => describeBeginning(postgres(() => pglite.config)));
});

const serverUrl = process.env.TEST_DATABASE_URL;
const server = serverUrl ? describe : describe.skip;

server('the store on PostgreSQL (TEST_DATABASE_URL)', () => {
  let url: string;
  beforeAll(async () => {
    url = await emptyDatabase(serverUrl!, 'esperanto_store');
  });
  describeStore(postgres(() => ({ connectionString: url })));
  describe('lanes that come claimed', () => describeBeginning(postgres(() => ({ connectionString: url }))));

  test('what was reported of an order while a transaction waited for a lock is seen once it has that', async () => {
    const subject = postgres(() => ({ connectionString: url }));
    const [store, other] = [await subject.open(), await subject.reopen()];
    const report = { id: 'r', orderId: 'o', segmentId: '10', source: 'mes', state: 'Running' } as const;
    const seen = await store.transaction(async (tx) => {
      const before = [await tx.executionsOf('o'), await tx.getObject('Part', 'P')];
      await other.transaction(async (more) => {
        await more.addSegmentReport(report);
        await more.putObject({ noun: 'Part', id: 'P', body: {}, system: 'plm' });
      });
      await tx.lock('changes', 'shared');
      return [...before, await tx.executionsOf('o'), (await tx.getObject('Part', 'P'))?.version];
    });
    expect(seen).toEqual([[], undefined, [report], 1]);
    await subject.cleanUp();
  });

  test('a lane that soon gets something again is written in place: no index is', async () => {
    const subject = postgres(() => ({ connectionString: url }));
    const store = await subject.open();
    const woken: Wake[] = [];
    store.onReady((lanes) => woken.push(...lanes));
    for (let n = 0; n < 20; n++) {
      await store.transaction(async (tx) => tx.addDeliveries([{ dest: 'mes', key: 'k', payload: n }]));
      const claim = (await store.claim(woken.at(-1)!.lane))!;
      const outcome = { row: claim.rows[0]!, state: 'delivered', attempts: 1 } as const;
      if (n % 2) await store.ack(claim, [outcome]);
      else await store.transaction(async (tx) => tx.ackLane(claim, outcome.row));
    }
    await subject.cleanUp();
    const pool = new Pool({ connectionString: url, max: 1 });
    const updates = async () =>
      (
        await pool.query(
          "select n_tup_upd::int as made, n_tup_hot_upd::int as hot from pg_stat_user_tables where relname = 'lane'",
        )
      ).rows[0];
    // The server counts a little later.
    while ((await updates()).made < 59) await new Promise((resolve) => setTimeout(resolve, 10));
    // All but the end of the first message and the beginning of the second.
    expect((await updates()).hot).toBe(57);
    await pool.end();
  });

  test('a busy lane that has had nothing for a while is not looked at any more, until it gets something', async () => {
    const subject = postgres(() => ({ connectionString: url }));
    const store = await subject.open();
    const pool = new Pool({ connectionString: url, max: 1 });
    const deliver = () =>
      store.transaction(async (tx) => tx.addDeliveries([{ dest: 'mes', key: 'k', payload: 1 }]));
    const ready = async () => (await pool.query('select ready::int from lane')).rows[0].ready;
    await deliver();
    const [lane] = await store.due({ limit: 10, dest: 'mes' });
    for (const then of [0, 2]) {
      const claim = (await store.claim(lane!.lane))!;
      await store.ack(claim, [{ row: claim.rows[0]!, state: 'delivered', attempts: 1 }]);
      expect(await ready()).toBe(then);
      expect(await store.claim(lane!.lane)).toBeUndefined();
      if (then === 0) await deliver();
    }
    await pool.query('update lane set next_at = 0');
    // Looked for now and then only.
    while ((await ready()) > 0) expect(await store.due({ limit: 10, dest: 'mes' })).toEqual([]);
    await deliver();
    expect(await store.due({ limit: 10, dest: 'mes' })).toEqual([lane]);
    await pool.query('update lane set next_at = 0');
    // It waits from when it got something, not from when it was put there.
    expect(await store.due({ limit: 10, dest: 'mes', overdueMs: 60_000 })).toEqual([]);
    await pool.end();
    await subject.cleanUp();
  });

  test('a long body is compressed by lz4, where the server has it', async () => {
    const subject = postgres(() => ({ connectionString: url }));
    const store = await subject.open();
    const body = { text: 'again and again '.repeat(1000) };
    await store.transaction((tx) => tx.putObject({ noun: 'Part', id: 'P', body, system: 'plm' }));
    expect(await store.getObject('Part', 'P')).toMatchObject({ body });
    const pool = new Pool({ connectionString: url, max: 1 });
    const { rows } = await pool.query(`select pg_column_compression(body) as used,
      'lz4' = any(enumvals) as able from object_version, pg_settings s where s.name = 'default_toast_compression'`);
    await pool.end();
    for (const { used, able } of rows) expect(used).toBe(able ? 'lz4' : 'pglz');
    expect(rows).toHaveLength(1);
    await subject.cleanUp();
  });

  test('several processes share what a receiver may get', async () => {
    const subject = postgres(() => ({ connectionString: url }));
    const stores = [await subject.open(), await subject.reopen()];
    const began = Date.now();
    let given = 0;
    while (Date.now() - began < 400)
      for (const count of await Promise.all(stores.map((store) => store.allowance('mes', 50))))
        given += count;
    expect(given).toBeGreaterThan(5);
    expect(given).toBeLessThanOrEqual(((Date.now() - began) * 50) / 1000 + 2);
    await subject.cleanUp();
  });

  test('a move from SQLite brings everything, lanes with their places; into an empty database only', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'esperanto-move-'));
    const file = await openStore({ dataDir });
    const records = Array.from({ length: 1200 }, (_, n) => ({
      system: 'erp',
      type: 'O',
      key: `${n % 3}`,
      body: { n },
    }));
    await file.accept(records);
    const [lane] = await file.due({ limit: 1 });
    const claim = (await file.claim(lane!.lane, 2))!;
    await file.ack(
      claim,
      [{ row: claim.rows[0]!, state: 'delivered', attempts: 1, receipt: { answer: 'ß' } }],
      true,
    );
    await file.transaction((tx) =>
      tx.putObject({ noun: 'Part', id: 'P', body: { a: [1, 'x'] }, system: 'plm' }),
    );
    await expect(moveToPostgres({ dataDir, databaseUrl: url })).rejects.toMatchObject({
      code: 'HUB_DIRECTORY_IN_USE',
    });
    await file.close();

    const subject = postgres(() => ({ connectionString: url }));
    const store = await subject.open();
    await moveToPostgres({ dataDir, databaseUrl: url });
    expect(await store.getObject('Part', 'P')).toMatchObject({ version: 1, body: { a: [1, 'x'] } });
    expect(await store.getDelivery(claim.rows[0]!.id)).toMatchObject({ state: 'delivered', answer: 'ß' });
    expect((await store.claim(claim.lane))!.rows[0]).toMatchObject({ seq: 2, id: claim.rows[1]!.id });
    expect((await store.accept([{ ...records[0]!, key: 'new' }]))[0]!.duplicate).toBe(false);
    expect(await store.laneStatistics()).toMatchObject([{ dest: 'in:erp', lanes: 4, pending: 1200 }]);
    await expect(moveToPostgres({ dataDir, databaseUrl: url })).rejects.toMatchObject({
      code: 'HUB_WRONG_USE',
    });
    await subject.cleanUp();
    rmSync(dataDir, { recursive: true, force: true });
  });

  test('of two processes one has the lead, and the other one when it gives it up or is silent for too long', async () => {
    const subject = postgres(() => ({ connectionString: url }));
    const [one, two] = [await subject.open(), await subject.reopen()];
    expect([await one.lead('x', 60_000), await two.lead('x', 60_000), await two.lead('y', 60_000)]).toEqual([
      true,
      false,
      true,
    ]);
    expect([await one.lead('x', 0), await two.lead('x', 60_000)]).toEqual([true, true]);
    expect(await two.lead('x', 50)).toBe(true);
    while (!(await one.lead('x', 60_000)));
    await subject.cleanUp();
  });

  test('when the clock of the database steps back, neither a pause nor a lease of before holds up a lane', async () => {
    const subject = postgres(() => ({ connectionString: url }));
    const store = await subject.open(30_000);
    await store.transaction(async (tx) =>
      tx.addDeliveries(['paused', 'leased'].map((key) => ({ dest: 'mes', key, payload: key }))),
    );
    const lanes = await store.due({ limit: 2 });
    await store.fail((await store.claim(lanes[0]!.lane))!, [], {}, 30_000);
    await store.claim(lanes[1]!.lane);
    expect(await store.due({ limit: 2 })).toEqual([]);
    const pool = new Pool({ connectionString: url, max: 1 });
    // What was written an hour ago by a clock that has stepped back by an hour since.
    await pool.query(
      'update lane set next_at = next_at + 3600000, lease_until = case when owner is null then 0 else lease_until + 3600000 end',
    );
    await pool.end();
    expect(await store.due({ limit: 2 })).toHaveLength(2);
    for (const { lane } of lanes) expect(await store.claim(lane)).toBeDefined();
    await subject.cleanUp();
  });

  test('a process that is frozen in the middle of a transaction does not keep what it locked from the others', async () => {
    const subject = postgres(() => ({ connectionString: url }));
    const [frozen, other] = [await subject.open(1000), await subject.reopen()];
    const part = (n: number) => ({ noun: 'Part', id: 'P', body: { n }, system: 'plm' });
    await frozen.transaction((tx) => tx.putObject(part(1)));
    let thaw: () => void = () => {};
    const ice = new Promise<void>((resolve) => {
      thaw = resolve;
    });
    const late = frozen
      .transaction(async (tx) => {
        await tx.putObject(part(2));
        tx.addDeliveries([{ dest: 'mes', key: 'k', payload: 'late' }]);
        await ice;
      })
      .catch((error) => error);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await other.transaction((tx) => tx.putObject(part(3)));
    thaw();
    expect(await late).toMatchObject({ code: 'HUB_STORE', kind: 'transient' });
    expect(await other.getObject('Part', 'P')).toMatchObject({ version: 2, body: { n: 3 } });
    expect(await other.laneStatistics()).toEqual([]);
    await subject.cleanUp();
  });

  test('two processes work on the same lanes: each row is handed to one of them, in order', async () => {
    const subject = postgres(() => ({ connectionString: url }));
    const stores = [await subject.open(), await subject.reopen()];
    const payloads = Array.from({ length: 60 }, (_, n) => n);
    for (const key of ['a', 'b', 'c', 'd'])
      await stores[0]!.transaction(async (tx) =>
        tx.addDeliveries(payloads.map((payload) => ({ dest: 'mes', key, payload }))),
      );
    const got: Record<string, unknown[]> = {};
    const worker = async (store: Store) => {
      for (let due = await store.due({ limit: 9 }); due.length; due = await store.due({ limit: 9 }))
        for (const { lane } of due) {
          const claim = await store.claim(lane, 3);
          if (!claim) continue;
          got[claim.key] = [...(got[claim.key] ?? []), ...claim.rows.map((r) => r.payload)];
          await store.ack(
            claim,
            claim.rows.map((row) => ({ row, state: 'delivered', attempts: 1 })),
            true,
          );
        }
    };
    await Promise.all([...stores, ...stores].map(worker));
    await worker(stores[0]!);
    expect(got).toEqual({ a: payloads, b: payloads, c: payloads, d: payloads });
    await subject.cleanUp();
  });
});

import type { Claim, Job, NewRecord, Outcome, Reads, Retention, Row, Store, Tx, Wake } from './store';

/** What the suite needs of a store under test. */
export interface Subject {
  /** An empty store; `leaseMs` long enough that no lease ends by itself during a test, unless given. */
  open(leaseMs?: number): Promise<Store>;
  /** The same data again, after `close`. */
  reopen(): Promise<Store>;
  cleanUp(): Promise<void>;
}

const record = (key: string, n: number, more: Partial<NewRecord> = {}): NewRecord => ({
  system: 'erp',
  type: 'Order',
  key,
  idempotencyKey: `${key}-${n}`,
  body: { n },
  ...more,
});

const delivered = (row: Row): Outcome => ({
  row,
  state: 'delivered',
  attempts: 1,
  receipt: { answer: 'ok' },
});

/** What both databases promise. */
export function describeStore(subject: Subject): void {
  let store: Store;
  let woken: Wake[];

  const listen = () => {
    woken = [];
    store.onReady((lanes) => woken.push(...lanes));
  };
  const opened = async (leaseMs?: number) => {
    store = await subject.open(leaseMs);
    listen();
  };
  const write = <T>(work: (tx: Tx) => Promise<T>) => store.transaction(work);
  const deliver = (key: string, ...payloads: unknown[]) =>
    write(async (tx) => tx.addDeliveries(payloads.map((payload) => ({ dest: 'mes', key, payload }))));
  /** A whole round; how many rows it was about. */
  const pruneAll = async (policy: Retention) => {
    for (let all = 0; ; ) {
      const { rows, isOver } = await store.prune(policy);
      all += rows;
      if (isOver) return all;
    }
  };
  const laneOf = async (dest: string) => (await store.due({ limit: 10, dest })).map((w) => w.lane);

  beforeEach(() => opened());
  afterEach(() => subject.cleanUp());

  describe('intake', () => {
    test('a record is kept and stands in the lane of its system and key', async () => {
      const [accepted] = await store.accept([
        record('4711', 1, { raw: '{"n": 1}', contentType: 'application/json' }),
      ]);
      expect(accepted).toMatchObject({ key: '4711', type: 'Order', duplicate: false });
      expect(await store.getRecord(accepted!.id)).toMatchObject({
        state: 'waiting',
        body: { n: 1 },
        raw: '{"n": 1}',
      });
      expect(woken).toEqual([{ lane: expect.any(Number), dest: 'in:erp', urgent: false }]);
      const claim = await store.claim(woken[0]!.lane);
      expect(claim).toMatchObject({ dest: 'in:erp', key: '4711', rows: [{ id: accepted!.id, seq: 1 }] });
    });

    test('a body whose text is known is the same as one that is written out', async () => {
      const texts = ['{"n":1,"n":2,"t":"\\u0000"}', '{\n  "n": 2,\n  "t": "x"\n}', '{"n":2}'];
      const ids = await Promise.all(
        texts.map(async (bodyText, i) => {
          const body = JSON.parse(bodyText);
          const [kept] = await store.accept([record(`${i}`, i, { bodyText, body })]);
          return kept!.id;
        }),
      );
      const bodies = await Promise.all(ids.map(async (id) => (await store.getRecord(id))!.body));
      expect(bodies).toEqual(texts.map((text) => JSON.parse(text)));
    });

    test('a second copy gets the first answer and no place in the lane', async () => {
      const [first] = await store.accept([record('1', 1)]);
      const [second] = await store.accept([record('1', 1, { body: { n: 'other' } })]);
      expect(second).toEqual({ ...first, duplicate: true });
      expect((await store.claim(woken[0]!.lane))!.rows).toHaveLength(1);
      expect((await store.accept([record('1', 1, { system: 'plm' })]))[0]!.duplicate).toBe(false);
    });

    test('copies within one call and in calls of the same moment are found as well', async () => {
      const answers = await Promise.all([
        store.accept([record('1', 1), record('1', 1)]),
        store.accept([record('1', 1)]),
        store.accept([record('1', 2)]),
      ]);
      const all = answers.flat();
      expect(all.map((a) => a.duplicate)).toEqual([false, true, true, false]);
      expect(new Set(all.slice(0, 3).map((a) => a.id)).size).toBe(1);
    });

    test('without a mark of the sender, a record is a duplicate when it says the same as the last one of its key', async () => {
      const say = async (body: unknown) =>
        (await store.accept([{ system: 'plm', type: 'Part', key: 'P', body }]))[0]!.duplicate;
      expect([
        await say({ a: 1, b: 2 }),
        await say({ b: 2, a: 1 }),
        await say({ a: 2 }),
        await say({ a: 1, b: 2 }),
      ]).toEqual([false, true, false, false]);
    });

    test('a duplicate is recognised within its window only', async () => {
      await store.accept([record('1', 1, { dedupeWindowMs: -1 })]);
      expect((await store.accept([record('1', 1)]))[0]!.duplicate).toBe(false);
    });

    test('a record that cannot be read is kept parked, with its issues, and in no lane', async () => {
      const issues = [{ rule: 'json', path: '', message: 'not JSON' }];
      const [kept] = await store.accept([
        { system: 'plm', type: '', key: '', raw: '{"a":\0', state: 'parked', issues },
      ]);
      expect(await store.getRecord(kept!.id)).toMatchObject({ state: 'parked', issues, raw: '{"a":\uFFFD' });
      expect(woken).toEqual([]);
    });

    test('hundreds of callers of one moment are all kept, once each, each key numbered without gaps', async () => {
      const keys = ['a', 'b', 'c'];
      const calls = Array.from({ length: 300 }, (_, i) => store.accept([record(keys[i % 3]!, i)]));
      await Promise.all(calls);
      for (const lane of await laneOf('in:erp')) {
        const claim = (await store.claim(lane, 1000))!;
        expect(claim.rows.map((r) => r.seq)).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
        const bodies = await Promise.all(claim.rows.map((r) => store.getRecord(r.id)));
        const numbers = bodies.map((b) => (b!.body as { n: number }).n);
        expect(new Set(numbers).size).toBe(100);
      }
    });

    test('accepts go on while a transaction of a caller is under way, and nothing of them is lost', async () => {
      const slow = write(async (tx) => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        return tx.addDeliveries([{ dest: 'mes', key: 'k', payload: 1 }]);
      });
      const accepted = await Promise.all([1, 2, 3].map((n) => store.accept([record('k', n)])));
      await slow;
      expect(accepted).toHaveLength(3);
      expect(await store.listRecords({ system: 'erp', key: 'k' })).toHaveLength(3);
    });

    test('records of a key are found wherever they are: waiting, done, parked or refused, of any system', async () => {
      const kept = await store.accept([
        record('k', 1),
        { ...record('k', 2), system: 'plm' },
        { ...record('k', 3), state: 'refused' },
        { ...record('k', 4), state: 'parked' },
        record('other', 5),
      ]);
      const claim = (await store.claim((await store.due({ limit: 1, dest: 'in:erp' }))[0]!.lane))!;
      await write(async (tx) => {
        await tx.markRecord(kept[0]!.id, { state: 'applied' });
        tx.ackLane(claim, claim.rows[0]!);
      });
      const ofKey = kept.slice(0, 4).map(({ id }) => id);
      expect((await store.listRecords({ key: 'k', oldestFirst: true })).map(({ id }) => id)).toEqual(ofKey);
      expect(await store.listRecords({ key: 'k', system: 'plm' })).toMatchObject([{ id: ofKey[1] }]);
      expect(await store.listRecords({ key: 'k', state: 'applied' })).toMatchObject([{ id: ofKey[0] }]);
      expect(await store.countRecords({ key: 'k', state: 'refused' })).toBe(1);
    });
  });

  describe('transactions', () => {
    test('what a transaction wrote is kept as a whole', async () => {
      const ids = await write(async (tx) => {
        const messageId = await tx.addMessage({
          ...{ system: 'erp', verb: 'Process', noun: 'OperationsSchedule', body: { items: [] } },
          objectKeys: ['1000001'],
        });
        const put = await tx.putObject({ ...order('1000001', { qty: '4' }), messageId });
        expect(await tx.getObject('OperationsSchedule', '1000001')).toEqual(put.object);
        const deliveryIds = tx.addDeliveries([
          { dest: 'mes', key: '1000001', payload: { map: 'x' }, messageId },
        ]);
        return { messageId, deliveryIds };
      });
      expect(await store.getObject('OperationsSchedule', '1000001')).toMatchObject({
        version: 1,
        body: { qty: '4' },
      });
      expect(await store.listMessages({ objectKey: '1000001' })).toMatchObject([{ id: ids.messageId }]);
      expect(await store.getDelivery(ids.deliveryIds[0]!)).toMatchObject({
        ...{ dest: 'mes', state: 'waiting', payload: { map: 'x' }, messageId: ids.messageId },
      });
      expect(woken).toMatchObject([{ dest: 'mes' }]);
    });

    test('a transaction that throws leaves nothing, wakes nobody and does not disturb its neighbours', async () => {
      const failed = write(async (tx) => {
        await tx.putObject(order('bad', {}));
        tx.addDeliveries([{ dest: 'mes', key: 'bad', payload: 1 }]);
        throw new Error('no');
      });
      const good = write((tx) => tx.putObject(order('good', {})));
      await expect(failed).rejects.toThrow('no');
      await good;
      expect(await store.getObject('OperationsSchedule', 'bad')).toBeUndefined();
      expect(await store.getObject('OperationsSchedule', 'good')).toBeDefined();
      expect(woken).toEqual([]);
    });

    test('two transactions that change one object follow one another; no change gets lost', async () => {
      await write((tx) => tx.putObject(order('1', { n: 0 })));
      const add = (tx: Tx) =>
        tx
          .getObject('OperationsSchedule', '1')
          .then((o) => tx.putObject(order('1', { n: (o!.body as { n: number }).n + 1 })));
      await Promise.all(Array.from({ length: 10 }, () => write(add)));
      expect(await store.getObject('OperationsSchedule', '1')).toMatchObject({
        version: 11,
        body: { n: 10 },
      });
    });

    test('two transactions that create one object make two versions of it', async () => {
      await Promise.all([1, 2, 3].map((n) => write((tx) => tx.putObject(order('new', { n })))));
      expect(await store.getObject('OperationsSchedule', 'new')).toMatchObject({ version: 3 });
    });

    test('a mistake of the caller does not look like an outage', async () => {
      const cyclic: { self?: unknown } = {};
      cyclic.self = cyclic;
      await expect(write((tx) => tx.putObject(order('1', cyclic)))).rejects.toThrow(TypeError);
    });

    test('uses, reports, consumption, changes, commands and identities come back as they were given', async () => {
      const report = {
        id: 'mes/1',
        orderId: '1',
        segmentId: '0010',
        source: 'mes',
        state: 'Running',
        goodQuantity: '2',
      } as const;
      const used = {
        id: 'mes/1/1',
        orderId: '1',
        segmentId: '0010',
        source: 'mes',
        material: 'M',
        quantity: '0.030',
        unit: 'KG',
      };
      const change = {
        id: 'c1',
        noun: 'OperationsDefinition',
        objectId: 'PV-100',
        toVersion: 2,
        state: 'open',
        body: { a: [] },
      };
      const command = {
        id: 'k1',
        changeId: 'c1',
        kind: 'hold',
        system: 'mes',
        dependsOn: ['k0'],
        state: 'planned',
        body: 1,
        content: { message: 'large' },
        place: 0,
        takesBack: false,
        isOwed: true,
      } as const;
      const inChange = {
        changeId: 'c1',
        orderId: '1',
        place: 0,
        standing: 'waiting',
        isOpen: true,
        due: '2026-03-02T06:00:00.000Z',
        body: { id: '1' },
      };
      await write(async (tx) => {
        await tx.putOrderUses('1', [{ segmentId: '0010', kind: 'material', ref: 'M' }]);
        await tx.putOrderUses('1', [{ segmentId: '0010', kind: 'material', ref: 'N' }]);
        await tx.putSubtreeHashes('OperationsDefinition', 'PV-100', 2, { '0010': 'old' });
        await tx.putSubtreeHashes('OperationsDefinition', 'PV-100', 2, { '0010': 'abc' });
        await tx.addSegmentReport(report);
        await tx.addSegmentReport({ ...report, state: 'Completed' });
        await tx.addConsumption({ ...used, quantity: '9' });
        await tx.addConsumption(used);
        await tx.putChange(change);
        await tx.putChange({ ...change, state: 'decided' });
        await tx.putCommands([
          command,
          { ...command, id: 'k2', orderId: '1', place: 1, sentAt: '2026-03-02' },
        ]);
        const { content: _, ...lean } = command;
        await tx.putCommands([{ ...lean, state: 'acknowledged' }]);
        await tx.putChangeOrders([inChange, { ...inChange, orderId: '2', place: 1, isOpen: false }]);
        await tx.putChangeOrders([
          { ...inChange, orderId: '2', place: 9, isOpen: false, standing: 'approved' },
        ]);
        await tx.putIdentity({
          system: 'erp',
          noun: 'MaterialDefinition',
          nativeId: '0001',
          canonicalId: '1',
        });
      });
      expect(await store.ordersUsing('material', ['M', 'N'])).toEqual(
        [...new Set((await store.usesOf('material', ['M', 'N'])).map(({ orderId }) => orderId))].sort(),
      );
      expect(await store.ordersUsing('material', [])).toEqual([]);
      expect(await store.usesOf('material', ['M', 'N'])).toEqual([
        { orderId: '1', segmentId: '0010', kind: 'material', ref: 'N' },
      ]);
      expect((await store.executionsOf('1')).map((r) => r.state)).toEqual(['Running', 'Completed']);
      expect(await store.consumptionOf(['1', '2'])).toEqual([used]);
      expect(await store.getChange('c1')).toMatchObject({ ...change, state: 'decided' });
      const { content: _content, ...known } = command;
      expect(await store.listCommands({ changeId: 'c1', ofNoOrder: true })).toMatchObject([
        { ...command, state: 'acknowledged' },
      ]);
      expect(await store.listCommands({ ids: ['k1'], content: false })).toEqual([
        { ...known, state: 'acknowledged', at: expect.any(String) },
      ]);
      expect(await store.listCommands({ orderIds: ['1', '2'] })).toMatchObject([{ id: 'k2', place: 1 }]);
      expect([await store.areAcknowledged(['k1']), await store.areAcknowledged(['k1', 'k2'])]).toEqual([
        true,
        false,
      ]);
      expect(await store.countChange('c1')).toEqual({
        commands: expect.arrayContaining([
          { state: 'acknowledged', takesBack: false, isOwed: true, count: 1 },
          { state: 'planned', takesBack: false, isOwed: true, count: 1 },
        ]),
        orders: expect.arrayContaining([{ standing: 'approved', isOpen: false, count: 1 }]),
        lastCommand: 1,
        lastOrder: 1,
      });
      expect(await store.listChangeOrders({ changeId: 'c1' })).toMatchObject([
        inChange,
        { orderId: '2', place: 1, standing: 'approved' },
      ]);
      expect(await store.listChangeOrders({ changeId: 'c1', due: '2026-03-02T06:00:00.000Z' })).toHaveLength(
        2,
      );
      expect(
        await store.listChangeOrders({ changeId: 'c1', isOpen: true, after: -1, limit: 1 }),
      ).toHaveLength(1);
      expect(await store.listChanges({ orderId: '2', states: ['decided'], bodies: false })).toMatchObject([
        { id: 'c1', state: 'decided' },
      ]);
      expect(await store.listChanges({ orderId: '3' })).toEqual([]);
      expect(await store.subtreeHashes('OperationsDefinition', 'PV-100', 2)).toEqual({ '0010': 'abc' });
      expect(await store.subtreeHashes('OperationsDefinition', 'PV-100', 1)).toBeUndefined();
      expect(await store.canonicalId('erp', 'MaterialDefinition', '0001')).toBe('1');
    });
  });

  test('links between ids are read in the order of their writing, with who and why; the last one counts', async () => {
    const link = { system: 'erp', noun: 'Equipment', by: 'kim', why: 'same machine' };
    await write(async (tx) => {
      await tx.lock('identity');
      await tx.putIdentity({ ...link, nativeId: '100', canonicalId: 'PRESS-01', manual: true });
      await tx.putIdentity({ ...link, nativeId: '200', canonicalId: 'PRESS-02', alternative: true });
      await tx.putIdentity({ ...link, nativeId: '100', canonicalId: '' });
    });
    expect(await store.canonicalId('erp', 'Equipment', '100')).toBeUndefined();
    const [second, first] = await store.listIdentities({ system: 'erp' });
    expect([second, first]).toMatchObject([
      { nativeId: '200', canonicalId: 'PRESS-02', alternative: true, manual: false, by: 'kim' },
      { nativeId: '100', canonicalId: '', alternative: false, manual: false, why: 'same machine' },
    ]);
    expect(await store.listIdentities({ after: second!.revision })).toEqual([first]);
    expect(await store.listIdentities({ canonicalId: 'PRESS-02', limit: 1 })).toEqual([second]);
  });

  test('that an object was sent somewhere is noted without a revision, and changes no link', async () => {
    const link = { system: 'erp', noun: 'Equipment' };
    await write(async (tx) => {
      await tx.putIdentity({ ...link, nativeId: 'PRESS-02', canonicalId: 'X', manual: true });
      for (const id of ['PRESS-01', 'PRESS-02', 'PRESS-01']) await tx.noteSent({ ...link, id });
    });
    expect(await store.listIdentities({ system: 'erp', after: 0 })).toMatchObject([{ canonicalId: 'X' }]);
    expect(await store.canonicalId('erp', 'Equipment', 'PRESS-01')).toBe('PRESS-01');
    expect(await store.canonicalId('erp', 'Equipment', 'PRESS-02')).toBe('X');
  });

  test('what is parked for want of links is listed, and goes behind the others only if nothing speaks against it', async () => {
    const unlinked = { system: 'erp', noun: 'Equipment', id: '100', direction: 'in', needed: true };
    const issues = [{ rule: 'r', path: 'p', message: 'm', unlinked }];
    const taken = await store.accept([record('1', 1), record('2', 1)]);
    for (const wake of await store.due({ limit: 10, dest: 'in:erp' })) {
      const claim = (await store.claim(wake.lane))!;
      const error = { code: 'HUB_MAPPING', issues: claim.key === '1' ? issues : [] };
      await store.park(claim, [], claim.rows[0]!, error, 'continue', 1);
    }
    const [one] = taken;
    expect(await store.listUnlinked()).toEqual([{ id: one!.id, dest: 'in:erp', issues }]);
    const note = { by: 'hub', why: 'linked' };
    const asked: string[] = [];
    const unless = async (reads: Reads) => {
      asked.push(...(await reads.listRecords({ key: '1' })).map(({ id }) => id));
      return 'a later one has come';
    };
    await expect(store.replay(one!.id, { ...note, unless })).rejects.toMatchObject({ code: 'HUB_CONFLICT' });
    expect(asked).toEqual([one!.id]);
    expect(await store.getRecord(one!.id)).toMatchObject({ state: 'parked' });
    expect(await store.listUnlinked()).toHaveLength(1);
    await store.replay(one!.id, { ...note, unless: async () => undefined });
    expect(await store.getRecord(one!.id)).toMatchObject({ state: 'waiting' });
    expect(await store.listUnlinked()).toEqual([]);
  });

  test('an open question about an id is kept once, until it is settled', async () => {
    const question = {
      system: 'erp',
      noun: 'Equipment',
      direction: 'in',
      id: '7',
      candidates: ['A', 'B'],
    } as const;
    await write((tx) => tx.putIdentityQuestion(question));
    await write((tx) => tx.putIdentityQuestion({ ...question, candidates: ['C'] }));
    expect(await store.listIdentityQuestions()).toMatchObject([question]);
    await write((tx) => tx.dropIdentityQuestion(question));
    expect(await store.listIdentityQuestions()).toEqual([]);
  });

  describe('history', () => {
    test('orders that use the same share one list, which goes with the last of them', async () => {
      const uses = [
        { segmentId: '0010', kind: 'material', ref: 'shared' },
        { segmentId: '0020', kind: 'material', ref: 'shared' },
      ] as const;
      const users = async () => store.ordersUsing('material', ['shared']);
      await write((tx) => tx.putOrderUses('one', uses));
      await write((tx) => tx.putOrderUses('two', uses));
      expect(await store.usesOf('material', ['shared'])).toHaveLength(4);
      await write((tx) => tx.putOrderUses('one', []));
      await pruneAll({});
      expect(await users()).toEqual(['two']);
      await write((tx) => tx.putOrderUses('two', [{ segmentId: '', kind: 'definition', ref: 'P' }]));
      await pruneAll({});
      expect(await users()).toEqual([]);
      await write((tx) => tx.putOrderUses('one', uses));
      expect(await users()).toEqual(['one']);
    });

    test('changes that the move of an order may concern are found by it, by its product and by what waits', async () => {
      const change = { noun: 'OperationsDefinition', objectId: 'PV-100', state: 'planned', body: {} };
      const place = { place: 0, standing: 'waiting', isOpen: true, body: {} };
      const waiting = {
        ...({ kind: 'hold', system: 'mes', dependsOn: [], state: 'planned', place: 0 } as const),
        ...{ takesBack: false, isOwed: true },
      };
      await write(async (tx) => {
        for (const id of ['c1', 'c2']) await tx.putChange({ ...change, id });
        await tx.putChange({ ...change, id: 'c3', state: 'done' });
        await tx.putChange({ ...change, id: 'c4', state: 'what-if' });
        await tx.putChange({ ...change, id: 'c5', objectId: 'PV-200' });
        for (const changeId of ['c1', 'c3', 'c4'])
          await tx.putChangeOrders([{ ...place, changeId, orderId: '1' }]);
        await tx.putCommands([
          { ...waiting, id: 'k1', changeId: 'c5', body: { after: [] } },
          { ...waiting, id: 'k2', changeId: 'c5', orderId: '1', body: {} },
          { ...waiting, id: 'k3', changeId: 'c1', body: {}, state: 'sent' },
        ]);
      });
      const states = ['planned', 'going out'];
      const found = await store.changesConcerning({
        ...{ orderId: '1', states, product: 'PV-100', besides: 'what-if' },
      });
      expect(found).toHaveLength(3);
      expect(found).toEqual(
        expect.arrayContaining([
          { why: 'order', id: 'c1' },
          { why: 'product', id: 'c3' },
          { why: 'command', id: 'c5', body: { after: [] } },
        ]),
      );
      expect(await store.changesConcerning({ orderId: '9', states, besides: 'what-if' })).toEqual([
        { why: 'command', id: 'c5', body: { after: [] } },
      ]);
    });

    test('a message says what it said, also where an item has become an object and the object has changed', async () => {
      const item = (n: number) => ({ id: '1', n, gone: undefined });
      const head = { verb: 'Process', noun: 'OperationsSchedule', applicationArea: { id: 'x' } };
      const message = { system: 'erp', verb: 'Process', noun: 'OperationsSchedule', objectKeys: ['1'] };
      const saying = (items: readonly object[], n: number) =>
        write(async (tx) => {
          const id = await tx.addMessage({ ...message, body: { ...head, items } });
          await tx.putObject({ ...order('1', items[n]!), messageId: id });
          return id;
        });
      const [one, again] = [item(1), item(1)];
      const ids = [await saying([one], 0), await saying([item(7), item(2), item(8)], 1)];
      ids.push(await saying([again], 0), await saying([again, again], 0));
      ids.push(await write((tx) => tx.addMessage({ ...message, body: {} })));
      const kept = (...ns: number[]) => ({ ...head, items: ns.map((n) => ({ id: '1', n })) });
      const bodies = [kept(1), kept(7, 2, 8), kept(1), kept(1, 1), {}];
      expect(await Promise.all(ids.map(async (id) => (await store.getMessage(id))?.body))).toEqual(bodies);
      const listed = await store.listMessages({ objectKey: '1', noun: 'OperationsSchedule' });
      expect(listed.map(({ body }) => body)).toEqual([...bodies].reverse());
      await write(async (tx) => {
        const id = await tx.addMessage({ ...message, body: kept(9) });
        expect((await tx.getMessage(id))?.body).toEqual(kept(9));
        expect((await tx.listMessages({ objectKey: '1', limit: 2 })).map((m) => m.body)).toEqual([
          kept(9),
          {},
        ]);
      });
    });

    test('an object can be read as of a version or an instant; equal content is no new version', async () => {
      await write((tx) => tx.putObject(order('1', { rev: 'A', x: 1 })));
      expect(await write((tx) => tx.putObject(order('1', { x: 1, rev: 'A' })))).toMatchObject({
        changed: false,
      });
      const between = (await store.getObject('OperationsSchedule', '1'))!.updatedAt;
      while (new Date().toISOString() <= between) await new Promise((resolve) => setTimeout(resolve, 1));
      const { before } = await write((tx) => tx.putObject(order('1', { rev: 'B' })));
      expect(before).toMatchObject({ version: 1, body: { rev: 'A' } });
      expect(await store.getObject('OperationsSchedule', '1', { at: between })).toMatchObject({ version: 1 });
      expect(await store.getObject('OperationsSchedule', '1', { version: 2 })).toMatchObject({
        body: { rev: 'B' },
      });
      expect((await store.objectVersions('OperationsSchedule', '1')).map((v) => v.version)).toEqual([2, 1]);
    });

    test('what people say of revisions is kept in its order, and drafts by revision', async () => {
      const of = { noun: 'OperationsDefinition', id: 'PV-100' };
      await write(async (tx) => {
        await tx.addDefinitionNote({ ...of, revision: 'C', state: 'draft', by: 'kim', why: 'lighter body' });
        await tx.putDraft({ ...of, revision: 'C', body: { n: 1 } });
        await tx.putDraft({ ...of, revision: 'C', body: { n: 2 } });
        await tx.putDraft({ ...of, id: 'PV-200', revision: 'A', body: {} });
      });
      const note = { ...of, revision: 'C', state: 'approved', by: 'lee', why: 'tested' } as const;
      await write((tx) => tx.addDefinitionNote({ ...note, effectiveFrom: '2030-01-01T00:00:00Z' }));
      expect(await store.definitionNotes(of.noun, of.id)).toMatchObject([
        { state: 'draft', by: 'kim' },
        { ...note, effectiveFrom: '2030-01-01T00:00:00Z' },
      ]);
      expect(await store.listDrafts(of.noun)).toHaveLength(2);
      expect(await store.listDrafts(of.noun, of.id)).toMatchObject([{ revision: 'C', body: { n: 2 } }]);
      await write((tx) => tx.dropDraft({ ...of, revision: 'C' }));
      expect(await store.listDrafts(of.noun, of.id)).toEqual([]);
    });

    test('a write that expects another version is refused', async () => {
      await write((tx) => tx.putObject(order('1', { n: 1 }), 0));
      await expect(write((tx) => tx.putObject(order('1', { n: 2 }), 0))).rejects.toMatchObject({
        code: 'HUB_CONFLICT',
      });
    });

    test('the trace of a record shows its messages, the versions they made and the deliveries', async () => {
      const [accepted] = await store.accept([record('1', 1)]);
      const claim = (await store.claim(woken[0]!.lane))!;
      await write(async (tx) => {
        const message = {
          system: 'erp',
          verb: 'Process',
          noun: 'OperationsSchedule',
          body: {},
          objectKeys: ['1'],
        };
        const messageId = await tx.addMessage({ ...message, recordId: accepted!.id });
        await tx.putObject({ ...order('1', { n: 1 }), messageId });
        tx.addDeliveries([{ dest: 'mes', key: '1', payload: 'p', messageId }]);
        await tx.markRecord(accepted!.id, { state: 'applied', mapping: 'm@1#x', messageId });
        tx.ackLane(claim, claim.rows[0]!);
      });
      expect(await store.trace(accepted!.id)).toMatchObject({
        record: { state: 'applied', mapping: 'm@1#x' },
        messages: [{ noun: 'OperationsSchedule' }],
        objects: [{ id: '1', version: 1 }],
        deliveries: [{ dest: 'mes', state: 'waiting' }],
      });
      expect(await store.getDelivery(accepted!.id)).toMatchObject({ state: 'delivered' });
    });
  });

  describe('lanes', () => {
    test('one worker at a time has a lane', async () => {
      await deliver('k', 1, 2);
      const [lane] = await laneOf('mes');
      expect(await store.claim(lane!)).toMatchObject({ rows: [{ payload: 1 }, { payload: 2 }] });
      expect(await store.claim(lane!)).toBeUndefined();
      expect(await store.due({ limit: 10 })).toEqual([]);
    });

    test('rows that came meanwhile are handed out with the acknowledgement, and a drained lane is given back', async () => {
      await deliver('k', 1);
      const claim = (await store.claim((await laneOf('mes'))[0]!))!;
      await deliver('k', 2);
      const next = await store.ack(claim, [delivered(claim.rows[0]!)]);
      expect(next).toMatchObject([{ seq: 2, payload: 2 }]);
      expect(await store.ack(claim, [delivered(next![0]!)])).toEqual([]);
      await deliver('k', 3);
      expect(await store.claim(claim.lane)).toMatchObject({ rows: [{ payload: 3 }] });
      expect(await store.listDeliveries({ state: 'delivered' })).toMatchObject([
        { payload: 2 },
        { payload: 1, answer: 'ok' },
      ]);
    });

    test('a transaction that does the last row of a lane gives it back', async () => {
      await deliver('k', 1, 2);
      const claim = (await store.claim((await laneOf('mes'))[0]!))!;
      const [one, two] = claim.rows;
      await write(async (tx) => tx.ackLane(claim, one!));
      expect(await store.claim(claim.lane)).toBeUndefined();
      await write(async (tx) => tx.ackLane(claim, two!));
      await deliver('k', 3);
      const next = (await store.claim(claim.lane))!;
      expect(next).toMatchObject({ rows: [{ payload: 3 }] });
      expect(await store.ack(claim, [])).toEqual([]);
      expect(await store.ack(next, [delivered(next.rows[0]!)])).toEqual([]);
    });

    test('what became of earlier rows is kept when a transaction has done the last one', async () => {
      await deliver('k', 1, 2);
      const claim = (await store.claim((await laneOf('mes'))[0]!))!;
      const [one, two] = claim.rows;
      const error = { code: 'HUB_REJECTED', message: 'no' };
      await write((tx) => tx.parkLane(claim, two!, { error, attempts: 1 }));
      const receipt = { answer: { supersededBy: two!.id } };
      await store.ack(claim, [{ row: one!, state: 'superseded', attempts: 0, receipt }]);
      expect(await store.getDelivery(one!.id)).toMatchObject({ state: 'superseded', answer: receipt.answer });
      expect(await store.getDelivery(two!.id)).toMatchObject({ state: 'parked' });
    });

    test('a worker that lost its lease cannot write any more', async () => {
      await subject.cleanUp();
      await opened(30);
      await deliver('k', 1);
      const lane = (await laneOf('mes'))[0]!;
      const frozen = (await store.claim(lane))!;
      let successor = await store.claim(lane);
      while (!successor) successor = await store.claim(lane);
      const [row] = frozen.rows;
      expect(await store.ack(frozen, [delivered(row!)])).toBeUndefined();
      expect(await store.fail(frozen, [], { message: 'late' }, 0)).toBe(false);
      expect(await store.park(frozen, [], row!, {}, 'block', 1)).toBeUndefined();
      const late = write(async (tx) => {
        await tx.putObject(order('late', {}));
        tx.ackLane(frozen, row!);
      });
      await expect(late).rejects.toMatchObject({ code: 'HUB_LEASE_LOST' });
      expect(await store.getObject('OperationsSchedule', 'late')).toBeUndefined();
      expect(await store.getDelivery(row!.id)).toMatchObject({ state: 'waiting' });
    });

    test('a failure keeps the lane back for its pause, with what went wrong, and keeps the order', async () => {
      const [first] = await deliver('k', 1, 2);
      const lane = (await laneOf('mes'))[0]!;
      await store.fail((await store.claim(lane))!, [], { message: 'down' }, 60_000);
      expect(await store.claim(lane)).toBeUndefined();
      expect(await store.getDelivery(first!)).toMatchObject({ attempts: 1, error: { message: 'down' } });
      await store.hurry('mes');
      expect(await store.claim(lane)).toMatchObject({ attempt: 1, rows: [{ payload: 1 }, { payload: 2 }] });
    });

    test('a parked row under `block` holds its lane until it is replayed, in its place', async () => {
      const [first] = await deliver('k', 1, 2);
      const lane = (await laneOf('mes'))[0]!;
      const claim = (await store.claim(lane))!;
      expect(await store.park(claim, [], claim.rows[0]!, { code: 'HUB_REJECTED' }, 'block', 1)).toEqual([]);
      await deliver('k', 3);
      expect(await store.due({ limit: 10 })).toEqual([]);
      expect((await store.laneStatistics())[0]).toMatchObject({ dest: 'mes', blocked: 1, pending: 3 });
      expect(await store.waiting()).toBe(3);
      expect(await store.listDeliveries({ state: 'parked' })).toMatchObject([
        { id: first, error: { code: 'HUB_REJECTED' } },
      ]);
      await store.replay(first!, { by: 'Ann', why: 'corrected', payload: 'new' });
      const again = (await store.claim(lane))!;
      expect(again.rows.map((r) => r.payload)).toEqual(['new', 2, 3]);
      await store.ack(again, again.rows.map(delivered));
      expect(await store.getDelivery(first!)).toMatchObject({
        state: 'delivered',
        note: { by: 'Ann', why: 'corrected' },
      });
    });

    test('a parked row under `continue` lets the others pass; replayed, it goes behind them under the same id', async () => {
      const [first] = await deliver('k', 1, 2);
      const lane = (await laneOf('mes'))[0]!;
      const claim = (await store.claim(lane))!;
      const next = await store.park(claim, [], claim.rows[0]!, {}, 'continue', 3);
      expect(next).toMatchObject([{ payload: 2 }]);
      await store.ack(claim, [delivered(next![0]!)]);
      await deliver('k', 3);
      await store.replay(first!, { by: 'Ann', why: 'again' });
      expect((await store.claim(lane))!.rows.map((r) => [r.id === first, r.payload])).toEqual([
        [false, 3],
        [true, 1],
      ]);
      await expect(store.replay(first!, { by: 'Bob', why: 'too' })).rejects.toMatchObject({
        code: 'HUB_NOT_FOUND',
      });
    });

    test('a discarded row is given up, with the reason, and its lane goes on', async () => {
      const [first, second] = await deliver('k', 1, 2);
      const lane = (await laneOf('mes'))[0]!;
      const claim = (await store.claim(lane))!;
      await store.park(claim, [], claim.rows[0]!, {}, 'block', 1);
      await store.discard(first!, { by: 'Ann', why: 'obsolete' });
      expect(await store.claim(lane)).toMatchObject({ rows: [{ payload: 2 }] });
      await store.discard(second!, { by: 'Ann', why: 'stop trying' });
      expect(await store.getDelivery(second!)).toMatchObject({
        state: 'discarded',
        note: { why: 'stop trying' },
      });
      expect(await store.due({ limit: 10 })).toEqual([]);
    });

    test('an inbound row that is parked marks its record, and its replay works on the same record', async () => {
      const [accepted] = await store.accept([record('1', 1)]);
      const lane = woken[0]!.lane;
      const claim = (await store.claim(lane))!;
      const issues = [{ rule: 'code', path: 'STATUS', message: 'unknown XYZ' }];
      await store.park(claim, [], claim.rows[0]!, { code: 'HUB_MAPPING', issues }, 'continue', 1);
      expect(await store.getRecord(accepted!.id)).toMatchObject({ state: 'parked', issues });
      expect(await store.listRecords({ state: 'parked' })).toHaveLength(1);
      await store.replay(accepted!.id, { by: 'Ann', why: 'code added' });
      expect(await store.getRecord(accepted!.id)).toMatchObject({ state: 'waiting' });
      expect(await store.claim(lane)).toMatchObject({ rows: [{ id: accepted!.id }] });
    });

    test('a record that points to the one that it repeats is found with it', async () => {
      const [accepted] = await store.accept([record('1', 1)]);
      const [again] = await store.accept([record('1', 2, { replayOf: accepted!.id })]);
      expect((await store.trace(accepted!.id))!.replays).toEqual([again!.id]);
    });

    test('failed tries are kept beside the delivery, the first ones and the last one', async () => {
      const [id] = await deliver('k', 1);
      const lane = (await laneOf('mes'))[0]!;
      for (let tries = 1; tries <= 22; tries++) {
        const claim = (await store.claim(lane))!;
        await store.fail(claim, [], { message: `no ${tries}` }, 0, { row: claim.rows[0]!, tries });
      }
      const attempts = await store.attemptsOf(id!);
      expect(attempts.map(({ tries }) => tries)).toEqual([
        ...Array.from({ length: 19 }, (_, i) => i + 1),
        22,
      ]);
      expect(attempts[0]).toMatchObject({ at: expect.any(String), error: { message: 'no 1' } });
    });

    test('a parked row shows what was to be sent; an edited one what it was before, and who edited it', async () => {
      const [id] = await deliver('k', { a: 1 });
      const claim = (await store.claim((await laneOf('mes'))[0]!))!;
      await store.park(claim, [], claim.rows[0]!, { code: 'HUB_REJECTED' }, 'block', 1, { words: 'sent' });
      expect(await store.getDelivery(id!)).toMatchObject({ state: 'parked', request: { words: 'sent' } });
      await store.replay(id!, { by: 'Ann', why: 'typo', payload: { a: 2 } });
      expect(await store.getDelivery(id!)).toMatchObject({
        payload: { a: 2 },
        notes: [{ did: 'replayed', by: 'Ann', why: 'typo', payload: { a: 1 } }],
      });
    });

    test('a row can be parked by a transaction that writes what follows from it', async () => {
      const [first] = await deliver('k', 1, 2);
      const claim = (await store.claim((await laneOf('mes'))[0]!))!;
      await write(async (tx) => {
        await tx.parkLane(claim, claim.rows[0]!, { error: { code: 'HUB_REJECTED' }, attempts: 3 });
        tx.addDeliveries([{ dest: 'erp', key: 'k', payload: 'undo' }]);
      });
      expect(await store.getDelivery(first!)).toMatchObject({
        state: 'parked',
        attempts: 3,
        error: { code: 'HUB_REJECTED' },
      });
      expect(await store.ack(claim, [])).toMatchObject([{ payload: 2 }]);
      expect(await store.listDeliveries({ dest: 'erp' })).toMatchObject([{ payload: 'undo' }]);
    });

    test.each(['by the lane', 'by a transaction'])(
      'a row that is parked once more, %s, shows what the last try said, and what people noted before',
      async (how) => {
        const parkedAs = async (claim: Claim, attempts: number, request?: unknown) => {
          const [row] = claim.rows;
          const error = { code: 'HUB_REJECTED', message: `try ${attempts}` };
          if (how === 'by the lane') await store.park(claim, [], row!, error, 'continue', attempts, request);
          else await write((tx) => tx.parkLane(claim, row!, { error, attempts, request }));
        };
        const [id] = await deliver('k', 1);
        const lane = (await laneOf('mes'))[0]!;
        await parkedAs((await store.claim(lane))!, 1, { sent: 1 });
        await write((tx) => tx.acknowledgeDelivery(id!, { late: 'answer' }));
        await store.replay(id!, { by: 'Ann', why: 'again' });
        await parkedAs((await store.claim(lane))!, 2);
        const delivery = await store.getDelivery(id!);
        expect(delivery).toMatchObject({ state: 'parked', error: { message: 'try 2' }, note: { by: 'Ann' } });
        expect(delivery).not.toHaveProperty('answer');
        expect(delivery).not.toHaveProperty('request');
      },
    );

    test('a record without a place in a lane is marked by who took it in again or gave it up', async () => {
      const issues = [{ rule: 'HUB_BAD_JSON', path: '', message: 'not JSON' }];
      const kept = { system: 'plm', type: 'x', key: 'x', raw: '{', state: 'parked', issues } as const;
      const [one, two] = await store.accept([kept, { ...kept, raw: '[' }]);
      const note = { by: 'Ann', why: 'sent again', did: 'discarded', state: 'discarded' } as const;
      expect(await write((tx) => tx.noteRecord(one!.id, note))).toBe(true);
      expect(await write((tx) => tx.noteRecord(one!.id, note))).toBe(false);
      expect(await store.getRecord(one!.id)).toMatchObject({
        state: 'discarded',
        notes: [{ did: 'discarded', by: 'Ann', why: 'sent again' }],
      });
      expect((await store.listRecords({ state: 'parked' })).map(({ id }) => id)).toEqual([two!.id]);
    });

    test('urgent lanes are due before all others', async () => {
      await deliver('bulk', 1);
      await write(async (tx) => tx.addDeliveries([{ dest: 'mes', key: 'hold', payload: 1, urgent: true }]));
      expect(await store.due({ limit: 10 })).toMatchObject([{ urgent: true }, { urgent: false }]);
      expect(await store.due({ limit: 10, dest: 'erp' })).toEqual([]);
      expect(await store.due({ limit: 10, overdueMs: 60_000 })).toEqual([]);
    });

    test('what is old and done is forgotten, in portions; what waits or is parked stays with all it needs', async () => {
      const [, parked] = await store.accept([record('done', 1), record('parked', 1)]);
      for (const { lane } of [...woken]) {
        const claim = (await store.claim(lane))!;
        const row = claim.rows[0]!;
        if (claim.key === 'parked') await store.park(claim, [], row, { code: 'HUB_MAPPING' }, 'continue', 1);
        else
          await write(async (tx) => {
            const message = { system: 'erp', verb: 'Process', noun: 'Part', body: {}, objectKeys: ['P'] };
            const messageId = await tx.addMessage({ ...message, recordId: row.id });
            await tx.putObject({ ...order('1', { n: 1 }), messageId });
            tx.addDeliveries([{ dest: 'mes', key: '1', payload: 'p', messageId }]);
            await tx.markRecord(row.id, { state: 'applied' });
            tx.ackLane(claim, row);
          });
        await store.ack(claim, [], true);
      }
      const forgetAll = () => pruneAll({ before: '2100-01-01T00:00:00Z', portion: 1 });
      await pruneAll({ bodiesBefore: '2100-01-01T00:00:00Z' });
      expect((await store.listRecords()).map((r) => [r.key, r.body])).toEqual([
        ['parked', { n: 1 }],
        ['done', undefined],
      ]);
      await forgetAll();
      expect((await store.listRecords()).map((r) => r.id)).toEqual([parked!.id]);
      expect(await store.listMessages()).toHaveLength(1);
      const claim = (await store.claim((await laneOf('mes'))[0]!))!;
      await store.ack(claim, claim.rows.map(delivered));
      await forgetAll();
      expect([await store.listMessages(), await store.listDeliveries()]).toEqual([[], []]);
      expect(await store.laneStatistics()).toMatchObject([{ dest: 'in:erp', lanes: 1 }]);
      expect(await store.getObject('OperationsSchedule', '1')).toBeDefined();
      await deliver('1', 'after');
      expect(await store.claim((await laneOf('mes'))[0]!)).toMatchObject({ rows: [{ payload: 'after' }] });
      expect((await store.accept([record('parked', 1), record('done', 1)])).map((a) => a.duplicate)).toEqual([
        true,
        false,
      ]);
    });

    test('a portion looks at so many rows and no more, whatever it finds; a round ends after the last of them', async () => {
      await store.accept(['1', '2', '3', '4', '5'].map((key) => record(key, 1)));
      const policy = { before: '2100-01-01T00:00:00Z', portion: 2 };
      const calls = [await store.prune(policy), await store.prune(policy)];
      expect(calls).toEqual([
        { rows: 0, isOver: false },
        { rows: 0, isOver: false },
      ]);
      expect(await pruneAll(policy)).toBe(0);
      expect(await store.listRecords()).toHaveLength(5);
    });

    test('a body that had to stay is dropped in a later round, also where all others of its time are gone', async () => {
      const issues = [{ rule: 'HUB_BAD_JSON', path: '', message: 'not JSON' }];
      const states = ['refused', 'parked', 'refused', 'refused', 'refused'] as const;
      const accepted = await store.accept(states.map((state, n) => record(`${n}`, n, { state, issues })));
      const policy = { bodiesBefore: '2100-01-01T00:00:00Z', portion: 2 };
      expect(await pruneAll(policy)).toBe(4);
      const note = { by: 'Ann', why: 'sent again', did: 'discarded', state: 'discarded' } as const;
      await write((tx) => tx.noteRecord(accepted[1]!.id, note));
      expect(await pruneAll(policy)).toBe(1);
      await store.accept([record('later', 1, { state: 'refused', issues })]);
      expect(await pruneAll(policy)).toBe(1);
      expect((await store.listRecords()).map(({ body }) => body)).toEqual(Array(6).fill(undefined));
    });

    test('what a receiver answered late is dropped as well, after the answers to what was sent later', async () => {
      const [late] = await deliver('late', 1);
      const waited = (await store.claim((await laneOf('mes'))[0]!))!;
      const [soon] = await deliver('soon', 1);
      const quick = (await store.claim((await laneOf('mes'))[0]!))!;
      const answered = (claim: Claim) =>
        store.ack(claim, [{ ...delivered(claim.rows[0]!), receipt: { request: { n: 1 } } }]);
      const policy = { bodiesBefore: '2100-01-01T00:00:00Z', portion: 1 };
      await answered(quick);
      await pruneAll(policy);
      await answered(waited);
      expect((await store.getDelivery(late!))!.request).toEqual({ n: 1 });
      await pruneAll(policy);
      expect((await store.getDelivery(late!))!.request).toBeUndefined();
      expect((await store.getDelivery(soon!))!.request).toBeUndefined();
    });

    test('messages are found by what is wrong with them, by type and by noun; counted as they are listed', async () => {
      const issues = [{ rule: 'code', path: 'STATUS', message: 'unknown 100% XYZ' }];
      await store.accept([record('a', 1), record('b', 1, { type: 'Part', state: 'parked', issues })]);
      const [id] = await deliver('k', { noun: 'Equipment' });
      await deliver('k2', { noun: 'Part' });
      const claim = (await store.claim((await laneOf('mes'))[0]!))!;
      await store.park(
        claim,
        [],
        claim.rows[0]!,
        { code: 'HUB_REJECTED', message: 'No such Unit_1' },
        'block',
        1,
      );
      const keys = async (filter: object) => (await store.listRecords(filter)).map(({ key }) => key);
      expect(await keys({ text: '100% xyz' })).toEqual(['b']);
      expect(await keys({ text: '100% xyz', state: 'applied' })).toEqual([]);
      expect(await keys({ text: '100%xyz' })).toEqual([]);
      expect(await keys({ types: [{ system: 'erp', type: 'Order' }] })).toEqual(['a']);
      expect(await keys({ types: [] })).toEqual([]);
      expect(await store.countRecords({ system: 'erp' })).toBe(2);
      const ids = async (filter: object) => (await store.listDeliveries(filter)).map((one) => one.id);
      expect(await ids({ text: 'hub_rejected' })).toEqual([id]);
      expect(await ids({ text: 'unit_1', state: 'parked' })).toEqual([id]);
      expect(await ids({ text: 'unitX1' })).toEqual([]);
      expect(await ids({ noun: 'Equipment' })).toEqual([id]);
      expect(await store.countDeliveries({ state: 'parked' })).toBe(1);
    });

    test('the rows of a lane are read in their order, from an id on; lanes by number', async () => {
      const [, second] = await deliver('k', 1, 2, 3);
      await deliver('other', 4);
      const lanes = await store.lanesTo({ dests: ['mes'], limit: 10 });
      expect(lanes.map(({ key }) => key)).toEqual(['k', 'other']);
      expect(await store.lanesTo({ dests: ['mes'], after: lanes[0]!.lane, limit: 10 })).toEqual([lanes[1]]);
      expect(await store.lanesTo({ dests: ['mes'], key: 'other', limit: 10 })).toEqual([lanes[1]]);
      const of = { lane: lanes[0]!.lane, since: second! };
      const rows = await write((tx) => tx.deliveriesIn({ ...of, limit: 1 }));
      expect(rows).toMatchObject([{ payload: 2 }]);
      const rest = await store.deliveriesIn({ ...of, afterSeq: rows[0]!.seq, limit: 10 });
      expect(rest).toMatchObject([{ payload: 3 }]);
    });

    test('old bodies are compressed once and read as before', async () => {
      const long = 'order 4711, '.repeat(100);
      const [accepted] = await store.accept([record('1', 1, { body: { long }, raw: `<o>${long}</o>` })]);
      const message = { system: 'erp', verb: 'Sync', noun: 'Part', body: { long }, objectKeys: ['P'] };
      const messageId = await write((tx) => tx.addMessage({ ...message, recordId: accepted!.id }));
      await deliver('k', 1);
      const claim = (await store.claim((await laneOf('mes'))[0]!))!;
      await store.ack(claim, [
        { ...delivered(claim.rows[0]!), receipt: { request: { long }, answer: long } },
      ]);
      const policy = { squeezeBefore: '2100-01-01T00:00:00Z' };
      expect(await pruneAll(policy)).toBe(3);
      expect(await store.getRecord(accepted!.id)).toMatchObject({ body: { long }, raw: `<o>${long}</o>` });
      expect(await store.getMessage(messageId)).toMatchObject({ body: { long } });
      expect(await store.getDelivery(claim.rows[0]!.id)).toMatchObject({ request: { long }, answer: long });
      await pruneAll({ bodiesBefore: '2100-01-01T00:00:00Z' });
      expect((await store.getMessage(messageId))!.body).toBeUndefined();
      expect((await store.getDelivery(claim.rows[0]!.id))!.request).toBeUndefined();
      expect(await pruneAll(policy)).toBe(0);
    });

    test('a large body is kept, compressed and forgotten like any other', async () => {
      const long = 'order 4711, '.repeat(1000);
      const [accepted] = await store.accept([record('1', 1, { body: { long }, raw: `<o>${long}</o>` })]);
      const claim = (await store.claim((await laneOf('in:erp'))[0]!))!;
      await write(async (tx) => {
        await tx.markRecord(accepted!.id, { state: 'applied', mapping: 'erp/order@1' });
        tx.ackLane(claim, claim.rows[0]!);
      });
      const kept = { body: { long }, raw: `<o>${long}</o>`, state: 'applied', mapping: 'erp/order@1' };
      expect(await store.listRecords({ key: '1' })).toMatchObject([kept]);
      await pruneAll({ squeezeBefore: '2100-01-01T00:00:00Z' });
      expect(await store.getRecord(accepted!.id)).toMatchObject(kept);
      await pruneAll({ bodiesBefore: '2100-01-01T00:00:00Z' });
      const bare = (await store.getRecord(accepted!.id))!;
      expect([bare.body, bare.raw]).toEqual([undefined, undefined]);
      await pruneAll({ before: '2100-01-01T00:00:00Z' });
      expect(await store.getRecord(accepted!.id)).toBeUndefined();
    });

    test('a job is kept with how far it is', async () => {
      const job: Omit<Job, 'updatedAt'> = {
        id: 'j1',
        kind: 'reprocess',
        what: { system: 'erp' },
        by: 'Ann',
        why: 'fixed',
        rate: 0.5,
        state: 'running',
        total: 7,
        done: 0,
        skipped: 0,
        failed: 0,
        startedAt: '2026-01-01T00:00:00.000Z',
      };
      await write((tx) => tx.putJob(job));
      await write(async (tx) => {
        const now = (await tx.getJob('j1'))!;
        await tx.putJob({ ...now, done: 3, position: { after: 'x' } });
      });
      await write((tx) => tx.putJob({ ...job, id: 'j2', state: 'done' }));
      expect(await store.listJobs({ state: 'running' })).toMatchObject([
        { ...job, done: 3, position: { after: 'x' } },
      ]);
      expect((await store.listJobs()).map(({ id }) => id)).toEqual(['j2', 'j1']);
      expect(await store.getJob('j3')).toBeUndefined();
    });

    test('a receiver is given as many deliveries as its rate, a second of them at most', async () => {
      const now = Date.now();
      let given = 0;
      while (Date.now() - now < 300) {
        given += await store.allowance('mes', 100);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      const most = ((Date.now() - now) * 100) / 1000 + 2;
      expect(given).toBeGreaterThan(10);
      expect(given).toBeLessThanOrEqual(most);
      expect(await store.allowance('other', 1)).toBe(1);
      expect(await store.allowance('other', 1)).toBe(0);
    });

    test('pages go by id and by time', async () => {
      await store.accept([record('a', 1), record('b', 1), record('c', 1)]);
      const [first, second] = await store.listRecords({ limit: 2 });
      expect([first!.key, second!.key]).toEqual(['c', 'b']);
      expect(await store.listRecords({ before: second!.id })).toMatchObject([{ key: 'a' }]);
      expect(await store.listRecords({ from: first!.receivedAt })).not.toHaveLength(0);
      expect(await store.listRecords({ to: '2020-01-01T00:00:00Z' })).toEqual([]);
    });

    test('after a restart everything is there: records, objects, lanes with their place', async () => {
      await store.accept([record('1', 1)]);
      await deliver('k', 1, 2, 3);
      const claim = (await store.claim((await laneOf('mes'))[0]!, 1))!;
      await store.ack(claim, claim.rows.map(delivered), true);
      await store.close();
      store = await subject.reopen();
      listen();
      expect(await store.claim((await laneOf('mes'))[0]!)).toMatchObject({
        rows: [{ payload: 2 }, { payload: 3 }],
      });
      expect(await store.listRecords()).toHaveLength(1);
      expect((await store.accept([record('1', 1)]))[0]!.duplicate).toBe(true);
    });
  });
}

const order = (id: string, body: unknown) => ({ noun: 'OperationsSchedule', id, body, system: 'erp' });

import type { Adapter, Setting } from '../adapters/adapter';
import type { Fault, Kit } from '../adapters/kit';
import { declaredBy, parseSettings } from '../adapters/settings';
import type { FailureKind, HubError } from '../model/errors';
import { type Bench, sendUntilTaken, setUp, until } from './adapter-bench';

const LOOKS_SECRET = /(token|secret|password|key)$/i;

/** What each fault lets a sender know about its message. */
const EXPECTED_KIND: Record<Fault, FailureKind> = {
  down: 'transient',
  busy: 'transient',
  rejecting: 'permanent',
  silent: 'ambiguous',
};

/** Keys that every kind of system can have: an order, a material, a job, an asset. */
const [FIRST, SECOND, THIRD] = ['4711001', '4711002', '4711003'] as const;

/** The promises that every adapter keeps, whatever system stands behind it. */
export function adapterContract(adapter: Adapter, kit: Kit): void {
  describe('declares', () => declarations(adapter));
  describe('connected', () => {
    let bench: Bench;
    beforeEach(async () => {
      bench = await setUp(adapter, kit);
    });
    // Where setting up has failed, that failure is the one to read.
    afterEach(() => bench?.stop());

    describe('opens and closes', () => opening(() => bench, kit));
    if (kit.samples.event) describe('receives', () => receiving(() => bench, adapter, kit));
    else test.skip('receives: the kit has no event', () => {});
    if (kit.samples.record) describe('sends', () => sending(() => bench, adapter, kit));
    else test.skip('sends: the kit has no record', () => {});
  });
}

function declarations(adapter: Adapter): void {
  const settings = Object.entries(adapter.settings as Record<string, Setting>);
  const required = settings.filter(([, { optional, default: usual }]) => !optional && usual === undefined);
  const complete = Object.fromEntries(
    settings.map(([name, { type, schema }]) => [
      name,
      { string: 'text', number: 1, boolean: true, object: exampleIn(schema) }[type],
    ]),
  );
  const refusal = (values: Record<string, unknown>): HubError => {
    try {
      parseSettings(adapter, values, 'hub.yaml');
    } catch (error) {
      return error as HubError;
    }
    throw new Error('the settings were taken');
  };

  test('a name and a summary', () => {
    expect(adapter.name).toMatch(/^[a-z][a-z0-9-]*$/);
    expect(adapter.summary).toMatch(/^[A-Z]/);
  });
  test('record types that it receives or sends', () => {
    const { receives, sends } = declaredBy(adapter, parseSettings(adapter, complete, 'hub.yaml'));
    expect(receives.length + sends.length).toBeGreaterThan(0);
  });
  for (const [name, { description, secret }] of settings) {
    test(`what the setting ${name} is for`, () => {
      expect(description).toMatch(/^[A-Z].*\.$/s);
    });
    test(`the setting ${name} secret exactly when it looks like one`, () => {
      expect(secret ?? false).toBe(LOOKS_SECRET.test(name));
    });
  }
  test('settings that are taken when they are complete', () => {
    expect(() => parseSettings(adapter, complete, 'hub.yaml')).not.toThrow();
  });
  for (const [name] of required)
    test(`the setting ${name} required: without it there is a clear failure`, () => {
      const { code, message, issues } = refusal({ ...complete, [name]: undefined });
      expect([code, issues.map(({ path }) => path)]).toEqual(['HUB_BAD_PROJECT', [name]]);
      expect(message).toContain(name);
    });
  for (const [name, { type, secret }] of settings)
    test(`the setting ${name} of a type: another one is refused and not shown`, () => {
      const wrong = type === 'object' ? 'no object' : { wrong: 'sort-of-value' };
      const failure = refusal({ ...complete, [name]: wrong });
      expect(failure.issues).toMatchObject([{ rule: 'setting-type', path: name }]);
      if (secret) expect(JSON.stringify(failure)).not.toContain('sort-of-value');
    });
  test('no setting that is not known', () => {
    expect(refusal({ ...complete, colour: 'red' }).issues).toMatchObject([{ rule: 'setting-unknown' }]);
  });
}

/** The example of an object setting's schema; without a schema, any object will do. */
const exampleIn = (schema: { examples?: readonly object[] } = {}) => schema.examples?.[0] ?? {};

function opening(bench: () => Bench, kit: Kit): void {
  test('check passes while the counterpart is well', async () => {
    await expect(bench().connection.check()).resolves.toBeUndefined();
  });

  const whenItCanBeDown = kit.faults.includes('down') ? test : test.skip;
  whenItCanBeDown('check tells that the counterpart is down, and that it is back', async () => {
    const { counterpart, connection } = bench();
    await counterpart.provoke('down');
    await expect(connection.check()).rejects.toMatchObject({ kind: 'transient' });
    await counterpart.provoke('well');
    await until('check passes again', () => connection.check().then(ok, notYet));
  });

  test('close may be called twice', async () => {
    await bench().connection.close();
    await expect(bench().connection.close()).resolves.toBeUndefined();
  });
}

const ok = () => true;
const notYet = () => false;

function receiving(bench: () => Bench, adapter: Adapter, kit: Kit): void {
  const keys = () => bench().taken.map(({ key }) => key);
  const took = (key: string) => until(`${key} is taken`, () => keys().some((taken) => taken.includes(key)));
  const isAbout = (key: string) => (record: { key: string }) => record.key.includes(key);

  test('a record under its key, of a declared type', async () => {
    await bench().emit(FIRST);
    await took(FIRST);
    expect(bench().declared.receives).toContain(bench().taken[0]!.type);
  });

  test('one event once', async () => {
    await bench().emit(FIRST);
    await took(FIRST);
    await bench().emit(SECOND);
    await took(SECOND);
    expect(bench().taken.filter(isAbout(FIRST))).toHaveLength(1);
  });

  test('a record again that the hub did not take, the same under the same id', async () => {
    let refusals = 2;
    bench().onOffer(() => {
      if (refusals-- > 0) throw new Error('the store is down');
    });
    const emitted = bench().emit(FIRST);
    await took(FIRST);
    await emitted;
    const offers = bench().offered.filter(isAbout(FIRST));
    expect(offers).toHaveLength(3);
    expect(new Set(offers.map(({ id, key, type }) => `${type} ${key} ${id}`)).size).toBe(1);
    expect(offers[2]!.body).toEqual(offers[0]!.body);
  });

  (adapter.read ? test : test.skip)('a confirmation only after the hub has taken the record', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    bench().onOffer(() => held);
    let confirmed = false;
    const emitted = bench()
      .emit(FIRST)
      .then(() => {
        confirmed = true;
      });
    await until('it is offered', () => bench().offered.length > 0);
    // A confirmation that does not wait would be back before two more turns of the loop and a round trip.
    await fetch(`${String(bench().counterpart.config.url)}`).catch(() => {});
    expect(confirmed).toBe(false);
    release();
    await emitted;
    expect(keys()[0]).toContain(FIRST);
  });

  (adapter.promises.keepsOrder ? test : test.skip)('records in the order of their events', async () => {
    for (const key of [FIRST, SECOND, THIRD]) await bench().emit(key);
    for (const key of [FIRST, SECOND, THIRD]) await took(key);
    const order = [FIRST, SECOND, THIRD].map((key) => bench().taken.findIndex(isAbout(key)));
    expect(order).toEqual([...order].sort((a, b) => a - b));
  });

  (kit.faults.includes('down') ? test : test.skip)(
    'records again after an outage of the counterpart',
    async () => {
      await bench().counterpart.provoke('down');
      await bench().connection.check().catch(notYet);
      await bench().counterpart.provoke('well');
      await bench().emit(FIRST);
      await took(FIRST);
    },
  );

  test('no secret in what is logged', async () => {
    await bench().emit(FIRST);
    await took(FIRST);
    for (const secret of bench().secrets) expect(bench().words()).not.toContain(secret);
  });
}

function sending(bench: () => Bench, adapter: Adapter, kit: Kit): void {
  const heldAbout = async (key: string) =>
    (await bench().counterpart.holds!()).filter((row) => JSON.stringify(row).includes(key));

  test('a declared type', () => {
    expect(bench().declared.sends).toContain(kit.samples.record!(FIRST).type);
  });

  test('what the counterpart then holds', async () => {
    await bench().send(FIRST);
    expect(await heldAbout(FIRST)).toHaveLength(1);
  });

  (adapter.promises.sendIsIdempotent ? test : test.skip)('twice as if once', async () => {
    await bench().send(FIRST);
    await bench().send(FIRST);
    expect(await heldAbout(FIRST)).toHaveLength(1);
  });

  test('no type that it does not declare', async () => {
    const failure: unknown = await bench().connection.send!({
      type: 'NoSuchType',
      key: FIRST,
      id: '1',
      body: {},
    }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'HUB_TAKES_NOTHING', kind: 'permanent' });
  });

  test.each(kit.faults)(
    'to a counterpart that is %s: told as such, no secret with it, and well again',
    async (fault) => {
      await bench().counterpart.provoke(fault);
      const { kind } = await bench().sendFails(FIRST);
      expect(kind).toBe(EXPECTED_KIND[fault]);
      for (const secret of bench().secrets) expect(bench().words()).not.toContain(secret);
      await bench().counterpart.provoke('well');
      await sendUntilTaken(bench(), SECOND);
      expect(await heldAbout(SECOND)).toHaveLength(1);
    },
  );

  test('several in one call, in their order and without a second copy, where it declares that', async () => {
    const { declared, connection } = bench();
    const sample = kit.samples.record!(FIRST);
    const batch = declared.batches?.[sample.type];
    expect(connection.sendBatch !== undefined).toBe(declared.batches !== undefined);
    if (!batch) return;
    expect(declared.promises.sendIsIdempotent).toBe(true);
    const records = [1, 2, 3].map((n) => ({ ...sample, id: `batch-${n}` }));
    for (const again of [records.slice(0, 2), records]) {
      const results = await connection.sendBatch!(again);
      expect(results.map((result) => 'code' in result)).toEqual(again.map(() => false));
    }
    expect(await heldAbout(FIRST)).toHaveLength(3);
  });

  const whenItMayRepeat =
    adapter.promises.sendIsIdempotent && kit.faults.includes('silent') ? test : test.skip;
  whenItMayRepeat('again after an answer that never came, and it is there once', async () => {
    await bench().counterpart.provoke('silent');
    await bench().sendFails(FIRST);
    await bench().counterpart.provoke('well');
    await sendUntilTaken(bench(), FIRST);
    expect(await heldAbout(FIRST)).toHaveLength(1);
  });
}

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HubError } from '../../model/errors';
import { openStore } from '../storage/open';
import type { Store } from '../storage/store';
import type { Bus } from './bus';
import { Circuits } from './circuit';
import { type Destination, type LaneOptions, type RunningLanes, runLanes, type Work } from './lanes';

let dataDir: string;
let store: Store;
let lanes: RunningLanes | undefined;

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'esperanto-lanes-'));
  store = await openStore({ dataDir, leaseMs: 2000 });
});
afterEach(async () => {
  await lanes?.close();
  lanes = undefined;
  await store.close();
  rmSync(dataDir, { recursive: true, force: true });
});

const fast = { firstMs: 5, longestMs: 20 };

/** A receiver that writes down what it got; `answer` may throw. */
function receiver(answer: (work: Work) => unknown = () => ({}), more: Partial<Destination> = {}) {
  const got: unknown[] = [];
  const destination: Destination = {
    idempotent: true,
    onPermanent: 'block',
    retry: fast,
    ...more,
    async handle(work) {
      const receipt = (await answer(work)) as { counterpartId?: string };
      got.push(work.row.payload);
      return receipt;
    },
  };
  return { got, destination };
}

function run(destinations: Record<string, Destination>, options: Partial<LaneOptions> = {}) {
  lanes = runLanes({
    store,
    destinations: new Map(Object.entries(destinations)),
    reconcileMs: 10,
    ...options,
  });
}

const send = (dest: string, key: string, payloads: readonly unknown[], urgent = false) =>
  store.transaction(async (tx) =>
    tx.addDeliveries(payloads.map((payload) => ({ dest, key, payload, urgent }))),
  );

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 10_000;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error('waited for 10 s');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
const numbers = (n: number) => Array.from({ length: n }, (_, i) => i + 1);

test('each key keeps its order while every third try fails', async () => {
  let tries = 0;
  const { got, destination } = receiver(() => {
    if (++tries % 3 === 0) throw new HubError('HUB_BUSY', 'not now');
    return {};
  });
  run({ mes: destination }, { circuits: new Circuits({ threshold: 1000, firstMs: 1, longestMs: 1 }) });
  await Promise.all(
    ['a', 'b', 'c'].map((key) =>
      send(
        'mes',
        key,
        numbers(40).map((n) => `${key}${n}`),
      ),
    ),
  );
  await until(() => got.length >= 120);
  for (const key of ['a', 'b', 'c'])
    expect(got.filter((p) => String(p).startsWith(key))).toEqual(numbers(40).map((n) => `${key}${n}`));
});

test('a receipt is kept with request, answer and number of tries', async () => {
  const { destination } = receiver(({ attempt }) => {
    if (attempt < 2) throw new HubError('HUB_UNREACHABLE', 'down');
    return { counterpartId: '77', request: { a: 1 }, answer: 'ok' };
  });
  run({ mes: destination });
  const [id] = await send('mes', 'k', ['x']);
  await until(async () => (await store.getDelivery(id!))!.state === 'delivered');
  expect(await store.getDelivery(id!)).toMatchObject({
    attempts: 3,
    counterpartId: '77',
    request: { a: 1 },
    answer: 'ok',
  });
});

test.each([
  ['ambiguous', true, 'delivered'],
  ['ambiguous', false, 'parked'],
  ['permanent', true, 'parked'],
] as const)('after an %s failure, sending twice harmless: %s -> %s', async (kind, idempotent, state) => {
  let tries = 0;
  const { destination } = receiver(
    () => {
      if (++tries === 1) throw new HubError('HUB_FAILED', 'broke', { kind });
      return {};
    },
    { idempotent },
  );
  run({ mes: destination });
  const [id] = await send('mes', 'k', [1]);
  await until(async () => (await store.getDelivery(id!))!.state !== 'waiting');
  expect(await store.getDelivery(id!)).toMatchObject({ state, attempts: state === 'parked' ? 1 : 2 });
});

test('a parked delivery holds up its own key only, until somebody replays it', async () => {
  const { got, destination } = receiver(({ row }) => {
    if (row.payload === 'bad') throw new HubError('HUB_REJECTED', 'no such material');
    return {};
  });
  run({ mes: destination });
  const [bad] = await send('mes', 'a', ['bad', 'a2']);
  await send('mes', 'b', ['b1']);
  await until(async () => (await store.getDelivery(bad!))!.state === 'parked' && got.length === 1);
  expect(got).toEqual(['b1']);
  await store.replay(bad!, { by: 'Ann', why: 'material created', payload: 'good' });
  await until(() => got.length === 3);
  expect(got).toEqual(['b1', 'good', 'a2']);
});

test.each([true, false])(
  'at most one delivery of a lane is unacknowledged, sending twice harmless: %s',
  async (idempotent) => {
    const open: number[] = [];
    const { got, destination } = receiver(
      async () => {
        open.push((await store.listDeliveries({ state: 'delivered' })).length - got.length);
        return {};
      },
      { idempotent },
    );
    run({ mes: destination });
    await send('mes', 'k', numbers(5));
    await until(() => got.length === 5);
    expect(open).toEqual([0, 0, 0, 0, 0]);
  },
);

test('the inbound handler acknowledges with its own transaction: what it wrote and what it sent commit together', async () => {
  const { got, destination } = receiver();
  const intake: Destination = {
    idempotent: true,
    onPermanent: 'continue',
    async handle({ claim, row }) {
      const record = await store.getRecord(row.id);
      await store.transaction(async (tx) => {
        await tx.markRecord(row.id, { state: 'applied' });
        tx.addDeliveries([{ dest: 'mes', key: record!.key, payload: record!.body }]);
        tx.ackLane(claim, row);
      });
      return 'acknowledged';
    },
  };
  run({ 'in:erp': intake, mes: destination });
  await Promise.all(
    numbers(100).map((n) => store.accept([{ system: 'erp', type: 'O', key: `${n % 4}`, body: n }])),
  );
  await until(() => got.length === 100);
  for (const rest of [0, 1, 2, 3]) {
    const ofKey = (got as number[]).filter((n) => n % 4 === rest);
    expect(ofKey).toEqual([...ofKey].sort((a, b) => a - b));
  }
  expect(await store.listRecords({ state: 'applied', limit: 200 })).toHaveLength(100);
});

test('a dead receiver is asked by one lane at a time, and its return brings all of them', async () => {
  let down = true;
  let asked = 0;
  const { got, destination } = receiver(() => {
    asked++;
    if (down) throw new HubError('HUB_UNREACHABLE', 'down');
    return {};
  });
  run(
    { mes: { ...destination, retry: { firstMs: 1, longestMs: 1 } } },
    { circuits: new Circuits({ threshold: 20, firstMs: 50, longestMs: 50 }) },
  );
  await Promise.all(numbers(200).map((n) => send('mes', `k${n}`, [n])));
  await until(() => asked > 20);
  const before = asked;
  await new Promise((resolve) => setTimeout(resolve, 300));
  // Twenty tries opened the circuit, those in flight came on top; since then one each 50 ms.
  expect(asked - before).toBeLessThan(25);
  down = false;
  await until(() => got.length === 200);
});

test('a lane whose wake got lost is found', async () => {
  const deaf: Bus = { wake() {}, start() {}, async close() {} };
  const { got, destination } = receiver();
  await send('mes', 'k', [1]);
  const due = store.due.bind(store);
  // As if the waiting times had passed.
  store.due = (options) => due({ ...options, overdueMs: 0 });
  run({ mes: destination }, { bus: deaf });
  await until(() => got.length === 1);
});

test('thousands of lanes of a receiver that hangs hide no lane of another', async () => {
  const hanging = receiver(
    ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', reject)),
  );
  let tries = 0;
  const { got, destination } = receiver(() => {
    // The second try comes from looking, not from a wake.
    if (++tries === 1) throw new HubError('HUB_BUSY', 'not now');
    return {};
  });
  await store.transaction(async (tx) =>
    tx.addDeliveries(numbers(1500).map((n) => ({ dest: 'slow', key: `k${n}`, payload: n }))),
  );
  run({ slow: hanging.destination, mes: destination });
  await send('mes', 'k', ['x']);
  await until(() => got.length === 1);
  await lanes!.close(0);
});

test('what only the latest says is not sent, and marked so', async () => {
  const { got, destination } = receiver(() => ({}), { superseded: (_, later) => later.at(-1) });
  const ids = await send('mes', 'k', [1, 2, 3]);
  run({ mes: destination });
  await until(() => got.length === 1);
  await until(async () => (await store.getDelivery(ids[2]!))!.state === 'delivered');
  expect(got).toEqual([3]);
  expect(await store.getDelivery(ids[0]!)).toMatchObject({
    state: 'superseded',
    answer: { supersededBy: ids[2] },
  });
});

test('of a long lane only the last row is sent where only the latest counts, page after page', async () => {
  const { got, destination } = receiver(() => ({}), { superseded: (_, later) => later.at(-1) });
  const ids = await send('mes', 'k', numbers(175));
  run({ mes: destination });
  await until(async () => (await store.getDelivery(ids[174]!))!.state === 'delivered');
  expect(got).toEqual([175]);
  expect(await store.listDeliveries({ state: 'superseded', limit: 200 })).toHaveLength(174);
});

test('a receiver with a rate gets no more than that, over all its keys, and each key in its order', async () => {
  const at: number[] = [];
  const { got, destination } = receiver(() => at.push(performance.now()), { rate: 100 });
  for (const key of ['a', 'b', 'c'])
    await send(
      'mes',
      key,
      numbers(20).map((n) => `${key}${n}`),
    );
  run({ mes: destination });
  await until(() => got.length === 60);
  // What is handed out at once, and the clock of the store, give or take a few.
  const most = Math.max(...at.map((from) => at.filter((time) => time >= from && time < from + 200).length));
  expect(most).toBeLessThanOrEqual(35);
  expect(at.at(-1)! - at[0]!).toBeGreaterThan(400);
  for (const key of ['a', 'b', 'c'])
    expect(got.filter((p) => String(p).startsWith(key))).toEqual(numbers(20).map((n) => `${key}${n}`));
});

test('rows that wait together go in one call; one that is refused with others goes alone, and those behind it wait', async () => {
  const calls: unknown[][] = [];
  const { got, destination } = receiver(({ row }) => {
    calls.push([row.payload]);
    if (row.payload === 5) throw new HubError('HUB_REJECTED', 'no');
    return {};
  });
  const together: NonNullable<Destination['together']> = {
    most: 4,
    async handle(_, rows) {
      calls.push(rows.map(({ payload }) => payload));
      const bad = rows.findIndex(({ payload }) => payload === 5);
      got.push(...rows.slice(0, bad < 0 ? undefined : bad).map(({ payload }) => payload));
      return rows
        .slice(0, bad < 0 ? undefined : bad + 1)
        .map((_row, n) => (n === bad ? new HubError('HUB_REJECTED', 'no') : {}));
    },
  };
  const ids = await send('mes', 'k', numbers(8));
  run({ mes: { ...destination, together } });
  await until(async () => (await store.getDelivery(ids[4]!))!.state === 'parked');
  expect(calls).toEqual([[1, 2, 3, 4], [5, 6, 7, 8], [5]]);
  expect(got).toEqual([1, 2, 3, 4]);
  await store.discard(ids[4]!, { by: 'Ann', why: 'no use' });
  await until(async () => (await store.getDelivery(ids[7]!))!.state === 'delivered');
  expect(got).toEqual([1, 2, 3, 4, 6, 7, 8]);
});

test('a call of which nobody knows how it ended is made again with the same rows; one that is refused as a whole, row by row', async () => {
  const calls: unknown[][] = [];
  const { got, destination } = receiver(({ row }) => {
    calls.push([row.payload]);
    return {};
  });
  const answers = [new HubError('HUB_NO_ANSWER', 'silent'), new HubError('HUB_REJECTED', 'too many')];
  const together: NonNullable<Destination['together']> = {
    most: 3,
    async handle(_, rows) {
      calls.push(rows.map(({ payload }) => payload));
      const answer = answers.shift();
      if (answer) throw answer;
      return rows.map(() => ({}));
    },
  };
  await send('mes', 'k', numbers(3));
  run({ mes: { ...destination, together } });
  await until(() => got.length === 3);
  expect(calls).toEqual([[1, 2, 3], [1, 2, 3], [1], [2], [3]]);
});

test('a handler that never ends is given up in time, and its lane goes on', async () => {
  let first = true;
  const { got, destination } = receiver(({ signal }) => {
    if (!first) return {};
    first = false;
    return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))));
  });
  run({ mes: destination });
  await send('mes', 'k', [1]);
  await until(() => got.length === 1);
});

test('a clean stop ends the row in hand, gives the lane back and keeps the rest', async () => {
  const { got, destination } = receiver(() => new Promise((resolve) => setTimeout(() => resolve({}), 20)));
  run({ mes: destination });
  await send('mes', 'k', numbers(50));
  await until(() => got.length > 0);
  await lanes!.close();
  const done = got.length;
  expect(done).toBeLessThan(50);
  expect(await store.listDeliveries({ state: 'delivered' })).toHaveLength(done);
  const [lane] = await store.due({ limit: 1 });
  expect((await store.claim(lane!.lane))!.rows[0]!.payload).toBe(done + 1);
});

test('an urgent message overtakes the bulk of other keys, never its own', async () => {
  const { got, destination } = receiver(() => new Promise((resolve) => setTimeout(() => resolve({}), 2)), {
    concurrency: 1,
  });
  for (const n of numbers(30)) await send('mes', `bulk${n}`, ['bulk']);
  await send('mes', 'order', ['order']);
  await send('mes', 'order', ['hold'], true);
  run({ mes: destination });
  await until(() => got.length === 32);
  expect(got.indexOf('hold')).toBe(got.indexOf('order') + 1);
  expect(got.indexOf('hold')).toBeLessThan(6);
});

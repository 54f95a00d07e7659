import { InProcessBus } from './bus';

const wake = (lane: number, dest = 'mes', urgent = false) => ({ lane, dest, urgent });

/** A drain that ends when told to. */
function gate() {
  const started: number[] = [];
  const ends = new Map<number, (more: boolean) => void>();
  const drain = ({ lane }: { lane: number }) => {
    started.push(lane);
    return new Promise<boolean>((resolve) => ends.set(lane, resolve));
  };
  const end = async (lane: number, more = false) => {
    ends.get(lane)!(more);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { started, drain, end };
}

test('a lane runs once at a time; woken while it runs, it runs once more', async () => {
  const { started, drain, end } = gate();
  const bus = new InProcessBus();
  bus.start(drain, [{ dest: 'mes', concurrency: 2 }]);
  bus.wake([wake(1), wake(1)]);
  bus.wake([wake(1), wake(1)]);
  expect(started).toEqual([1]);
  await end(1);
  expect(started).toEqual([1, 1]);
  await end(1);
  expect(started).toEqual([1, 1]);
});

test('a receiver whose lanes hang takes no slots of another one', async () => {
  const { started, drain } = gate();
  const bus = new InProcessBus();
  bus.start(drain, [
    { dest: 'slow', concurrency: 2 },
    { dest: 'mes', concurrency: 2 },
  ]);
  bus.wake([1, 2, 3, 4].map((lane) => wake(lane, 'slow')));
  bus.wake([wake(5), wake(6, 'unknown')]);
  expect(started).toEqual([1, 2, 5]);
});

test('urgent lanes go first and have slots of their own', async () => {
  const { started, drain, end } = gate();
  const bus = new InProcessBus();
  bus.start(drain, [{ dest: 'mes', concurrency: 1 }]);
  bus.wake([wake(1), wake(2), wake(3)]);
  bus.wake([wake(4, 'mes', true), wake(3, 'mes', true)]);
  expect(started).toEqual([1, 4, 3]);
  for (const lane of [3, 4, 1]) await end(lane);
  expect(started).toEqual([1, 4, 3, 2]);
});

test('a lane that gave up its turn for fairness goes behind the others', async () => {
  const { started, drain, end } = gate();
  const bus = new InProcessBus();
  bus.start(drain, [{ dest: 'mes', concurrency: 1 }]);
  bus.wake([wake(1), wake(2)]);
  await end(1, true);
  await end(2);
  expect(started).toEqual([1, 2, 1]);
});

test('closing starts nothing new and waits for what runs', async () => {
  const { started, drain, end } = gate();
  const bus = new InProcessBus();
  bus.start(drain, [{ dest: 'mes', concurrency: 1 }]);
  bus.wake([wake(1), wake(2)]);
  let closed = false;
  const closing = bus.close().then(() => {
    closed = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(closed).toBe(false);
  await end(1);
  await closing;
  expect(started).toEqual([1]);
});

test('takes what is offered only where it can begin at once or is here already', async () => {
  const { started, drain, end } = gate();
  const bus = new InProcessBus();
  bus.start(drain, [{ dest: 'mes', concurrency: 1 }]);
  expect([bus.offer(wake(1)), bus.offer(wake(2)), bus.offer(wake(1))]).toEqual([true, false, true]);
  await end(1);
  await end(1);
  expect(started).toEqual([1, 1]);
});

test('takes all that is offered while nobody else works on lanes, as long as there is room', async () => {
  const { started, drain, end } = gate();
  const bus = new InProcessBus();
  bus.start(drain, [{ dest: 'mes', concurrency: 1 }]);
  const taken = Array.from({ length: 10_002 }, (_, lane) => bus.offer(wake(lane), true));
  expect([taken.indexOf(false), bus.offer(wake(5000), true)]).toEqual([10_001, true]);
  for (const lane of Array.from({ length: 10_001 }, (_, n) => n)) await end(lane);
  expect(started).toHaveLength(10_001);
});

test('keeps no more than 10,000 lanes of a receiver in memory; the others are found by looking', async () => {
  const { started, drain, end } = gate();
  const bus = new InProcessBus();
  bus.start(drain, [{ dest: 'mes', concurrency: 1 }]);
  bus.wake(Array.from({ length: 10_002 }, (_, lane) => wake(lane)));
  for (const lane of Array.from({ length: 10_001 }, (_, n) => n)) await end(lane);
  expect(started).toHaveLength(10_001);
  bus.wake([wake(10_001)]);
  expect(started).toHaveLength(10_002);
});

test('what another bus was told of takes its turn here, shares the slots, and is told when it is done', async () => {
  const { started, drain, end } = gate();
  const bus = new InProcessBus();
  bus.start(drain, [{ dest: 'mes', concurrency: 1 }]);
  const done: number[] = [];
  const through = (lane: number) => void bus.through(wake(lane)).then(() => done.push(lane));
  bus.wake([wake(1)]);
  for (const lane of [1, 2, 3]) through(lane);
  expect(started).toEqual([1]);
  await end(1);
  // Told of while it ran, the first one has its turn again, behind the others.
  await end(2);
  expect([started, done]).toEqual([[1, 2, 3], [2]]);
  await end(3, true);
  expect([started, done]).toEqual([[1, 2, 3, 1], [2]]);
  const closing = bus.close();
  await end(1);
  await closing;
  expect(done.sort()).toEqual([1, 2, 3]);
  await bus.through(wake(4));
});

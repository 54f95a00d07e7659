import { leading, ledPart } from './leader';

/** A store in which one name has one leader at a time. */
function leads() {
  let leader: string | undefined;
  const as = (owner: string) => ({
    async lead(_name: string, forMs: number) {
      if (leader !== undefined && leader !== owner) return false;
      leader = forMs === 0 ? undefined : owner;
      return true;
    },
  });
  return {
    as,
    takeAway: () => {
      leader = 'somebody else';
    },
    giveBack: () => {
      leader = undefined;
    },
  };
}

const untilAborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
const leadMs = 30;

test('one process at a time does the work, and the next one goes on when it stops', async () => {
  const { as } = leads();
  const [one, two] = [new AbortController(), new AbortController()];
  const working: string[] = [];
  const work = (who: string) => async (signal: AbortSignal) => {
    working.push(who);
    await untilAborted(signal);
  };
  const first = leading('x', work('one'), { store: as('one'), signal: one.signal, leadMs });
  const second = leading('x', work('two'), { store: as('two'), signal: two.signal, leadMs });
  await new Promise((resolve) => setTimeout(resolve, leadMs * 3));
  expect(working).toEqual(['one']);
  one.abort();
  await first;
  while (working.length < 2) await new Promise((resolve) => setTimeout(resolve, 2));
  two.abort();
  await second;
  expect(working).toEqual(['one', 'two']);
});

test('work ends when the lead is lost', async () => {
  const { as, takeAway } = leads();
  const { signal } = new AbortController();
  const over = leading(
    'x',
    async (own) => {
      takeAway();
      await untilAborted(own);
    },
    { store: as('one'), signal, leadMs },
  );
  await over;
});

test('a process that was frozen longer than the lead lasts has no effect any more', async () => {
  const { as } = leads();
  const stop = new AbortController();
  await leading(
    'x',
    async (_signal, sure) => {
      expect(sure).not.toThrow();
      const end = performance.now() + leadMs * 2;
      while (performance.now() < end);
      expect(sure).toThrow(expect.objectContaining({ code: 'HUB_LEASE_LOST' }));
    },
    { store: as('one'), signal: stop.signal, leadMs },
  );
});

test('a part is open in one process at a time, in the next one when that ends or loses the lead, and again later', async () => {
  const { as, takeAway, giveBack } = leads();
  const open: string[] = [];
  const part = (who: string) => () => {
    open.push(who);
    return { close: async () => void open.splice(open.indexOf(who), 1) };
  };
  const one = ledPart('x', part('one'), { store: as('one'), leadMs });
  const two = ledPart('x', part('two'), { store: as('two'), leadMs });
  const shows = async (who: string) => {
    while (open.join() !== who) await new Promise((resolve) => setTimeout(resolve, 2));
  };
  await shows('one');
  await one.close();
  await shows('two');
  takeAway();
  await shows('');
  giveBack();
  await shows('two');
  await two.close();
  expect(open).toEqual([]);
});

test('a process that ends while it is given the lead leaves it to the next one', async () => {
  const { as } = leads();
  const ending = new AbortController();
  const store = as('one');
  const slow = {
    async lead(name: string, forMs: number) {
      const given = await store.lead(name, forMs);
      ending.abort();
      return given;
    },
  };
  await leading('x', () => Promise.reject(new Error('it has ended')), {
    store: slow,
    signal: ending.signal,
    leadMs,
  });
  expect(await as('two').lead('x', leadMs)).toBe(true);
});

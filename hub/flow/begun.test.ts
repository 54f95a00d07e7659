import type { Claim, Outcome, Store, Wake } from '../storage/store';
import type { Destination } from './destination';
import { runLanes } from './lanes';

/** A store whose lanes come claimed, with one row each; it knows of nothing but what is done with them. */
function claimedStore() {
  const acked: Array<{ lane: number; done: number; release: boolean }> = [];
  let ready: (lanes: Wake[]) => void = () => {};
  let room: (dest: string) => number = () => 0;
  const store = {
    onReady(listener: (lanes: Wake[]) => void, begins: (dest: string) => number) {
      [ready, room] = [listener, begins];
    },
    async ack({ lane }: Claim, outcomes: readonly Outcome[], release = false) {
      acked.push({ lane, done: outcomes.length, release });
      return [];
    },
    claim: async () => undefined,
    due: async () => [],
  } as unknown as Store;
  const come = (...lanes: number[]) =>
    ready(
      lanes.map((lane) => {
        const row = { lane, seq: 1, id: `${lane}`, payload: lane, urgent: false, at: '' };
        const of = { lane, dest: 'mes', key: `${lane}` };
        const claim = { ...of, owner: 'o', attempt: 0, leaseMs: 30_000, limit: 50, rows: [row] };
        return { lane, dest: 'mes', urgent: false, begun: { claim, asked: performance.now() } };
      }),
    );
  return { store, acked, come, room: () => room('mes') };
}

function receiver(handle: Destination['handle']): Map<string, Destination> {
  return new Map([['mes', { idempotent: true, onPermanent: 'block', concurrency: 2, handle }]]);
}

test('a lane that comes claimed is worked on without asking for it', async () => {
  const { store, acked, come, room } = claimedStore();
  const got: unknown[] = [];
  const handle: Destination['handle'] = async ({ row }) => {
    got.push(row.payload);
    return {};
  };
  const lanes = runLanes({ store, destinations: receiver(handle) });
  expect(room()).toBeGreaterThanOrEqual(2);
  come(1, 2, 3);
  while (acked.length < 3) await new Promise(setImmediate);
  expect(got).toEqual([1, 2, 3]);
  expect(acked.every(({ done }) => done === 1)).toBe(true);
  await lanes.close();
  expect(room()).toBe(0);
});

test('those whose turn has not come when the hub stops are given back, and those that come later', async () => {
  const { store, acked, come } = claimedStore();
  let end = () => {};
  const hangs = new Promise<object>((resolve) => {
    end = () => resolve({});
  });
  const lanes = runLanes({ store, destinations: receiver(() => hangs) });
  come(1, 2, 3, 4);
  const closed = lanes.close();
  end();
  await closed;
  const given = (lane: number) => acked.find((one) => one.lane === lane);
  expect([given(3), given(4)]).toEqual([3, 4].map((lane) => ({ lane, done: 0, release: true })));
  come(5);
  expect(given(5)).toEqual({ lane: 5, done: 0, release: true });
});

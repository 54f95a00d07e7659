import type { LaneStore, Wake } from '../storage/store';
import { type Bus, InProcessBus } from './bus';
import { Circuits } from './circuit';
import { Pace } from './pace';
import { reconcile } from './reconcile';

test('the bus is reminded once of a lane that waits in its queue, not with each look', async () => {
  const lanes = [1, 2].map((lane) => ({ lane, dest: 'mes', urgent: false }));
  let looks = 0;
  const store = {
    async due({ overdueMs }: { overdueMs?: number }) {
      // Those that wait so long that they are worked on without the bus.
      if (overdueMs === 5000) return [];
      looks++;
      return looks < 5 ? lanes.slice(0, 1) : lanes;
    },
  } as unknown as LaneStore;
  const told: Wake[] = [];
  const bus: Bus = { wake: (woken) => void told.push(...woken), start() {}, close: async () => {} };
  const rates = new Map<string, number>();
  const pace = new Pace({ store: { allowance: async () => 0 }, rates, log() {} });
  const direct = new InProcessBus();
  const looking = { store, bus, direct, circuits: new Circuits(), pace, dests: ['mes'] };
  const reconciler = reconcile({ ...looking, everyMs: 1, log() {} });
  while (looks < 20) await new Promise(setImmediate);
  await reconciler.close();
  expect(told).toEqual(lanes);
});

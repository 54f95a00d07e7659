import type { Retention } from '../storage/store';
import { housekeeping } from './housekeeping';

const daysAgo = (instant: string | undefined) => (Date.now() - Date.parse(instant!)) / 86_400_000;

test('forgets portion by portion until nothing is left, by the days of the policy', async () => {
  const asked: Retention[] = [];
  const portions = [500, 500, 0, 20];
  const logged: unknown[] = [];
  const house = housekeeping({
    store: {
      async prune(policy) {
        asked.push(policy);
        return { rows: portions.shift() ?? 0, isOver: portions.length === 0 };
      },
    },
    retention: { bodiesDays: 30, days: 365 },
    log: (_message, detail) => logged.push(detail),
    firstMs: 0,
    everyMs: 60_000,
  });
  while (logged.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  await house.close();
  expect(asked).toHaveLength(4);
  expect(daysAgo(asked[0]!.bodiesBefore)).toBeCloseTo(30, 3);
  expect(daysAgo(asked[0]!.before)).toBeCloseTo(365, 3);
  expect(logged).toMatchObject([{ rows: 1020 }]);
});

test('without a policy nothing is forgotten', async () => {
  const prune = jest.fn(async () => ({ rows: 0, isOver: true }));
  const house = housekeeping({ store: { prune }, retention: {}, log: () => {}, firstMs: 0 });
  await new Promise((resolve) => setTimeout(resolve, 20));
  await house.close();
  expect(prune).not.toHaveBeenCalled();
});

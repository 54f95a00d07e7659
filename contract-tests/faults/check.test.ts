import { check, recoveryMs } from './check';

const confirmed = [1, 2, 3].map((n) => ({ key: 'p', n, at: n * 100 }));
const arrived = (...numbers: number[]) => numbers.map((n, i) => ({ key: 'p', n, at: 1000 + i }));

test.each([
  ['everything once and in order', [1, 2, 3], { lost: 0, doubled: 0, reordered: 0 }],
  ['one that was taken but not confirmed as well', [1, 2, 3, 4], { lost: 0, doubled: 0, reordered: 0 }],
  ['a gap', [1, 3], { lost: 1, doubled: 0, reordered: 0 }],
  ['an old one after a newer one', [2, 1, 3], { lost: 0, doubled: 0, reordered: 1 }],
  ['one that comes back', [1, 2, 1, 3], { lost: 0, doubled: 1, reordered: 1 }],
  ['one that is booked twice', [1, 2, 2, 3], { lost: 0, doubled: 1, reordered: 0 }],
])('the checker sees %s', (_what, numbers, found) => {
  expect(check(confirmed, arrived(...numbers))).toMatchObject(found);
});

test('the delay is from the confirmation to the first effect, the recovery from the end of a breakdown', () => {
  expect(check(confirmed, arrived(1, 2, 3)).maxDelayMs).toBe(900);
  expect(recoveryMs(250, confirmed, arrived(1, 2, 3))).toBe(751);
});

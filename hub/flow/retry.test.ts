import { HubError } from '../../model/errors';
import { retryRule } from './retry';

const failure = (kind: 'transient' | 'ambiguous' | 'permanent') => new HubError('HUB_FAILED', 'no', { kind });

test.each([
  // failure    sending twice is harmless   tried again
  ['transient', false, true],
  ['transient', true, true],
  ['ambiguous', true, true],
  ['ambiguous', false, false],
  ['permanent', true, false],
  ['permanent', false, false],
] as const)('%s, sending twice harmless: %s -> tried again: %s', (kind, harmless, again) => {
  expect(retryRule(harmless)(failure(kind), 1) !== undefined).toBe(again);
});

test('the pause doubles from try to try up to the longest, and a quarter of it at most is left to chance', () => {
  const rule = retryRule(true, { firstMs: 100, longestMs: 1000 });
  for (const [tries, longest] of [
    [1, 100],
    [2, 200],
    [4, 800],
    [5, 1000],
    [5000, 1000],
  ] as const) {
    const pause = rule(failure('transient'), tries)!;
    expect(pause).toBeLessThanOrEqual(longest);
    expect(pause).toBeGreaterThanOrEqual(longest * 0.75);
  }
});

test('a receiver that is down is tried for ever, unless the project says when to give up', () => {
  expect(retryRule(false)(failure('transient'), 1_000_000)).toBeDefined();
  expect(retryRule(true, { giveUpAfter: 3 })(failure('transient'), 2)).toBeDefined();
  expect(retryRule(true, { giveUpAfter: 3 })(failure('transient'), 3)).toBeUndefined();
});

test('a bug of ours is tried five times, then waits for a person', () => {
  const bug = new HubError('HUB_BUG', 'undefined is not a function', { kind: 'ambiguous' });
  expect(retryRule(true)(bug, 4)).toBeDefined();
  expect(retryRule(true)(bug, 5)).toBeUndefined();
});

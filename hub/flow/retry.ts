import type { HubError } from '../../model/errors';

export interface RetrySettings {
  /** Pause after the first failure, in ms; it doubles from try to try. Default 500. */
  readonly firstMs: number;
  /** The longest pause. Default 30,000. */
  readonly longestMs: number;
  /** Park after so many tries even where another one would be harmless. Default: never. */
  readonly giveUpAfter: number;
}

export const defaultRetry: RetrySettings = {
  firstMs: 500,
  longestMs: 30_000,
  giveUpAfter: Number.POSITIVE_INFINITY,
};

/** What nobody foresaw does not get better by itself: it waits for a person after that many tries. */
const triesOfABug = 5;

/**
 * The one rule that decides about another try. Transient: again. Ambiguous: again where sending twice is harmless.
 * Permanent: never. The result takes the failure and the number of tries so far (1 after the first), and gives the pause
 * in ms, or undefined: park. Up to a quarter of the pause is random, so that lanes do not come back in step.
 */
export function retryRule(sendIsIdempotent: boolean, settings: Partial<RetrySettings> = {}) {
  const { firstMs, longestMs, giveUpAfter } = { ...defaultRetry, ...settings };
  return (failure: Pick<HubError, 'kind' | 'code'>, tries: number): number | undefined => {
    if (failure.kind === 'permanent') return undefined;
    if (failure.kind === 'ambiguous' && !sendIsIdempotent) return undefined;
    if (tries >= giveUpAfter || (failure.code === 'HUB_BUG' && tries >= triesOfABug)) return undefined;
    const pause = Math.min(longestMs, firstMs * 2 ** Math.min(tries - 1, 30));
    return Math.round(pause * (1 - Math.random() / 4));
  };
}

import type { Alert, ChangeDesk } from './desk';

export interface ChangeClock {
  /** Waits for the look that is being taken; none follows. */
  close(): Promise<void>;
}

export interface ClockOptions {
  readonly changes: Pick<ChangeDesk, 'tick'>;
  readonly everyMs: number;
  readonly alert: (alert: Alert) => void;
  /** A look that failed; the next one is taken all the same. */
  readonly onError: (error: unknown) => void;
}

/** Looks again and again at what time has brought to changes, one look after the other. */
export function changeClock({ changes, everyMs, alert, onError }: ClockOptions): ChangeClock {
  let closed = false;
  let looking: Promise<void> = Promise.resolve();
  let timer = next();

  function next(): NodeJS.Timeout {
    return setTimeout(() => {
      looking = changes
        .tick(alert)
        .catch(onError)
        .then(() => {
          if (!closed) timer = next();
        });
    }, everyMs).unref();
  }
  return {
    async close() {
      closed = true;
      clearTimeout(timer);
      await looking;
    },
  };
}

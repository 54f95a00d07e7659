import type { Outcome } from '../change/settle';
import type { Parcel } from '../flow/route';

/** What became of one command. */
export interface Answered {
  readonly commandId: string;
  readonly outcome: Outcome;
  /** The message that set the command going, for the trace. */
  readonly messageId: string | undefined;
}

interface Waiting extends Answered {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** So many at most: each is worked out on the orders of all that are taken in with it. */
const TOGETHER = 32;

/**
 * Takes in what became of commands: answers that arrive while others are being taken in are taken in together, in one
 * commit. Resolves when the answer is kept.
 */
export function settling(
  takeIn: (changeId: string, answers: readonly Answered[]) => Promise<void>,
): (
  command: NonNullable<Parcel['command']>,
  outcome: Outcome,
  messageId: string | undefined,
) => Promise<void> {
  const queues = new Map<string, Waiting[]>();

  async function work(changeId: string, queue: Waiting[]): Promise<void> {
    while (queue.length > 0) {
      const answers = queue.splice(0, TOGETHER);
      try {
        await takeIn(changeId, answers);
        for (const { resolve } of answers) resolve();
      } catch (error) {
        for (const { reject } of answers) reject(error);
      }
    }
    queues.delete(changeId);
  }

  return ({ changeId, commandId }, outcome, messageId) =>
    new Promise((resolve, reject) => {
      const waiting = { commandId, outcome, messageId, resolve, reject };
      const queue = queues.get(changeId);
      if (queue) queue.push(waiting);
      else {
        const own = [waiting];
        queues.set(changeId, own);
        void work(changeId, own);
      }
    });
}

/**
 * Lets calls of the same moment share one round trip: `work` gets up to `most` of them and answers in their order, while
 * the next ones gather. At most `parallel` groups are under way. A failed group fails all its calls.
 */
export function grouped<A, R>(
  work: (calls: A[]) => Promise<R[]>,
  { most = 200, parallel = 2 } = {},
): (call: A) => Promise<R> {
  const waiting: Array<{ call: A; done: (result: R) => void; failed: (error: unknown) => void }> = [];
  let running = 0;
  const run = async (): Promise<void> => {
    running++;
    while (waiting.length) {
      // Callers of the same moment, and those that the last group has let go on, are let in.
      await new Promise((resolve) => setImmediate(resolve));
      const group = waiting.splice(0, most);
      if (group.length === 0) break;
      try {
        const results = await work(group.map(({ call }) => call));
        for (const [i, { done }] of group.entries()) done(results[i]!);
      } catch (error) {
        for (const { failed } of group) failed(error);
      }
    }
    running--;
  };
  return (call) =>
    new Promise((done, failed) => {
      waiting.push({ call, done, failed });
      if (running < parallel) void run();
    });
}

import type { UseKind } from '../change/order-uses';
import type { Decision } from '../change-desk/desk';
import type { ChangeFeed } from '../change-desk/feed';
import type { ChangeView } from '../change-desk/view';
import type { ApiContext } from './context';

interface Signed {
  readonly id: string;
  readonly by: string;
  readonly reason: string;
}

/** What GraphQL knows of changes; the same desk stands behind it as behind REST. */
export function changeResolvers({
  changes,
  definitions,
  feed,
}: Pick<ApiContext, 'changes' | 'definitions'> & { feed: ChangeFeed }) {
  return {
    Query: {
      changes: () => changes.list(),
      whatIfs: () => changes.list({ whatIfs: true }),
      change: (_: unknown, { id, limit, after }: { id: string; limit?: number; after?: number }) =>
        changes.show(id, { limit: Math.max(1, Math.min(limit ?? 200, 1000)), after: after ?? -1 }),
      whatIf: (_: unknown, { definition }: { definition: unknown }) => changes.whatIf(definition),
      whatIfRevision: async (_: unknown, { id, revision }: { id: string; revision: string }) =>
        changes.whatIf((await definitions.read('OperationsDefinition', id, { revision })).body),
      compareWhatIf: (_: unknown, { id, changeId }: { id: string; changeId?: string }) =>
        changes.compare(id, changeId),
      asBuilt: (_: unknown, { orderId }: { orderId: string }) => changes.asBuilt(orderId),
      usersOf: (_: unknown, { kind, ref }: { kind: UseKind; ref: string }) => changes.usersOf(kind, ref),
    },
    Mutation: {
      decideChange: (
        _: unknown,
        { id, orderIds, ...decision }: { id: string; orderIds?: string[] } & Omit<Decision, 'orderIds'>,
      ) => changes.decide(id, { ...decision, orderIds: orderIds ?? [] }),
      undoChange: (_: unknown, { id, by, reason }: Signed) => changes.undo(id, { by, reason }),
      retryCommand: (_: unknown, { id, commandId }: { id: string; commandId: string }) =>
        changes.retry(id, commandId),
      keepWhatIf: (_: unknown, { definition }: { definition: unknown }) =>
        changes.whatIf(definition, { keep: true }),
    },
    Subscription: {
      changeMoved: {
        subscribe: (_: unknown, { id }: { id?: string }) => views(changes, feed, id),
      },
    },
  };
}

/** Each change as it is after it has moved, until who asks goes away. A change that moves on before it is asked for is told once. */
function views(
  changes: ApiContext['changes'],
  feed: ChangeFeed,
  only: string | undefined,
): AsyncIterableIterator<{ changeMoved: ChangeView }> {
  const moved = new Set<string>();
  let closed = false;
  let wake: () => void = () => {};
  const stop = feed.listen((id) => {
    if (only !== undefined && only !== id) return;
    moved.add(id);
    wake();
  });
  const done = { done: true as const, value: undefined };
  return {
    async next() {
      for (;;) {
        if (closed) return done;
        const [id] = moved;
        if (id !== undefined) {
          moved.delete(id);
          return { done: false, value: { changeMoved: await changes.show(id) } };
        }
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    async return() {
      closed = true;
      stop();
      wake();
      return done;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

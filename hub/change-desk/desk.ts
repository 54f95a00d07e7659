import { asHubError, HubError } from '../../model/errors';
import type { Message } from '../../model/message';
import type { AsBuilt } from '../change/as-built';
import { overdue } from '../change/commands';
import { type DecisionRequest, decide, tick } from '../change/decide';
import { isDone } from '../change/execution';
import type { UseKind } from '../change/order-uses';
import type { Rules } from '../change/rules';
import { type Outcome, retry, settle } from '../change/settle';
import type { Order } from '../change/shapes';
import { type UndoRequest, undo } from '../change/undo';
import type { Foresight } from '../change/what-if';
import type { Applied, Origin, Restate } from '../flow/apply';
import { orderOf } from '../flow/business-key';
import { groundOf } from '../flow/ground';
import type { Parcel } from '../flow/route';
import type { Project } from '../project';
import type { Reads, Receipt, Row, Store, Tx } from '../storage/store';
import { type Advance, advance } from './advance';
import { asBuiltOf, usersOf } from './answers';
import { followOrder, reassessed } from './follow';
import { openRevision } from './opening';
import { rebase } from './rebase';
import { restateOrder } from './restated';
import { type ChangeSet, LOCK, openSets, readSet, WHAT_IF, workshop } from './set';
import { settling } from './settling';
import { type ChangeView, viewSet } from './view';
import { compared, whatIf } from './what-if';

/** What a supervisor decides; no orderIds means all that wait. */
export type Decision = Omit<DecisionRequest, 'orderIds'> & { readonly orderIds: readonly string[] };

/** What somebody should be told now. */
export interface Alert {
  readonly changeId: string;
  readonly orderId?: string;
  readonly commandId?: string;
  readonly text: string;
}

/** Where changes are opened, decided and carried out: the pure change engine over the store. */
export interface ChangeDesk {
  /** An order that its sender states anew; see `Restate`. */
  readonly restate: Restate;
  /** Takes up what a message changed, in its transaction: a new revision becomes a change, progress moves the ground. */
  onApplied(
    tx: Tx,
    message: Message,
    applied: Applied,
    from: Origin,
    routed: readonly string[],
  ): Promise<void>;
  /** Runs one delivery; if it carries out a command, notes what became of it and lets what depends on it go. */
  following(row: Row, send: () => Promise<Receipt>): Promise<Receipt>;
  /** Newest first; `whatIfs` instead of changes. */
  list(of?: { readonly whatIfs?: boolean }): Promise<ChangeView[]>;
  /** Throws HUB_NO_SUCH_CHANGE. */
  show(id: string): Promise<ChangeView>;
  /** Throws HUB_NO_SUCH_CHANGE, HUB_ALREADY_DECIDED, HUB_BAD_DECISION. */
  decide(id: string, decision: Decision): Promise<ChangeView>;
  /** Takes the change back as far as systems allow; what cannot be is listed. Called again it adds what has become possible. */
  undo(id: string, request: UndoRequest): Promise<ChangeView>;
  /** Sends a failed command, and what was dropped because of it, again. Throws HUB_NOT_FOUND when it has not failed. */
  retry(id: string, commandId: string): Promise<ChangeView>;
  /** Difference, impact and commands for a definition that is not published; sends nothing. `keep`: to be compared later. */
  whatIf(definition: unknown, how?: { readonly keep?: boolean }): Promise<ChangeView>;
  /** A kept what-if against the change that came: the given one, or the next one of the same product. */
  compare(whatIfId: string, changeId?: string): Promise<{ changeId: string; orders: Foresight[] }>;
  /** Throws HUB_NOT_FOUND. */
  asBuilt(orderId: string): Promise<AsBuilt>;
  /** Open orders that use a material, machine, parameter, operation or product. */
  usersOf(kind: UseKind, ref: string): Promise<{ orderId: string; segments: string[] }[]>;
  /** What time does: alerts, defaults for overdue decisions, deferred orders that ask again, commands without an answer. */
  tick(alert: (alert: Alert) => void): Promise<void>;
}

export interface DeskOptions {
  readonly project: Project;
  readonly store: Store;
  readonly rules: Rules;
}

export function changeDesk({ project, store, rules }: DeskOptions): ChangeDesk {
  const shop = workshop(project, rules);
  const view = (set: ChangeSet) => viewSet(set, shop);
  /** Commands whose missing answer has been told of. */
  const told = new Set<string>();

  /** One step of one change: read under the lock, changed, taken as far as it goes. */
  function step(
    id: string,
    edit: (set: ChangeSet, tx: Tx, now: string) => ChangeSet | Promise<ChangeSet>,
    how: (set: ChangeSet) => Partial<Advance> = () => ({}),
  ): Promise<ChangeSet> {
    return store.transaction(async (tx) => {
      await tx.lock(LOCK);
      const now = new Date().toISOString();
      const set = await edit(await readSet(tx, id), tx, now);
      return advance(tx, shop, set, { now, ...how(set) });
    });
  }

  const settled = settling(async (changeId, answers) => {
    const acknowledged = new Set(
      answers.filter(({ outcome }) => outcome.kind === 'acknowledged').map(({ commandId }) => commandId),
    );
    await step(
      changeId,
      async (set, tx, now) => {
        let next = set;
        for (const { commandId, outcome } of answers)
          next = { ...next, ...settle(next.change, next.commands, commandId, outcome, now) };
        // An answer was missing when the change was taken back: now this can be taken back, too.
        if (next.change.undo) return takenBack(next, tx, next.change.undo, now);
        // Who refuses has gone on meanwhile: what is asked again is asked about how it stands now.
        const isRefused = answers.some(({ outcome }) => outcome.kind === 'refused');
        return isRefused ? reassessed(tx, shop, next, now) : next;
      },
      ({ commands }) => ({
        messageId: answers.at(-1)?.messageId,
        acknowledged: commands.filter(({ id }) => acknowledged.has(id)),
      }),
    );
  });

  async function takenBack(set: ChangeSet, reads: Reads, request: UndoRequest, now: string) {
    const grounds = await groundOf(
      reads,
      set.change.orders.map(({ id }) => id),
    );
    return { ...set, ...undo(set.change, set.commands, [...grounds.values()], request, now) };
  }

  return {
    restate: (tx, restatement) => restateOrder(tx, shop, restatement),

    async onApplied(tx, message, applied, from, routed) {
      const { object, before } = applied;
      if (message.noun === 'OperationsDefinition') {
        await tx.lock(LOCK);
        await openRevision(tx, shop, applied, message, from);
        return;
      }
      const orderId = orderOf(object.noun, object.body as { id: string });
      if (orderId === undefined) return;
      const now = new Date().toISOString();
      if (message.noun === 'OperationsSchedule') {
        await tx.lock(LOCK);
        if (before)
          await rebase(tx, project, { before: before.body as Order, after: object.body as Order, now });
      } else if (message.noun !== 'OperationsPerformance') return;
      await followOrder(tx, shop, orderId, {
        now,
        messageId: from.messageId,
        routed: { orderId, systems: routed },
      });
    },

    async following(row, send) {
      const { command, noun } = row.payload as Parcel;
      const settle = async (outcome: Outcome) => command && settled(command, outcome, row.messageId);
      try {
        const receipt = await send();
        await settle({ kind: 'acknowledged', receipt: receipt.answer ?? receipt.counterpartId });
        return receipt;
      } catch (thrown) {
        const error = asHubError(thrown);
        if (error.kind !== 'permanent') throw error;
        const isLate = error.code === 'HUB_TOO_LATE';
        if (!command && !(isLate && noun === 'OperationsSchedule' && (await isChanged(row)))) throw error;
        // The change itself says what comes of it and asks a person: the lane goes on.
        await settle({ kind: isLate ? 'refused' : 'failed', problem: error.message });
        return { answer: { refused: error.toJSON() } };
      }
    },

    async list({ whatIfs = false } = {}) {
      const rows = await store.listChanges({ limit: 100, ...(whatIfs ? { state: WHAT_IF } : {}) });
      const shown = rows.filter(({ state }) => whatIfs || state !== WHAT_IF);
      return Promise.all(shown.map(async ({ id }) => view(await readSet(store, id))));
    },

    show: async (id) => view(await readSet(store, id)),

    async decide(id, { orderIds, ...decision }) {
      const request = { ...decision, orderIds: orderIds.length === 0 ? ('all' as const) : orderIds };
      return view(
        await step(id, async (set, tx, now) => {
          const seen = await reassessed(tx, shop, set, now);
          return { ...seen, change: decide(seen.change, request, now) };
        }),
      );
    },

    async undo(id, request) {
      if (!request.by.trim() || !request.reason.trim())
        throw new HubError('HUB_BAD_DECISION', 'taking back needs a name and a reason', {
          at: `change ${id}`,
        });
      return view(await step(id, (set, tx, now) => takenBack(set, tx, request, now)));
    },

    async retry(id, commandId) {
      return view(
        await step(id, (set, _tx, now) => {
          const command = set.commands.find((one) => one.id === commandId);
          if (command?.state !== 'failed' && command?.state !== 'refused')
            throw new HubError('HUB_NOT_FOUND', `change ${id} has no failed command ${commandId}`, {
              value: command?.state ?? commandId,
            });
          return { ...set, ...retry(set.change, set.commands, commandId, now) };
        }),
      );
    },

    whatIf: async (definition, { keep = false } = {}) => view(await whatIf(store, shop, definition, keep)),
    compare: (whatIfId, changeId) => compared(store, whatIfId, changeId),
    asBuilt: (orderId) => asBuiltOf(store, orderId),
    usersOf: (kind, ref) => usersOf(store, kind, ref),

    async tick(alert) {
      for (const { id } of await openSets(store)) {
        const now = new Date().toISOString();
        const set = await readSet(store, id);
        for (const command of overdue(set.commands, now, project.change.answerWithinMs)) {
          if (told.has(command.id)) continue;
          told.add(command.id);
          const text = `Sent at ${command.sentAt} and not answered: ${command.expectation}`;
          alert({ changeId: id, commandId: command.id, text });
        }
        if (tick(set.change, now, await doneOf(store, set)).change === set.change) continue;
        const alerts: Alert[] = [];
        await step(id, async (fresh, tx) => {
          const stepped = tick(fresh.change, now, await doneOf(tx, fresh));
          alerts.splice(0, alerts.length, ...stepped.alerts.map((one) => ({ changeId: id, ...one })));
          return { ...fresh, change: stepped.change };
        });
        for (const one of alerts) alert(one);
      }
    },
  };

  /** A job that has begun and that a change has settled: planning's later word on it comes too late, and that is all right. */
  async function isChanged(row: Row): Promise<boolean> {
    const { object } = row.payload as Parcel;
    return object !== undefined && (await store.listCommands({ orderId: object.id })).length > 0;
  }
}

async function doneOf(
  reads: Reads,
  { change }: ChangeSet,
): Promise<(orderId: string, segmentId: string) => boolean> {
  const deferred = change.orders.filter(({ standing }) => standing === 'deferred');
  const grounds = await groundOf(
    reads,
    deferred.map(({ id }) => id),
  );
  return (orderId, segmentId) => {
    const state = grounds.get(orderId)?.execution?.segments[segmentId]?.state;
    return state !== undefined && isDone(state);
  };
}

import { asHubError, HubError } from '../../model/errors';
import type { Message } from '../../model/message';
import type { AsBuilt } from '../change/as-built';
import type { Change, ChangeOrder } from '../change/change';
import type { Command } from '../change/commands';
import { type DecisionRequest, decide, type Tick, tick } from '../change/decide';
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
import type { ChangeRow, CommandRow, Reads, Receipt, Row, Store, Tx } from '../storage/store';
import { asBuiltOf, usersOf } from './answers';
import { followOrder, reassessed } from './follow';
import { effectivityChanged } from './in-force';
import { openRevision, type Publication } from './opening';
import { rebase } from './rebase';
import { restateOrder } from './restated';
import { type ChangeSet, headOf, LOCK, openRows, rowOf, WHAT_IF, workshop } from './set';
import { settling } from './settling';
import { type ChangeView, type ViewPage, viewOf, viewSet } from './view';
import { compared, whatIf } from './what-if';
import { type Work, work } from './work';

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
  /** Takes up what somebody has said of a published revision: another time, or its end. */
  onEffectivity(tx: Tx, publication: Publication): Promise<void>;
  /** Runs one delivery; if it carries out a command, notes what became of it and lets what depends on it go. */
  following(row: Row, send: () => Promise<Receipt>): Promise<Receipt>;
  /** Newest first; `whatIfs` instead of changes. */
  list(of?: { readonly whatIfs?: boolean }): Promise<ChangeView[]>;
  /** Of a change of many orders it shows a page of them, the first unless said otherwise. Throws HUB_NO_SUCH_CHANGE. */
  show(id: string, page?: ViewPage): Promise<ChangeView>;
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
  /** See `Workshop`: the one is tested against the other. */
  readonly alwaysWhole?: boolean;
}

export function changeDesk({ project, store, rules, alwaysWhole = false }: DeskOptions): ChangeDesk {
  const shop = workshop(project, rules, alwaysWhole);
  const view = (row: ChangeRow, page?: ViewPage) => viewOf(store, shop, row, page);
  /** Commands whose missing answer has been told of. */
  const told = new Set<string>();

  /** One step of one change, under the lock. */
  async function step(
    id: string,
    about: (tx: Tx, now: string) => Promise<Omit<Work, 'id' | 'how'> & { readonly how?: Work['how'] }>,
  ): Promise<void> {
    await store.transaction(async (tx) => {
      await tx.lock(LOCK);
      const now = new Date().toISOString();
      await work(tx, shop, { id, how: () => ({ now }), ...(await about(tx, now)) });
    });
  }

  const settled = settling(async (changeId, answers) => {
    const acknowledged = new Set(
      answers.filter(({ outcome }) => outcome.kind === 'acknowledged').map(({ commandId }) => commandId),
    );
    await step(changeId, async (tx, now) => {
      const ids = answers.map(({ commandId }) => commandId);
      const rows = await tx.listCommands({ ids, content: false });
      const { undo: taking } = headOf(await rowOf(tx, changeId));
      // An answer was missing when the change was taken back: now this can be taken back, too.
      const isLate = taking !== undefined && rows.some(({ takesBack }) => !takesBack);
      const orderIds = rows.flatMap(({ orderId }) => orderId ?? []);
      const isSlice = !isLate && orderIds.length === rows.length;
      return {
        ...(isSlice ? { orderIds: [...new Set(orderIds)] } : {}),
        async edit(set) {
          let next = set;
          for (const { commandId, outcome } of answers)
            next = { ...next, ...settle(next.change, next.commands, commandId, outcome, now) };
          if (taking && isLate) return takenBack(next, tx, taking, now);
          // Of a change that is taken back nothing is asked any more.
          return taking === undefined && looksAgain(set, next) ? reassessed(tx, shop, next, now) : next;
        },
        how: ({ commands }) => ({
          now,
          messageId: answers.at(-1)?.messageId,
          acknowledged: commands.filter(({ id }) => acknowledged.has(id)),
        }),
      };
    });
  });

  async function takenBack(set: ChangeSet, reads: Reads, request: UndoRequest, now: string) {
    const grounds = await groundOf(
      reads,
      set.change.orders.map(({ id }) => id),
    );
    const { kinds } = shop.capabilities;
    return { ...set, ...undo(set.change, set.commands, [...grounds.values()], request, now, kinds) };
  }

  return {
    restate: (tx, restatement) => restateOrder(tx, shop, restatement),

    async onApplied(tx, message, applied, from, routed) {
      const { object, before } = applied;
      if (message.noun === 'OperationsDefinition') {
        await tx.lock(LOCK);
        const publication = { ...applied, message, from };
        if (!(await openRevision(tx, shop, publication))) await effectivityChanged(tx, shop, publication);
        return;
      }
      const orderId = orderOf(object.noun, object.body as { id: string });
      if (orderId === undefined) return;
      const now = new Date().toISOString();
      if (message.noun === 'OperationsSchedule') {
        // A new order shares the lock; with others in one message it might have to give it up to get it alone.
        if (before || message.items.length > 1) await tx.lock(LOCK);
        if (before)
          await rebase(tx, project, { before: before.body as Order, after: object.body as Order, now });
      } else if (message.noun !== 'OperationsPerformance') return;
      const order = message.noun === 'OperationsSchedule' ? { order: object.body as Order } : {};
      const how = { now, messageId: from.messageId, routed: { orderId, systems: routed } };
      await followOrder(tx, shop, { orderId, ...order }, how);
    },

    async onEffectivity(tx, publication) {
      await tx.lock(LOCK);
      await effectivityChanged(tx, shop, publication);
    },

    async following(row, send) {
      const { command, noun } = row.payload as Parcel;
      const settle = async (outcome: Outcome) => command && settled(command, outcome, row.messageId);
      try {
        const receipt = await send();
        const { answer, counterpartId } = receipt;
        await settle({ kind: 'acknowledged', receipt: answer ?? counterpartId, counterpartId });
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
      return Promise.all(shown.map((row) => viewOf(store, shop, row, { isListed: true })));
    },

    show: async (id, page) => view(await rowOf(store, id), page),

    async decide(id, { orderIds, ...decision }) {
      await step(id, async (tx, now) => {
        const isAll = orderIds.length === 0;
        const open = isAll ? await tx.listChangeOrders({ changeId: id, isOpen: true }) : [];
        return {
          orderIds: isAll ? open.map(({ orderId }) => orderId) : orderIds,
          async edit(set) {
            const seen = await reassessed(tx, shop, set, now);
            const request = { ...decision, orderIds: isAll ? ('all' as const) : orderIds };
            return { ...seen, change: decide(seen.change, request, now) };
          },
        };
      });
      return view(await rowOf(store, id));
    },

    async undo(id, request) {
      if (!request.by.trim() || !request.reason.trim())
        throw new HubError('HUB_BAD_DECISION', 'taking back needs a name and a reason', {
          at: `change ${id}`,
        });
      await step(id, async (tx, now) => ({ edit: (set) => takenBack(set, tx, request, now) }));
      return view(await rowOf(store, id));
    },

    async retry(id, commandId) {
      await step(id, async (tx, now) => ({
        async edit(set) {
          const command = set.commands.find((one) => one.id === commandId);
          if (command?.state !== 'failed' && command?.state !== 'refused')
            throw new HubError('HUB_NOT_FOUND', `change ${id} has no failed command ${commandId}`, {
              value: command?.state ?? commandId,
            });
          const next = { ...set, ...retry(set.change, set.commands, commandId, now) };
          return reassessed(tx, shop, next, now);
        },
      }));
      return view(await rowOf(store, id));
    },

    whatIf: async (definition, { keep = false } = {}) =>
      viewSet(await whatIf(store, shop, definition, keep), shop),
    compare: (whatIfId, changeId) => compared(store, whatIfId, changeId),
    asBuilt: (orderId) => asBuiltOf(store, orderId),
    usersOf: (kind, ref) => usersOf(store, kind, ref),

    async tick(alert) {
      for (const { id } of await openRows(store)) {
        const now = new Date().toISOString();
        for (const command of await unanswered(id, now)) {
          if (told.has(command.id)) continue;
          told.add(command.id);
          const { expectation } = command.body as Command;
          const text = `Sent at ${command.sentAt} and not answered: ${expectation}`;
          alert({ changeId: id, commandId: command.id, text });
        }
        const alerts = await timeCame(id, now);
        for (const one of alerts) alert({ changeId: id, ...one });
      }
    },
  };

  function unanswered(changeId: string, now: string): Promise<CommandRow[]> {
    const sentBefore = new Date(Date.parse(now) - project.change.answerWithinMs).toISOString();
    return store.listCommands({ changeId, state: 'sent', sentBefore, content: false, limit: 1000 });
  }

  /** What time does to the orders of a change; looked at first, for it is seldom anything. */
  async function timeCame(id: string, now: string): Promise<Tick['alerts']> {
    const due = await store.listChangeOrders({ changeId: id, due: now });
    if (due.length === 0) return [];
    const orderIds = due.map(({ orderId }) => orderId);
    const orders = due.map(({ body }) => body as ChangeOrder);
    const change = { ...headOf(await rowOf(store, id)), orders };
    if (tick(change, now, await doneOf(store, change)).change === change) return [];
    let alerts: Tick['alerts'] = [];
    await step(id, async (tx) => ({
      orderIds,
      async edit(set) {
        const isDue = ({ id: orderId }: ChangeOrder) => orderIds.includes(orderId);
        const some = { ...set.change, orders: set.change.orders.filter(isDue) };
        const stepped = tick(set.change, now, await doneOf(tx, some));
        alerts = stepped.alerts;
        return { ...set, change: stepped.change };
      },
    }));
    return alerts;
  }

  /** A job that has begun and that a change has settled: planning's later word on it comes too late, and that is all right. */
  async function isChanged(row: Row): Promise<boolean> {
    const { object } = row.payload as Parcel;
    if (object === undefined) return false;
    return (await store.listCommands({ orderId: object.id, content: false, limit: 1 })).length > 0;
  }
}

/**
 * What was refused or failed has not reached its order, which may have gone on meanwhile: it is looked at as it stands
 * now. What comes back into the plan may have been planned on other ground.
 */
function looksAgain(before: ChangeSet, after: ChangeSet): boolean {
  const states = new Map(before.commands.map(({ id, state }) => [id, state]));
  return after.commands.some(
    ({ id, state }) =>
      ((state === 'refused' || state === 'failed') && states.get(id) !== state) ||
      (state === 'planned' && states.get(id) === 'dropped'),
  );
}

async function doneOf(
  reads: Reads,
  change: Change,
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

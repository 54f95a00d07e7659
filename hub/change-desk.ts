import { asHubError, HubError } from '../model/errors';
import type { CanonicalObject, Message } from '../model/message';
import { planCommands } from './change/carry-out';
import { type Change, openChange } from './change/change';
import type { Capabilities, Command, CommandKind } from './change/commands';
import { type DecisionRequest, decide, tick } from './change/decide';
import { diffDefinitions } from './change/diff';
import type { DefinitionDiff } from './change/diff-items';
import { assessImpact } from './change/impact';
import { changePage } from './change/page';
import { reassess } from './change/reassess';
import type { Rules } from './change/rules';
import { type Outcome, settle } from './change/settle';
import type { OperationsDefinition } from './change/shapes';
import { advance, type ChangeSet, openSets, readSet } from './change-set';
import { type ChangeView, viewOf } from './change-view';
import type { Applied } from './flow/apply';
import { orderOf } from './flow/business-key';
import { groundOf } from './flow/ground';
import type { Origin } from './flow/process';
import type { Parcel } from './flow/route';
import type { Project } from './project';
import { newId } from './storage/id';
import type { Reads, Receipt, Row, Store, Tx } from './storage/store';

/** What a supervisor decides; no orderIds means all that wait. */
export type Decision = Omit<DecisionRequest, 'orderIds'> & { readonly orderIds: readonly string[] };

/** Where changes are opened, decided and carried out: the pure change engine over the store. */
export interface ChangeDesk {
  /** Takes up what a message changed, in its transaction: a new revision becomes a change, progress moves the ground. */
  onApplied(tx: Tx, message: Message, applied: Applied, from: Origin): Promise<void>;
  /** Runs one delivery; if it carries out a command, notes what became of it and lets what depends on it go. */
  following(row: Row, send: () => Promise<Receipt>): Promise<Receipt>;
  list(): Promise<ChangeView[]>;
  /** Throws HUB_NO_SUCH_CHANGE. */
  show(id: string): Promise<ChangeView>;
  /** Throws HUB_NO_SUCH_CHANGE, HUB_ALREADY_DECIDED, HUB_BAD_DECISION. */
  decide(id: string, decision: Decision): Promise<ChangeView>;
  /** The same difference, impact and commands for a definition that is not published; keeps and sends nothing. */
  whatIf(definition: unknown): Promise<ChangeView>;
  /** What time does: alerts, defaults for overdue decisions, deferred orders that ask again. */
  tick(alert: (orderId: string, text: string) => void): Promise<void>;
}

export interface DeskOptions {
  readonly project: Project;
  readonly store: Store;
  readonly rules: Rules;
}

/** Every change is worked on under this lock: decisions, progress and acknowledgements meet it one at a time. */
const LOCK = 'changes';

export function changeDesk({ project, store, rules }: DeskOptions): ChangeDesk {
  const capabilities = capabilitiesOf(project);
  const zone = project.plant.timeZone;

  function view(set: ChangeSet): ChangeView {
    const route = (kind: CommandKind) => project.change.commands[kind]?.system ?? '';
    const commands = set.commands.map((command) => {
      const deliveryId = set.deliveries.get(command.id);
      return { command, system: route(command.kind), ...(deliveryId === undefined ? {} : { deliveryId }) };
    });
    return viewOf(set.change, set.row, commands, changePage(set.change, set.commands));
  }

  /** Difference and impact of a revision on the orders as they stand. Undefined: it says the same. */
  async function assess(
    reads: Reads,
    before: OperationsDefinition,
    after: OperationsDefinition,
    how: { readonly id: string; readonly reference: string; readonly now: string },
  ): Promise<{ change: Change; diff: DefinitionDiff } | undefined> {
    const diff = diffDefinitions(before, after);
    if (diff.items.length === 0) return undefined;
    const uses = await reads.usesOf('definition', [after.id]);
    const orders = [
      ...(
        await groundOf(
          reads,
          uses.map(({ orderId }) => orderId),
        )
      ).values(),
    ];
    const impacts = assessImpact({ diff, orders, rules, now: how.now, zone });
    return { change: openChange({ ...how, diff, impacts, rules }), diff };
  }

  async function revised(tx: Tx, message: Message, { object, before }: Applied, from: Origin): Promise<void> {
    if (!before) return;
    await tx.lock(LOCK);
    const now = new Date().toISOString();
    const reference = message.applicationArea.sender?.referenceId ?? `${object.id} version ${object.version}`;
    const opened = await assess(
      tx,
      before.body as OperationsDefinition,
      object.body as OperationsDefinition,
      { id: newId(), reference, now },
    );
    if (!opened) return;
    const row = {
      noun: object.noun,
      objectId: object.id,
      fromVersion: before.version,
      toVersion: object.version,
      createdAt: now,
    };
    const set: ChangeSet = { change: opened.change, commands: [], stored: [], row, deliveries: new Map() };
    await advance(tx, project, capabilities, set, { now, messageId: from.messageId });
  }

  /** Progress moves the ground under open changes: what waited for an operation may go now. */
  async function progressed(tx: Tx, { object }: Applied, from: Origin): Promise<void> {
    const order = orderOf(object.noun, object.body as CanonicalObject);
    const open = order === undefined ? [] : await openSets(tx);
    if (open.length === 0) return;
    await tx.lock(LOCK);
    const now = new Date().toISOString();
    for (const { id } of open) {
      const set = await reassessed(tx, await readSet(tx, id), now);
      await advance(tx, project, capabilities, set, { now, messageId: from.messageId });
    }
  }

  /** The change as the ground is now: orders that moved on since it was looked at show it, and ask where they must. */
  async function reassessed(reads: Reads, set: ChangeSet, now: string): Promise<ChangeSet> {
    const orders = [
      ...(
        await groundOf(
          reads,
          set.change.orders.map(({ id }) => id),
        )
      ).values(),
    ];
    const { change, commands } = reassess(set.change, set.commands, { orders, rules, now, zone });
    return { ...set, change, commands };
  }

  async function settled(
    parcel: NonNullable<Parcel['command']>,
    outcome: Outcome,
    messageId: string | undefined,
  ): Promise<void> {
    await store.transaction(async (tx) => {
      await tx.lock(LOCK);
      const now = new Date().toISOString();
      const set = await readSet(tx, parcel.changeId);
      const { change, commands } = settle(set.change, set.commands, parcel.commandId, outcome, now);
      const acknowledged =
        outcome.kind === 'acknowledged' ? commands.find(({ id }) => id === parcel.commandId) : undefined;
      await advance(
        tx,
        project,
        capabilities,
        { ...set, change, commands },
        { now, messageId, acknowledged },
      );
    });
  }

  return {
    async onApplied(tx, message, applied, from) {
      if (message.noun === 'OperationsDefinition') await revised(tx, message, applied, from);
      if (message.noun === 'OperationsPerformance') await progressed(tx, applied, from);
    },

    async following(row, send) {
      const { command } = row.payload as Parcel;
      if (!command) return send();
      try {
        const receipt = await send();
        await settled(
          command,
          { kind: 'acknowledged', receipt: receipt.answer ?? receipt.counterpartId },
          row.messageId,
        );
        return receipt;
      } catch (thrown) {
        const error = asHubError(thrown);
        if (error.kind !== 'permanent') throw error;
        // The change itself says what comes of it and asks a person: the lane goes on.
        await settled(
          command,
          { kind: error.code === 'HUB_TOO_LATE' ? 'refused' : 'failed', problem: error.message },
          row.messageId,
        );
        return { answer: { refused: error.toJSON() } };
      }
    },

    async list() {
      const rows = await store.listChanges({ limit: 100 });
      return Promise.all(rows.map(async ({ id }) => view(await readSet(store, id))));
    },

    show: async (id) => view(await readSet(store, id)),

    async decide(id, { orderIds, ...decision }) {
      return store.transaction(async (tx) => {
        await tx.lock(LOCK);
        const now = new Date().toISOString();
        const set = await reassessed(tx, await readSet(tx, id), now);
        const change = decide(
          set.change,
          { ...decision, orderIds: orderIds.length === 0 ? 'all' : orderIds },
          now,
        );
        return view(await advance(tx, project, capabilities, { ...set, change }, { now }));
      });
    },

    async whatIf(definition) {
      const after = definition as OperationsDefinition;
      const known = await store.getObject('OperationsDefinition', after.id);
      if (!known)
        throw new HubError('HUB_NOT_FOUND', `there is no OperationsDefinition ${after.id} to compare with`, {
          value: after.id,
        });
      const now = new Date().toISOString();
      const how = { id: 'what-if', reference: 'what if', now };
      const opened = await assess(store, known.body as OperationsDefinition, after, how);
      const row = { noun: 'OperationsDefinition', objectId: after.id };
      if (!opened)
        return view({
          change: openChange({ ...how, diff: diffDefinitions(after, after), impacts: [], rules }),
          commands: [],
          stored: [],
          row,
          deliveries: new Map(),
        });
      const grounds = [
        ...(
          await groundOf(
            store,
            opened.change.orders.map((order) => order.id),
          )
        ).values(),
      ];
      const commands = planCommands(opened.change, grounds, capabilities);
      return view({ change: opened.change, commands, stored: [], row, deliveries: new Map() });
    },

    async tick(alert) {
      for (const { id } of await openSets(store)) {
        await store.transaction(async (tx) => {
          await tx.lock(LOCK);
          const now = new Date().toISOString();
          const set = await readSet(tx, id);
          const done = await doneOf(tx, set);
          const { change, alerts } = tick(set.change, now, done);
          for (const { orderId, text } of alerts) alert(orderId, text);
          if (change !== set.change) await advance(tx, project, capabilities, { ...set, change }, { now });
        });
      }
    },
  };
}

async function doneOf(
  reads: Reads,
  { change }: ChangeSet,
): Promise<(orderId: string, segmentId: string) => boolean> {
  const grounds = await groundOf(
    reads,
    change.orders.map(({ id }) => id),
  );
  return (orderId, segmentId) => grounds.get(orderId)?.execution?.segments[segmentId]?.state === 'Completed';
}

/** The kinds of command that the project routes somewhere, and the machines among its systems. */
function capabilitiesOf(project: Project): Capabilities {
  const kinds = Object.keys(project.change.commands) as CommandKind[];
  const machines = Object.values(project.systems).flatMap(({ equipment }) => equipment);
  return { kinds, machines: [...new Set(machines)] };
}

export type { Command };

import type { ChangeOrder, Decision, Undo } from '../change/change';
import type { Command } from '../change/commands';
import type { DemandEffect } from '../change/demand';
import type { OperationImpact } from '../change/impact';
import { changePage } from '../change/page';
import type { ChangeSet, Workshop } from './set';

/** A change as the APIs show it. */
export interface ChangeView {
  readonly id: string;
  readonly noun: string;
  readonly objectId: string;
  readonly reference: string;
  readonly state: string;
  readonly createdAt?: string;
  readonly updatedAt?: string;
  /** The difference in manufacturing terms, a sentence each. */
  readonly differences: readonly string[];
  readonly orders: readonly OrderView[];
  readonly commands: readonly CommandView[];
  /** Counts how often the ground under the change has moved; a decision may name the count it was made on. */
  readonly ground: number;
  /** Who took it back, and what of it cannot be. */
  readonly undo?: Undo;
  /** All of it as plain text for people. */
  readonly page: string;
}

export interface OrderView {
  readonly id: string;
  /** not-started, started, component-consumed, operation-done, order-done. */
  readonly state: string;
  readonly severity: string;
  /** What the rules propose: none, apply, ask, hold+ask, refuse. */
  readonly action: string;
  readonly reason: string;
  /** untouched, refused, by-policy, waiting, deferred, approved, extended, rejected. */
  readonly standing: string;
  readonly decisions: readonly Decision[];
  readonly operations: readonly OperationImpact[];
  readonly notes: ChangeOrder['notes'];
  /** How the need for each component changes. */
  readonly demand: readonly DemandEffect[];
  /** Until when it has to be decided. */
  readonly due?: string;
  /** Who has approved, while a second person is needed. */
  readonly approvedBy?: string;
}

export interface CommandView {
  readonly id: string;
  readonly kind: string;
  readonly orderId?: string;
  readonly system: string;
  readonly state: string;
  readonly dependsOn: readonly string[];
  readonly expectation: string;
  readonly deliveryId?: string;
  readonly receipt?: unknown;
  readonly problem?: string;
  readonly sentAt?: string;
  readonly settledAt?: string;
}

/** A change with its set as the APIs show it. */
export function viewSet(
  { change, commands, row, deliveries }: ChangeSet,
  { project, zone }: Workshop,
): ChangeView {
  const { createdAt, updatedAt } = row;
  return {
    id: change.id,
    noun: row.noun,
    objectId: row.objectId,
    reference: change.reference,
    state: change.state,
    ...present({ createdAt, updatedAt, undo: change.undo }),
    ground: change.ground,
    differences: change.diff.items.map(({ sentence }) => sentence),
    orders: change.orders.map(orderView),
    commands: commands.map((command) =>
      commandView(command, project.change.commands[command.kind]?.system ?? '', deliveries.get(command.id)),
    ),
    page: changePage(change, commands, zone),
  };
}

function orderView({ id, impact, standing, decisions, notes, due, firstApproval }: ChangeOrder): OrderView {
  const { state, severity, action, reason, operations, demand } = impact;
  const known = present({ due: due?.at, approvedBy: firstApproval?.by });
  return { id, state, severity, action, reason, standing, decisions, operations, notes, demand, ...known };
}

function commandView(command: Command, system: string, deliveryId: string | undefined): CommandView {
  const { id, kind, orderId, state, dependsOn, expectation, receipt, problem, sentAt, settledAt } = command;
  const known = present({ orderId, deliveryId, receipt, problem, sentAt, settledAt });
  return { id, kind, system, state, dependsOn, expectation, ...known };
}

type Present<T> = { [Field in keyof T]?: Exclude<T[Field], undefined> };

const present = <T extends object>(fields: T): Present<T> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Present<T>;

import type { Change, ChangeOrder, Decision } from './change/change';
import type { Command } from './change/commands';
import type { OperationImpact } from './change/impact';

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

export interface CommandInTransit {
  readonly command: Command;
  readonly system: string;
  readonly deliveryId?: string;
}

export function viewOf(
  change: Change,
  row: {
    readonly noun: string;
    readonly objectId: string;
    readonly createdAt?: string;
    readonly updatedAt?: string;
  },
  commands: readonly CommandInTransit[],
  page: string,
): ChangeView {
  return {
    id: change.id,
    noun: row.noun,
    objectId: row.objectId,
    reference: change.reference,
    state: change.state,
    ...(row.createdAt === undefined ? {} : { createdAt: row.createdAt }),
    ...(row.updatedAt === undefined ? {} : { updatedAt: row.updatedAt }),
    differences: change.diff.items.map(({ sentence }) => sentence),
    orders: change.orders.map(orderView),
    commands: commands.map(commandView),
    page,
  };
}

function orderView({ id, impact, standing, decisions, notes }: ChangeOrder): OrderView {
  const { state, severity, action, reason, operations } = impact;
  return { id, state, severity, action, reason, standing, decisions, operations, notes };
}

function commandView({ command, system, deliveryId }: CommandInTransit): CommandView {
  const { id, kind, orderId, state, dependsOn, expectation, receipt, problem, sentAt, settledAt } = command;
  const known = { orderId, deliveryId, receipt, problem, sentAt, settledAt };
  const present = Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined));
  return { id, kind, system, state, dependsOn, expectation, ...present };
}

import type { Change, ChangeOrder, Decision, Undo } from '../change/change';
import type { Command } from '../change/commands';
import type { DemandEffect } from '../change/demand';
import type { OperationImpact } from '../change/impact';
import { changePage } from '../change/page';
import type { ChangeCounts, ChangeRow, CommandRow, Reads } from '../storage/store';
import { type ChangeSet, headOf, type Workshop } from './set';

/** So many orders of a change are shown at a time. */
const PAGE = 200;

/** Which of many orders to show. */
export interface ViewPage {
  /** At most so many; 200 unless given. */
  readonly limit?: number;
  /** `nextOrders` of the page before. */
  readonly after?: number;
}

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
  /** Those of the page that was asked for. */
  readonly orders: readonly OrderView[];
  /** Those of the orders shown, and those that concern no single order. */
  readonly commands: readonly CommandView[];
  /** How many there are of all orders by their standing, and of all commands by their state. */
  readonly counts: Counts;
  /** Where the next page of orders begins; absent on the last one. */
  readonly nextOrders?: number;
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
  /** What the counterpart calls what it made of it, e.g. the number of a work order. */
  readonly counterpartId?: string;
  readonly problem?: string;
  readonly sentAt?: string;
  readonly settledAt?: string;
}

export interface Counts {
  readonly orders: Readonly<Record<string, number>>;
  readonly commands: Readonly<Record<string, number>>;
}

type Told = Omit<Command, 'message' | 'before'>;

/** What was worked out just now as the APIs show a change. */
export function viewSet({ change, commands, row }: ChangeSet, shop: Workshop): ChangeView {
  const counts = { orders: counted(change.orders, 'standing'), commands: counted(commands, 'state') };
  return viewed(change, commands, row, shop, {
    counts,
    deliveries: new Map(),
    page: changePage(change, commands, shop.zone),
  });
}

/**
 * A change with a page of its orders, read without what its commands carry. The plain text tells of all orders, together
 * where the same is to be said; in a list, of many orders, of those shown.
 */
export async function viewOf(
  reads: Reads,
  shop: Workshop,
  row: ChangeRow,
  { limit = PAGE, after = -1, isListed = false }: ViewPage & { readonly isListed?: boolean } = {},
): Promise<ChangeView> {
  const changeId = row.id;
  const counts = countsOf(await reads.countChange(changeId));
  const total = sum(counts.orders);
  const isAll = after < 0 && total <= limit;
  const found = await reads.listChangeOrders({ changeId, after, limit: limit + 1 });
  const shown = found.slice(0, limit);
  const orderIds = shown.map(({ orderId }) => orderId);
  const commandRows = isAll
    ? await reads.listCommands({ changeId, content: false })
    : [
        ...(await reads.listCommands({ changeId, ofNoOrder: true, content: false })),
        ...(await reads.listCommands({ changeId, orderIds, content: false })),
      ];
  const head = headOf(row);
  const change: Change = { ...head, orders: shown.map(({ body }) => body as ChangeOrder) };
  const commands = toldOf(commandRows);
  const whole = isAll || isListed ? { change, commands } : await wholeOf(reads, head);
  const nextOrders = found.length > limit ? shown.at(-1)?.place : undefined;
  return viewed(change, commands, row, shop, {
    counts,
    ...(nextOrders === undefined ? {} : { nextOrders }),
    deliveries: new Map(commandRows.flatMap(({ id, deliveryId }) => (deliveryId ? [[id, deliveryId]] : []))),
    page: changePage(whole.change, whole.commands, shop.zone, total),
  });
}

async function wholeOf(reads: Reads, head: Change): Promise<{ change: Change; commands: Told[] }> {
  const orders = await reads.listChangeOrders({ changeId: head.id });
  const commands = await reads.listCommands({ changeId: head.id, content: false });
  return {
    change: { ...head, orders: orders.map(({ body }) => body as ChangeOrder) },
    commands: toldOf(commands),
  };
}

const toldOf = (rows: readonly CommandRow[]): Told[] =>
  [...rows].sort((a, b) => a.place - b.place).map(({ body }) => body as Told);

function viewed(
  change: Change,
  commands: readonly Told[],
  row: ChangeSet['row'],
  { project }: Workshop,
  more: Pick<ChangeView, 'counts' | 'nextOrders' | 'page'> & {
    readonly deliveries: ReadonlyMap<string, string>;
  },
): ChangeView {
  const { deliveries, ...shown } = more;
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
    ...shown,
  };
}

function counted<K extends string>(list: readonly Readonly<Record<K, string>>[], field: K) {
  const counts: Record<string, number> = {};
  for (const one of list) counts[one[field]] = (counts[one[field]] ?? 0) + 1;
  return counts;
}

function countsOf({ orders, commands }: ChangeCounts): Counts {
  const counts = { orders: {} as Record<string, number>, commands: {} as Record<string, number> };
  for (const { standing, count } of orders) counts.orders[standing] = (counts.orders[standing] ?? 0) + count;
  for (const { state, count } of commands) counts.commands[state] = (counts.commands[state] ?? 0) + count;
  return counts;
}

const sum = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((all, count) => all + count, 0);

function orderView({ id, impact, standing, decisions, notes, due, firstApproval }: ChangeOrder): OrderView {
  const { state, severity, action, reason, operations, demand } = impact;
  const known = present({ due: due?.at, approvedBy: firstApproval?.by });
  return { id, state, severity, action, reason, standing, decisions, operations, notes, demand, ...known };
}

function commandView(command: Told, system: string, deliveryId: string | undefined): CommandView {
  const { id, kind, orderId, state, dependsOn, expectation, receipt, problem, sentAt, settledAt } = command;
  const { counterpartId } = command;
  const known = present({ orderId, deliveryId, receipt, counterpartId, problem, sentAt, settledAt });
  return { id, kind, system, state, dependsOn, expectation, ...known };
}

type Present<T> = { [Field in keyof T]?: Exclude<T[Field], undefined> };

const present = <T extends object>(fields: T): Present<T> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Present<T>;

import type { Change, ChangeOrder, Tally } from '../change/change';
import { isOwed, isUndecided, stateOf } from '../change/change';
import type { Command } from '../change/commands';
import type { Project } from '../project';
import type { ChangeCounts, ChangeOrderRow, CommandRow, Tx } from '../storage/store';
import type { ChangeSet } from './set';

/**
 * Writes what differs from what the store has. Where the change stands is worked out from counts of all its orders and
 * commands, so a slice need not have read the others.
 */
export async function keepSet(tx: Tx, project: Project, set: ChangeSet, now: string): Promise<ChangeSet> {
  const { change, commands, stored, row } = set;
  const knownOrders = new Map(stored.change?.orders.map((order) => [order.id, order]));
  const orders = change.orders.filter((order) => knownOrders.get(order.id) !== order);
  const known = new Map(stored.commands.map((command) => [command.id, command]));
  const written = commands.filter((command) => known.get(command.id) !== command);
  const isOther = stored.change === undefined || differ(change, stored.change);
  if (!isOther && orders.length === 0 && written.length === 0) return set;
  const { id } = change;
  const isLonger =
    orders.some((one) => !knownOrders.has(one.id)) || written.some((one) => !known.has(one.id));
  const { lastOrder, lastCommand } = isLonger ? await tx.countChange(id) : { lastOrder: 0, lastCommand: 0 };
  await tx.putChangeOrders(
    placed(orders, knownOrders, lastOrder).map(([order, place]) => orderRow(id, order, place)),
  );
  await tx.putCommands(
    placed(written, known, lastCommand).map(([command, place]) =>
      commandRow(project, set, command, known.get(command.id), place, now),
    ),
  );
  const state = stateOf(change.undo, tallyOf(await tx.countChange(id)));
  const kept: Change = { ...change, state };
  if (isOther)
    await tx.putChange({
      ...row,
      id,
      state,
      body: { ...kept, orders: [] },
      createdAt: row.createdAt ?? now,
    });
  else await tx.markChange(id, state);
  return { ...set, change: kept, stored: { change: kept, commands } };
}

/** Keeps a change about which nothing is ever done, as it is. */
export async function keepForesight(tx: Tx, { change, row }: ChangeSet, state: string): Promise<void> {
  const { id, orders } = change;
  await tx.putChangeOrders(orders.map((order, place) => orderRow(id, order, place)));
  await tx.putChange({ ...row, id, state, body: { ...change, orders: [] } });
}

/** Whether anything but orders and state is different. */
function differ(a: Change, b: Change): boolean {
  const fields = new Set([...Object.keys(a), ...Object.keys(b)] as (keyof Change)[]);
  return [...fields].some((field) => field !== 'orders' && field !== 'state' && a[field] !== b[field]);
}

/** What is new goes to the end; what is known keeps its place whatever is said here. */
function placed<T extends { readonly id: string }>(
  list: readonly T[],
  known: ReadonlyMap<string, unknown>,
  last: number,
): [T, number][] {
  let next = last + 1;
  return list.map((one) => [one, known.has(one.id) ? 0 : next++]);
}

function orderRow(changeId: string, order: ChangeOrder, place: number): ChangeOrderRow {
  const due = dueOf(order);
  const isOpen = isUndecided(order);
  const row = { changeId, orderId: order.id, place, standing: order.standing, isOpen, body: order };
  return due === undefined ? row : { ...row, due };
}

/** When time has something to do with the order. */
function dueOf({ standing, until, due }: ChangeOrder): string | undefined {
  if (standing === 'deferred' && until !== undefined) {
    if ('time' in until) return new Date(until.time).toISOString();
    return 'operation' in until ? '' : undefined;
  }
  if (standing !== 'waiting' || due === undefined) return undefined;
  const next = Math.min(Date.parse(due.at), due.alerted ? Number.POSITIVE_INFINITY : Date.parse(due.alertAt));
  return new Date(next).toISOString();
}

function commandRow(
  project: Project,
  { change, deliveries }: ChangeSet,
  command: Command,
  before: Command | undefined,
  place: number,
  now: string,
): CommandRow {
  const { message, before: stood, ...body } = command;
  const deliveryId = deliveries.get(command.id);
  const isCarried = before?.message === message && before.before === stood;
  return {
    id: command.id,
    changeId: change.id,
    kind: command.kind,
    system: project.change.commands[command.kind]!.system,
    dependsOn: command.dependsOn,
    state: command.state,
    body,
    at: now,
    place,
    takesBack: command.undoes !== undefined,
    isOwed: isOwed(command),
    ...(isCarried ? {} : { content: { message, ...(stood === undefined ? {} : { before: stood }) } }),
    ...(command.orderId === undefined ? {} : { orderId: command.orderId }),
    ...(deliveryId === undefined ? {} : { deliveryId }),
    ...(command.receipt === undefined ? {} : { receipt: command.receipt }),
    ...(command.sentAt === undefined ? {} : { sentAt: command.sentAt }),
  };
}

function tallyOf({ commands, orders }: ChangeCounts): Tally {
  const count = (chosen: (row: ChangeCounts['commands'][number]) => boolean) =>
    commands.filter(chosen).reduce((sum, row) => sum + row.count, 0);
  const isDone = (row: { state: string }) => row.state === 'acknowledged';
  return {
    planned: count(({ state }) => state === 'planned'),
    sent: count(({ state }) => state === 'sent'),
    forward: count(({ takesBack }) => !takesBack),
    backward: count(({ takesBack }) => takesBack),
    backwardAcknowledged: count((row) => row.takesBack && isDone(row)),
    owed: count((row) => !row.takesBack && row.isOwed),
    owedAcknowledged: count((row) => !row.takesBack && row.isOwed && isDone(row)),
    undecided: orders.filter(({ isOpen }) => isOpen).reduce((sum, row) => sum + row.count, 0),
  };
}

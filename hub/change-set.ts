import { HubError } from '../model/errors';
import type { CanonicalObject } from '../model/message';
import { orderAfter, planCommands } from './change/carry-out';
import { type Change, overallState } from './change/change';
import { type Capabilities, type Command, markSent, ready } from './change/commands';
import { isDone } from './change/execution';
import type { OrderOnGround } from './change/impact';
import { usesOf } from './change/order-uses';
import { inState } from './change/plan';
import type { Order } from './change/shapes';
import { businessKey } from './flow/business-key';
import { groundOf } from './flow/ground';
import type { Parcel } from './flow/route';
import type { Project } from './project';
import type { ChangeRow, Reads, Tx } from './storage/store';

/** A change with its one set of commands, as the store keeps them. */
export interface ChangeSet {
  readonly change: Change;
  readonly commands: readonly Command[];
  /** The commands as the store has them; what differs is written. */
  readonly stored: readonly Command[];
  readonly row: Pick<
    ChangeRow,
    'noun' | 'objectId' | 'fromVersion' | 'toVersion' | 'createdAt' | 'updatedAt'
  >;
  /** Command id → the delivery that carries it. */
  readonly deliveries: ReadonlyMap<string, string>;
}

/** Changes that may still owe something. */
const OPEN = ['planned', 'going out', 'partly in force', 'failed'];

export async function openSets(reads: Reads): Promise<ChangeRow[]> {
  const rows = await Promise.all(OPEN.map((state) => reads.listChanges({ state, limit: 1000 })));
  return rows.flat();
}

/** Throws HUB_NO_SUCH_CHANGE. */
export async function readSet(reads: Reads, id: string): Promise<ChangeSet> {
  const row = await reads.getChange(id);
  if (!row) throw new HubError('HUB_NO_SUCH_CHANGE', `there is no change ${id}`, { value: id });
  const commands = await reads.listCommands({ changeId: id });
  const deliveries = commands.flatMap((one) =>
    one.deliveryId === undefined ? [] : [[one.id, one.deliveryId] as const],
  );
  const stored = commands.map(({ body }) => body as Command);
  return { change: row.body as Change, commands: stored, stored, row, deliveries: new Map(deliveries) };
}

export interface Advance {
  readonly now: string;
  /** The message that set it going, for the trace. */
  readonly messageId?: string;
  /** The command that was just acknowledged: what it did becomes the hub's own state. */
  readonly acknowledged?: Command;
}

/**
 * Takes a change as far as it goes now, in the caller's transaction: takes over what was acknowledged, plans what is
 * owed, hands what is ready to delivery, and keeps all of it. Doing it twice does it once.
 */
export async function advance(
  tx: Tx,
  project: Project,
  capabilities: Capabilities,
  set: ChangeSet,
  how: Advance,
): Promise<ChangeSet> {
  const { now } = how;
  const uses = await tx.usesOf('equipment', capabilities.machines);
  // Any order that runs on the same machines has a say in when a value may be written there.
  const grounds = await groundOf(tx, [
    ...set.change.orders.map(({ id }) => id),
    ...uses.map(({ orderId }) => orderId),
  ]);
  if (how.acknowledged) await takeOver(tx, set, how.acknowledged, grounds, how.messageId);
  const planned = [
    ...set.commands,
    ...planCommands(set.change, [...grounds.values()], capabilities, set.commands),
  ];
  const done = (orderId: string, segmentId: string) => {
    const state = grounds.get(orderId)?.execution?.segments[segmentId]?.state;
    return state !== undefined && isDone(state);
  };
  const deliveries = new Map(set.deliveries);
  let commands = planned;
  for (const command of ready(planned, done)) {
    deliveries.set(command.id, dispatch(tx, project, set.change, command, grounds, how.messageId));
    commands = markSent(commands, command.id, now);
  }
  const change = { ...set.change, state: overallState(set.change, commands) };
  const next: ChangeSet = { ...set, change, commands, deliveries };
  await keep(tx, project, next, now);
  return { ...next, stored: commands };
}

async function keep(
  tx: Tx,
  project: Project,
  { change, commands, stored, row, deliveries }: ChangeSet,
  now: string,
): Promise<void> {
  await tx.putChange({
    ...row,
    id: change.id,
    state: change.state,
    body: change,
    createdAt: row.createdAt ?? now,
    updatedAt: now,
  });
  const known = new Map(stored.map((command) => [command.id, command]));
  for (const command of commands) {
    if (known.get(command.id) === command) continue;
    const deliveryId = deliveries.get(command.id);
    await tx.putCommand({
      id: command.id,
      changeId: change.id,
      kind: command.kind,
      system: project.change.commands[command.kind]!.system,
      dependsOn: command.dependsOn,
      state: command.state,
      body: command,
      at: now,
      ...(command.orderId === undefined ? {} : { orderId: command.orderId }),
      ...(deliveryId === undefined ? {} : { deliveryId }),
      ...(command.receipt === undefined ? {} : { receipt: command.receipt }),
    });
  }
}

/** Hands a command to delivery; returns the delivery's id. It is urgent, but never overtakes its own key. */
function dispatch(
  tx: Tx,
  project: Project,
  change: Change,
  command: Command,
  grounds: ReadonlyMap<string, OrderOnGround>,
  messageId: string | undefined,
): string {
  const route = project.change.commands[command.kind]!;
  const { verb, noun } = command.message;
  const item = itemNow(command, grounds);
  const parcel: Parcel = {
    flow: `change ${change.reference}`,
    map: route.map,
    verb,
    noun,
    item,
    referenceId: change.reference,
    command: { changeId: change.id, commandId: command.id },
  };
  const key = command.orderId === undefined ? businessKey(noun, item) : `order/${command.orderId}`;
  const [id] = tx.addDeliveries([
    {
      dest: route.system,
      key,
      payload: parcel,
      urgent: true,
      ...(messageId === undefined ? {} : { messageId }),
    },
  ]);
  return id!;
}

/** A release carries the order as it is now: planning may have moved it while it was held. */
function itemNow(command: Command, grounds: ReadonlyMap<string, OrderOnGround>): CanonicalObject {
  const ground = command.orderId === undefined ? undefined : grounds.get(command.orderId);
  if (command.kind !== 'order-release' || !ground) return command.message.item;
  return inState(ground.order, false) as unknown as CanonicalObject;
}

/** What the MES accepted becomes the hub's own state of the order. */
async function takeOver(
  tx: Tx,
  set: ChangeSet,
  { kind, orderId }: Command,
  grounds: Map<string, OrderOnGround>,
  messageId: string | undefined,
): Promise<void> {
  const ground = orderId === undefined ? undefined : grounds.get(orderId);
  if (!ground) return;
  const body = orderNow(set, kind, ground);
  if (!body) return;
  const origin = { system: 'hub', ...(messageId === undefined ? {} : { messageId }) };
  await tx.putObject({ noun: 'OperationsSchedule', id: body.id, body, ...origin });
  await tx.putOrderUses(body.id, usesOf(body));
  grounds.set(body.id, { ...ground, order: body });
}

function orderNow(
  { change, commands }: ChangeSet,
  kind: Command['kind'],
  ground: OrderOnGround,
): Order | undefined {
  if (kind === 'order-hold') return inState(ground.order, true);
  if (kind === 'order-release') return inState(ground.order, false);
  const order = change.orders.find(({ id }) => id === ground.order.id);
  if (kind !== 'order-change' || !order) return undefined;
  const after = orderAfter(change, order, ground, commands);
  const held = ground.order.operationsRequest[0]?.requestState === 'Held';
  return held ? inState(after, true) : after;
}

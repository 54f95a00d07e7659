import type { CanonicalObject, Message } from '../../model/message';
import { acceptedOrder } from '../change/accepted';
import { planCommands } from '../change/carry-out';
import type { Change } from '../change/change';
import { type Command, markSent, ready } from '../change/commands';
import { isDone } from '../change/execution';
import { released } from '../change/hold-marks';
import type { OrderOnGround } from '../change/impact';
import { operationsOn } from '../change/plan';
import { type Outcome, settle } from '../change/settle';
import type { Order } from '../change/shapes';
import { indexOrder } from '../flow/apply';
import { businessKey } from '../flow/business-key';
import { groundOf } from '../flow/ground';
import { type Parcel, route } from '../flow/route';
import type { Project } from '../project';
import type { Tx } from '../storage/store';
import { keepJobs } from './jobs';
import { keepSet } from './keep';
import { rebase } from './rebase';
import type { ChangeSet, Workshop } from './set';
import { elsewhere, mayFreeWrite, standsAlone } from './slice';

export interface Advance {
  readonly now: string;
  /** The message that set it going, for the trace. */
  readonly messageId?: string | undefined;
  /** Commands that were just acknowledged: what they did becomes the hub's own state. */
  readonly acknowledged?: readonly Command[];
  /** An order that is on its way to these systems with this very transaction. */
  readonly routed?: { readonly orderId: string; readonly systems: readonly string[] };
}

type Grounds = Map<string, OrderOnGround>;

/**
 * Takes a whole change as far as it goes now, in the caller's transaction: takes over what was acknowledged, plans what
 * is owed, hands what is ready to delivery, and keeps all of it. Doing it twice does it once.
 *
 * An order that execution has not been given yet has nobody to accept its new form: it takes it in the hub, and goes
 * out in that form when its time comes.
 */
export async function advance(tx: Tx, shop: Workshop, set: ChangeSet, how: Advance): Promise<ChangeSet> {
  const advanced = await goOn(tx, shop, set, how);
  if (advanced) return advanced;
  throw new RangeError(`change ${set.change.id} was to be taken further in a slice`);
}

/** The same for a slice; `undefined`, and nothing kept, where what is to be done concerns other orders as well. */
export async function advanceSlice(
  tx: Tx,
  shop: Workshop,
  set: ChangeSet,
  how: Advance,
): Promise<ChangeSet | undefined> {
  return standsAlone(set) ? goOn(tx, shop, set, how) : undefined;
}

async function goOn(tx: Tx, shop: Workshop, set: ChangeSet, how: Advance): Promise<ChangeSet | undefined> {
  const { project, capabilities } = shop;
  const grounds = await groundsFor(tx, shop, set);
  if (!set.isWhole && mayFreeWrite(set, grounds, shop)) return undefined;
  for (const command of how.acknowledged ?? []) await takeOver(tx, project, set, command, grounds, how);
  const done = (orderId: string, segmentId: string) => {
    const state = grounds.get(orderId)?.execution?.segments[segmentId]?.state;
    return state !== undefined && isDone(state);
  };
  const deliveries = new Map(set.deliveries);
  const given = isGivenIn(tx, project, how);
  let { change } = set;
  let commands: Command[] = [...set.commands];
  for (let again = true; again; ) {
    again = false;
    const planned = planCommands(change, [...grounds.values()], capabilities, commands);
    if (!set.isWhole && planned.some(({ orderId }) => orderId === undefined)) return undefined;
    commands.push(...planned);
    const sent = new Set<string>();
    const here = new Map<string, Outcome>();
    for (const command of ready(commands, done, await elsewhere(tx, set, commands, done))) {
      if (await given(command)) {
        deliveries.set(command.id, dispatch(tx, project, change, command, grounds, how.messageId));
        sent.add(command.id);
      } else here.set(command.id, { kind: 'acknowledged', receipt: { here: NOT_GIVEN } });
    }
    if (here.size > 0) {
      const before = commands;
      for (const [id, outcome] of here)
        ({ change, commands } = settle(change, commands, id, outcome, how.now));
      for (const command of before.filter(({ id }) => here.has(id)))
        await takeOver(tx, project, { ...set, change, commands }, command, grounds, how);
      again = true;
    }
    commands = markSent(commands, sent, how.now);
  }
  await keepJobs(tx, set.stored.commands, commands);
  return keepSet(tx, project, { ...set, change, commands, deliveries }, how.now);
}

const NOT_GIVEN = 'execution has not been given the order yet: it will be in this form';

/** The orders of the set and those that its commands wait for; for a whole change also all others on its machines. */
async function groundsFor(
  tx: Tx,
  { capabilities }: Workshop,
  { change, commands, isWhole }: ChangeSet,
): Promise<Grounds> {
  const awaited = commands.flatMap(({ state, after }) =>
    state === 'planned' ? after.map(({ orderId }) => orderId) : [],
  );
  const grounds = await groundOf(tx, [...change.orders.map(({ id }) => id), ...awaited]);
  if (!isWhole) return grounds;
  // Any order that runs on the machines of the change has a say in when a value may be written there.
  const machines = [...grounds.values()].flatMap((ground) =>
    operationsOn({ capabilities }, ground).flatMap((operation) => operation.machines),
  );
  const running = await tx.ordersUsing('equipment', [...new Set(machines)]);
  for (const [id, ground] of await groundOf(
    tx,
    running.filter((id) => !grounds.has(id)),
  ))
    grounds.set(id, ground);
  return grounds;
}

/**
 * What speaks of an order to those who carry it out. Where its receiver has not been given the order, nothing is sent:
 * the order will come there in its new form, with the job for all its pieces.
 *
 * All else goes in any case. A `parameter-write` or `program-write` names a machine and no order: what is set there
 * holds for every job. A `job-cancel` is made only for a further job that did go out (see undo), which the machine would
 * make if it were not told. ERP, planning and maintenance have what they are asked about from elsewhere.
 */
const TO_EXECUTION: ReadonlySet<Command['kind']> = new Set([
  'order-hold',
  'order-release',
  'order-change',
  'job-hold',
  'job-resume',
  'job-update',
  'job-add',
]);

/** Whether the receiver knows the order that a command speaks of, asked once for each; commands to others always go. */
function isGivenIn(tx: Tx, project: Project, { routed }: Advance): (command: Command) => Promise<boolean> {
  const asked = new Map<string, Promise<boolean>>();
  return async ({ kind, orderId }) => {
    if (orderId === undefined || !TO_EXECUTION.has(kind)) return true;
    const { system } = project.change.commands[kind]!;
    if (routed?.orderId === orderId && routed.systems.includes(system)) return true;
    const question = `${system}\0${orderId}`;
    const answer = asked.get(question) ?? wasGiven(tx, system, orderId);
    asked.set(question, answer);
    return answer;
  };
}

async function wasGiven(tx: Tx, system: string, orderId: string): Promise<boolean> {
  if ((await tx.canonicalId(system, 'OperationsSchedule', orderId)) !== undefined) return true;
  const key = businessKey('OperationsSchedule', { id: orderId });
  return (await tx.listDeliveries({ dest: system, key, limit: 1 })).length > 0;
}

/** Whether an order is with execution: MES or machine was given it. */
export async function isInExecution(tx: Tx, project: Project, orderId: string): Promise<boolean> {
  const routes = Object.entries(project.change.commands).filter(([kind]) =>
    TO_EXECUTION.has(kind as Command['kind']),
  );
  for (const system of new Set(routes.map(([, route]) => route.system))) {
    if (await wasGiven(tx, system, orderId)) return true;
  }
  return false;
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
  return released(ground.order) as unknown as CanonicalObject;
}

/**
 * What the MES accepted becomes the hub's own state of the order; what else is wanted of it is brought up to that. Flows
 * from `hub` carry a customer's changed order further, e.g. to planning.
 */
async function takeOver(
  tx: Tx,
  project: Project,
  { change, commands }: ChangeSet,
  command: Command,
  grounds: Grounds,
  { messageId, now }: Advance,
): Promise<void> {
  const ground = command.orderId === undefined ? undefined : grounds.get(command.orderId);
  const body: Order | undefined = ground && acceptedOrder(change, commands, command, ground);
  if (!ground || !body) return;
  const origin = { system: 'hub', ...(messageId === undefined ? {} : { messageId }) };
  const { object, changed } = await tx.putObject({
    noun: 'OperationsSchedule',
    id: body.id,
    body,
    ...origin,
  });
  await indexOrder(tx, body);
  await rebase(tx, project, { before: ground.order, after: body, besides: change.id, now });
  if (changed && change.diff.of === 'order' && command.kind === 'order-change')
    await route(tx, project, acceptedMessage(change, body, now), { system: 'hub', messageId }, object);
  grounds.set(body.id, { ...ground, order: body });
}

const acceptedMessage = (change: Change, order: Order, now: string): Message => ({
  verb: 'Change',
  noun: 'OperationsSchedule',
  applicationArea: { sender: { logicalId: 'hub', referenceId: change.reference }, creationDateTime: now },
  items: [order as unknown as CanonicalObject],
});

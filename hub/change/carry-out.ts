import { isDeepStrictEqual } from 'node:util';
import type { CanonicalObject } from '../../model/message';
import { withAdditions } from './additions';
import { applyToOrder } from './apply-to-order';
import type { Change, ChangeOrder } from './change';
import { takesChange } from './change';
import type { Capabilities, Command } from './commands';
import { byOrder, dropDependents, jobOrderId } from './commands';
import { demandEffects } from './demand';
import { diffFor } from './diff-items';
import { progressOf } from './execution';
import { heldAs } from './hold-marks';
import { hold, release } from './holds';
import type { OrderOnGround } from './impact';
import { addJobs } from './more-pieces';
import { planParameterWrites } from './parameter-writes';
import type { HitOperation, Plan, Planned } from './plan';
import { add, baseOf, commandsOf, hitOperations, holdOf, schedule } from './plan';
import { isProduced } from './quantity';
import { inForce, restore, withConsumed } from './restore';
import type { Order, SegmentRequirement } from './shapes';
import { withRequest } from './shapes';
import { requestTools } from './tooling';

/**
 * The commands that the change owes as it stands and that are not yet among `existing`: holds at once, the orders
 * that policy settles at once, those of asked orders after their decision. Called again after every decision and
 * every move of the ground; what is planned already is not planned twice.
 *
 * Order within the set: the machine comes after the MES has accepted; a value is written into a machine when every
 * order running there is decided and held; what was held goes on after that; the plan is asked for last.
 *
 * @param orders the orders of the change as they stand, and any other order that may run on the same machines.
 */
export function planCommands(
  change: Change,
  orders: readonly OrderOnGround[],
  capabilities: Capabilities,
  existing: readonly Command[] = [],
): Command[] {
  if (change.undo !== undefined) return [];
  const grounds = new Map(orders.map((ground) => [ground.order.id, ground]));
  const groups = byOrder(existing);
  const plan: Plan = { change, grounds, capabilities, commands: [...existing], added: [], groups };
  const changed = new Map<ChangeOrder, Planned>();
  for (const order of change.orders) {
    const ground = grounds.get(order.id);
    // A done order is never touched, whatever had been decided about it.
    if (ground === undefined || progressOf(ground.order, ground.execution) === 'done') continue;
    if (order.standing === 'waiting' && order.impact.action === 'hold+ask') hold(plan, order, ground);
    if (takesChange(order)) changed.set(order, planChange(plan, order, ground));
    if (staysAsItIs(order)) {
      const old = restore(plan, order, ground);
      release(plan, order, old?.item ?? ground.order, [old?.id]);
    }
  }
  const writes = planParameterWrites(plan, changed);
  for (const [order, planned] of changed) {
    const { after, orderChange, operations } = planned;
    const needed = operations
      .filter((one) => one.running)
      .flatMap((one) => one.machines.flatMap((id) => writes.get(id) ?? []));
    if (needed.includes('open')) continue;
    const letGo = release(plan, order, after, [orderChange, ...needed]);
    addJobs(plan, order, grounds.get(order.id)!, planned, letGo ?? releaseOf(plan, order.id));
  }
  const added = new Set(plan.added.map((command) => command.id));
  return dropDependents(plan.commands).filter((command) => added.has(command.id));
}

/** What lets the order go on, planned earlier or gone out already. */
const releaseOf = (plan: Plan, orderId: string): string | undefined =>
  commandsOf(plan, orderId).findLast(
    ({ kind, state, undoes }) => kind === 'order-release' && state !== 'dropped' && undoes === undefined,
  )?.id;

/** A decision put off to a moment leaves the order held; put off to an operation, work has to go on to reach it. */
const staysAsItIs = (order: ChangeOrder): boolean =>
  order.standing === 'rejected' ||
  // Held while it waited, and then the ground moved: nothing is asked about it any more.
  ((order.standing === 'untouched' || order.standing === 'refused') && order.supersededBy === undefined) ||
  (order.standing === 'deferred' && !('time' in (order.until ?? {})));

/** The order as the change leaves it, with what the supervisor added. `commands`: the change's, at least those of the order. */
export function orderAfter(
  change: Change,
  order: ChangeOrder,
  ground: OrderOnGround,
  commands: readonly Command[],
): Order {
  const base = baseOf(change.diff, commands, ground.order);
  const diff = diffFor(change, base);
  const after =
    diff === undefined ? base : applyToOrder(base, diff, ground.execution, order.scope, order.impact.serials);
  return withAdditions(after, order.additions);
}

/**
 * Planned commands with their orders as they are to be now: what was consumed, rescheduled or renamed since they were
 * planned is in them. Commands of other kinds, sent ones and those of an undo stay as they are.
 */
export function refreshed(
  change: Change,
  commands: readonly Command[],
  orders: readonly OrderOnGround[],
): Command[] {
  const grounds = new Map(orders.map((ground) => [ground.order.id, ground]));
  const inChange = new Map(change.orders.map((order) => [order.id, order]));
  const groups = byOrder(commands);
  return commands.map((command) => {
    const ground = grounds.get(command.orderId ?? '');
    const order = inChange.get(command.orderId ?? '');
    if (command.state !== 'planned' || command.undoes !== undefined) return command;
    if (ground === undefined || order === undefined) return command;
    const item = itemNow(change, order, ground, command, commandsOf({ groups }, order.id));
    if (item === undefined || isDeepStrictEqual(command.message.item, item)) return command;
    return { ...command, message: { ...command.message, item: item as unknown as CanonicalObject } };
  });
}

/** The order, or the one operation of it, that the command is to carry now; `undefined`: it carries what it does. */
function itemNow(
  change: Change,
  order: ChangeOrder,
  ground: OrderOnGround,
  { kind, restores, message, segmentId }: Command,
  own: readonly Command[],
): Order | undefined {
  if (!['order-change', 'component-list', 'job-update'].includes(kind)) return undefined;
  let after: Order | undefined;
  if (restores) {
    const before = inForce(own, 'order-change', true)?.before as Order | undefined;
    after = before && withConsumed(before, ground.execution);
  } else if (takesChange(order)) after = orderAfter(change, order, ground, own);
  if (after === undefined) return undefined;
  const stated = heldAs(message.item as unknown as Order, after);
  return kind === 'job-update' ? onlySegment(stated, segmentId!) : stated;
}

function planChange(plan: Plan, order: ChangeOrder, ground: OrderOnGround): Planned {
  const { id, round } = order;
  const held = holdOf(plan, id);
  const before = baseOf(plan.change.diff, commandsOf(plan, id), ground.order);
  const after = orderAfter(plan.change, order, ground, commandsOf(plan, id));
  const item = held === undefined ? after : heldAs(holdMessage(plan, id, held), after);
  const operations = hitOperations(plan, order, ground);
  const orderChange = add(plan, {
    kind: 'order-change',
    key: id,
    round,
    orderId: id,
    dependsOn: [held],
    message: schedule(item),
    before,
    expectation: `The MES takes order ${id} in its new form.`,
  });
  const componentList =
    demandEffects(before, after).length === 0
      ? undefined
      : add(plan, {
          kind: 'component-list',
          key: id,
          round,
          orderId: id,
          dependsOn: [orderChange],
          message: schedule(item),
          before,
          expectation: `The ERP has the new component list of order ${id}.`,
        });
  const diff = diffFor(plan.change, before) ?? plan.change.diff;
  for (const operation of operations) {
    const tooling = requestTools(plan, diff, operation);
    updateJob(plan, order, operation, item, before, [orderChange, tooling]);
  }
  add(plan, {
    kind: 'replan',
    key: id,
    round,
    orderId: id,
    dependsOn: [orderChange, componentList],
    message: { verb: 'Get', noun: 'OperationsSchedule', item: { id } },
    expectation: `Planning gives a new plan that knows the changed order ${id}.`,
  });
  return { diff, before, after, orderChange, operations };
}

/** The order as the command that holds it has it. */
const holdMessage = (plan: Plan, orderId: string, commandId: string): Order =>
  commandsOf(plan, orderId).find(({ id }) => id === commandId)!.message.item as unknown as Order;

/** A job that has not begun gets its new form; to one that runs, values are written instead. */
function updateJob(
  plan: Plan,
  order: ChangeOrder,
  operation: HitOperation,
  after: Order,
  before: Order,
  dependsOn: ReadonlyArray<string | undefined>,
): void {
  if (operation.running || operation.done || operation.machines.length === 0) return;
  const segmentId = operation.segment.id;
  add(plan, {
    kind: 'job-update',
    key: jobOrderId(order.id, segmentId),
    round: order.round,
    orderId: order.id,
    segmentId,
    equipmentId: operation.machines[0],
    dependsOn,
    message: schedule(onlySegment(after, segmentId)),
    before: onlySegment(before, segmentId),
    expectation: `${operation.machines[0]} takes job ${jobOrderId(order.id, segmentId)} in its new form.`,
  });
}

/** An operation cut out of its order still says how many pieces the order makes. */
function withOutput(segment: SegmentRequirement, last: SegmentRequirement | undefined): SegmentRequirement {
  if (last === undefined || last.id === segment.id) return segment;
  const output = (last.materialRequirement ?? []).filter(isProduced);
  return { ...segment, materialRequirement: [...(segment.materialRequirement ?? []), ...output] };
}

const onlySegment = (order: Order, segmentId: string): Order =>
  withRequest(order, (request) => ({
    ...request,
    segmentRequirement: request.segmentRequirement
      .filter((segment) => segment.id === segmentId)
      .map((segment) => withOutput(segment, request.segmentRequirement.at(-1))),
  }));

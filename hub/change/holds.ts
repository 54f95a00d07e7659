import type { ChangeOrder } from './change';
import { jobCommand, jobOrderId } from './commands';
import type { OrderOnGround } from './impact';
import type { HitOperation, Plan } from './plan';
import { add, commandsOf, hitOperations, holdOf, inState, schedule } from './plan';
import type { Order } from './shapes';

/** Holds the order at the MES and the running jobs of the operations that the change hits, and nothing else. */
export function hold(plan: Plan, order: ChangeOrder, ground: OrderOnGround): void {
  const { id, round } = order;
  if (holdOf(plan, id) === undefined) {
    add(plan, {
      kind: 'order-hold',
      key: id,
      round,
      orderId: id,
      message: schedule(inState(ground.order, true)),
      before: ground.order,
      expectation: `The MES holds order ${id}: ${plan.change.reference} waits for a decision.`,
    });
  }
  for (const operation of hitOperations(plan, order, ground)) holdJob(plan, order, operation);
}

/** Only a running job can be paused; one that has not begun is kept back by the MES. */
export function holdJob(plan: Plan, order: ChangeOrder, operation: HitOperation): string | undefined {
  const segmentId = operation.segment.id;
  const held = holdOf(plan, order.id, segmentId);
  if (held !== undefined || !operation.running || operation.machines.length === 0) return held;
  // A machine that refused to pause the job is not asked again: the supervisor has been told.
  if (
    commandsOf(plan, order.id).some(
      (one) => one.kind === 'job-hold' && one.state === 'refused' && one.segmentId === segmentId,
    )
  ) {
    return undefined;
  }
  return add(plan, {
    kind: 'job-hold',
    key: jobOrderId(order.id, segmentId),
    round: order.round,
    orderId: order.id,
    segmentId,
    equipmentId: operation.machines[0],
    message: jobCommand(order.id, segmentId, 'Pause'),
    expectation: `${operation.machines[0]} pauses job ${jobOrderId(order.id, segmentId)}.`,
  });
}

/** Lets a held order and its jobs go on, after what they have to wait for. An order that is not held needs nothing. */
export function release(
  plan: Plan,
  order: ChangeOrder,
  item: Order,
  dependsOn: ReadonlyArray<string | undefined>,
): void {
  const { id, round } = order;
  const held = holdOf(plan, id);
  const jobs = commandsOf(plan, id).filter(
    (command) => command.kind === 'job-hold' && holdOf(plan, id, command.segmentId) === command.id,
  );
  const released =
    held === undefined
      ? undefined
      : add(plan, {
          kind: 'order-release',
          key: id,
          round,
          orderId: id,
          dependsOn: [held, ...dependsOn],
          message: schedule(inState(item, false)),
          expectation: `The MES lets order ${id} go on.`,
        });
  for (const job of jobs) {
    const segmentId = job.segmentId!;
    add(plan, {
      kind: 'job-resume',
      key: jobOrderId(id, segmentId),
      round,
      orderId: id,
      segmentId,
      equipmentId: job.equipmentId,
      dependsOn: [job.id, released, ...dependsOn],
      message: jobCommand(id, segmentId, 'Resume'),
      expectation: `${job.equipmentId} goes on with job ${jobOrderId(id, segmentId)}.`,
    });
  }
}

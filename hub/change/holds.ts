import type { ChangeOrder } from './change';
import { jobCommand, jobOrderId } from './commands';
import type { Hold } from './hold-marks';
import { held, released } from './hold-marks';
import type { OrderOnGround } from './impact';
import type { HitOperation, Plan } from './plan';
import { add, commandsOf, hitOperations, holdOf, operationsOn, schedule } from './plan';
import { splitBySerial } from './serial-split';
import type { Order } from './shapes';

/** Holds at the MES what has to be held of the order, and the running jobs of those operations, and nothing else. */
export function hold(plan: Plan, order: ChangeOrder, ground: OrderOnGround): void {
  const { id, round } = order;
  const wanted = whatToHold(plan, order, ground);
  if (holdOf(plan, id) === undefined) {
    add(plan, {
      kind: 'order-hold',
      key: id,
      round,
      orderId: id,
      message: schedule(held(ground.order, wanted)),
      before: ground.order,
      expectation: `The MES holds ${told(id, wanted)} (${wanted.reason}): ${plan.change.reference} waits for a decision.`,
    });
  }
  // A machine does not know which piece has which number: that is for the MES to watch.
  if (wanted.serials !== undefined) return;
  for (const operation of hitOperations(plan, order, ground))
    if (!wanted.segments || wanted.segments.includes(operation.segment.id)) holdJob(plan, order, operation);
}

/**
 * The serial numbers that the change holds for, the operations that have to wait, or the order where it is hit as a
 * whole, where nothing of it could go on, or where the rules hold it as a whole.
 */
function whatToHold(plan: Plan, order: ChangeOrder, ground: OrderOnGround): Hold {
  const { impact, holds } = order;
  const hold = { reason: holds?.reason ?? impact.severity, reference: plan.change.reference };
  if (holds?.of === 'order') return hold;
  const waiting = new Set(
    impact.operations.filter(({ action }) => action === 'hold+ask').map(({ id }) => id),
  );
  const open = operationsOn(plan, ground).filter(({ done }) => !done);
  const segments = open.filter(({ defined }) => waiting.has(defined)).map(({ segment }) => segment.id);
  const split = splitBySerial(ground.order, impact.serials);
  const isWhole = segments.length < waiting.size || segments.length === open.length;
  return {
    ...hold,
    ...(isWhole ? {} : { segments }),
    ...(split === undefined ? {} : { serials: split.serials }),
  };
}

function told(orderId: string, { segments, serials }: Hold): string {
  const operations = segments === undefined ? '' : `operation ${segments.join(', ')} of `;
  const pieces = serials === undefined ? '' : `serial numbers ${serials.join(', ')} of `;
  return `${pieces}${operations}order ${orderId}`;
}

/** Only a running job can be paused; one that has not begun is kept back by the MES. */
export function holdJob(plan: Plan, order: ChangeOrder, operation: HitOperation): string | undefined {
  const segmentId = operation.segment.id;
  const held = holdOf(plan, order.id, segmentId);
  if (held !== undefined || !operation.running || operation.idle || operation.machines.length === 0)
    return held;
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
    key: jobOrderId(order.id, operation.job),
    round: order.round,
    orderId: order.id,
    segmentId,
    equipmentId: operation.machines[0],
    message: jobCommand(order.id, operation.job, 'Pause'),
    expectation: `${operation.machines[0]} pauses job ${jobOrderId(order.id, operation.job)}.`,
  });
}

/** Lets a held order and its jobs go on, after what they have to wait for; gives the order's release. An order that is not held needs nothing. */
export function release(
  plan: Plan,
  order: ChangeOrder,
  item: Order,
  dependsOn: ReadonlyArray<string | undefined>,
): string | undefined {
  const { id, round } = order;
  const hold = holdOf(plan, id);
  const jobs = commandsOf(plan, id).filter(
    (command) => command.kind === 'job-hold' && holdOf(plan, id, command.segmentId) === command.id,
  );
  const letGo =
    hold === undefined
      ? undefined
      : add(plan, {
          kind: 'order-release',
          key: id,
          round,
          orderId: id,
          dependsOn: [hold, ...dependsOn],
          message: schedule(released(item)),
          expectation: `The MES lets order ${id} go on.`,
        });
  for (const job of jobs) {
    const segmentId = job.segmentId!;
    const name = job.message.item.id!;
    add(plan, {
      kind: 'job-resume',
      key: name,
      round,
      orderId: id,
      segmentId,
      equipmentId: job.equipmentId,
      dependsOn: [job.id, letGo, ...dependsOn],
      message: jobCommand(id, name.slice(id.length + 1), 'Resume'),
      expectation: `${job.equipmentId} goes on with job ${name}.`,
    });
  }
  return letGo;
}

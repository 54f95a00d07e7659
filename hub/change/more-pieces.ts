import type { ChangeOrder } from './change';
import type { Command } from './commands';
import { jobOrderId } from './commands';
import { materialOf } from './diff-lines';
import { released } from './hold-marks';
import type { OrderOnGround } from './impact';
import { extraJob } from './job-ids';
import type { HitOperation, Plan, Planned } from './plan';
import { add, commandsOf, schedule } from './plan';
import type { Exact } from './quantity';
import { amountOf, decimal, isProduced, max, orderQuantity, proportion, withAmount, zero } from './quantity';
import type { MaterialLine, Order, SegmentRequirement } from './shapes';
import { requestOf, withRequest } from './shapes';

/**
 * More pieces of an order whose job runs: the machine makes of that job what it was begun with, so it gets a further job
 * for the rest. It comes when the MES has taken the order and lets it go on.
 */
export function addJobs(
  plan: Plan,
  order: ChangeOrder,
  ground: OrderOnGround,
  { diff, before, after, operations, orderChange }: Planned,
  letGo: string | undefined,
): void {
  if (diff.of !== 'order') return;
  const rest = pieces(after).minus(pieces(before));
  if (!rest.greaterThan(0)) return;
  for (const operation of operations) {
    const [machine] = operation.machines;
    if (!operation.running || machine === undefined || hasJob(plan, order.id, operation)) continue;
    const { id } = operation.segment;
    const number = (ground.execution?.segments[id]?.jobs ?? 1) + 1;
    const job = jobOrderId(order.id, extraJob(id, number));
    add(plan, {
      kind: 'job-add',
      key: jobOrderId(order.id, id),
      round: order.round,
      orderId: order.id,
      segmentId: id,
      equipmentId: machine,
      dependsOn: [orderChange, letGo],
      message: schedule(restOf(after, before, id, extraJob(id, number), rest)),
      expectation: `${machine} takes job ${job} for ${rest.toFixed()} more.`,
    });
  }
}

const pieces = (order: Order): Exact => decimal(orderQuantity(order)?.quantity);

/** Also that of an earlier round: it was for the same pieces. */
const hasJob = (plan: Plan, orderId: string, { segment }: HitOperation): boolean =>
  commandsOf(plan, orderId).some(
    (one) =>
      one.kind === 'job-add' &&
      one.segmentId === segment.id &&
      one.undoes === undefined &&
      !(one.state === 'dropped' && one.because === undefined),
  );

/** The operation for the pieces that are still to be begun, with the components for these alone. */
function restOf(after: Order, before: Order, segmentId: string, job: string, rest: Exact): Order {
  const had = linesOf(before, segmentId);
  const all = pieces(after);
  const line = (one: MaterialLine): MaterialLine | undefined => {
    if (isProduced(one)) return withAmount(one, rest);
    const { quantity, unit } = amountOf(one);
    const old = had.find((other) => other.id === one.id && materialOf(other) === materialOf(one));
    const more =
      old === undefined
        ? proportion(decimal(quantity), rest, all, unit)
        : max(decimal(quantity).minus(decimal(amountOf(old).quantity)), zero);
    return more.isZero() ? undefined : withAmount(one, more);
  };
  return withRequest(released(after), (request) => {
    const own = request.segmentRequirement.find(({ id }) => id === segmentId)!;
    const last = request.segmentRequirement.at(-1)!;
    const output = own === last ? [] : (last.materialRequirement ?? []).filter(isProduced);
    const lines = [...(own.materialRequirement ?? []), ...output].flatMap((one) => line(one) ?? []);
    const segment: SegmentRequirement = { ...own, id: job, materialRequirement: lines };
    return { ...request, segmentRequirement: [segment] };
  });
}

const linesOf = (order: Order, segmentId: string): readonly MaterialLine[] =>
  requestOf(order).segmentRequirement.find(({ id }) => id === segmentId)?.materialRequirement ?? [];

/** Id of the job that such a command brings to the machine, without its order: `0010+2`. */
export const jobAdded = ({ message }: Command): string =>
  requestOf(message.item as unknown as Order).segmentRequirement[0]!.id;

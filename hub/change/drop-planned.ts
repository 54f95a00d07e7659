import type { Command } from './commands';
import { isWrite, jobOrderId } from './commands';
import { hasBegun, isDone } from './execution';
import type { OrderOnGround } from './impact';
import { requestOf } from './shapes';

const isRelease = ({ kind }: Command) => kind === 'order-release' || kind === 'job-resume';
const isHold = ({ kind }: Command) => kind === 'order-hold' || kind === 'job-hold';

/**
 * Drops what is not yet sent of an order, or failed, because the ground under it moved: it is not owed any more, and
 * what is still right is planned anew. A value for a machine on which the order runs goes with it, and so does what
 * waits for that value.
 *
 * @param all also holds and releases: the order is done.
 */
export function dropPlanned(
  commands: readonly Command[],
  orderId: string,
  why: string,
  now: string,
  all = false,
): Command[] {
  const own = new Set(commands.filter((one) => one.orderId === orderId).map((one) => one.id));
  return drop(commands, why, now, (one) =>
    isWrite(one)
      ? one.dependsOn.some((id) => own.has(id))
      : own.has(one.id) && (all || !(isHold(one) || isRelease(one))),
  );
}

/** Drops values for machines on which a job has begun that nobody reckoned with. */
export function dropStaleWrites(
  commands: readonly Command[],
  orders: readonly OrderOnGround[],
  why: string,
  now: string,
): Command[] {
  if (!commands.some((one) => one.state === 'planned' && isWrite(one))) return [...commands];
  const running = orders.flatMap(({ order, execution }) =>
    requestOf(order).segmentRequirement.flatMap((segment) => {
      const { state, job: id = segment.id } = execution?.segments[segment.id] ?? {};
      if (state === undefined || !hasBegun(state) || isDone(state)) return [];
      const equipment = (segment.equipmentRequirement ?? []).flatMap((line) => line.equipmentId ?? [line.id]);
      return [{ job: jobOrderId(order.id, id), equipment }];
    }),
  );
  return drop(
    commands,
    why,
    now,
    (one) =>
      isWrite(one) &&
      one.state === 'planned' &&
      running.some(
        ({ job, equipment }) => equipment.includes(one.equipmentId!) && !one.alongside?.includes(job),
      ),
  );
}

/** Drops what is chosen, and the releases that wait for it. */
function drop(
  commands: readonly Command[],
  why: string,
  now: string,
  chosen: (command: Command) => boolean,
): Command[] {
  const planned = commands.filter((one) => isUnsettled(one) && one.undoes === undefined);
  const gone = new Set(planned.filter(chosen).map((one) => one.id));
  for (const one of planned) if (isRelease(one) && one.dependsOn.some((id) => gone.has(id))) gone.add(one.id);
  // A resumption waits for the release of its order, too.
  for (const one of planned) if (isRelease(one) && one.dependsOn.some((id) => gone.has(id))) gone.add(one.id);
  return commands.map((one) => {
    if (!gone.has(one.id)) return one;
    const { because: _because, ...rest } = one;
    return { ...rest, state: 'dropped' as const, problem: one.problem ?? why, settledAt: now };
  });
}

/** Not sent, or sent in vain, or waiting for something that was. */
const isUnsettled = ({ state, because }: Command): boolean =>
  state === 'planned' || state === 'failed' || (state === 'dropped' && because !== undefined);

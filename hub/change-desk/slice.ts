import type { ChangeOrder } from '../change/change';
import { isUndecided } from '../change/change';
import type { Command } from '../change/commands';
import type { OrderOnGround } from '../change/impact';
import { writeOf } from '../change/parameter-writes';
import { operationsOn } from '../change/plan';
import type { Reads } from '../storage/store';
import type { ChangeSet, Workshop } from './set';

/*
 * What happens to one order of a change (an answer, a report, a decision) is worked out on that order and its commands
 * alone. Orders of a change meet in the commands that concern no single order, above all in the values for a machine.
 * As long as these stay as they are the slice is enough; where they do not, the whole change is looked at instead.
 */

/** Whether a slice stayed one: what concerns no single order, and whether the change is taken back, is as it was stored. */
export function standsAlone({ change, commands, stored }: ChangeSet): boolean {
  if (change.undo !== stored.change?.undo) return false;
  const known = new Map(stored.commands.map((command) => [command.id, command]));
  const ids = new Set(commands.map(({ id }) => id));
  return commands.every((command) =>
    command.orderId === undefined
      ? known.get(command.id) === command
      : command.state !== 'planned' || command.dependsOn.every((id) => ids.has(id)),
  );
}

/**
 * Whether something has become of an order in the slice that a value for its machine may have waited for: such values
 * are planned over all orders that run there.
 */
export function mayFreeWrite(
  { change, commands, stored }: ChangeSet,
  grounds: ReadonlyMap<string, OrderOnGround>,
  { capabilities }: Workshop,
): boolean {
  const diffs = [change.diff, ...Object.values(change.diffsFrom ?? {})];
  const items = diffs.flatMap((diff) => diff.items).filter(({ kind }) => kind.startsWith('parameter'));
  if (items.length === 0) return false;
  const concerned = new Set(items.map(({ segmentId }) => segmentId));
  const wanted = new Set(items.map(writeOf));
  const written = new Set(
    commands.flatMap(({ kind, state, because, equipmentId }) =>
      state === 'dropped' && because === undefined ? [] : `${kind} ${equipmentId}`,
    ),
  );
  const isWritten = (machine: string) => [...wanted].every((kind) => written.has(`${kind} ${machine}`));
  const before = new Map(stored.change?.orders.map((order) => [order.id, order]));
  return change.orders.some((order) => {
    const ground = grounds.get(order.id);
    if (ground === undefined) return false;
    const isNew = isDecidedAnew(order, before.get(order.id));
    if (!isNew && !isUndecided(order)) return false;
    return operationsOn({ capabilities }, ground).some(
      ({ defined, machines, done }) =>
        (isNew || done) && concerned.has(defined) && machines.some((machine) => !isWritten(machine)),
    );
  });
}

const isDecidedAnew = (order: ChangeOrder, before: ChangeOrder | undefined): boolean =>
  before === undefined || before.standing !== order.standing || before.round !== order.round;

/** Acknowledged commands outside of the slice that one in it waits for: asked only where nothing else is missing. */
export async function elsewhere(
  reads: Reads,
  set: ChangeSet,
  commands: readonly Command[],
  isDone: (orderId: string, segmentId: string) => boolean,
): Promise<string[]> {
  if (set.isWhole) return [];
  const known = new Map(commands.map((command) => [command.id, command]));
  const found: string[] = [];
  for (const { orderId, state, dependsOn, after } of commands) {
    if (orderId !== undefined || state !== 'planned') continue;
    const own = dependsOn.filter((id) => known.has(id));
    if (own.some((id) => known.get(id)?.state !== 'acknowledged')) continue;
    if (!after.every((operation) => isDone(operation.orderId, operation.segmentId))) continue;
    const others = dependsOn.filter((id) => !known.has(id));
    if (await reads.areAcknowledged(others)) found.push(...others);
  }
  return found;
}

import type { Planned } from './carry-out';
import type { ChangeOrder } from './change';
import { isUndecided, takesChange } from './change';
import { jobOrderId, parameterWrite } from './commands';
import type { DiffItem, Side } from './diff-items';
import { holdJob } from './holds';
import type { OrderOnGround } from './impact';
import type { HitOperation, Plan, Wanted } from './plan';
import { add, commandsOf, operationsOn } from './plan';
import type { Order, Parameter } from './shapes';
import { revisionOf } from './shapes';

/**
 * Plans the values to be written into machines. Gives, for each machine: the command's id; `open` while an order
 * running there is undecided; `undefined` where nothing is to be written. An order that goes on there in the old
 * form is waited for: it must not get the new values.
 */
export function planParameterWrites(
  plan: Plan,
  changed: ReadonlyMap<ChangeOrder, Planned>,
): Map<string, string | 'open' | undefined> {
  const writes = new Map<string, string | 'open' | undefined>();
  for (const machine of plan.capabilities.machines) {
    const values = valuesFor(machine, changed);
    if (values.length > 0) writes.set(machine, planWrite(plan, machine, values, changed));
  }
  return writes;
}

/** Parameters that all operations on the machine agree about; where they differ, each job brings its own. */
function valuesFor(machine: string, changed: ReadonlyMap<ChangeOrder, Planned>): DiffItem[] {
  const byId = new Map<string, DiffItem | undefined>();
  for (const { operations: hit, diff } of changed.values()) {
    // A changed customer order concerns the machine only while it runs there: before, its job brings the values.
    const now = hit.filter((one) => !one.done && (diff.of === 'definition' || one.running));
    const operations = new Set(now.filter((one) => one.machines.includes(machine)).map((one) => one.defined));
    for (const item of operations.size === 0 ? [] : diff.items) {
      if (item.kind !== 'parameter-changed' && item.kind !== 'parameter-added') continue;
      if (!operations.has(item.segmentId) || item.parameterId === undefined) continue;
      const { parameterId } = item;
      const agrees = !byId.has(parameterId) || byId.get(parameterId)?.new?.value === item.new?.value;
      byId.set(parameterId, agrees ? item : undefined);
    }
  }
  return [...byId.values()].filter((item): item is DiffItem => item !== undefined);
}

function planWrite(
  plan: Plan,
  machine: string,
  items: readonly DiffItem[],
  changed: ReadonlyMap<ChangeOrder, Planned>,
): string | 'open' | undefined {
  const known = commandsOf(plan).find(
    (one) => one.kind === 'parameter-write' && one.equipmentId === machine && one.state !== 'dropped',
  );
  if (known !== undefined) return known.id;
  const users = usersOf(plan, machine);
  if (users.some(({ order, running }) => running.length > 0 && waitsForDecision(order))) return 'open';
  const names = items.map((item) => `${item.parameterId} ${item.new?.value ?? ''}`.trim());
  return add(plan, {
    kind: 'parameter-write',
    key: machine,
    round: 1,
    equipmentId: machine,
    ...conditions(plan, machine, users, changed),
    alongside: users.flatMap(({ ground, running }) =>
      running.map((one) => jobOrderId(ground.order.id, one.segment.id)),
    ),
    message: parameterWrite(
      machine,
      items.map((item) => parameterOf(item, item.new)),
    ),
    before: parameterWrite(
      machine,
      items.filter((item) => item.old !== undefined).map((item) => parameterOf(item, item.old)),
    ).item,
    expectation: `${machine} reads back ${names.join(', ')}.`,
  });
}

/** An order with work left on a machine. */
interface User {
  readonly ground: OrderOnGround;
  /** Absent: it is no part of the change. */
  readonly order: ChangeOrder | undefined;
  readonly running: readonly HitOperation[];
}

function usersOf(plan: Plan, machine: string): User[] {
  const inChange = new Map(plan.change.orders.map((order) => [order.id, order]));
  return [...plan.grounds.values()].flatMap((ground) => {
    const here = operationsOn(plan, ground).filter((one) => one.machines.includes(machine) && !one.done);
    const order = inChange.get(ground.order.id);
    return here.length === 0 ? [] : [{ ground, order, running: here.filter((one) => one.running) }];
  });
}

/** Orders that take the change must have it, with their running jobs paused; what runs on in the old form must be through. */
function conditions(
  plan: Plan,
  machine: string,
  users: readonly User[],
  changed: ReadonlyMap<ChangeOrder, Planned>,
): Pick<Wanted, 'dependsOn' | 'after'> {
  const dependsOn: Array<string | undefined> = [];
  const after: Array<{ orderId: string; segmentId: string }> = [];
  for (const { ground, order, running } of users) {
    if (order !== undefined && takesChange(order)) {
      dependsOn.push(changed.get(order)?.orderChange, ...jobUpdates(plan, order, machine));
      for (const operation of running) dependsOn.push(holdJob(plan, order, operation));
    } else if (order !== undefined || !isInNewForm(plan, ground.order)) {
      for (const { segment } of running) after.push({ orderId: ground.order.id, segmentId: segment.id });
    }
  }
  return { dependsOn, after };
}

/** A job that takes no update has begun with the old values: its order asks again before anything is written. */
const jobUpdates = (plan: Plan, order: ChangeOrder, machine: string): string[] =>
  commandsOf(plan, order.id)
    .filter((one) => one.kind === 'job-update' && one.equipmentId === machine)
    .filter((one) => one.state !== 'dropped' && one.state !== 'refused' && one.undoes === undefined)
    .map((one) => one.id);

/** Whether the order may yet take the change while it stands on the machine. */
function waitsForDecision(order: ChangeOrder | undefined): boolean {
  if (order === undefined || !isUndecided(order)) return false;
  return order.standing === 'waiting' || 'time' in (order.until ?? {});
}

const isInNewForm = (plan: Plan, order: Order): boolean =>
  plan.change.diff.of === 'definition' &&
  plan.change.diff.after !== undefined &&
  revisionOf(order) === plan.change.diff.after;

function parameterOf(item: DiffItem, side: Side | undefined): Parameter {
  return {
    id: item.parameterId!,
    value: [
      {
        valueString: side?.value ?? '',
        ...(side?.dataType ? { dataType: side.dataType } : {}),
        ...(side?.unit ? { unitOfMeasure: side.unit } : {}),
      },
    ],
  };
}

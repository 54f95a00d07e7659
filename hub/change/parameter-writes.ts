import type { ChangeOrder } from './change';
import { isUndecided, takesChange } from './change';
import { jobOrderId, parameterWrite } from './commands';
import type { DiffItem, Side } from './diff-items';
import { holdJob } from './holds';
import type { OrderOnGround } from './impact';
import type { HitOperation, Plan, Planned, Wanted } from './plan';
import { add, commandsOf, operationsOn } from './plan';
import { isProgram } from './programs';
import type { Order, Parameter } from './shapes';
import { requestOf, revisionOf } from './shapes';

/** What is written into a machine: values and program are given by different commands, which may go different ways. */
type Write = 'parameter-write' | 'program-write';

/**
 * Plans what is to be written into machines. Gives, for each machine: the commands' ids; `open` while an order
 * running there is undecided. An order that goes on there in the old form is waited for: it must not get the new values.
 */
export function planParameterWrites(
  plan: Plan,
  changed: ReadonlyMap<ChangeOrder, Planned>,
): Map<string, ReadonlyArray<string | 'open' | undefined>> {
  const writes = new Map<string, ReadonlyArray<string | 'open' | undefined>>();
  for (const machine of plan.capabilities.machines) {
    const items = valuesFor(machine, changed);
    const kinds = new Set(items.map(writeOf));
    writes.set(
      machine,
      [...kinds].map((kind) => {
        const own = items.filter((item) => writeOf(item) === kind);
        return planWrite(plan, machine, kind, own, changed);
      }),
    );
  }
  return writes;
}

/** The kind of command that brings such a difference to a machine. */
export const writeOf = ({ parameterId }: DiffItem): Write =>
  isProgram(parameterId) ? 'program-write' : 'parameter-write';

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
  kind: Write,
  items: readonly DiffItem[],
  changed: ReadonlyMap<ChangeOrder, Planned>,
): string | 'open' | undefined {
  // One that was dropped because of a failure stays owed, and nobody is held up for it until that is made good.
  const known = commandsOf(plan).find(
    (one) =>
      one.kind === kind &&
      one.equipmentId === machine &&
      (one.state !== 'dropped' || one.because !== undefined) &&
      one.undoes === undefined,
  );
  if (known !== undefined) return known.id;
  const users = usersOf(plan, machine);
  if (users.some(({ order, running }) => running.length > 0 && waitsForDecision(order))) return 'open';
  const whole = kind === 'program-write' ? programOn(machine, changed) : [];
  const wanted = withChanged(whole, items, 'new');
  const before = withChanged(
    whole.filter(({ id }) => !items.some((item) => item.parameterId === id)),
    items.filter((item) => item.old !== undefined),
    'old',
  );
  const names = wanted.map(({ id, value }) => `${id} ${value?.[0]?.valueString ?? ''}`.trim());
  return add(plan, {
    kind,
    key: machine,
    round: 1,
    equipmentId: machine,
    ...conditions(plan, machine, users, changed),
    alongside: users.flatMap(({ ground, running }) =>
      running.map((one) => jobOrderId(ground.order.id, one.job)),
    ),
    message: parameterWrite(machine, wanted),
    before: parameterWrite(machine, before).item,
    expectation: `${machine} reads back ${names.join(', ')}.`,
  });
}

/** A program is chosen by name and version together, also where only one of them changes. */
function programOn(machine: string, changed: ReadonlyMap<ChangeOrder, Planned>): Parameter[] {
  for (const { after, operations } of changed.values()) {
    const hit = operations.find((one) => one.machines.includes(machine) && !one.done);
    const segment = requestOf(after).segmentRequirement.find(({ id }) => id === hit?.segment.id);
    const program = (segment?.segmentParameter ?? []).filter(({ id }) => isProgram(id));
    if (program.length > 0) return program;
  }
  return [];
}

function withChanged(
  whole: readonly Parameter[],
  items: readonly DiffItem[],
  side: 'old' | 'new',
): Parameter[] {
  const changed = items.map((item) => parameterOf(item, item[side]));
  return [...whole.filter(({ id }) => !changed.some((one) => one.id === id)), ...changed];
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

import type { ChangeOrder } from './change';
import type { Command } from './commands';
import { jobCommand } from './commands';
import { materialOf } from './diff-lines';
import type { OrderExecution } from './execution';
import { heldAs } from './hold-marks';
import type { OrderOnGround } from './impact';
import { jobAdded } from './more-pieces';
import type { Plan } from './plan';
import { add, commandsOf, holdOf, schedule } from './plan';
import type { MaterialLine, Order } from './shapes';
import { requestOf, withRequest } from './shapes';

/**
 * An order that an earlier round had changed at the MES and that now stays as it was after all (the machine was quicker
 * and the supervisor rejected) goes back to its old form there, in the ERP and in planning. Gives the command that
 * brings it back, and the order in its old form; `undefined` where there is nothing to bring back.
 */
export function restore(
  plan: Plan,
  order: ChangeOrder,
  ground: OrderOnGround,
): { readonly id: string | undefined; readonly item: Order } | undefined {
  const changed = inForce(commandsOf(plan, order.id), 'order-change');
  if (changed?.before === undefined) return undefined;
  const item = withConsumed(changed.before as unknown as Order, ground.execution);
  const held = holdOf(plan, order.id);
  const { id, round } = order;
  const common = { key: id, round, orderId: id, restores: true as const };
  const message = schedule(held === undefined ? item : heldAs(ground.order, item));
  const orderChange = add(plan, {
    ...common,
    kind: 'order-change',
    dependsOn: [changed.id, held],
    message,
    before: ground.order,
    expectation: `The MES takes order ${id} back in its old form.`,
  });
  const list = inForce(commandsOf(plan, id), 'component-list');
  const componentList =
    list === undefined
      ? undefined
      : add(plan, {
          ...common,
          kind: 'component-list',
          dependsOn: [orderChange, list.id],
          message,
          before: ground.order,
          expectation: `The ERP has the old component list of order ${id} again.`,
        });
  for (const job of added(plan, id)) {
    add(plan, {
      ...common,
      kind: 'job-cancel',
      key: `${id}-${jobAdded(job)}`,
      segmentId: job.segmentId,
      equipmentId: job.equipmentId,
      dependsOn: [orderChange, job.id],
      message: jobCommand(id, jobAdded(job), 'Cancel'),
      expectation: `${job.equipmentId} takes job ${id}-${jobAdded(job)} off its list.`,
    });
  }
  add(plan, {
    ...common,
    kind: 'replan',
    dependsOn: [orderChange, componentList],
    message: { verb: 'Get', noun: 'OperationsSchedule', item: { id } },
    expectation: `Planning gives a new plan that knows order ${id} in its old form.`,
  });
  return { id: orderChange, item };
}

/** Jobs that a machine was given for more pieces. */
const added = (plan: Plan, orderId: string): Command[] =>
  commandsOf(plan, orderId).filter(
    ({ kind, state, undoes }) =>
      kind === 'job-add' && undoes === undefined && (state === 'acknowledged' || state === 'sent'),
  );

/** The command that brought the order into its new form, unless a later one takes it back (`evenSo`: also then). */
export function inForce(
  commands: readonly Command[],
  kind: Command['kind'],
  evenSo = false,
): Command | undefined {
  const own = commands.filter(
    (one) =>
      one.kind === kind && one.undoes === undefined && (one.state === 'acknowledged' || one.state === 'sent'),
  );
  const last = own.at(-1);
  if (last === undefined || (last.restores && !evenSo)) return undefined;
  return own.find((one) => !one.restores);
}

/** The order with a line for whatever was consumed that it did not ask for: used is used. */
export function withConsumed(order: Order, execution: OrderExecution | undefined): Order {
  const asked = new Set(
    requestOf(order).segmentRequirement.flatMap((segment) =>
      (segment.materialRequirement ?? []).map(materialOf),
    ),
  );
  return withRequest(order, (request) => ({
    ...request,
    segmentRequirement: request.segmentRequirement.map((segment) => {
      const used = (execution?.segments[segment.id]?.consumed ?? []).filter(
        (one) => !asked.has(one.material),
      );
      if (used.length === 0) return segment;
      const lines = used.map(
        ({ material, quantity, unit }): MaterialLine => ({
          id: material,
          materialDefinitionId: [material],
          materialUse: 'Consumed',
          quantity: [{ quantityString: quantity, dataType: 'decimal', unitOfMeasure: unit }],
        }),
      );
      return { ...segment, materialRequirement: [...(segment.materialRequirement ?? []), ...lines] };
    }),
  }));
}

import { takesChange } from './change';
import type { Diff, DiffItem } from './diff-items';
import type { HitOperation, Plan } from './plan';
import { add, commandsOf } from './plan';
import { definedAs } from './segments';
import type { Order } from './shapes';
import { requestOf } from './shapes';

/**
 * Asks those who look after the assets for the tools that an operation newly needs, once for all orders of the change.
 * Gives the command's id: a machine gets its new job only after the tools have been asked for. `undefined`: no new tool
 * is needed.
 */
export function requestTools(plan: Plan, diff: Diff, operation: HitOperation): string | undefined {
  if (operation.done) return undefined;
  const item = diff.items.find(
    ({ kind, segmentId }) => kind === 'tooling-changed' && segmentId === operation.defined,
  );
  const tools = item === undefined ? [] : newTools(item);
  if (tools.length === 0) return undefined;
  const key = `${operation.defined}/${tools.join('+')}`;
  const known = commandsOf(plan).find(
    (one) => one.kind === 'tooling-request' && one.id.includes(`/${key}/`) && one.state !== 'dropped',
  );
  if (known !== undefined) return known.id;
  const where = equipmentOf(operation);
  return add(plan, {
    kind: 'tooling-request',
    key,
    round: 1,
    ...(where[0] === undefined ? {} : { equipmentId: where[0] }),
    message: { verb: 'Process', noun: 'OperationsSchedule', item: request(plan, operation, tools, where) },
    expectation: `Maintenance provides ${tools.join(', ')}${where.length > 0 ? ` at ${where.join(', ')}` : ''}.`,
  });
}

const newTools = ({ old, new: now }: DiffItem): string[] => {
  const had = new Set(old?.resources);
  return (now?.resources ?? []).filter((tool) => !had.has(tool));
};

const equipmentOf = ({ segment }: HitOperation): string[] =>
  (segment.equipmentRequirement ?? []).flatMap((line) => line.equipmentId ?? [line.id]);

/** A maintenance request in ISA-95 words: the tools have to be there before the first of the orders begins. */
function request(
  plan: Plan,
  { defined }: HitOperation,
  tools: readonly string[],
  where: readonly string[],
): object {
  const { reference, diff } = plan.change;
  const id = `${reference}-${defined}-${tools.join('+')}`;
  const of = diff.of === 'definition' ? `${diff.id} revision ${diff.after ?? '?'}` : `order ${diff.id}`;
  const at = where.length > 0 ? ` at ${where.join(', ')}` : '';
  const endTime = firstStart(plan, defined);
  return {
    id,
    operationsType: 'Maintenance',
    operationsRequest: [
      {
        id,
        operationsType: 'Maintenance',
        description: [`Provide ${tools.join(', ')}${at}: operation ${defined}, ${of}, ${reference}`],
        ...(endTime === undefined ? {} : { endTime }),
        segmentRequirement: [
          {
            id: defined,
            operationsType: 'Maintenance',
            processSegmentId: 'ToolChange',
            operationsDefinitionId: 'ToolChange',
            operationsSegmentId: 'ToolChange',
            equipmentRequirement: where.map((one) => ({ id: one, equipmentId: [one] })),
            physicalAssetRequirement: tools.map((one) => ({ id: one, physicalAssetId: [one] })),
          },
        ],
      },
    ],
  };
}

/** When the operation begins first among the orders that take the change. Times of one plant compare as text. */
function firstStart({ change, grounds }: Plan, defined: string): string | undefined {
  const starts = change.orders.filter(takesChange).flatMap(({ id }) => {
    const ground = grounds.get(id);
    return ground === undefined ? [] : (startOf(ground.order, defined) ?? []);
  });
  return starts.sort()[0];
}

const startOf = (order: Order, defined: string): string | undefined => {
  const segment = requestOf(order).segmentRequirement.find((one) => definedAs(one) === defined);
  return segment?.earliestStartTime ?? requestOf(order).startTime ?? order.startTime;
};

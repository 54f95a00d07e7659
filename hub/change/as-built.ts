import type { Change, ChangeOrder, Decision } from './change';
import { takesChange } from './change';
import { materialOf } from './diff-lines';
import type { OrderExecution, SegmentState } from './execution';
import { isDone } from './execution';
import { decimal, isProduced, text, zero } from './quantity';
import { definedAs } from './segments';
import type { Order, SegmentRequirement } from './shapes';
import { requestOf, revisionOf } from './shapes';

export interface BuiltComponent {
  readonly material: string;
  readonly unit: string;
  /** Decimal text; `0` for what the order does not ask for. */
  readonly planned: string;
  readonly used: string;
  /** Why planned and used differ, where the operation is done or something was used that is not asked for. */
  readonly deviation?: string;
}

export interface BuiltOperation {
  readonly id: string;
  readonly state: SegmentState | 'not reported';
  /** Revisions in force while the operation was done, in turn: two where the order changed in mid-run. */
  readonly revisions: readonly string[];
  readonly startTime?: string;
  readonly endTime?: string;
  readonly components: readonly BuiltComponent[];
}

export interface AsBuilt {
  readonly orderId: string;
  /** Revision that the order was planned to before any change reached it. */
  readonly planned?: string;
  readonly operations: readonly BuiltOperation[];
  /** Decisions that changed what is built, or kept it as it was. */
  readonly decisions: ReadonlyArray<Decision & { readonly changeId: string; readonly reference: string }>;
}

/** An order as it was planned against what was really built, with the decisions in between. Changes in the order they were opened. */
export function asBuilt(
  order: Order,
  execution: OrderExecution | undefined,
  changes: readonly Change[],
): AsBuilt {
  const own = changes.flatMap((change) => {
    const standing = change.orders.find((one) => one.id === order.id);
    return standing === undefined ? [] : [{ change, standing }];
  });
  const first = own.find(({ change }) => change.diff.of === 'definition')?.change.diff;
  const planned = (first?.of === 'definition' ? first.before : undefined) ?? revisionOf(order);
  return {
    orderId: order.id,
    ...(planned ? { planned } : {}),
    operations: requestOf(order).segmentRequirement.map((segment) =>
      builtOperation(segment, execution, revisions(definedAs(segment), planned, own)),
    ),
    decisions: own.flatMap(({ change, standing }) =>
      standing.decisions.map((decision) => ({
        ...decision,
        changeId: change.id,
        reference: change.reference,
      })),
    ),
  };
}

function revisions(
  operation: string,
  planned: string | undefined,
  own: ReadonlyArray<{ readonly change: Change; readonly standing: ChangeOrder }>,
): string[] {
  let inForce = planned === undefined ? [] : [planned];
  for (const { change, standing } of own) {
    if (change.diff.of !== 'definition' || change.diff.after === undefined || !takesChange(standing))
      continue;
    const state = standing.impact.operations.find((one) => one.id === operation)?.state;
    const keepsOld = standing.scope === 'remaining';
    if (keepsOld && (state === 'operation-done' || state === 'order-done')) continue;
    const inMidRun = state === 'started' || state === 'component-consumed';
    inForce = inMidRun ? [...inForce, change.diff.after] : [change.diff.after];
  }
  return inForce;
}

function builtOperation(
  segment: SegmentRequirement,
  execution: OrderExecution | undefined,
  inForce: readonly string[],
): BuiltOperation {
  const reported = execution?.segments[segment.id];
  const amounts = new Map<string, { planned: typeof zero; used: typeof zero }>();
  const count = (
    material: string,
    unit: string,
    side: 'planned' | 'used',
    quantity: string | null | undefined,
  ) => {
    const key = `${material}\0${unit}`;
    const known = amounts.get(key) ?? { planned: zero, used: zero };
    amounts.set(key, { ...known, [side]: known[side].plus(decimal(quantity)) });
  };
  for (const line of segment.materialRequirement ?? []) {
    if (isProduced(line)) continue;
    const quantity = line.quantity?.[0];
    count(materialOf(line), quantity?.unitOfMeasure ?? '', 'planned', quantity?.quantityString);
  }
  for (const used of reported?.consumed ?? []) count(used.material, used.unit, 'used', used.quantity);
  const done = reported !== undefined && isDone(reported.state);
  return {
    id: segment.id,
    state: reported?.state ?? 'not reported',
    revisions: inForce,
    ...(reported?.startTime ? { startTime: reported.startTime } : {}),
    ...(reported?.endTime ? { endTime: reported.endTime } : {}),
    components: [...amounts].map(([key, { planned, used }]) => {
      const [material = '', unit = ''] = key.split('\0');
      const deviation = deviationOf(planned, used, done);
      const amount = { planned: text(planned), used: text(used) };
      return { material, unit, ...amount, ...(deviation ? { deviation } : {}) };
    }),
  };
}

function deviationOf(planned: typeof zero, used: typeof zero, done: boolean): string | undefined {
  if (planned.isZero() && !used.isZero()) return 'not asked for';
  if (used.greaterThan(planned)) return `${text(used.minus(planned))} more than asked for`;
  if (done && used.lessThan(planned)) return `${text(planned.minus(used))} less than asked for`;
  return undefined;
}

/** As built, as plain text for people. */
export function asBuiltPage({ orderId, planned, operations, decisions }: AsBuilt): string {
  const lines = [`Order ${orderId}, planned to revision ${planned ?? '?'}`];
  for (const { id, state, revisions: inForce, components } of operations) {
    lines.push('', `Operation ${id}: ${state}, made to ${inForce.join(', then ') || 'no known revision'}`);
    for (const { material, unit, planned: asked, used, deviation } of components) {
      const note = deviation === undefined ? '' : `  (${deviation})`;
      lines.push(`  ${material}: ${used} of ${asked} ${unit}${note}`);
    }
  }
  for (const { reference, action, by, at, reason } of decisions) {
    lines.push('', `${reference}: ${action} by ${by} at ${at}: ${reason}`);
  }
  return `${lines.join('\n')}\n`;
}

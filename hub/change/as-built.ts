import type { BuiltReport, MeasuredValue, UsedMaterial } from './built-reports';
import type { Change, ChangeOrder, Decision } from './change';
import { takesChange } from './change';
import { materialOf } from './diff-lines';
import { piecesOf } from './effectivity-of';
import type { OrderExecution, SegmentState } from './execution';
import { isDone } from './execution';
import { isMark } from './hold-marks';
import { decimal, isProduced, sameDecimal, text, zero } from './quantity';
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

/** A parameter as it was planned against what was measured. */
export interface BuiltParameter {
  readonly id: string;
  readonly unit?: string;
  /** Absent: nobody asked for it. */
  readonly planned?: string;
  readonly measured: readonly {
    readonly value: string;
    readonly source: string;
    readonly at?: string;
    readonly serials?: readonly string[];
  }[];
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
  readonly parameters: readonly BuiltParameter[];
  /** What people decided about this operation, where something deviates. */
  readonly because?: readonly string[];
}

/** One piece: what it was made to, and what was told of it. */
export interface BuiltPiece {
  readonly serial: string;
  readonly operations: readonly {
    readonly id: string;
    readonly revisions: readonly string[];
    readonly at?: string;
    readonly materials: readonly UsedMaterial[];
    readonly values: readonly MeasuredValue[];
  }[];
}

export interface AsBuilt {
  readonly orderId: string;
  /** Revision that the order was planned to before any change reached it. */
  readonly planned?: string;
  readonly operations: readonly BuiltOperation[];
  /** By serial number, where the order or a report names them. */
  readonly pieces: readonly BuiltPiece[];
  /** Decisions that changed what is built, or kept it as it was. */
  readonly decisions: ReadonlyArray<Decision & { readonly changeId: string; readonly reference: string }>;
}

/** A change with how the order stands in it. */
interface Own {
  readonly change: Change;
  readonly standing: ChangeOrder;
}

/**
 * An order as it was planned against what was really built, with the decisions in between. Changes in the order they
 * were opened.
 *
 * @param reports what was told of its pieces beyond progress.
 */
export function asBuilt(
  order: Order,
  execution: OrderExecution | undefined,
  changes: readonly Change[],
  reports: readonly BuiltReport[] = [],
): AsBuilt {
  const own = changes.flatMap((change): Own[] => {
    const standing = change.orders.find((one) => one.id === order.id);
    return standing === undefined ? [] : [{ change, standing }];
  });
  const first = own.find(({ change }) => change.diff.of === 'definition')?.change.diff;
  const planned = (first?.of === 'definition' ? first.before : undefined) ?? revisionOf(order);
  const segments = requestOf(order).segmentRequirement;
  const serials = new Set([
    ...(piecesOf(order).serials ?? []),
    ...reports.flatMap((report) => report.serials),
  ]);
  return {
    orderId: order.id,
    ...(planned ? { planned } : {}),
    operations: segments.map((segment) => {
      const told = reports.filter(({ segmentId }) => segmentId === segment.id);
      const inForce = revisions(definedAs(segment), planned, own);
      return builtOperation(segment, execution, inForce, told, own);
    }),
    pieces: [...serials].map((serial) => ({
      serial,
      operations: segments.map((segment) => builtPiece(serial, segment, planned, own, reports)),
    })),
    decisions: own.flatMap(({ change, standing }) =>
      standing.decisions.map((decision) => ({
        ...decision,
        changeId: change.id,
        reference: change.reference,
      })),
    ),
  };
}

/** `serial`: a change that holds for other pieces alone has not reached this one. */
function revisions(
  operation: string,
  planned: string | undefined,
  own: readonly Own[],
  serial?: string,
): string[] {
  let inForce = planned === undefined ? [] : [planned];
  for (const { change, standing } of own) {
    if (change.diff.of !== 'definition' || change.diff.after === undefined || !takesChange(standing))
      continue;
    if (serial !== undefined && standing.impact.serials?.includes(serial) === false) continue;
    const state = standing.impact.operations.find((one) => one.id === operation)?.state;
    const keepsOld = standing.scope === 'remaining';
    if (keepsOld && (state === 'operation-done' || state === 'order-done')) continue;
    const inMidRun = state === 'started' || state === 'component-consumed';
    inForce = inMidRun ? [...inForce, change.diff.after] : [change.diff.after];
  }
  return inForce;
}

function builtPiece(
  serial: string,
  segment: SegmentRequirement,
  planned: string | undefined,
  own: readonly Own[],
  reports: readonly BuiltReport[],
): BuiltPiece['operations'][number] {
  const told = reports.filter((one) => one.segmentId === segment.id && one.serials.includes(serial));
  const at = told.at(-1)?.at;
  return {
    id: segment.id,
    revisions: revisions(definedAs(segment), planned, own, serial),
    ...(at ? { at } : {}),
    materials: told.flatMap(({ materials }) => materials),
    values: told.flatMap(({ values }) => values),
  };
}

function builtOperation(
  segment: SegmentRequirement,
  execution: OrderExecution | undefined,
  inForce: readonly string[],
  told: readonly BuiltReport[],
  own: readonly Own[],
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
  const parameters = builtParameters(segment, told);
  const components = [...amounts].map(([key, { planned, used }]) => {
    const [material = '', unit = ''] = key.split('\0');
    const deviation = deviationOf(planned, used, done);
    const amount = { planned: text(planned), used: text(used) };
    return { material, unit, ...amount, ...(deviation ? { deviation } : {}) };
  });
  const deviates = [...components, ...parameters].some(({ deviation }) => deviation !== undefined);
  const because = deviates ? decidedAbout(definedAs(segment), own) : [];
  return {
    id: segment.id,
    state: reported?.state ?? 'not reported',
    revisions: inForce,
    ...(reported?.startTime ? { startTime: reported.startTime } : {}),
    ...(reported?.endTime ? { endTime: reported.endTime } : {}),
    components,
    parameters,
    ...(because.length > 0 ? { because } : {}),
  };
}

/** Values asked for by the operation, and whatever else was measured; what a hold says of itself is none. */
function builtParameters(segment: SegmentRequirement, told: readonly BuiltReport[]): BuiltParameter[] {
  const asked = new Map(
    (segment.segmentParameter ?? []).filter((one) => !isMark(one)).map((one) => [one.id, one.value?.[0]]),
  );
  const measured = told.flatMap(({ source, at, serials, values }) =>
    values.map(({ id, value, unit }) => ({ id, unit, source, at, serials, value })),
  );
  return [...new Set([...asked.keys(), ...measured.map(({ id }) => id)])].map((id) => {
    const planned = asked.get(id)?.valueString ?? undefined;
    const own = measured.filter((one) => one.id === id);
    const unit = asked.get(id)?.unitOfMeasure ?? own[0]?.unit;
    const others = [...new Set(own.map(({ value }) => value))].filter(
      (value) => !sameDecimal(value, planned),
    );
    const deviation =
      planned === undefined || others.length === 0 ? undefined : `measured ${others.join(', ')}`;
    return {
      id,
      ...(unit ? { unit } : {}),
      ...(planned === undefined ? {} : { planned }),
      measured: own.map(({ value, source, at, serials }) => ({
        value,
        source,
        ...(at ? { at } : {}),
        ...(serials.length > 0 ? { serials } : {}),
      })),
      ...(deviation ? { deviation } : {}),
    };
  });
}

/** What was decided in changes that hit the operation, the rules' own decisions included. */
function decidedAbout(operation: string, own: readonly Own[]): string[] {
  return own.flatMap(({ change, standing }) => {
    const isHit = standing.impact.operations.some(({ id }) => id === operation || id === '');
    if (!isHit) return [];
    if (standing.decisions.length === 0) return [`${change.reference}: ${standing.standing}`];
    return standing.decisions.map(
      ({ action, by, reason }) => `${change.reference}: ${action} by ${by}: ${reason}`,
    );
  });
}

function deviationOf(planned: typeof zero, used: typeof zero, done: boolean): string | undefined {
  if (planned.isZero() && !used.isZero()) return 'not asked for';
  if (used.greaterThan(planned)) return `${text(used.minus(planned))} more than asked for`;
  if (done && used.lessThan(planned)) return `${text(planned.minus(used))} less than asked for`;
  return undefined;
}

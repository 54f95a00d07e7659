import type { DiffItem, DiffKind, Side } from './diff-items';
import { sameDecimal } from './quantity';
import type { SegmentView } from './segments';
import { told } from './sentences';
import type { HierarchyScope, Parameter } from './shapes';

/** Resources, instruction, duration, site and parameters of one operation in its two states; not its components. */
export function compareSegment(old: SegmentView, now: SegmentView, items: DiffItem[]): void {
  const segmentId = now.id;
  const lists: Array<[DiffKind, readonly string[], readonly string[]]> = [
    ['resource-changed', old.equipment, now.equipment],
    ['tooling-changed', old.tooling, now.tooling],
    ['skill-changed', old.skills, now.skills],
  ];
  for (const [kind, before, after] of lists) {
    if (sameSet(before, after)) continue;
    items.push(told({ kind, segmentId, old: { resources: before }, new: { resources: after } }));
  }
  const texts: Array<[DiffKind, string | undefined, string | undefined]> = [
    ['instruction-changed', old.instruction, now.instruction],
    ['duration-changed', old.duration, now.duration],
  ];
  for (const [kind, before, after] of texts) {
    if ((before ?? '') === (after ?? '')) continue;
    items.push(told({ kind, segmentId, old: { value: before }, new: { value: after } }));
  }
  compareSite(segmentId, old.scope, now.scope, items);
  compareParameters(segmentId, old.parameters, now.parameters, items);
}

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  const known = new Set(a);
  return b.every((one) => known.has(one));
}

export function compareSite(
  segmentId: string,
  before: HierarchyScope | undefined,
  after: HierarchyScope | undefined,
  items: DiffItem[],
): void {
  if (before?.equipmentId === after?.equipmentId) return;
  items.push(
    told({
      kind: 'site-changed',
      segmentId,
      old: { value: before?.equipmentId },
      new: { value: after?.equipmentId },
    }),
  );
}

const parameterSide = (parameter: Parameter) => {
  const first = parameter.value?.[0];
  const optional = {
    ...(first?.unitOfMeasure ? { unit: first.unitOfMeasure } : {}),
    ...(first?.dataType ? { dataType: first.dataType } : {}),
  };
  return { value: first?.valueString ?? '', ...optional };
};

function sameValue(a: Parameter, b: Parameter): boolean {
  const old = parameterSide(a);
  const now = parameterSide(b);
  return (old.unit ?? '') === (now.unit ?? '') && sameDecimal(old.value, now.value);
}

function compareParameters(
  segmentId: string,
  before: readonly Parameter[],
  after: readonly Parameter[],
  items: DiffItem[],
): void {
  const open = new Map(before.map((parameter) => [parameter.id, parameter]));
  for (const parameter of after) {
    const parameterId = parameter.id;
    const old = open.get(parameterId);
    open.delete(parameterId);
    if (old === undefined) {
      items.push(told({ kind: 'parameter-added', segmentId, parameterId, new: parameterSide(parameter) }));
    } else if (!sameValue(old, parameter)) {
      const sides = { old: parameterSide(old), new: parameterSide(parameter) };
      items.push(told({ kind: 'parameter-changed', segmentId, parameterId, ...sides }));
    }
  }
  for (const [parameterId, old] of open) {
    items.push(told({ kind: 'parameter-removed', segmentId, parameterId, old: parameterSide(old) }));
  }
}

/** An operation that comes or goes as a whole. */
export function operationItem(
  kind: 'operation-added' | 'operation-removed',
  view: SegmentView,
  follows: string | undefined,
): DiffItem {
  const place = follows === undefined ? {} : { follows };
  const side = { value: view.instruction, resources: view.equipment, segment: view.segment, ...place };
  return told({ kind, segmentId: view.id, ...(kind === 'operation-added' ? { new: side } : { old: side }) });
}

/**
 * Operations that both revisions have but in another order, each with its new and old neighbour. Only those are
 * named that must move: an operation inserted before the others moves nobody.
 */
export function resequenced(before: readonly string[], after: readonly string[]): DiffItem[] {
  const inAfter = new Set(after);
  const oldOrder = before.filter((id) => inAfter.has(id));
  const rank = new Map(oldOrder.map((id, i) => [id, i]));
  const newOrder = after.filter((id) => rank.has(id));
  const stay = longestRising(newOrder.map((id) => rank.get(id)!));
  const side = (order: readonly string[], id: string): Side => {
    const follows = order[order.indexOf(id) - 1];
    return follows === undefined ? { value: 'first' } : { value: `after ${follows}`, follows };
  };
  return newOrder
    .filter((id) => !stay.has(rank.get(id)!))
    .map((id) =>
      told({
        kind: 'operation-resequenced',
        segmentId: id,
        old: side(oldOrder, id),
        new: side(after, id),
      }),
    );
}

/** The members of a longest rising subsequence (patience sorting). */
function longestRising(values: readonly number[]): Set<number> {
  const tops: number[] = [];
  const previous = new Map<number, number | undefined>();
  for (const value of values) {
    let low = 0;
    let high = tops.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (tops[middle]! < value) low = middle + 1;
      else high = middle;
    }
    previous.set(value, tops[low - 1]);
    tops[low] = value;
  }
  const members = new Set<number>();
  for (let at = tops.at(-1); at !== undefined; at = previous.get(at)) members.add(at);
  return members;
}

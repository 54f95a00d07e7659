import type { Diff, DiffItem } from './diff-items';
import { isProduced } from './quantity';
import { definedAs } from './segments';
import type { MaterialLine, Order } from './shapes';
import { requestOf } from './shapes';

export type UseKind = 'definition' | 'operation' | 'material' | 'equipment' | 'parameter';

/** A row of the index from what a change can touch to the orders that use it. */
export interface Use {
  readonly orderId: string;
  /** Empty for the order as a whole. */
  readonly segmentId: string;
  readonly kind: UseKind;
  /** Id of the definition, operation, material, equipment or parameter. */
  readonly ref: string;
}

/** All that an order uses, each once. Kept with the order, in the same transaction, so that no scan finds who is hit. */
export function usesOf(order: Order): Use[] {
  const request = requestOf(order);
  const uses = new Map<string, Use>();
  const add = (segmentId: string, kind: UseKind, ref: string | undefined) => {
    if (ref) uses.set(`${segmentId}\0${kind}\0${ref}`, { orderId: order.id, segmentId, kind, ref });
  };
  add('', 'definition', request.operationsDefinitionId);
  for (const segment of request.segmentRequirement) {
    const addMaterials = (line: MaterialLine): void => {
      if (isProduced(line)) return;
      for (const id of line.materialDefinitionId ?? []) add(segment.id, 'material', id);
      for (const part of line.assemblyRequirement ?? []) addMaterials(part);
    };
    add(segment.id, 'operation', definedAs(segment));
    for (const line of segment.materialRequirement ?? []) addMaterials(line);
    for (const line of segment.equipmentRequirement ?? []) {
      for (const id of line.equipmentId ?? []) add(segment.id, 'equipment', id);
    }
    for (const { id } of segment.segmentParameter ?? []) add(segment.id, 'parameter', id);
  }
  return [...uses.values()];
}

/**
 * What stays in the index once an order is done: its product, so that a change can still say that it is left alone.
 * Who uses a part, machine or parameter asks for open orders only, and the index grows with these.
 */
export const usesWhenDone = (order: Order): Use[] =>
  usesOf(order).filter(({ kind }) => kind === 'definition');

/**
 * What to look up in the index to find the orders that a difference may hit: the product for a definition,
 * the order itself for an order. An urgent exchange of a part asks for the material.
 */
export function touches(diff: Diff): Array<Pick<Use, 'kind' | 'ref'>> {
  return diff.of === 'definition' ? [{ kind: 'definition', ref: diff.id }] : [];
}

/** The uses of single things that a difference takes away or changes, for "who uses this part, machine or parameter". */
export function touchedBy(item: DiffItem): Array<Pick<Use, 'kind' | 'ref'>> {
  const of = (kind: UseKind, ref: string | undefined) => (ref ? [{ kind, ref }] : []);
  return [
    ...of('material', item.old?.material),
    ...of('parameter', item.parameterId),
    ...(item.old?.resources ?? []).flatMap((ref) => of('equipment', ref)),
    ...(item.kind.startsWith('operation') ? of('operation', item.segmentId) : []),
  ];
}

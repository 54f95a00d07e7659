import type { DefinitionDiff, DiffItem, OrderDiff } from './diff-items';
import type { Successors } from './diff-leftovers';
import { settleLeftovers } from './diff-leftovers';
import type { Leftovers, LineOptions } from './diff-lines';
import { compareLines } from './diff-lines';
import { compareSegment, compareSite, operationItem, resequenced } from './diff-segments';
import { effectivityOf } from './effectivity-of';
import type { SubtreeHashes } from './hashes';
import { isProduced, orderQuantity, sameDecimal } from './quantity';
import type { SegmentView } from './segments';
import { viewsOfDefinition, viewsOfOrder } from './segments';
import { told } from './sentences';
import type { OperationsDefinition, Order } from './shapes';
import { requestOf, revisionOf, withRequest } from './shapes';

export interface DiffOptions {
  /** Hashes kept with the revisions (`subtreeHashes`): what is equal is then not looked into. */
  readonly hashes?: { readonly before: SubtreeHashes; readonly after: SubtreeHashes };
  readonly successors?: Successors;
}

/**
 * What two revisions of a product's M-BOM and process plan differ in. Lines are matched by their id within the
 * operation; where that is empty or stands twice, by item and position, and the item says so. Time and memory grow
 * linearly with the lines; a revision of 100,000 lines takes about a quarter of a second.
 */
export function diffDefinitions(
  before: OperationsDefinition,
  after: OperationsDefinition,
  options: DiffOptions = {},
): DefinitionDiff {
  const items: DiffItem[] = [];
  compareSite('', before.hierarchyScope, after.hierarchyScope, items);
  const old = viewsOfDefinition(before);
  const now = viewsOfDefinition(after);
  compareViews(old, now, items, options, options.successors);
  return {
    of: 'definition',
    id: after.id,
    before: before.version,
    after: after.version,
    effective: effectivityOf(after),
    items: sorted(items, now, old),
  };
}

/**
 * What a changed customer order differs in from the order as it stood: quantity, dates, priority, variant, and
 * what that changes in its operations. A changed order quantity alone is one item: components are compared for one piece.
 */
export function diffOrders(before: Order, after: Order, options: DiffOptions = {}): OrderDiff {
  const items = headItems(before, after);
  const quantities = [orderQuantity(before), orderQuantity(after)] as const;
  const lineOptions: LineOptions =
    quantities[0] !== undefined && quantities[1] !== undefined
      ? { scale: { before: quantities[0].quantity, after: quantities[1].quantity } }
      : {};
  // What the order makes is its head, compared above: its operations differ in what goes in.
  const views = (order: Order) =>
    viewsOfOrder(order).map((view) => ({ ...view, lines: view.lines.filter((line) => !isProduced(line)) }));
  const old = views(before);
  const now = views(withUnstated(before, after));
  compareViews(old, now, items, lineOptions, options.successors);
  return { of: 'order', id: after.id, items: sorted(items, now, old), target: after };
}

/** A sender that does not know an operation's parameters, instruction or machine does not ask for them to go. */
function withUnstated(before: Order, after: Order): Order {
  const known = new Map(requestOf(before).segmentRequirement.map((segment) => [segment.id, segment]));
  return withRequest(after, (request) => ({
    ...request,
    segmentRequirement: request.segmentRequirement.map((segment) => ({
      ...known.get(segment.id),
      ...segment,
    })),
  }));
}

function headItems(before: Order, after: Order): DiffItem[] {
  const items: DiffItem[] = [];
  const [old, now] = [requestOf(before), requestOf(after)];
  const [oldQuantity, quantity] = [orderQuantity(before), orderQuantity(after)];
  const sameQuantity =
    sameDecimal(oldQuantity?.quantity, quantity?.quantity) && oldQuantity?.unit === quantity?.unit;
  const add = (item: Omit<DiffItem, 'sentence' | 'segmentId'>) =>
    items.push(told({ segmentId: '', ...item }));
  if (!sameQuantity) add({ kind: 'order-quantity-changed', old: { ...oldQuantity }, new: { ...quantity } });
  for (const parameterId of ['startTime', 'endTime'] as const) {
    if (old[parameterId] === now[parameterId]) continue;
    const sides = { old: { value: old[parameterId] }, new: { value: now[parameterId] } };
    add({ kind: 'order-date-changed', parameterId, ...sides });
  }
  if (old.priority !== now.priority) {
    add({ kind: 'order-priority-changed', old: { value: old.priority }, new: { value: now.priority } });
  }
  const variant = (order: Order) =>
    [requestOf(order).operationsDefinitionId, revisionOf(order)].filter(Boolean).join(' revision ');
  // An order that does not name a revision asks for no other one.
  const unpinned =
    revisionOf(after) === undefined && old.operationsDefinitionId === now.operationsDefinitionId;
  if (!unpinned && variant(before) !== variant(after)) {
    add({ kind: 'order-variant-changed', old: { value: variant(before) }, new: { value: variant(after) } });
  }
  compareSite('', old.hierarchyScope, now.hierarchyScope, items);
  return items;
}

function compareViews(
  before: readonly SegmentView[],
  after: readonly SegmentView[],
  items: DiffItem[],
  options: LineOptions,
  successors: Successors | undefined,
): void {
  const open = new Map(before.map((view) => [view.id, view]));
  const left: Leftovers = { removed: [], added: [] };
  const { hashes } = options;
  for (const [i, now] of after.entries()) {
    const old = open.get(now.id);
    open.delete(now.id);
    if (old === undefined) {
      items.push(operationItem('operation-added', now, after[i - 1]?.id));
      compareLines({ segmentId: now.id, parent: '' }, [], now.lines, items, left, options);
      continue;
    }
    const hash = hashes?.after[now.id];
    if (hash !== undefined && hash === hashes?.before[now.id]) continue;
    compareSegment(old, now, items);
    compareLines({ segmentId: now.id, parent: '' }, old.lines, now.lines, items, left, options);
  }
  for (const old of open.values()) {
    items.push(operationItem('operation-removed', old, undefined));
    compareLines({ segmentId: old.id, parent: '' }, old.lines, [], items, left, options);
  }
  items.push(
    ...resequenced(
      before.map((view) => view.id),
      after.map((view) => view.id),
    ),
  );
  if (left.removed.length + left.added.length === 0) return;
  const numberedThrough = lineIdsAreUnique(before) && lineIdsAreUnique(after);
  settleLeftovers(left, items, { ...options, successors, numberedThrough });
}

function lineIdsAreUnique(views: readonly SegmentView[]): boolean {
  const seen = new Set<string>();
  for (const view of views) {
    for (const { id } of view.lines) {
      if (id === '' || seen.has(id)) return false;
      seen.add(id);
    }
  }
  return true;
}

/** By operation as in the new plan, the product as a whole first; within an operation as found. */
function sorted(
  items: DiffItem[],
  after: readonly SegmentView[],
  before: readonly SegmentView[],
): DiffItem[] {
  const rank = new Map<string, number>([['', -1]]);
  for (const { id } of [...after, ...before]) if (!rank.has(id)) rank.set(id, rank.size);
  return items.sort((a, b) => (rank.get(a.segmentId) ?? 0) - (rank.get(b.segmentId) ?? 0));
}

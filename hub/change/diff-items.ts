import type { Effectivity } from './effectivity';
import type { MaterialLine, OperationsSegment, Order } from './shapes';
import { revisionOf } from './shapes';

/** What a change can do to a product's definition or to an order, in manufacturing terms. */
export const diffKinds = [
  'component-added',
  'component-removed',
  'component-replaced',
  'component-moved',
  'quantity-changed',
  'unit-changed',
  'use-changed',
  'alternative-changed',
  'operation-added',
  'operation-removed',
  'operation-resequenced',
  'resource-changed',
  'tooling-changed',
  'skill-changed',
  'instruction-changed',
  'duration-changed',
  'parameter-added',
  'parameter-changed',
  'parameter-removed',
  'site-changed',
  'order-quantity-changed',
  'order-date-changed',
  'order-priority-changed',
  'order-variant-changed',
] as const;

export type DiffKind = (typeof diffKinds)[number];

/** How the two sides were found to be the same thing. */
export type Identity = 'line' | 'item+position' | 'successor';

/** One side of a difference; only what the kind speaks of is filled. */
export interface Side {
  readonly segmentId?: string;
  /** Material of a component. */
  readonly material?: string;
  readonly alternatives?: readonly string[];
  readonly use?: string;
  /** Decimal text: for one product in a definition, the total in an order. */
  readonly quantity?: string;
  readonly unit?: string;
  /** Value of a parameter, text of an instruction, duration, date, priority, revision. */
  readonly value?: string;
  readonly dataType?: string;
  /** Equipment, tools or skills. */
  readonly resources?: readonly string[];
  /** The whole line of a component that comes, so that the order can be given it. */
  readonly line?: MaterialLine;
  /** Operation that it comes after; absent: it comes first. */
  readonly follows?: string;
  /** The whole segment of an operation that comes. */
  readonly segment?: OperationsSegment;
}

export interface DiffItem {
  readonly kind: DiffKind;
  /** Operation as it is afterwards; for what is removed, as it was. Empty for the order or product as a whole. */
  readonly segmentId: string;
  /** Line id of a component; in an assembly the path from the top line: `0020/0010`. */
  readonly lineId?: string;
  readonly parameterId?: string;
  readonly identity?: Identity;
  readonly old?: Side;
  readonly new?: Side;
  /** For a plant person: "Operation 0010: SEAL-EPDM (2 PCE) is replaced by SEAL-FKM (2 PCE)." */
  readonly sentence: string;
}

/** What two revisions of a product's definition differ in. It holds all that is needed to bring an order from one to the other. */
export interface DefinitionDiff {
  readonly of: 'definition';
  /** Id of the operations definition: the product. */
  readonly id: string;
  readonly before?: string;
  readonly after?: string;
  /** Effectivity that the new revision itself states. */
  readonly effective: Effectivity;
  readonly items: readonly DiffItem[];
}

/** What a changed customer order differs in from the order as it stood. */
export interface OrderDiff {
  readonly of: 'order';
  readonly id: string;
  readonly items: readonly DiffItem[];
  /** The order as the sender wants it. */
  readonly target: Order;
}

export type Diff = DefinitionDiff | OrderDiff;

/**
 * Whether the revision that the order is made to has been given other content under the same name. Nobody can tell what
 * such an order is made to, so it keeps what it was released with.
 */
export const isCorrected = (diff: Diff, order: Order): boolean =>
  diff.of === 'definition' &&
  diff.after !== undefined &&
  diff.before === diff.after &&
  revisionOf(order) === diff.after;

/** The difference that made a change, and those from the other revisions that open orders are still made to. */
export interface Differences {
  readonly diff: Diff;
  /** Revision of an order → difference from there to the new revision. */
  readonly diffsFrom?: Readonly<Record<string, DefinitionDiff>>;
}

/**
 * The difference that holds for an order: from the revision that it is made to. `undefined`: it is made to a revision
 * from which no difference is known, so that nothing can be worked out for it.
 */
export function diffFor({ diff, diffsFrom }: Differences, order: Order): Diff | undefined {
  if (diff.of === 'order') return diff;
  const revision = revisionOf(order);
  if (revision === undefined || diff.before === undefined) return diff;
  return revision === diff.before || revision === diff.after ? diff : diffsFrom?.[revision];
}

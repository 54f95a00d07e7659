import type { DemandEffect } from './demand';
import type { Differences } from './diff-items';
import type { Effectivity } from './effectivity';
import type { OrderExecution, OrderProgress } from './execution';
import type { Action, ExecutionState, Rules } from './rules';
import type { Order } from './shapes';

/** An order as it stands on the shop floor. */
export interface OrderOnGround {
  readonly order: Order;
  readonly execution?: OrderExecution;
  readonly serials?: readonly string[];
  readonly lot?: string;
  /** Place among the product's orders, where effectivity counts orders; see `ordinals`. */
  readonly ordinal?: number;
}

export interface OperationImpact {
  /** Operation; empty for the order as a whole. */
  readonly id: string;
  readonly state: ExecutionState;
  readonly severity: string;
  readonly action: Action;
  readonly equipment: readonly string[];
  /** What changes for this operation, in sentences. */
  readonly differences: readonly string[];
}

export interface OrderImpact {
  readonly id: string;
  readonly severity: string;
  /** The furthest of its hit operations. */
  readonly state: ExecutionState;
  readonly progress: OrderProgress;
  readonly action: Action;
  /** Why that is proposed, for people. */
  readonly reason: string;
  readonly operations: readonly OperationImpact[];
  /** How the need for each component changes if the remaining quantity follows the change. */
  readonly demand: readonly DemandEffect[];
  /** Where effectivity goes by serial number: those it holds for. */
  readonly serials?: readonly string[];
  /** It takes one of the places where effectivity goes by a number of orders. */
  readonly counted?: true;
}

export interface ImpactQuestion extends Differences {
  readonly orders: readonly OrderOnGround[];
  readonly rules: Rules;
  /** Absent: what the new revision itself states. */
  readonly effectivity?: Effectivity;
  /** Instant, ISO 8601. */
  readonly now: string;
  /** Time zone of the plant, for times without one. */
  readonly zone: string;
  /** Equipment that capability says cannot be used. */
  readonly unavailable?: ReadonlySet<string>;
}

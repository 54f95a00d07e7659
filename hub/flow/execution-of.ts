import type { OrderExecution } from '../change/execution';
import { foldExecution } from '../change/fold-execution';
import type { Reads } from '../storage/store';

/** How far these orders are, folded from everything that was reported of them; an order without reports is absent. */
export async function executionOf(
  reads: Reads,
  orderIds: readonly string[],
): Promise<Map<string, OrderExecution>> {
  if (orderIds.length === 0) return new Map();
  const [segments, consumptions] = await Promise.all([
    reads.executionsOf(orderIds),
    reads.consumptionOf(orderIds),
  ]);
  return foldExecution({ segments, consumptions });
}

import type { Command } from '../change/commands';
import { GIVEN, type SegmentReport } from '../change/execution';
import { jobAdded } from '../change/more-pieces';
import type { Tx } from '../storage/store';

/**
 * Keeps which jobs a machine has been given for more pieces, from the moment that they go out: the operation is not done
 * while one of them is still to be made. What came to nothing, or was withdrawn, is waited for no more.
 */
export async function keepJobs(tx: Tx, before: readonly Command[], after: readonly Command[]): Promise<void> {
  const known = new Map(before.map((command) => [command.id, command]));
  const moved = after.filter((one) => known.get(one.id)?.state !== one.state);
  for (const command of moved) {
    const state = stateFor(command);
    if (state === undefined) continue;
    const orderId = command.orderId!;
    const segmentId = command.kind === 'job-add' ? jobAdded(command) : withdrawn(command);
    await tx.addSegmentReport({
      id: `${GIVEN}/${orderId}-${segmentId}`,
      orderId,
      segmentId,
      source: GIVEN,
      state,
    });
  }
}

function stateFor({ kind, state }: Command): SegmentReport['state'] {
  if (kind === 'job-cancel') return state === 'acknowledged' ? 'Closed' : undefined;
  if (kind !== 'job-add' || state === 'planned') return undefined;
  return state === 'sent' || state === 'acknowledged' ? 'Waiting' : 'Closed';
}

/** The job that a command takes off the list, without its order. */
const withdrawn = ({ orderId, message }: Command): string =>
  String(message.item.id).slice(orderId!.length + 1);

import type { Change } from './change';
import { askAgain, noted, overallState, takesChange, withOrders } from './change';
import type { Command } from './commands';
import { asksAgain, dropDependents, isOpen } from './commands';
import { dropPlanned } from './drop-planned';

/** What became of a command. `refused` is HUB_TOO_LATE: the machine has begun and takes no change. */
export type Outcome =
  | { readonly kind: 'acknowledged'; readonly receipt?: unknown; readonly counterpartId?: string | undefined }
  | { readonly kind: 'failed' | 'refused'; readonly problem: string };

export interface Settled {
  readonly change: Change;
  readonly commands: Command[];
}

/**
 * Takes in what became of a command. An acknowledgement stands, whatever came before it, even a failure (the answer
 * was only late); nothing that comes after it counts. What depends on a failed command is dropped, and planned again
 * when that command is acknowledged after all. A refusal asks again about its order, never silently.
 */
export function settle(
  change: Change,
  commands: readonly Command[],
  commandId: string,
  outcome: Outcome,
  now: string,
): Settled {
  const command = commands.find((one) => one.id === commandId);
  if (command === undefined || command.state === 'acknowledged') return { change, commands: [...commands] };
  if (outcome.kind === 'acknowledged') {
    const { problem: _problem, because: _because, ...rest } = command;
    const done: Command = { ...rest, state: 'acknowledged', settledAt: now, ...given(outcome) };
    return stated(change, revive(replaced(commands, done), commandId, now));
  }
  // What has failed already, or is not owed any more, does not fail again.
  if (['failed', 'refused', 'dropped'].includes(command.state)) return { change, commands: [...commands] };
  const state = outcome.kind === 'refused' && !asksAgain(command) ? 'failed' : outcome.kind;
  const { problem } = outcome;
  const next = dropDependents(replaced(commands, { ...command, state, problem, settledAt: now }), now);
  return state === 'refused' ? again(change, next, command, problem, now) : stated(change, next);
}

/** Puts a failed command, and what was dropped because of it, back into the plan: for an operator's second try. */
export function retry(change: Change, commands: readonly Command[], commandId: string, now: string): Settled {
  const command = commands.find((one) => one.id === commandId);
  if (command?.state !== 'failed' && command?.state !== 'refused') return { change, commands: [...commands] };
  const { problem: _problem, settledAt: _at, sentAt: _sent, ...rest } = command;
  return stated(change, revive(replaced(commands, { ...rest, state: 'planned' }), commandId, now));
}

const given = ({ receipt, counterpartId }: { receipt?: unknown; counterpartId?: string | undefined }) => ({
  ...(receipt === undefined ? {} : { receipt }),
  ...(counterpartId === undefined ? {} : { counterpartId }),
});

const replaced = (commands: readonly Command[], by: Command): Command[] =>
  commands.map((one) => (one.id === by.id ? by : one));

const stated = (change: Change, commands: Command[]): Settled => {
  const state = overallState(change, commands);
  return { change: state === change.state ? change : { ...change, state }, commands };
};

function revive(commands: Command[], commandId: string, now: string): Command[] {
  const back = commands.map((one) => {
    if (one.state !== 'dropped' || one.because !== commandId) return one;
    const { because: _because, problem: _problem, settledAt: _at, ...rest } = one;
    return { ...rest, state: 'planned' as const };
  });
  return dropDependents(back, now);
}

function again(change: Change, commands: Command[], refused: Command, problem: string, now: string): Settled {
  const orderId = refused.orderId!;
  const why = `${refused.expectation} That was refused (${problem}): decide again.`;
  const ground = change.ground + 1;
  const next = withOrders(change, (order) => {
    if (order.id !== orderId) return order;
    if (takesChange(order)) return askAgain(order, why, now, ground);
    return noted({ ...order, movedAt: ground }, why, now);
  });
  const moved = { ...next, ground };
  return stated(moved, dropPlanned(commands, orderId, why, now));
}

/** Whether every command of the set has come to its end. */
export const allSettled = (commands: readonly Command[]): boolean => !commands.some(isOpen);

import type { Command, CommandState } from './commands';
import type { DemandEffect } from './demand';
import { type Clock, named, TOGETHER } from './page-words';

/** A command without what it carries: the page does not need that. */
export type ToldCommand = Omit<Command, 'message' | 'before'>;

const MOMENT = 'd LLL HH:mm:ss';

const marks: Record<CommandState, string> = {
  planned: 'to come',
  sent: 'sent',
  acknowledged: 'done',
  failed: 'FAILED',
  refused: 'TOO LATE',
  dropped: 'not sent',
};

/** What needs somebody first, then what is under way, then what is done in the order it was. */
const urgency: Record<CommandState, number> = {
  failed: 0,
  refused: 1,
  dropped: 2,
  sent: 3,
  planned: 4,
  acknowledged: 5,
};

/** What has become of the commands of a change. */
export function commandsTold(commands: readonly ToldCommand[], time: Clock): string[] {
  // What was planned anew before it was sent says nothing to anybody.
  const told = commands.filter((command) => command.state !== 'dropped' || command.because !== undefined);
  if (told.length === 0) return ['  nothing yet'];
  const inOrder = [...told].sort(
    (a, b) => urgency[a.state] - urgency[b.state] || (a.settledAt ?? '').localeCompare(b.settledAt ?? ''),
  );
  const alike = new Map<string, ToldCommand[]>();
  for (const command of inOrder) {
    const key = `${command.state} ${command.kind} ${command.undoes === undefined} ${command.orderId === undefined}`;
    const group = alike.get(key);
    if (group === undefined) alike.set(key, [command]);
    else group.push(command);
  }
  const many = [...alike.values()].filter((group) => group.length > TOGETHER * 2);
  const together = new Set(many.flat());
  const each = inOrder.filter((command) => !together.has(command));
  return [...many.map(toldTogether), ...each.map((command) => toldOf(command, time))];
}

function toldOf(command: ToldCommand, time: Clock): string {
  const { state, expectation, problem, undoes, counterpartId, id } = command;
  const at = command.settledAt ?? command.sentAt;
  const undone = undoes === undefined ? '' : 'Taken back: ';
  const number = command.kind === 'tooling-request' && counterpartId ? ` Work order ${counterpartId}.` : '';
  const why = problem === undefined ? '' : ` (${problem})`;
  const again = state === 'failed' ? `\n      ${id}` : '';
  return `  [${marks[state]}] ${undone}${expectation}${number}${why}${at ? ` ${time(at, MOMENT)}` : ''}${again}`;
}

/** Many commands of one kind in one state: how many, for which orders, and why where they came to nothing. */
function toldTogether(group: readonly ToldCommand[]): string {
  const [{ state, kind, undoes }] = group as [ToldCommand];
  const undone = undoes === undefined ? '' : 'Taken back: ';
  const problems = [...new Set(group.flatMap(({ problem }) => problem ?? []))];
  const why = problems.length === 0 ? '' : ` (${problems.slice(0, 3).join('; ')})`;
  const orders = named([...new Set(group.flatMap(({ orderId }) => orderId ?? []))]);
  return `  [${marks[state]}] ${undone}${group.length} × ${kind}: ${orders}${why}`;
}

export function amountTold({ material, unit, delta }: Omit<DemandEffect, 'date'>): string {
  const isMore = !delta.startsWith('-');
  return `${material}: ${isMore ? delta : delta.slice(1)} ${unit} ${isMore ? 'more' : 'less'}`;
}

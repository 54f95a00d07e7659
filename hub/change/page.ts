import type { Change, ChangeOrder } from './change';
import type { Command, CommandState } from './commands';
import { totalDemand } from './demand';

const standings: Record<ChangeOrder['standing'], string> = {
  untouched: 'stays as it is',
  refused: 'is not changed any more',
  'by-policy': 'is changed by the rules',
  waiting: 'WAITS FOR YOUR DECISION',
  deferred: 'is put off',
  approved: 'approved',
  extended: 'approved with additions',
  rejected: 'rejected: stays as it is',
};

const marks: Record<CommandState, string> = {
  planned: 'to come',
  sent: 'sent',
  acknowledged: 'done',
  failed: 'FAILED',
  refused: 'TOO LATE',
  dropped: 'not sent',
};

/**
 * A change as plain text that a supervisor understands: what changes, whom it hits, what is proposed and decided,
 * what has been done. Times are shown as they are kept.
 *
 * @param zone time zone of the plant, for the days of the demand.
 */
export function changePage(change: Change, commands: readonly Command[], zone = 'utc'): string {
  const { diff, reference, id, state } = change;
  const what =
    diff.of === 'definition'
      ? `${diff.id}: revision ${diff.before ?? '?'} → ${diff.after ?? '?'}`
      : `Order ${diff.id}, as the customer wants it now`;
  const sections = [
    [
      `Change ${id} (${reference}): ${state}`,
      what,
      `Opened ${change.openedAt}, rules version ${change.rulesVersion}`,
    ],
    ['What changes', ...listed(diff.items.map((item) => item.sentence))],
    ['Whom it hits', ...hitOrders(change)],
    ['What supply has to follow', ...demand(change, zone)],
    ['What has been done', ...done(commands)],
  ];
  if (change.undo) {
    const { by, at, reason, cannot } = change.undo;
    const left = cannot.map((one) => `  cannot be taken back: ${one.commandId}: ${one.reason}`);
    sections.push(['Taken back', `  by ${by} at ${at}: ${reason}`, ...left]);
  }
  return `${sections.map((section) => section.join('\n')).join('\n\n')}\n`;
}

const listed = (lines: readonly string[]): string[] =>
  lines.length === 0 ? ['  nothing'] : lines.map((line) => `  - ${line}`);

function hitOrders(change: Change): string[] {
  if (change.orders.length === 0) return ['  no order'];
  return change.orders.flatMap((order) => {
    const { impact } = order;
    const lines = [`  ${order.id}  ${standings[order.standing]}  [${impact.severity}, ${impact.state}]`];
    lines.push(`      ${impact.reason}`);
    for (const { id, state, action } of impact.operations) {
      const name = id === '' ? 'order as a whole' : `operation ${id}`;
      lines.push(`      ${name}: ${state}, proposed: ${action}`);
    }
    if (impact.serials) lines.push(`      serial numbers: ${impact.serials.join(', ')}`);
    if (order.standing === 'waiting' && order.due) lines.push(`      decide before ${order.due.at}`);
    if (order.firstApproval)
      lines.push(`      approved by ${order.firstApproval.by}, a second person is missing`);
    for (const { action, by, at, reason, scope } of order.decisions) {
      const how = scope === undefined ? action : `${action}, ${scope} quantity`;
      lines.push(`      ${at} ${by}: ${how}. ${reason}`);
    }
    for (const { at, text } of order.notes) lines.push(`      ${at} ${text}`);
    return lines;
  });
}

function demand(change: Change, zone: string): string[] {
  const taking = change.orders.filter(
    (order) => order.standing !== 'rejected' && order.standing !== 'untouched',
  );
  const effects = totalDemand(
    taking.map((order) => order.impact),
    zone,
  );
  return listed(
    effects.map(({ material, unit, delta, date }) => {
      const more = !delta.startsWith('-');
      const amount = `${more ? delta : delta.slice(1)} ${unit} ${more ? 'more' : 'less'}`;
      return `${material}: ${amount}${date ? ` on ${date}` : ''}`;
    }),
  );
}

function done(commands: readonly Command[]): string[] {
  if (commands.length === 0) return ['  nothing yet'];
  // What was planned anew before it was sent says nothing to anybody.
  const told = commands.filter((command) => command.state !== 'dropped' || command.because !== undefined);
  return told.map((command) => {
    const at = command.settledAt ?? command.sentAt;
    const undone = command.undoes === undefined ? '' : 'Taken back: ';
    const problem = command.problem === undefined ? '' : ` (${command.problem})`;
    return `  [${marks[command.state]}] ${undone}${command.expectation}${problem}${at ? ` ${at}` : ''}`;
  });
}

import type { Change } from './change';
import { totalDemand } from './demand';
import { amountTold, commandsTold, type ToldCommand } from './page-commands';
import { ordersTold } from './page-orders';
import { type Clock, clock, count } from './page-words';

/** Under this reference stands what nobody has published: nothing of it is to be decided. */
const WHAT_IF = 'what if';

/**
 * A change as plain text that a supervisor understands in a minute: where it stands and what is asked of whom first,
 * then what changes, whom it hits, what is proposed and decided, what has been done. Orders and commands of which the
 * same is to be said are told together where they are many.
 *
 * @param zone time zone of the plant: all times are its own.
 * @param of how many orders there are, where the change has been read with some of them only.
 */
export function changePage(
  change: Change,
  commands: readonly ToldCommand[],
  zone = 'utc',
  of = change.orders.length,
): string {
  const { diff, reference, id, state, openedAt, rulesVersion } = change;
  const time = clock(zone);
  const what =
    diff.of === 'definition'
      ? diff.before !== undefined && diff.before === diff.after
        ? `${diff.id}: revision ${diff.after} CHANGED WITHOUT A NEW NAME`
        : `${diff.id}: revision ${diff.before ?? '?'} → ${diff.after ?? '?'}`
      : `Order ${diff.id}, as the customer wants it now`;
  const isForesight = reference === WHAT_IF;
  const sections = [
    [
      isForesight ? `What if ${id}` : `Change ${id} (${reference}): ${state}`,
      what,
      ...summary(change, commands, time, isForesight),
      `Opened ${time(openedAt)}, rules version ${rulesVersion}`,
    ],
    ['What changes', ...listed(diff.items.map((item) => item.sentence))],
    ['Whom it hits', ...ordersTold(change, of, time)],
    ['What supply has to follow', ...demand(change, zone)],
    [isForesight ? 'What would go out' : 'What has been done', ...commandsTold(commands, time)],
  ];
  if (change.undo) {
    const { by, at, reason, cannot } = change.undo;
    const left = cannot.map((one) => `  cannot be taken back: ${one.commandId}: ${one.reason}`);
    sections.push(['Taken back', `  by ${by}, ${time(at)}: ${reason}`, ...left]);
  }
  return `${sections.map((section) => section.join('\n')).join('\n\n')}\n`;
}

/** What is asked of whom, before all else. */
function summary(
  { id, orders, state }: Change,
  commands: readonly ToldCommand[],
  time: Clock,
  isForesight: boolean,
): string[] {
  const lines: string[] = [];
  const waiting = orders.filter(({ standing }) => standing === 'waiting');
  const failed = commands.filter((one) => one.state === 'failed');
  if (isForesight) lines.push('Nothing is sent: this is what would come of it now.');
  else if (waiting.length > 0) {
    const [first] = waiting.flatMap(({ due }) => due?.at ?? []).sort();
    const until = first === undefined ? '' : `, the first before ${time(first)}`;
    const verb = waiting.length === 1 ? 'waits' : 'wait';
    lines.push(`>> ${count(waiting.length, 'order')} ${verb} for your decision${until}.`);
    lines.push(
      `   esperanto change decide ${id} approve | reject | defer | extend --order <number> --by <name> --reason <text>`,
    );
  }
  const putOff = orders.filter(({ standing }) => standing === 'deferred').length;
  if (putOff > 0) lines.push(`   The decision on ${count(putOff, 'order')} is put off.`);
  if (failed.length > 0) {
    const verb = failed.length === 1 ? 'has' : 'have';
    lines.push(
      `>> ${count(failed.length, 'command')} ${verb} failed, see below: esperanto change retry ${id} <command>`,
    );
  }
  if (lines.length === 0 && state === 'in force')
    lines.push('Everything is decided, and every system has taken it.');
  return lines;
}

const listed = (lines: readonly string[]): string[] =>
  lines.length === 0 ? ['  nothing'] : lines.map((line) => `  - ${line}`);

function demand(change: Change, zone: string): string[] {
  const taking = change.orders.filter(
    (order) => order.standing !== 'rejected' && order.standing !== 'untouched',
  );
  const effects = totalDemand(
    taking.map((order) => order.impact),
    zone,
  );
  const lines = listed(
    effects.map((effect) => `${amountTold(effect)}${effect.date ? ` on ${effect.date}` : ''}`),
  );
  const isOpen = taking.some(({ standing }) => standing === 'waiting') && effects.length > 0;
  return isOpen ? [...lines, '    if all orders that wait are approved'] : lines;
}

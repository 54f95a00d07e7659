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
 * what has been done. Orders and commands of which the same is to be said are told together where they are many.
 * Times are shown as they are kept.
 *
 * @param zone time zone of the plant, for the days of the demand.
 * @param of how many orders there are, where the change has been read with some of them only.
 */
export function changePage(
  change: Change,
  commands: readonly Told[],
  zone = 'utc',
  of = change.orders.length,
): string {
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
    ['Whom it hits', ...hitOrders(change, of)],
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

/** Orders of which the same is to be said are named together once they are so many. */
const TOGETHER = 5;

function hitOrders({ orders }: Change, of: number): string[] {
  if (orders.length === 0) return ['  no order'];
  const groups = new Map<string, ChangeOrder[]>();
  for (const order of orders) {
    const said = aboutOrder(order).join('\n');
    const group = groups.get(said);
    if (group === undefined) groups.set(said, [order]);
    else group.push(order);
  }
  const lines = orders.length > TOGETHER ? standingsOf(orders, of) : [];
  for (const [said, group] of byUrgency(groups)) {
    if (group.length <= TOGETHER) for (const { id } of group) lines.push(`  ${id}  ${said}`);
    else lines.push(`  ${group.length} orders  ${said}`, `      ${named(group.map(({ id }) => id))}`);
  }
  return lines;
}

/** How many orders stand how; `of`: how many there are, where not all are shown. */
function standingsOf(orders: readonly ChangeOrder[], of: number): string[] {
  const counts = new Map<string, number>();
  for (const { standing } of orders) counts.set(standing, (counts.get(standing) ?? 0) + 1);
  const told = [...counts].map(
    ([standing, count]) => `${count} ${standings[standing as keyof typeof standings]}`,
  );
  const shown = of > orders.length ? `the first ${orders.length} of ${of} orders` : `${of} orders`;
  return [`  ${shown}: ${told.join(', ')}`];
}

/** What waits for somebody comes first where there are many. */
function byUrgency(groups: ReadonlyMap<string, ChangeOrder[]>): [string, ChangeOrder[]][] {
  const list = [...groups];
  if (list.every(([, group]) => group.length <= TOGETHER)) return list;
  const waits = ([, [order]]: [string, ChangeOrder[]]) => (order?.standing === 'waiting' ? 0 : 1);
  return list.sort((a, b) => waits(a) - waits(b));
}

/** Ids that follow one another as from … to, so that a thousand of them stay readable. */
function named(ids: readonly string[]): string {
  const runs: string[][] = [];
  for (const id of [...ids].sort()) {
    const run = runs.at(-1);
    if (run !== undefined && follows(run.at(-1)!, id)) run.push(id);
    else runs.push([id]);
  }
  const told = runs.flatMap((run) => (run.length > 2 ? [`${run[0]} to ${run.at(-1)}`] : run));
  const shown = told.slice(0, 20).join(', ');
  return told.length > 20 ? `${shown} and others` : shown;
}

const follows = (a: string, b: string): boolean =>
  /^\d+$/.test(a) && a.length === b.length && BigInt(b) - BigInt(a) === 1n;

/** All that is to be said about an order but its number. */
function aboutOrder(order: ChangeOrder): string[] {
  const { impact } = order;
  const lines = [`${standings[order.standing]}  [${impact.severity}, ${impact.state}]`];
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

type Told = Omit<Command, 'message' | 'before'>;

function done(commands: readonly Told[]): string[] {
  if (commands.length === 0) return ['  nothing yet'];
  // What was planned anew before it was sent says nothing to anybody.
  const told = commands.filter((command) => command.state !== 'dropped' || command.because !== undefined);
  const alike = new Map<string, Told[]>();
  for (const command of told) {
    const key = `${command.state} ${command.kind} ${command.undoes === undefined} ${command.orderId === undefined}`;
    const group = alike.get(key);
    if (group === undefined) alike.set(key, [command]);
    else group.push(command);
  }
  return [...alike.values()].flatMap((group) =>
    group.length <= TOGETHER * 2 ? group.map(toldOf) : [toldTogether(group)],
  );
}

function toldOf(command: Told): string {
  const at = command.settledAt ?? command.sentAt;
  const undone = command.undoes === undefined ? '' : 'Taken back: ';
  const problem = command.problem === undefined ? '' : ` (${command.problem})`;
  return `  [${marks[command.state]}] ${undone}${command.expectation}${problem}${at ? ` ${at}` : ''}`;
}

/** Many commands of one kind in one state: how many, for which orders, and why where they came to nothing. */
function toldTogether(group: readonly Told[]): string {
  const [{ state, kind, undoes }] = group as [Told];
  const undone = undoes === undefined ? '' : 'Taken back: ';
  const problems = [...new Set(group.flatMap(({ problem }) => problem ?? []))];
  const why = problems.length === 0 ? '' : ` (${problems.slice(0, 3).join('; ')})`;
  const orders = named([...new Set(group.flatMap(({ orderId }) => orderId ?? []))]);
  return `  [${marks[state]}] ${undone}${group.length} × ${kind}: ${orders}${why}`;
}

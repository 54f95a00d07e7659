import type { Additions, Change, ChangeOrder, Decision, Until } from './change';
import { amountTold } from './page-commands';
import { type Clock, named, proposals, standings, states, TOGETHER } from './page-words';

/** The orders that a change hits, each with what has to be known to decide about it. */
export function ordersTold({ orders }: Change, of: number, time: Clock): string[] {
  if (orders.length === 0) return ['  no order'];
  const groups = new Map<string, ChangeOrder[]>();
  for (const order of orders) {
    const said = aboutOrder(order, time).join('\n');
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

/** What waits for somebody comes first. */
function byUrgency(groups: ReadonlyMap<string, ChangeOrder[]>): [string, ChangeOrder[]][] {
  const waits = ([, [order]]: [string, ChangeOrder[]]) => (order?.standing === 'waiting' ? 0 : 1);
  return [...groups].sort((a, b) => waits(a) - waits(b));
}

/** All that is to be said about an order but its number. */
function aboutOrder(order: ChangeOrder, time: Clock): string[] {
  const { impact, standing, firstApproval, until } = order;
  const isWaiting = standing === 'waiting';
  // Once somebody has decided, what was proposed says nothing any more.
  const isDecided = order.decisions.length > 0 && !isWaiting;
  const why = isDecided ? `It was decided on as it stood: ${states[impact.state]}.` : impact.reason;
  const lines = [`${standings[standing]}  [${impact.severity}]`, `      ${why}`];
  for (const { id, state, action } of isWaiting ? impact.operations : []) {
    const name = id === '' ? 'order as a whole' : `operation ${id}`;
    lines.push(`      ${name}: ${states[state]}, ${proposals[action]}`);
  }
  if (impact.serials) lines.push(`      serial numbers: ${impact.serials.join(', ')}`);
  if (isWaiting) lines.push(...toDecide(order, time));
  if (standing === 'deferred' && until) lines.push(`      put off until ${untilTold(until, time)}`);
  if (firstApproval) lines.push(`      approved by ${firstApproval.by}, a second person is missing`);
  for (const decision of order.decisions) lines.push(`      ${decisionTold(decision, time)}`);
  for (const { at, text } of order.notes) lines.push(`      ${time(at)}: ${text}`);
  return lines;
}

/** What each answer would mean, and what no answer does. */
function toDecide({ impact, due, patience }: ChangeOrder, time: Clock): string[] {
  const material = impact.demand.map(amountTold).join(', ');
  const lines = [
    `      approve: what is made and used stays, the rest is made in the new form${material ? `: ${material}` : ''}`,
    '      reject: it goes on in its old form to its end',
  ];
  if (due === undefined) return lines;
  const otherwise = patience?.otherwise === 'approve' ? 'it is changed' : 'it stays as it is';
  return [...lines, `      decide before ${time(due.at)}, else ${otherwise}`];
}

function decisionTold({ action, by, at, reason, scope, until, additions }: Decision, time: Clock): string {
  const how = scope === undefined ? '' : scope === 'all' ? ', all pieces' : ', what is left to be made';
  const when = until === undefined ? '' : ` until ${untilTold(until, time)}`;
  const added = additions === undefined ? '' : `, with ${additionsTold(additions)}`;
  return `${time(at)}: ${by}: ${action}${how}${when}${added}. ${reason}`;
}

function additionsTold({ operations, resources, supply, instructions }: Additions): string {
  return [
    ...(operations ?? []).map(
      ({ segment, follows }) => `operation ${segment.id}${follows ? ` after ${follows}` : ''}`,
    ),
    ...(resources ?? []).map(({ segmentId, equipmentId }) => `operation ${segmentId} on ${equipmentId}`),
    ...(supply ?? []).map(({ segmentId, lineId, material, lot }) =>
      [`line ${segmentId}/${lineId} from`, material, lot && `lot ${lot}`].filter(Boolean).join(' '),
    ),
    ...(instructions ?? []).map(({ segmentId, text }) => `operation ${segmentId}: "${text}"`),
  ].join(', ');
}

function untilTold(until: Until, time: Clock): string {
  if ('operation' in until) return `operation ${until.operation} is done`;
  return 'time' in until ? time(until.time) : 'the next order';
}

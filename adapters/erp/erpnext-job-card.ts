import { Decimal } from 'decimal.js';
import { HubError } from '../../model/errors';
import type { Outgoing, Receipt } from '../adapter';
import { type Doc, isOutdated, type Site } from './erpnext-site';

/** What of an operation is reported: mappings/erpnext/native/JobCard.schema.json. */
interface Report {
  readonly work_order: string;
  readonly operation_idx: number;
  readonly docstatus?: 1;
  readonly is_paused?: 0 | 1;
  readonly time_logs: readonly TimeLog[];
}

interface TimeLog {
  readonly from_time: string;
  readonly to_time?: string | null;
  readonly completed_qty?: number | null;
  readonly employee?: string | null;
}

type Operation = { idx: number; name: string; operation: string; workstation?: string | null };
type Card = Doc & { docstatus: number; remarks?: string | null; time_logs?: TimeLog[] };

/** Somebody at the card between reading and writing is common on a shop floor, three times in a row is not. */
const ATTEMPTS = 3;

/**
 * Adds a report to the open Job Card of its operation, and submits the card when the operation is completed.
 * A Job Card has no key for a report. Its remarks therefore hold the ids of those it has taken, written in the same
 * call: sending one again finds its id and changes nothing.
 */
export async function reportOperation(site: Site, { id, body }: Outgoing): Promise<Receipt> {
  const report = body as Report;
  const order = await site.read('Work Order', report.work_order);
  const operation = operationOf(order, report.operation_idx);
  for (let attempt = 1; ; attempt++) {
    try {
      return await reportOnce(site, order, operation, report, id);
    } catch (error) {
      if (attempt === ATTEMPTS || !isOutdated(error)) throw error;
    }
  }
}

async function reportOnce(
  site: Site,
  order: Doc,
  operation: Operation,
  report: Report,
  id: string,
): Promise<Receipt> {
  const cards = await site.list(
    'Job Card',
    [
      ['work_order', '=', order.name],
      ['operation_id', '=', operation.name],
      ['docstatus', '!=', 2],
    ],
    ['name', 'docstatus', 'remarks'],
  );
  const taken = cards.find(({ remarks }) => hasMark(remarks, id));
  if (taken) return { counterpartId: taken.name, answer: { already: true } };
  const kept =
    cards.length === 0
      ? await site.create('Job Card', { ...newCard(order, operation), ...added({}, report, id) })
      : await add(site, cards as Card[], order, operation, report, id);
  return { counterpartId: kept.name, answer: { status: kept.status } };
}

async function add(
  site: Site,
  cards: readonly Card[],
  order: Doc,
  operation: Operation,
  report: Report,
  id: string,
): Promise<Doc> {
  const open = cards.find(({ docstatus }) => docstatus === 0);
  if (!open) {
    const message = `all Job Cards of ${order.name}, ${operation.operation}, are submitted: ERPNext takes no further report`;
    throw new HubError('HUB_REJECTED', message, { value: cards.map(({ name }) => name) });
  }
  const card = (await site.read('Job Card', open.name)) as Card;
  // Between the list and this, the same report may have come in by another way.
  if (hasMark(card.remarks, id)) return card;
  return site.change('Job Card', card.name, { modified: card.modified, ...added(card, report, id) });
}

function operationOf(order: Doc, idx: number): Operation {
  const operations = (order.operations ?? []) as Operation[];
  const found = operations.find((operation) => operation.idx === idx);
  if (found) return found;
  const message = `the Work Order ${order.name} has no operation ${idx}, so there is no Job Card to report to`;
  throw new HubError('HUB_REJECTED', message, { value: idx });
}

/** ERPNext makes the cards with the order; a site that does not gets the one that it would have made. */
const newCard = (order: Doc, operation: Operation) => ({
  work_order: order.name,
  bom_no: order.bom_no,
  company: order.company,
  wip_warehouse: order.wip_warehouse,
  for_quantity: order.qty,
  operation: operation.operation,
  operation_id: operation.name,
  workstation: operation.workstation,
});

/** The fields of the card that the report changes. */
function added(card: Pick<Card, 'remarks' | 'time_logs'>, report: Report, id: string) {
  const { docstatus, is_paused, time_logs } = report;
  return {
    time_logs: time_logs.reduce(withLog, card.time_logs ?? []),
    remarks: [card.remarks, markOf(id)].filter(Boolean).join('\n'),
    ...(docstatus === undefined ? {} : { docstatus }),
    ...(is_paused === undefined ? {} : { is_paused }),
  };
}

/** A log that was left open goes on; else there is one more. */
function withLog(logs: readonly TimeLog[], log: TimeLog): TimeLog[] {
  const last = logs.at(-1);
  if (!last || last.to_time) return [...logs, log];
  const completed = new Decimal(last.completed_qty ?? 0).plus(log.completed_qty ?? 0).toNumber();
  const { to_time, employee } = log;
  const gone = { ...last, completed_qty: completed, ...(to_time ? { to_time } : {}) };
  return [...logs.slice(0, -1), employee && !last.employee ? { ...gone, employee } : gone];
}

const markOf = (id: string) => `Reported: ${id}`;
const hasMark = (remarks: unknown, id: string) =>
  String(remarks ?? '')
    .split('\n')
    .includes(markOf(id));

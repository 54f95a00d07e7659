import { Decimal } from 'decimal.js';
import { HubError } from '../../model/errors';
import type { Outgoing, Receipt } from '../adapter';
import { type Consumed, consumption } from './odoo-consumption';
import type { Odoo, Row } from './odoo-rpc';

/** What of a work order is reported: mappings/odoo/native/MrpWorkorder.schema.json. */
interface Report {
  readonly id: number;
  readonly production: string;
  readonly qty_produced: number;
  readonly finish?: boolean;
  readonly consumed?: readonly Consumed[];
  readonly time: { readonly date_start: string; readonly date_end?: string };
}

const WORK_ORDER = 'mrp.workorder';
const TIME = 'mrp.workcenter.productivity';

/**
 * Adds a report to a work order, and finishes the work order when it is completed.
 * The time of a report carries its id in the description, and is written in one call with the quantity and what was used
 * up: sending the report again finds the time and adds nothing. Finishing a finished work order does nothing either.
 * Odoo has no lock: a quantity that somebody enters between reading and writing is lost.
 */
export async function reportWork(odoo: Odoo, finishMethod: string, { id, body }: Outgoing): Promise<Receipt> {
  const report = body as Report;
  const workOrder = await workOrderOf(odoo, report);
  const mark = `Reported: ${id}`;
  const taken = (await odoo.call(TIME, 'search', [
    [
      ['workorder_id', '=', report.id],
      ['description', '=', mark],
    ],
  ])) as number[];
  if (taken.length === 0) await add(odoo, workOrder, report, mark, await used(odoo, workOrder, report));
  const finishes = report.finish === true && workOrder.state !== 'done';
  if (finishes) await finish(odoo, finishMethod, report);
  const already = taken.length > 0 && !finishes;
  return { counterpartId: String(report.id), answer: already ? { already } : { finished: finishes } };
}

async function workOrderOf(odoo: Odoo, { id, production }: Report): Promise<Row> {
  const fields = ['production_id', 'state', 'qty_produced', 'workcenter_id'];
  const [row] = (await odoo.call(WORK_ORDER, 'read', [[id]], { fields })) as Row[];
  const of = (row?.production_id as [number, string] | undefined)?.[1];
  if (!row || of !== production) {
    const message = `Odoo's work order ${id} is ${of ? `one of ${of}, not` : 'not one'} of ${production}`;
    throw new HubError('HUB_REJECTED', message, { value: id });
  }
  if (row.state === 'cancel')
    throw new HubError('HUB_REJECTED', `Odoo's work order ${id} of ${production} is cancelled`, {
      value: id,
    });
  return row;
}

async function used(odoo: Odoo, workOrder: Row, { id, consumed = [] }: Report) {
  if (consumed.length === 0) return [];
  const production = (workOrder.production_id as [number, string])[0];
  const fields = ['name', 'move_raw_ids'];
  const [order] = (await odoo.call('mrp.production', 'read', [[production]], { fields })) as Row[];
  return consumption(odoo, order as Row, id, consumed);
}

/** One call, and so one transaction. */
async function add(
  odoo: Odoo,
  workOrder: Row,
  { qty_produced, time }: Report,
  mark: string,
  changes: readonly unknown[],
): Promise<void> {
  const { id, state, workcenter_id } = workOrder;
  const spent = {
    description: mark,
    workcenter_id: (workcenter_id as [number, string])[0],
    loss_id: await productiveTime(odoo),
    date_start: time.date_start,
    // Without an end, its length comes with a later report: a time left open would be counted twice.
    date_end: time.date_end ?? time.date_start,
  };
  const produced = new Decimal(Number(workOrder.qty_produced) || 0).plus(qty_produced).toNumber();
  const started = state === 'progress' || state === 'done' ? {} : { state: 'progress' };
  // [0, 0, fields] adds a row to a one2many.
  const values = {
    ...started,
    qty_produced: produced,
    time_ids: [[0, 0, spent]],
    ...(changes.length > 0 ? { move_raw_ids: changes } : {}),
  };
  await odoo.call(WORK_ORDER, 'write', [[id], values]);
}

/** Times are sorted by what they were lost to; one kind is not lost. */
async function productiveTime(odoo: Odoo): Promise<number> {
  const domain = [['loss_type', '=', 'productive']];
  const found = await odoo.call('mrp.workcenter.productivity.loss', 'search', [domain], { limit: 1 });
  const [id] = found as number[];
  if (id !== undefined) return id;
  throw new HubError('HUB_REJECTED', 'Odoo has no productivity loss of the type productive');
}

async function finish(odoo: Odoo, method: string, { id, production }: Report): Promise<void> {
  const result = await odoo.call(WORK_ORDER, method, [[id]]);
  const asks = (result as { res_model?: string } | null | boolean | undefined) || undefined;
  // A button may answer with a window for a person, and then has done nothing.
  if (typeof asks !== 'object' || asks.res_model === undefined) return;
  const message = `Odoo asks a person (${asks.res_model}) before it finishes work order ${id} of ${production}; the quantity is booked`;
  throw new HubError('HUB_REJECTED', message, { value: asks.res_model });
}

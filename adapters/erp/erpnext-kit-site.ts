import { DateTime } from 'luxon';
import type { KitAnswer } from '../transports/kit-server';
import type { Doc } from './erpnext-site';

type Row = Record<string, unknown>;
type Log = { from_time: string; to_time?: string | null; completed_qty?: number | null };

/** The documents of the kit's site, with ERPNext's habits: `modified` as lock, checks when a Job Card is kept. */
export class KitSite {
  readonly #doctypes = new Map<string, Map<string, Doc>>();
  #changes = 0;
  #names = 0;

  constructor(private readonly timeZone: string) {}

  all(doctype: string): Doc[] {
    return [...(this.#doctypes.get(doctype)?.values() ?? [])];
  }

  find(doctype: string, name: string): Doc | undefined {
    return this.#doctypes.get(doctype)?.get(name);
  }

  /** As somebody at the screen would: nothing is checked. */
  keep(doctype: string, name: string, fields: Row): Doc {
    const docs = this.#doctypes.get(doctype) ?? new Map<string, Doc>();
    this.#doctypes.set(doctype, docs);
    const doc = { ...docs.get(name), ...fields, doctype, name, modified: this.#now() };
    docs.set(name, doc);
    return doc;
  }

  create(doctype: string, fields: Row): KitAnswer {
    if (doctype === 'Stock Entry') return this.#keepEntry(fields);
    if (doctype !== 'Job Card') return failure(403, 'PermissionError', `No permission for ${doctype}`);
    return this.#keepCard(`PO-JOB${String(++this.#names).padStart(5, '0')}`, { docstatus: 0, ...fields });
  }

  change(doctype: string, name: string, fields: Row): KitAnswer {
    const before = this.find(doctype, name);
    if (!before) return notFound(doctype, name);
    if (doctype !== 'Job Card') return failure(403, 'PermissionError', `No permission for ${doctype}`);
    if (fields.modified !== before.modified) {
      const text = `Error: Document has been modified after you have opened it (${fields.modified}, ${before.modified}). Please refresh to get the latest document.`;
      return failure(417, 'TimestampMismatchError', text);
    }
    if (before.docstatus === 1)
      return failure(417, 'UpdateAfterSubmitError', 'Not allowed to change after submission');
    return this.#keepCard(name, { ...before, ...fields });
  }

  /** One card for each operation of an order, as submitting the order makes them. */
  makeCards(order: Doc): void {
    const cards = this.all('Job Card');
    for (const operation of (order.operations ?? []) as Row[]) {
      if (cards.some(({ operation_id }) => operation_id === operation.name)) continue;
      this.create('Job Card', {
        work_order: order.name,
        operation: operation.operation,
        operation_id: operation.name,
        workstation: operation.workstation,
        for_quantity: order.qty,
        remarks: null,
        time_logs: [],
      });
    }
  }

  /** A submitted stock entry: what it takes counts as consumed in its order. */
  #keepEntry(entry: Row): KitAnswer {
    const order = this.find('Work Order', String(entry.work_order));
    const items = (entry.items ?? []) as Row[];
    const wrong = entryDefectOf(entry, order, items);
    if (wrong || !order) return failure(417, 'ValidationError', wrong ?? 'Work Order is needed');
    const name = `MAT-STE-2026-${String(++this.#names).padStart(5, '0')}`;
    const required = (order.required_items ?? []) as Row[];
    this.keep('Work Order', order.name, {
      required_items: required.map((row) => ({
        ...row,
        consumed_qty: items
          .filter(({ item_code }) => item_code === row.item_code)
          .reduce((sum, { qty }) => sum + Number(qty), Number(row.consumed_qty ?? 0)),
      })),
    });
    return { status: 200, body: { data: this.keep('Stock Entry', name, entry) } };
  }

  #keepCard(name: string, card: Row): KitAnswer {
    const logs = (card.time_logs ?? []) as Log[];
    const completed = logs.reduce((sum, log) => sum + (log.completed_qty ?? 0), 0);
    const wrong = defectOf(card, logs, completed);
    if (wrong) return failure(417, 'ValidationError', wrong);
    const status = card.docstatus === 1 ? 'Completed' : logs.length > 0 ? 'Work In Progress' : 'Open';
    const wanted = Number(card.for_quantity);
    const loss = completed > 0 && wanted > completed ? wanted - completed : 0;
    const time_logs = logs.map((log, n) => ({ name: `${name}-${n + 1}`, ...log, idx: n + 1, parent: name }));
    const fields = { ...card, time_logs, total_completed_qty: completed, process_loss_qty: loss };
    return { status: 200, body: { data: this.keep('Job Card', name, { ...fields, status }) } };
  }

  /** Naive, with microseconds, and never the same twice. */
  #now(): string {
    const micros = String(++this.#changes % 1000).padStart(3, '0');
    return `${DateTime.now().setZone(this.timeZone).toFormat('yyyy-MM-dd HH:mm:ss.SSS')}${micros}`;
  }
}

function entryDefectOf(entry: Row, order: Doc | undefined, items: readonly Row[]): string | undefined {
  if (entry.purpose !== 'Material Consumption for Manufacture') return `Purpose must be one of ...`;
  if (order?.docstatus !== 1) return `Work Order ${String(entry.work_order)} must be submitted`;
  if (items.length === 0) return 'Items are required';
  const bad = items.findIndex(({ qty, s_warehouse }) => !(Number(qty) > 0) || !s_warehouse);
  return bad < 0 ? undefined : `Row ${bad + 1}: Source warehouse and Qty are mandatory`;
}

function defectOf(card: Row, logs: readonly Log[], completed: number): string | undefined {
  const backwards = logs.findIndex(({ from_time, to_time }) => to_time && to_time < from_time);
  if (backwards >= 0) return `Row ${backwards + 1}: From time must be less than to time`;
  if (card.docstatus !== 1) return undefined;
  if (logs.length === 0) return `Time logs are required for <b>Job Card</b> ${String(card.name)}`;
  const wanted = Number(card.for_quantity);
  // What is missing is process loss; too many, or none at all, is not.
  if (completed > 0 && completed <= wanted) return undefined;
  return `The <b>Total Completed Qty</b> (<b>${completed}</b>) must be equal to <b>Qty to Manufacture</b> (<b>${wanted}</b>)`;
}

export const notFound = (doctype: string, name: string) =>
  failure(404, 'DoesNotExistError', `${doctype} ${name} not found`);

export function failure(status: number, type: string, message: string): KitAnswer {
  const said = JSON.stringify({ message, title: 'Message', indicator: 'red', raise_exception: 1 });
  const body = {
    exception: `frappe.exceptions.${type}: ${message}`,
    exc_type: type,
    exc: JSON.stringify(['Traceback (most recent call last):\n  File "apps/frappe/frappe/app.py", line 114']),
    _server_messages: JSON.stringify([said]),
  };
  return { status, body };
}

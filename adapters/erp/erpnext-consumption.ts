import { HubError } from '../../model/errors';
import type { Outgoing, Receipt } from '../adapter';
import type { Doc, Site } from './erpnext-site';

/** What an operation has used up: mappings/erpnext/native/StockEntry.schema.json. */
interface Consumption {
  readonly work_order: string;
  /** Naive, site time. */
  readonly posting_datetime: string;
  readonly items?: readonly Item[];
}

interface Item {
  readonly item_code: string;
  readonly qty: number;
  readonly uom?: string;
  readonly batch_no?: string;
}

const PURPOSE = 'Material Consumption for Manufacture';

/**
 * Books what an operation has used up as a submitted Stock Entry of its Work Order. The site must allow it (Manufacturing
 * Settings, material consumption), else ERPNext books by the BOM with the finished goods and takes none of these.
 * A Stock Entry has no key for a report: its remarks hold the id, so that sending it again books nothing.
 */
export async function bookConsumption(site: Site, { id, body }: Outgoing): Promise<Receipt> {
  const { work_order, posting_datetime, items = [] } = body as Consumption;
  if (items.length === 0) return { answer: 'nothing was used up' };
  const mark = `Reported: ${id}`;
  const entries = await site.list(
    'Stock Entry',
    [
      ['work_order', '=', work_order],
      ['docstatus', '!=', 2],
    ],
    ['name', 'docstatus', 'remarks', 'modified'],
  );
  const taken = entries.find(({ remarks }) =>
    String(remarks ?? '')
      .split('\n')
      .includes(mark),
  );
  if (taken) return { counterpartId: taken.name, answer: { already: true } };
  const order = await site.read('Work Order', work_order);
  const [posting_date, posting_time] = posting_datetime.split(' ');
  const entry = await site.create('Stock Entry', {
    stock_entry_type: PURPOSE,
    purpose: PURPOSE,
    work_order,
    company: order.company,
    set_posting_time: 1,
    posting_date,
    posting_time,
    remarks: mark,
    docstatus: 1,
    items: items.map((item) => rowOf(order, item)),
  });
  return { counterpartId: entry.name, answer: { docstatus: entry.docstatus } };
}

/** What was brought to the line is used up there; what was not, where it is stored. */
function rowOf(order: Doc, { batch_no, ...item }: Item): object {
  const required = (order.required_items ?? []) as { item_code: string; source_warehouse?: string | null }[];
  const own = required.find(({ item_code }) => item_code === item.item_code)?.source_warehouse;
  const atLine = order.skip_transfer ? undefined : order.wip_warehouse;
  const s_warehouse = atLine || own || order.source_warehouse;
  if (!s_warehouse) {
    const message = `the Work Order ${order.name} names no warehouse from which ${item.item_code} could be taken`;
    throw new HubError('HUB_REJECTED', message, { value: item.item_code });
  }
  return { ...item, s_warehouse, ...(batch_no ? { batch_no, use_serial_batch_fields: 1 } : {}) };
}

import { HubError } from '../../model/errors';
import type { Kit, KitOptions } from '../kit';
import { type KitAnswer, type KitRequest, kitServer } from '../transports/kit-server';
import { failure, KitSite, notFound } from './erpnext-kit-site';
import type { Doc } from './erpnext-site';

const API_KEY = 'e7b0c1d2f3a4958';
const API_SECRET = 'c9d81f60a2b3e47';
const TOKEN = `token ${API_KEY}:${API_SECRET}`;

type Row = Record<string, unknown>;

/** Which doctype an event is about. */
const EVENTS: Readonly<Record<string, string>> = { 'work-order': 'Work Order', bom: 'BOM', item: 'Item' };

/**
 * An ERPNext site: REST with a token, lists of 20 rows unless more are asked for, errors as JSON in strings.
 * An order that is asked for by name is there, as if somebody had just entered it, unless `options.orders` is `emitted`.
 * With `options.loses`, e.g. `PUT`, the site falls silent with the first request of that method, which it carries out.
 * `holds`: `time-logs` of all Job Cards (default), `Job Card`, `Stock Entry`, `Work Order`, `BOM` or `Item`.
 */
export const erpnextKit: Kit = {
  faults: ['down', 'busy', 'rejecting', 'silent'],
  samples: {
    event: (key) => ({ event: 'work-order', data: { name: key } }),
    record: (key) => ({
      type: 'JobCard',
      key,
      body: {
        work_order: key,
        operation_idx: 1,
        is_paused: 0,
        time_logs: [
          {
            from_time: '2026-03-02 06:00:00',
            to_time: '2026-03-02 06:06:00',
            completed_qty: 2,
            employee: 'E-7',
          },
        ],
      },
    }),
  },

  async start({ port, options }: KitOptions = {}) {
    const {
      timeZone = 'Europe/Berlin',
      orders = 'any',
      loses,
      ...others
    } = (options ?? {}) as Record<string, string>;
    const site = new KitSite(timeZone);
    const server = await kitServer({
      ...(port === undefined ? {} : { port }),
      answer: (request) => {
        if (request.method === loses) void server.provoke('silent');
        return answer(site, orders === 'any', request);
      },
      refusal: failure(417, 'ValidationError', 'The <b>period</b> is closed.'),
    });
    return {
      config: {
        url: server.url,
        apiKey: API_KEY,
        apiSecret: API_SECRET,
        pollMs: 50,
        timeoutMs: 2000,
        ...others,
      },
      async emit(event, data) {
        const doctype = EVENTS[event];
        if (!doctype) throw new HubError('HUB_WRONG_USE', `the ERPNext kit knows no event '${event}'`);
        return enter(site, doctype, data as Row);
      },
      async holds(what = 'time-logs') {
        if (what !== 'time-logs') return site.all(what);
        return site
          .all('Job Card')
          .flatMap(({ work_order, time_logs }) =>
            (time_logs as Row[]).map((log) => ({ work_order, ...log })),
          );
      },
      provoke: server.provoke,
      stop: server.stop,
    };
  },
};

/** Enters a document at the screen, and submits it unless `docstatus` says otherwise. */
function enter(site: KitSite, doctype: string, given: Row): Doc {
  const name = String(given.name);
  const before = site.find(doctype, name);
  const doc = site.keep(doctype, name, { ...(before ? {} : usual(doctype, name)), ...given });
  if (doctype === 'Work Order' && doc.docstatus === 1) site.makeCards(doc);
  return doc;
}

/** What is assumed of a document that is new. */
function usual(doctype: string, name: string): Row {
  if (doctype === 'Item')
    return { docstatus: 0, item_code: name, item_name: name, stock_uom: 'Nos', disabled: 0 };
  if (doctype === 'BOM') {
    const item = name.replace(/^BOM-|-\d+$/g, '');
    const marks = { is_active: 1, is_default: 1, with_operations: 0 };
    return { docstatus: 1, item, quantity: 1.0, uom: 'Nos', ...marks, items: [], operations: [] };
  }
  const operation = { operation: 'Press seals', workstation: 'PRESS-01', time_in_mins: 6.0 };
  return {
    docstatus: 1,
    status: 'Not Started',
    production_item: 'PV-100',
    item_name: 'Process valve DN50',
    bom_no: 'BOM-PV-100-001',
    company: 'Valve plant',
    qty: 4.0,
    stock_uom: 'Nos',
    planned_start_date: '2026-03-02 06:00:00',
    planned_end_date: '2026-03-02 14:00:00',
    wip_warehouse: 'Work in progress - VP',
    source_warehouse: 'Stores - VP',
    required_items: [
      { item_code: 'SEAL-EPDM', required_qty: 8.0, consumed_qty: 0, operation: 'Press seals' },
    ],
    operations: [{ name: `${name}-op1`, idx: 1, ...operation, sequence_id: 1, status: 'Pending' }],
  };
}

function answer(site: KitSite, anyOrder: boolean, request: KitRequest): KitAnswer {
  if (request.headers.authorization !== TOKEN) {
    return failure(401, 'AuthenticationError', 'Authentication failed');
  }
  if (request.path === '/api/method/frappe.auth.get_logged_user')
    return { status: 200, body: { message: 'hub@example.com' } };
  const [, doctype, name] =
    /^\/api\/resource\/([^/]+)(?:\/(.+))?$/
      .exec(request.path)
      ?.map((part) => part && decodeURIComponent(part)) ?? [];
  if (!doctype) return failure(404, 'DoesNotExistError', `${request.path} not found`);
  if (name === undefined) {
    return request.method === 'POST'
      ? site.create(doctype, JSON.parse(request.text) as Row)
      : { status: 200, body: { data: list(site.all(doctype), request.query) } };
  }
  if (request.method === 'PUT') return site.change(doctype, name, JSON.parse(request.text) as Row);
  if (anyOrder && doctype === 'Work Order' && !site.find(doctype, name)) enter(site, doctype, { name });
  const doc = site.find(doctype, name);
  return doc ? { status: 200, body: { data: doc } } : notFound(doctype, name);
}

/** Rows that pass `filters`, cut to `fields` and to one page, which has 20 rows where nobody says otherwise. */
function list(docs: readonly Doc[], query: URLSearchParams): Row[] {
  const filters = JSON.parse(query.get('filters') ?? '[]') as Array<[string, string, unknown]>;
  const fields = JSON.parse(query.get('fields') ?? '["name"]') as string[];
  const [by = 'modified', direction = 'desc'] = (query.get('order_by') ?? '').split(' ');
  const found = docs
    .filter((doc) => filters.every((filter) => passes(doc, filter)))
    .sort((a, b) => String(a[by]).localeCompare(String(b[by])) * (direction === 'asc' ? 1 : -1));
  const start = Number(query.get('limit_start') ?? 0);
  return found
    .slice(start, start + Number(query.get('limit_page_length') ?? 20))
    .map((doc) => Object.fromEntries(fields.map((field) => [field, doc[field] ?? null])));
}

function passes(doc: Doc, [field, operator, wanted]: [string, string, unknown]): boolean {
  const value = doc[field];
  if (operator === 'in') return (wanted as unknown[]).includes(value);
  if (operator === '!=') return value !== wanted;
  if (operator === '>=') return String(value) >= String(wanted);
  return value === wanted;
}

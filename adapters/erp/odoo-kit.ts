import { HubError } from '../../model/errors';
import type { Kit, KitOptions } from '../kit';
import { type KitAnswer, type KitRequest, kitServer } from '../transports/kit-server';
import { KitDatabase, OdooError } from './odoo-kit-database';
import type { Row } from './odoo-rpc';

const DATABASE = 'plant';
const LOGIN = 'hub@example.com';
const API_KEY = '3f1c0e9ab57d4268';
const UID = 2;

/** Fields that came with later versions than the kit's, 17, or were gone by then. */
const NOT_YET = new Set(['uom_id', 'date_planned_start', 'date_planned_finished', 'quantity_done']);

type Fields = Record<string, unknown>;

/**
 * An Odoo 17 with manufacturing: JSON-RPC, errors with status 200. Events: `production` ({name, …}), `bom` ({code, …})
 * and `line` ({id, …}: a BOM line is changed, and its BOM is not).
 * A work order that is asked for by its id is there, of an order named after it, unless `options.orders` is `emitted`.
 * With `options.loses`, e.g. `write`, it falls silent with the first call of that method, which it carries out.
 * With `options.asks`, finishing a work order is answered with a window. `holds`: rows of a model, by default the times
 * that were booked.
 */
export const odooKit: Kit = {
  faults: ['down', 'busy', 'rejecting', 'silent'],
  samples: {
    event: (key) => ({ event: 'production', data: { name: `WH/MO/${key}` } }),
    record: (key) => ({
      type: 'MrpWorkorder',
      key,
      body: {
        id: Number(key),
        production: key,
        qty_produced: 2,
        time: { date_start: '2026-03-02 05:00:00', date_end: '2026-03-02 05:06:00' },
      },
    }),
  },

  async start({ port, options }: KitOptions = {}) {
    const { orders = 'any', asks = false, loses, ...others } = (options ?? {}) as Fields;
    const database = new KitDatabase();
    database.keep('mrp.workcenter.productivity.loss', {
      name: 'Fully Productive Time',
      loss_type: 'productive',
    });
    const server = await kitServer({
      ...(port === undefined ? {} : { port }),
      answer: (request) => {
        if (typeof loses === 'string' && request.text.includes(`"${loses}"`)) void server.provoke('silent');
        return answer(database, { anyOrder: orders === 'any', asks: asks === true }, request);
      },
      refusal: failure(null, new OdooError('odoo.exceptions.UserError', 'The period is closed.')),
    });
    const user = { database: DATABASE, login: LOGIN, apiKey: API_KEY };
    return {
      config: { url: server.url, ...user, pollMs: 50, timeoutMs: 2000, ...others },
      async emit(event, data) {
        if (event === 'production') return enterProduction(database, data as Fields);
        if (event === 'bom') return enterBom(database, data as Fields);
        if (event === 'line') return database.keep('mrp.bom.line', data as Fields);
        throw new HubError('HUB_WRONG_USE', `the Odoo kit knows no event '${event}'`);
      },
      async holds(what = 'mrp.workcenter.productivity') {
        return database.all(what);
      },
      provoke: server.provoke,
      stop: server.stop,
    };
  },
};

function enterProduction(database: KitDatabase, { workorder, ...given }: Fields): Row {
  const before = database.find('mrp.production', ({ name }) => name === given.name);
  if (before) return database.keep('mrp.production', { ...given, id: before.id });
  const product = productOf(database, 'PV-100');
  const order = database.keep('mrp.production', {
    state: 'confirmed',
    product_id: [product.id, `[PV-100] ${product.name}`],
    product_qty: 4.0,
    product_uom_id: [1, 'Units'],
    priority: '0',
    date_start: '2026-03-02 05:00:00',
    date_finished: '2026-03-02 13:00:00',
    ...given,
  });
  const work = database.keep('mrp.workorder', {
    ...(workorder as Fields | undefined),
    name: 'Press seals',
    state: 'ready',
    production_id: [order.id, order.name],
    workcenter_id: workcenterOf(database),
    qty_produced: 0.0,
    duration_expected: 6.0,
  });
  const seal = productOf(database, 'SEAL-EPDM');
  database.keep('stock.move', {
    raw_material_production_id: [order.id, order.name],
    workorder_id: [work.id, 'Press seals'],
    product_id: [seal.id, `[SEAL-EPDM] ${seal.name}`],
    ...{ product_uom_qty: 8.0, product_uom: [1, 'Units'], state: 'assigned' },
    // Reserved, and not used up yet.
    ...{ quantity: 8.0, picked: false },
  });
  return order;
}

function enterBom(database: KitDatabase, given: Fields): Row {
  const product = productOf(database, 'PV-100');
  const component = productOf(database, 'BODY-50');
  const template = database.keep('product.template', { default_code: 'PV-100', name: product.name });
  const bom = database.keep('mrp.bom', {
    type: 'normal',
    active: true,
    product_tmpl_id: [template.id, `[PV-100] ${template.name}`],
    product_qty: 1.0,
    product_uom_id: [1, 'Units'],
    ...given,
  });
  database.keep('mrp.bom.line', {
    bom_id: [bom.id, '[PV-100]'],
    product_id: [component.id, '[BODY-50]'],
    product_qty: 1.0,
    product_uom_id: [1, 'Units'],
  });
  return bom;
}

const productOf = (database: KitDatabase, code: string): Row =>
  database.find('product.product', ({ default_code }) => default_code === code) ??
  database.keep('product.product', { default_code: code, name: `Product ${code}` });

function workcenterOf(database: KitDatabase): [number, string] {
  const found =
    database.find('mrp.workcenter', ({ code }) => code === 'PRESS-01') ??
    database.keep('mrp.workcenter', { code: 'PRESS-01', name: 'Seal press' });
  return [found.id, 'Seal press'];
}

interface Habits {
  readonly anyOrder: boolean;
  readonly asks: boolean;
}

function answer(database: KitDatabase, habits: Habits, { path, text }: KitRequest): KitAnswer {
  if (path !== '/jsonrpc') return { status: 404, body: '<h1>Not Found</h1>' };
  const { id, params } = JSON.parse(text) as {
    id: number;
    params: { service: string; method: string; args: unknown[] };
  };
  try {
    const result =
      params.method === 'authenticate' ? authenticated(params.args) : executed(database, habits, params.args);
    return { status: 200, body: { jsonrpc: '2.0', id, result } };
  } catch (error) {
    if (error instanceof OdooError) return failure(id, error);
    throw error;
  }
}

const authenticated = ([database, login, key]: readonly unknown[]) =>
  database === DATABASE && login === LOGIN && key === API_KEY ? UID : false;

function executed(database: KitDatabase, habits: Habits, call: readonly unknown[]): unknown {
  const [name, uid, key, model, method, args, keywords] = call as [
    ...[string, number, string, string, string],
    unknown[],
    Fields,
  ];
  if (name !== DATABASE || uid !== UID || key !== API_KEY) {
    throw new OdooError('odoo.exceptions.AccessDenied', 'Access Denied');
  }
  const fields = keywords.fields as string[] | undefined;
  const wrong = fields?.find((field) => NOT_YET.has(field));
  if (wrong) throw new OdooError('builtins.ValueError', `Invalid field '${wrong}' on model '${model}'`);
  const [first, second] = args;
  if (habits.anyOrder && model === 'mrp.workorder' && method === 'read') orderOf(database, first as number[]);
  if (method === 'fields_get') {
    const known = (first as string[]).filter((field) => !NOT_YET.has(field));
    return Object.fromEntries(known.map((field) => [field, { type: 'char' }]));
  }
  if (method === 'read') return database.read(model, first as number[], fields);
  if (method === 'write') return database.write(model, first as number[], second as Fields);
  if (method === 'search' || method === 'search_read') {
    const { limit, offset } = keywords as { limit?: number; offset?: number };
    const ids = database.search(model, first as unknown[], limit, offset);
    return method === 'search' ? ids : database.read(model, ids, fields);
  }
  if (model === 'mrp.workorder' && method === 'button_finish')
    return finished(database, habits, first as number[]);
  throw new OdooError('builtins.AttributeError', `type object '${model}' has no attribute '${method}'`);
}

/** Makes the order that a work order is asked for of. */
function orderOf(database: KitDatabase, ids: readonly number[]): void {
  for (const id of ids) {
    if (database.find('mrp.workorder', (row) => row.id === id)) continue;
    enterProduction(database, { name: String(id), workorder: { id } });
  }
}

function finished(database: KitDatabase, { asks }: Habits, ids: readonly number[]): unknown {
  if (asks) return { type: 'ir.actions.act_window', res_model: 'mrp.consumption.warning', target: 'new' };
  return database.write('mrp.workorder', ids, { state: 'done' });
}

function failure(id: number | null, { exception: name, message }: OdooError): KitAnswer {
  const debug = 'Traceback (most recent call last):\n  File "/opt/odoo/http.py", line 1788, in _serve_db';
  const data = { name, debug, message, arguments: [message], context: {} };
  return {
    status: 200,
    body: { jsonrpc: '2.0', id, error: { code: 200, message: 'Odoo Server Error', data } },
  };
}

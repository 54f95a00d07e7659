import { HubError } from '../../model/errors';
import type { Kit } from '../kit';
import { type KitAnswer, type KitRequest, kitServer } from '../transports/kit-server';

const API_KEY = 'mx-4be81f';
const SITE = '1000';

type Row = Record<string, unknown>;

/** What of an asset is asked with `emit('asset-status', …)`; the rest stays, or is assumed for a new asset. */
interface AssetStatus {
  readonly assetnum: string;
  readonly status?: string;
  readonly siteid?: string;
  readonly description?: string;
}

/** A work order that somebody makes or changes with `emit('work-order', …)`. */
interface WorkOrder {
  readonly wonum: string;
  readonly status?: string;
  readonly [field: string]: unknown;
}

/** A Maximo with assets and work orders. `holds`: `workorders` (default) or `assets`. */
export const almKit: Kit = {
  faults: ['down', 'busy', 'rejecting', 'silent'],
  samples: {
    event: (key) => ({ event: 'asset-status', data: { assetnum: key, status: 'OPERATING' } }),
    record: (key) => ({
      type: 'WorkOrderRequest',
      key,
      body: { siteid: SITE, assetnum: key, description: `Change tool on ${key}`, worktype: 'CM' },
    }),
  },

  async start({ port, options } = {}) {
    const plant = { assets: new Map<string, Row>(), workOrders: [] as Row[], stamp: 100_000 };
    const server = await kitServer({
      ...(port === undefined ? {} : { port }),
      answer: (request) => answer(plant, request),
      refusal: failure(400, 'BMXAA4153E', 'The value of the field is not valid.'),
    });

    return {
      config: { url: `${server.url}/maximo`, apikey: API_KEY, pollMs: 50, timeoutMs: 2000, ...options },
      async emit(event, data) {
        if (event === 'asset-status') return setStatus(plant, data as AssetStatus);
        if (event === 'work-order') return setWorkOrder(plant, data as WorkOrder);
        throw new HubError('HUB_WRONG_USE', `the ALM kit knows no event '${event}'`);
      },
      async holds(what = 'workorders') {
        return what === 'assets' ? [...plant.assets.values()] : [...plant.workOrders];
      },
      provoke: server.provoke,
      stop: server.stop,
    };
  },
};

interface Plant {
  readonly assets: Map<string, Row>;
  readonly workOrders: Row[];
  stamp: number;
}

function setStatus(plant: Plant, { assetnum, siteid = SITE, status, description }: AssetStatus): Row {
  const key = `${siteid}/${assetnum}`;
  const now = new Date().toISOString().replace(/\.\d+Z$/, '+00:00');
  const usual = {
    assetnum,
    siteid,
    description: assetnum,
    status: 'OPERATING',
    location: 'HALL-1',
    assettype: 'PRODUCTION',
  };
  const before = plant.assets.get(key) ?? usual;
  const asset = {
    ...before,
    ...(status ? { status, statusdate: now } : {}),
    ...(description ? { description } : {}),
    changedate: now,
    _rowstamp: String(++plant.stamp),
    href: `oslc/os/mxapiasset/_${Buffer.from(key).toString('base64').replaceAll('=', '-')}`,
  };
  plant.assets.set(key, asset);
  return asset;
}

function setWorkOrder(plant: Plant, { wonum, ...fields }: WorkOrder): Row {
  const before = plant.workOrders.find((row) => row.wonum === wonum);
  const usual = { wonum, siteid: SITE, assetnum: 'PRESS-01', worktype: 'CM', status: 'WAPPR' };
  const now = new Date().toISOString().replace(/\.\d+Z$/, '+00:00');
  const stamps = { changedate: now, _rowstamp: String(++plant.stamp) };
  const workOrder = {
    ...(before ?? usual),
    ...fields,
    ...(fields.status ? { statusdate: now } : {}),
    ...stamps,
    href: `oslc/os/mxapiwodetail/_${wonum}`,
  };
  if (before) Object.assign(before, workOrder);
  else plant.workOrders.push(workOrder);
  return workOrder;
}

function answer(plant: Plant, request: KitRequest): KitAnswer {
  if (request.headers.apikey !== API_KEY)
    return failure(401, 'BMXAA7901E', 'You cannot log in at this time.');
  const [, structure, key] = /^\/maximo\/oslc\/os\/(\w+)(?:\/_([\w-]+))?$/.exec(request.path) ?? [];
  if (key !== undefined)
    return structure === 'mxapiwodetail' ? changed(plant, key, request) : notFound(request);
  if (structure === 'mxapiasset' && request.method === 'GET')
    return page([...plant.assets.values()], request);
  if (structure === 'mxapiwodetail' && request.method === 'GET') return page(plant.workOrders, request);
  if (structure === 'mxapiwodetail' && request.method === 'POST') return created(plant, request);
  return notFound(request);
}

const notFound = ({ path }: KitRequest): KitAnswer =>
  failure(404, 'BMXAA8727E', `The OSLC resource ${path} was not found.`);

/** A change of status, as Maximo allows it: what is done or being done is not cancelled. */
function changed(plant: Plant, key: string, request: KitRequest): KitAnswer {
  const workOrder = plant.workOrders.find(({ wonum }) => wonum === key);
  const { status } = JSON.parse(request.text) as { status?: string };
  if (!workOrder || request.headers['x-method-override'] !== 'PATCH') return notFound(request);
  if (status === 'CAN' && ['INPRG', 'COMP', 'CLOSE'].includes(String(workOrder.status)))
    return failure(400, 'BMXAA4590E', `The status ${workOrder.status} cannot be changed to CAN.`);
  return { status: 200, body: setWorkOrder(plant, { wonum: key, ...(status ? { status } : {}) }) };
}

function created(plant: Plant, { text }: KitRequest): KitAnswer {
  const wonum = String(1001 + plant.workOrders.length);
  const workOrder = setWorkOrder(plant, { ...(JSON.parse(text) as Row), wonum, status: 'WAPPR' });
  return { status: 201, headers: { location: `oslc/os/mxapiwodetail/_${wonum}` }, body: workOrder };
}

/** The members that pass `oslc.where`, in pages with a link to the next. */
function page(rows: readonly Row[], { path, query }: KitRequest): KitAnswer {
  const size = Number(query.get('oslc.pageSize') ?? 1000);
  const number = Number(query.get('pageno') ?? 1);
  const wanted = conditions(query.get('oslc.where') ?? '');
  if (!wanted) return failure(400, 'BMXAA8742E', 'The where clause is not valid.');
  const found = rows.filter((row) => wanted.every((test) => test(row)));
  const next = new URLSearchParams(query);
  next.set('pageno', String(number + 1));
  // As behind a gateway: the link names a host that only Maximo knows.
  const nextPage = { href: `http://maximo-inner:9080${path}?${next}` };
  const responseInfo = {
    totalCount: found.length,
    pagenum: number,
    ...(found.length > number * size ? { nextPage } : {}),
  };
  return { status: 200, body: { member: found.slice((number - 1) * size, number * size), responseInfo } };
}

/** `field="text"` and `field>="time"`, joined by `and`; undefined when it is something else. */
function conditions(where: string): Array<(row: Row) => boolean> | undefined {
  if (where === '') return [];
  const parts = where.split(' and ').map((part) => /^(\w+)(>?=)"([^"]*)"$/.exec(part));
  if (parts.some((part) => part === null)) return undefined;
  return parts.map((part) => {
    const [, field, operator, value] = part as unknown as [string, string, string, string];
    return operator === '='
      ? (row) => row[field] === value
      : (row) => Date.parse(String(row[field])) >= Math.floor(Date.parse(value) / 1000) * 1000;
  });
}

function failure(statusCode: number, reasonCode: string, text: string): KitAnswer {
  const message = `${reasonCode} - ${text}`;
  return { status: statusCode, body: { Error: { message, statusCode: String(statusCode), reasonCode } } };
}

import { join } from 'node:path';
import { HubError } from '../../model/errors';
import type { Adapter, Connection, OpenOptions, Outgoing, Receipt } from '../adapter';
import { type HttpClient, httpClient } from '../transports/http';
import { poll, type Watermark, watermark } from '../transports/poll';

export interface MaximoConfig {
  url: string;
  apikey: string;
  site?: string;
  workOrders: boolean;
  pollMs: number;
  overlapMs: number;
  pageSize: number;
  timeoutMs: number;
}

/** A member of an object structure, with `lean=1`. */
type Member = Record<string, unknown> & {
  siteid: string;
  status: string;
  changedate: string;
  _rowstamp?: string;
};

/** An object structure that is read, and what of it. */
interface Source {
  readonly type: string;
  readonly path: string;
  /** The field that names a member within its site. */
  readonly number: string;
  readonly fields: string;
}

interface Page {
  member?: Member[];
  responseInfo?: { nextPage?: { href: string } };
}

const ASSETS = '/oslc/os/mxapiasset';
const WORK_ORDERS = '/oslc/os/mxapiwodetail';
const assets: Source = {
  type: 'Asset',
  path: ASSETS,
  number: 'assetnum',
  fields:
    'assetnum,siteid,description,status,statusdate,location,parent,serialnum,assettype,manufacturer,changedate',
};
const workOrders: Source = {
  type: 'WorkOrder',
  path: WORK_ORDERS,
  number: 'wonum',
  fields:
    'wonum,siteid,description,status,statusdate,worktype,wopriority,assetnum,location,parent,externalrefid,' +
    'targstartdate,targcompdate,schedstart,schedfinish,actstart,actfinish,changedate',
};

/**
 * Maximo's REST interface over object structures.
 *
 * Gives `Asset`, and `WorkOrder` where that is wished: a member of mxapiasset or mxapiwodetail that has changed
 * (key: site and number; id: with its row stamp).
 * Takes `WorkOrderRequest`: a body for mxapiwodetail (siteid, assetnum, description, worktype), and `WorkOrderCancel`
 * (siteid, wonum): a work order that is not needed any more, as long as nobody has begun it.
 */
export const maximo: Adapter<MaximoConfig> = {
  name: 'maximo',
  summary: 'Reads assets, their status and work orders from Maximo and asks it for work orders.',
  settings: {
    url: { type: 'string', description: 'Base address of Maximo, as in https://host/maximo.' },
    apikey: { type: 'string', description: 'API key of a user who may read assets.', secret: true },
    site: {
      type: 'string',
      description: 'Site whose assets are read. All sites when absent.',
      optional: true,
    },
    workOrders: {
      type: 'boolean',
      description: 'Whether work orders are read as well as assets.',
      default: false,
    },
    pollMs: { type: 'number', description: 'Pause between two looks at Maximo in ms.', default: 5000 },
    overlapMs: {
      type: 'number',
      description: 'How far each look reaches back in ms, for changes that become visible late.',
      default: 120_000,
    },
    pageSize: { type: 'number', description: 'Members read at once.', default: 100 },
    timeoutMs: { type: 'number', description: 'Longest wait for an answer in ms.', default: 30_000 },
  },
  receives: ['Asset', 'WorkOrder'],
  sends: ['WorkOrderRequest', 'WorkOrderCancel'],
  // Maximo numbers work orders itself; the delivery's id in `externalrefid` says which one is already there.
  promises: { sendIsIdempotent: true, keepsOrder: true },

  async open(config, options) {
    return connect(config, options);
  },
};

function connect(config: MaximoConfig, { dataDir, log }: OpenOptions): Connection {
  const { url, apikey, timeoutMs, pollMs: everyMs } = config;
  const headers = { apikey };
  const client = httpClient({ name: 'Maximo', baseURL: url, timeoutMs, headers, secrets: [apikey] });
  const sources: readonly (readonly [Source, Watermark])[] = [
    [assets, watermark(dataDir, config.overlapMs)],
    ...(config.workOrders
      ? [[workOrders, watermark(join(dataDir, 'work-orders'), config.overlapMs)] as const]
      : []),
  ];

  return {
    receive: (accept, signal) =>
      poll(
        async () => {
          for (const [source, mark] of sources)
            await mark.handOver(await changed(client, config, source, mark, signal), accept, signal);
        },
        { everyMs, signal, log },
      ),
    async send(record) {
      if (record.type === 'WorkOrderRequest') return requestWork(client, record);
      if (record.type === 'WorkOrderCancel') return cancelWork(client, record);
      throw new HubError('HUB_TAKES_NOTHING', `Maximo takes no ${record.type}`, { value: record.type });
    },
    async check() {
      const query = { lean: 1, 'oslc.select': 'assetnum', 'oslc.pageSize': 1 };
      await client.request({ method: 'GET', path: ASSETS, query });
    },
    async close() {
      client.close();
    },
  };
}

async function changed(
  client: HttpClient,
  config: MaximoConfig,
  source: Source,
  mark: Watermark,
  signal: AbortSignal,
) {
  const from = mark.from();
  const where = [
    ...(config.site ? [`siteid=${quoted(config.site)}`] : []),
    ...(from === undefined ? [] : [`changedate>=${quoted(new Date(from).toISOString())}`]),
  ];
  const found = await members(client, source, config.pageSize, where.join(' and '), signal);
  return found.map((member) => {
    const key = `${member.siteid}/${member[source.number]}`;
    const print = stampOf(member);
    const record = { type: source.type, key, id: `${key}@${print}`, body: member };
    return { record, changedAt: Date.parse(member.changedate), print };
  });
}

const stampOf = (member: Member) => member._rowstamp ?? `${member.changedate} ${member.status}`;
const quoted = (text: string) => `"${text.replaceAll('"', '')}"`;

async function members(
  client: HttpClient,
  { path, fields }: Source,
  pageSize: number,
  where: string,
  signal: AbortSignal,
) {
  const found: Member[] = [];
  const query = {
    lean: 1,
    'oslc.select': fields,
    'oslc.pageSize': pageSize,
    'oslc.orderBy': '+changedate',
    ...(where ? { 'oslc.where': where } : {}),
  };
  let answer = await client.request({ method: 'GET', path, query, signal });
  for (;;) {
    const { member = [], responseInfo } = answer.json() as Page;
    found.push(...member);
    const next = responseInfo?.nextPage?.href;
    if (!next) return found;
    answer = await client.request({ method: 'GET', path: client.pathOf(next), signal });
  }
}

/** Looks first: after an answer that never came, the work order may be there. */
async function requestWork(client: HttpClient, record: Outgoing): Promise<Receipt> {
  const known = { lean: 1, 'oslc.select': 'wonum', 'oslc.where': `externalrefid=${quoted(record.id)}` };
  const found = await client.request({ method: 'GET', path: WORK_ORDERS, query: known });
  const [there] = (found.json() as { member?: Array<{ wonum: string }> }).member ?? [];
  if (there) return { counterpartId: there.wonum, answer: { already: true } };
  const answer = await client.request({
    method: 'POST',
    path: WORK_ORDERS,
    query: { lean: 1 },
    // Without it, Maximo answers a created resource without a body.
    headers: { properties: 'wonum,status' },
    body: { ...(record.body as object), externalrefid: record.id },
  });
  const { wonum, status } = answer.json() as { wonum: string; status?: string };
  return { counterpartId: wonum, answer: { status } };
}

/** States in which a work order may still be withdrawn. */
const NOT_BEGUN = new Set(['WAPPR', 'WSCH', 'WMATL', 'WPCOND', 'APPR']);

/** Looks first: one that is withdrawn already stays so, and one that has been begun is left to those who work on it. */
async function cancelWork(client: HttpClient, record: Outgoing): Promise<Receipt> {
  const { siteid, wonum } = record.body as { siteid: string; wonum: string };
  const where = `wonum=${quoted(wonum)} and siteid=${quoted(siteid)}`;
  const query = { lean: 1, 'oslc.select': 'wonum,status', 'oslc.where': where };
  const found = await client.request({ method: 'GET', path: WORK_ORDERS, query });
  const [there] = (found.json() as { member?: Array<{ status: string; href: string }> }).member ?? [];
  const at = { at: `work order ${wonum}` };
  if (!there) throw new HubError('HUB_REJECTED', `Maximo has no work order ${siteid}/${wonum}`, at);
  if (there.status === 'CAN') return { counterpartId: wonum, answer: { already: true } };
  if (!NOT_BEGUN.has(there.status)) {
    throw new HubError(
      'HUB_TOO_LATE',
      `work order ${wonum} is ${there.status}: it is not withdrawn any more`,
      {
        ...at,
        value: there.status,
      },
    );
  }
  const answer = await client.request({
    method: 'POST',
    path: `${WORK_ORDERS}/${there.href.split('/').at(-1)}`,
    query: { lean: 1 },
    // Without MERGE, Maximo deletes the child rows that are not sent.
    headers: { 'x-method-override': 'PATCH', patchtype: 'MERGE', properties: 'wonum,status' },
    body: { status: 'CAN' },
  });
  const { status } = answer.json() as { status?: string };
  return { counterpartId: wonum, answer: { status } };
}

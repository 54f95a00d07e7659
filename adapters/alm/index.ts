import { HubError } from '../../model/errors';
import type { Adapter, Connection, OpenOptions, Outgoing, Receipt } from '../adapter';
import { type HttpClient, httpClient } from '../transports/http';
import { poll, type Watermark, watermark } from '../transports/poll';

export interface MaximoConfig {
  url: string;
  apikey: string;
  site?: string;
  pollMs: number;
  overlapMs: number;
  pageSize: number;
  timeoutMs: number;
}

/** An asset as the object structure mxapiasset gives it, with `lean=1`. */
type Asset = Record<string, unknown> & {
  assetnum: string;
  siteid: string;
  changedate: string;
  _rowstamp?: string;
};

interface Page {
  member?: Asset[];
  responseInfo?: { nextPage?: { href: string } };
}

const ASSETS = '/oslc/os/mxapiasset';
const WORK_ORDERS = '/oslc/os/mxapiwodetail';
const FIELDS =
  'assetnum,siteid,description,status,statusdate,location,parent,serialnum,assettype,manufacturer,changedate';

/**
 * Maximo's REST interface over object structures.
 *
 * Gives `Asset`: a member of mxapiasset that has changed (key: site and number; id: with its row stamp).
 * Takes `WorkOrderRequest`: a body for mxapiwodetail (siteid, assetnum, description, worktype).
 */
export const maximo: Adapter<MaximoConfig> = {
  name: 'maximo',
  summary: 'Reads assets and their status from Maximo and asks it for work orders.',
  settings: {
    url: { type: 'string', description: 'Base address of Maximo, as in https://host/maximo.' },
    apikey: { type: 'string', description: 'API key of a user who may read assets.', secret: true },
    site: {
      type: 'string',
      description: 'Site whose assets are read. All sites when absent.',
      optional: true,
    },
    pollMs: { type: 'number', description: 'Pause between two looks at the assets in ms.', default: 5000 },
    overlapMs: {
      type: 'number',
      description: 'How far each look reaches back in ms, for changes that become visible late.',
      default: 120_000,
    },
    pageSize: { type: 'number', description: 'Assets read at once.', default: 100 },
    timeoutMs: { type: 'number', description: 'Longest wait for an answer in ms.', default: 30_000 },
  },
  receives: ['Asset'],
  sends: ['WorkOrderRequest'],
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
  const mark = watermark(dataDir, config.overlapMs);

  return {
    receive: (accept, signal) =>
      poll(async () => mark.handOver(await changed(client, config, mark, signal), accept, signal), {
        everyMs,
        signal,
        log,
      }),
    async send(record) {
      if (record.type === 'WorkOrderRequest') return requestWork(client, record);
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

async function changed(client: HttpClient, config: MaximoConfig, mark: Watermark, signal: AbortSignal) {
  const from = mark.from();
  const where = [
    ...(config.site ? [`siteid=${quoted(config.site)}`] : []),
    ...(from === undefined ? [] : [`changedate>=${quoted(new Date(from).toISOString())}`]),
  ];
  const assets = await members(client, config.pageSize, where.join(' and '), signal);
  return assets.map((asset) => ({
    record: {
      type: 'Asset',
      key: `${asset.siteid}/${asset.assetnum}`,
      id: `${asset.siteid}/${asset.assetnum}@${stampOf(asset)}`,
      body: asset,
    },
    changedAt: Date.parse(asset.changedate),
    print: stampOf(asset),
  }));
}

const stampOf = (asset: Asset) => asset._rowstamp ?? `${asset.changedate} ${asset.status}`;
const quoted = (text: string) => `"${text.replaceAll('"', '')}"`;

async function members(client: HttpClient, pageSize: number, where: string, signal: AbortSignal) {
  const found: Asset[] = [];
  const query = {
    lean: 1,
    'oslc.select': FIELDS,
    'oslc.pageSize': pageSize,
    'oslc.orderBy': '+changedate',
    ...(where ? { 'oslc.where': where } : {}),
  };
  let answer = await client.request({ method: 'GET', path: ASSETS, query, signal });
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

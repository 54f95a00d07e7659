import { join } from 'node:path';
import { HubError } from '../../model/errors';
import type { Accept, Adapter, Connection, OpenOptions } from '../adapter';
import { httpClient } from '../transports/http';
import { poll, type Watermark, watermark } from '../transports/poll';
import { bookConsumption } from './erpnext-consumption';
import { reportOperation } from './erpnext-job-card';
import { type Doc, type Filter, naive, naiveToMs, type Site, site } from './erpnext-site';

export interface ErpnextConfig {
  url: string;
  apiKey: string;
  apiSecret: string;
  drafts: boolean;
  pollMs: number;
  overlapMs: number;
  pageSize: number;
  timeoutMs: number;
}

interface Source {
  readonly type: string;
  readonly doctype: string;
  /** Whether its documents are submitted before they mean anything. */
  readonly submitted: boolean;
}

/** In the order in which one needs the other. */
const SOURCES: readonly Source[] = [
  { type: 'Item', doctype: 'Item', submitted: false },
  { type: 'BOM', doctype: 'BOM', submitted: true },
  { type: 'WorkOrder', doctype: 'Work Order', submitted: true },
];

/**
 * ERPNext over the REST interface of Frappe. Times are naive, in the time zone of the site; the mappings add and
 * remove it.
 *
 * Gives `Item`, `BOM` and `WorkOrder`: a document with its tables, whenever it was changed (key: its name; id: with
 * `modified`). Takes `JobCard`: a report of one operation (see `reportOperation`), and `StockEntry`: what it has used
 * up (see `bookConsumption`).
 */
export const erpnext: Adapter<ErpnextConfig> = {
  name: 'erpnext',
  summary:
    'Reads items, BOMs and work orders from ERPNext, reports operations to its job cards and books consumption.',
  settings: {
    url: { type: 'string', description: 'Base address of the site, e.g. https://erp.example.com.' },
    apiKey: {
      type: 'string',
      description: 'API key of a user of the role Manufacturing User.',
      secret: true,
    },
    apiSecret: { type: 'string', description: 'API secret of that user.', secret: true },
    drafts: {
      type: 'boolean',
      description: 'Whether BOMs and orders are read before they are submitted.',
      default: false,
    },
    pollMs: { type: 'number', description: 'Pause between two looks at the documents in ms.', default: 5000 },
    overlapMs: {
      type: 'number',
      description:
        'How far each look reaches back in ms. The default covers the hour that a local clock repeats in autumn.',
      default: 3_900_000,
    },
    pageSize: { type: 'number', description: 'Documents listed at once.', default: 100 },
    timeoutMs: { type: 'number', description: 'Longest wait for an answer in ms.', default: 30_000 },
  },
  receives: SOURCES.map(({ type }) => type),
  sends: ['JobCard', 'StockEntry'],
  promises: { sendIsIdempotent: true, keepsOrder: true },

  async open(config, options) {
    return connect(config, options);
  },
};

function connect(config: ErpnextConfig, { dataDir, log }: OpenOptions): Connection {
  const { url, apiKey, apiSecret, timeoutMs, pollMs: everyMs } = config;
  const headers = { authorization: `token ${apiKey}:${apiSecret}` };
  const secrets = [apiKey, apiSecret];
  const client = httpClient({ name: 'ERPNext', baseURL: url, timeoutMs, headers, secrets });
  const erp = site(client, config.pageSize);
  // A cursor each: what is new of one doctype says nothing about another.
  const marks = SOURCES.map(({ type }) => watermark(join(dataDir, type), config.overlapMs));

  return {
    receive: (accept, signal) =>
      poll(
        async () => {
          for (const [n, source] of SOURCES.entries())
            await handOver(erp, source, marks[n]!, config.drafts, accept, signal);
        },
        { everyMs, signal, log },
      ),
    async send(record) {
      if (record.type === 'JobCard') return reportOperation(erp, record);
      if (record.type === 'StockEntry') return bookConsumption(erp, record);
      throw new HubError('HUB_TAKES_NOTHING', `ERPNext takes no ${record.type}`, { value: record.type });
    },
    async check() {
      await erp.whoAmI();
    },
    async close() {
      client.close();
    },
  };
}

/**
 * Lists what has changed since the last look, and reads each document that is news. A list that shifts while it is
 * read page by page can miss a document; the overlap brings it with the next look.
 */
async function handOver(
  erp: Site,
  { type, doctype, submitted }: Source,
  mark: Watermark,
  drafts: boolean,
  accept: Accept,
  signal: AbortSignal,
): Promise<void> {
  const from = mark.from();
  const filters: Filter[] = [
    ...(from === undefined ? [] : [['modified', '>=', naive(from)] as const]),
    ...(submitted && !drafts ? [['docstatus', 'in', [1, 2]] as const] : []),
  ];
  const listed = await erp.list(doctype, filters, ['name', 'modified'], signal);
  for (const { name, modified } of listed) {
    if (signal.aborted) return;
    if (!mark.isNews(name, modified)) continue;
    const doc = await erp.read(doctype, name, signal);
    await mark.handOver([seen(type, doc)], accept, signal);
  }
}

/** By the time of what was read, which may be newer than what was listed. */
const seen = (type: string, doc: Doc) => ({
  record: { type, key: doc.name, id: `${type}/${doc.name}@${doc.modified}`, body: doc },
  changedAt: naiveToMs(doc.modified),
  print: doc.modified,
});

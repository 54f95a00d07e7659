import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { HubError } from '../../model/errors';
import type { Accept, Adapter, Connection, OpenOptions } from '../adapter';
import { httpClient } from '../transports/http';
import { poll, type Watermark, watermark } from '../transports/poll';
import { bom, changedSince, lastWritten, type Model, modelReader, production } from './odoo-models';
import { odooRpc, type Row, utc, utcToMs } from './odoo-rpc';
import { reportWork } from './odoo-work-order';

export interface OdooConfig {
  url: string;
  database: string;
  login: string;
  apiKey: string;
  finishMethod: string;
  pollMs: number;
  overlapMs: number;
  pageSize: number;
  timeoutMs: number;
}

interface Source {
  readonly type: string;
  readonly model: Model;
  key(row: Row): string;
}

/** In the order in which one needs the other. */
const SOURCES: readonly Source[] = [
  { type: 'MrpBom', model: bom, key: ({ id }) => String(id) },
  { type: 'MrpProduction', model: production, key: ({ name }) => String(name) },
];

/**
 * Odoo's manufacturing over JSON-RPC. Times are naive UTC, empty fields are false: the mappings say what that means.
 *
 * Gives `MrpBom` (key: its id) and `MrpProduction` (key: its name): the row with what it refers to (odoo-models.ts),
 * whenever any of it has changed. Takes `MrpWorkorder`: a report of one work order (see `reportWork`).
 */
export const odoo: Adapter<OdooConfig> = {
  name: 'odoo',
  summary: 'Reads BOMs and manufacturing orders from Odoo and reports to its work orders.',
  settings: {
    url: { type: 'string', description: 'Base address of Odoo, e.g. https://erp.example.com.' },
    database: { type: 'string', description: 'Name of the database.' },
    login: { type: 'string', description: 'Login of a user of the group Manufacturing / User.' },
    apiKey: { type: 'string', description: 'API key of that user.', secret: true },
    finishMethod: {
      type: 'string',
      description: 'Method of mrp.workorder that finishes a work order, where another one does it.',
      default: 'button_finish',
    },
    pollMs: { type: 'number', description: 'Pause between two looks at the rows in ms.', default: 5000 },
    overlapMs: {
      type: 'number',
      description:
        'How far each look reaches back in ms. A row is dated by the beginning of its transaction, and seen at its end.',
      default: 300_000,
    },
    pageSize: { type: 'number', description: 'Rows read at once.', default: 100 },
    timeoutMs: { type: 'number', description: 'Longest wait for an answer in ms.', default: 30_000 },
  },
  receives: SOURCES.map(({ type }) => type),
  sends: ['MrpWorkorder'],
  promises: { sendIsIdempotent: true, keepsOrder: true },

  async open(config, options) {
    return connect(config, options);
  },
};

function connect(config: OdooConfig, { dataDir, log }: OpenOptions): Connection {
  const { url, apiKey, timeoutMs, pollMs: everyMs, pageSize } = config;
  const client = httpClient({ name: 'Odoo', baseURL: url, timeoutMs, secrets: [apiKey] });
  const rpc = odooRpc(client, config);
  const reader = modelReader(rpc);
  const marks = SOURCES.map(({ type }) => watermark(join(dataDir, type), config.overlapMs));

  async function handOver(source: Source, mark: Watermark, accept: Accept, signal: AbortSignal) {
    const from = mark.from();
    const domain = from === undefined ? [] : changedSince(source.model, utc(from));
    const rows = await reader.search(source.model, domain, pageSize, signal);
    await mark.handOver(
      rows.map((row) => seen(source, row)),
      accept,
      signal,
    );
  }

  return {
    receive: (accept, signal) =>
      poll(
        async () => {
          for (const [n, source] of SOURCES.entries()) await handOver(source, marks[n]!, accept, signal);
        },
        { everyMs, signal, log },
      ),
    async send(record) {
      if (record.type === 'MrpWorkorder') return reportWork(rpc, config.finishMethod, record);
      throw new HubError('HUB_TAKES_NOTHING', `Odoo takes no ${record.type}`, { value: record.type });
    },
    async check() {
      // Logging in alone would be remembered, and say nothing about now.
      await rpc.call(production.name, 'search', [[]], { limit: 1 });
    },
    async close() {
      client.close();
    },
  };
}

/** Times of rows are whole seconds, in which much can happen: what has changed is told by the content. */
function seen({ type, key }: Source, row: Row) {
  const written = lastWritten(row);
  const print = createHash('sha256').update(JSON.stringify(row)).digest('base64url').slice(0, 22);
  return {
    record: { type, key: key(row), id: `${type}/${row.id}@${written}/${print}`, body: row },
    changedAt: utcToMs(written),
    print,
  };
}

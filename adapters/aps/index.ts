import { HubError } from '../../model/errors';
import type { Adapter, Connection, OpenOptions, Receipt } from '../adapter';
import { httpClient } from '../transports/http';
import { poll, type Watermark, watermark } from '../transports/poll';
import { setAvailability } from './availability';
import { sendOperation } from './operation';
import { naive, naiveToMs, type Row, type Tables, tables } from './tables';

export interface FreppleConfig {
  url: string;
  user: string;
  password: string;
  pollMs: number;
  overlapMs: number;
  timeoutMs: number;
  statuses: string;
  createMissing: boolean;
  plan: string;
}

/**
 * frePPLe's REST interface. Times are naive, in the zone of the frePPLe server; the mappings add and remove it.
 *
 * Takes `Item` (a row), `Operation` (see `sendOperation`), `ManufacturingOrder` (a row, upsert by reference), `ResourceAvailability`
 * ({resource, startdate, value: 0 | 1}) and `RunPlan` ({constraint?, plantype?, env?}).
 * Gives `PlannedOrder`: a manufacturingorder row that is new, whose start or end has changed, or that was sent again.
 */
export const frepple: Adapter<FreppleConfig> = {
  name: 'frepple',
  summary: 'Gives orders and resource availability to frePPLe and reads the plan.',
  settings: {
    url: {
      type: 'string',
      description: 'Base address of frePPLe, with the scenario where it is not the default.',
    },
    user: { type: 'string', description: 'User with the rights to change orders and to run the plan.' },
    password: { type: 'string', description: 'Password of that user.', secret: true },
    pollMs: { type: 'number', description: 'Pause between two looks at the plan in ms.', default: 5000 },
    overlapMs: {
      type: 'number',
      description:
        'How far each look reaches back in ms. The default covers the hour that a local clock repeats in autumn.',
      default: 3_900_000,
    },
    timeoutMs: { type: 'number', description: 'Longest wait for an answer in ms.', default: 30_000 },
    statuses: {
      type: 'string',
      description: 'Order statuses that are read. Proposed orders have no stable reference.',
      default: 'approved,confirmed',
    },
    createMissing: {
      type: 'boolean',
      description:
        'Whether items, locations, operations and resources that an order names are added where they are missing.',
      default: true,
    },
    plan: {
      type: 'string',
      description: 'Arguments of the plan run where the record has none.',
      default: 'constraint=capa,mfg_lt,po_lt&plantype=1&env=supply',
    },
  },
  receives: ['PlannedOrder'],
  sends: ['Item', 'Operation', 'ManufacturingOrder', 'ResourceAvailability', 'RunPlan'],
  // Rows are found by their natural keys, and a second plan run over the same data gives the same plan.
  promises: { sendIsIdempotent: true, keepsOrder: true },

  async open(config, options) {
    return connect(config, options);
  },
};

function connect(config: FreppleConfig, { dataDir, log }: OpenOptions): Connection {
  const { url, user, password, timeoutMs } = config;
  const client = httpClient({ name: 'frePPLe', baseURL: url, timeoutMs, auth: { user, password } });
  const input = tables(client);
  const mark = watermark(dataDir, config.overlapMs);
  const known = new Set<string>();

  return {
    receive: (accept, signal) =>
      poll(async () => mark.handOver(await changed(input, config, mark, signal), accept, signal), {
        everyMs: config.pollMs,
        signal,
        log,
      }),
    async send(record) {
      const body = record.body as Row;
      if (record.type === 'ManufacturingOrder') return sendOrder(input, config, mark, known, body);
      if (record.type === 'Item') {
        const { name } = await input.upsert('item', body);
        return { counterpartId: String(name) };
      }
      if (record.type === 'Operation') {
        if (config.createMissing) await createMissing(input, known, neededBy(body));
        return sendOperation(input, body);
      }
      if (record.type === 'ResourceAvailability') return setAvailability(input, body);
      if (record.type === 'RunPlan') return input.run('runplan', planArguments(config, body));
      throw new HubError('HUB_TAKES_NOTHING', `frePPLe takes no ${record.type}`, { value: record.type });
    },
    async check() {
      await client.request({ method: 'GET', path: '/execute/api/status/' });
    },
    async close() {
      client.close();
    },
  };
}

/** The rows of orders that were modified since the last look, the plan's own and those of others. */
async function changed(input: Tables, config: FreppleConfig, mark: Watermark, signal: AbortSignal) {
  const from = mark.from();
  const since: Record<string, string> = from === undefined ? {} : { lastmodified__gte: naive(from) };
  const rows = await input.list('manufacturingorder', { status__in: config.statuses, ...since }, signal);
  return rows
    .filter(({ startdate, enddate }) => startdate && enddate)
    .map((row) => ({
      record: {
        type: 'PlannedOrder',
        key: String(row.reference),
        id: `${row.reference}@${row.lastmodified}`,
        body: row,
      },
      changedAt: naiveToMs(String(row.lastmodified)),
      print: planOf(row),
    }));
}

const planOf = ({ startdate, enddate }: Row) => `${startdate}/${enddate}`;

async function sendOrder(
  input: Tables,
  config: FreppleConfig,
  mark: Watermark,
  known: Set<string>,
  row: Row,
): Promise<Receipt> {
  if (config.createMissing) await createMissing(input, known, neededByOrder(row));
  const kept = await input.upsert('manufacturingorder', row);
  // An order that was given to the planners comes back with its time, whether that is another one or not:
  // only then is it scheduled.
  await mark.forget(String(row.reference));
  return { counterpartId: String(row.reference), answer: { status: kept.status, ...startAndEnd(kept) } };
}

const startAndEnd = ({ startdate, enddate }: Row) => ({ startdate, enddate });

type Needed = readonly [table: string, name: unknown, row: Row];

/** In the order in which one needs the other. */
function neededBy({ item, location, materials, resources }: Row): Needed[] {
  const here = location ? { location } : {};
  const items = (materials ?? []) as Array<{ item: string }>;
  return [
    ['location', location, {}],
    ...[item, ...items.map((material) => material.item)].map((name): Needed => ['item', name, {}]),
    ...((resources ?? []) as Array<{ resource: string }>).map(
      ({ resource }): Needed => ['resource', resource, here],
    ),
  ];
}

function neededByOrder(order: Row): Needed[] {
  const { operation, item, location } = order;
  const made = { type: 'fixed_time', ...(item ? { item } : {}), ...(location ? { location } : {}) };
  return [...neededBy(order), ['operation', operation, made]];
}

/** frePPLe refuses a row that names others it does not know. What is there stays as the planners keep it. */
async function createMissing(input: Tables, known: Set<string>, needed: readonly Needed[]): Promise<void> {
  for (const [table, name, row] of needed) {
    if (typeof name !== 'string' || known.has(`${table}/${name}`)) continue;
    if (!(await input.find(table, name))) await input.upsert(table, { name, ...row });
    known.add(`${table}/${name}`);
  }
}

function planArguments(config: FreppleConfig, body: Row): URLSearchParams {
  const given = new URLSearchParams(config.plan);
  for (const name of ['constraint', 'plantype', 'env']) {
    if (body[name] !== undefined) given.set(name, String(body[name]));
  }
  return given;
}

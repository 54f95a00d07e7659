import { DateTime } from 'luxon';
import { HubError } from '../../model/errors';
import type { Kit, KitOptions } from '../kit';
import { type KitAnswer, type KitRequest, kitServer } from '../transports/kit-server';
import { forwardPlan, type PlannableOrder, type Span } from './forward-plan';
import { KitTables } from './kit-tables';
import { naive, naiveToMs, type Row } from './tables';

const USER = 'hub';
const PASSWORD = 'aps-91d4c7';
const HOUR_MS = 3_600_000;

/** Options of the kit, all optional. */
interface PlannerOptions {
  /** Zone of the server's naive times. */
  readonly timeZone: string;
  /** Seconds that one piece of an operation takes. For others, an order takes the time between its dates. */
  readonly secondsPerPiece: Readonly<Record<string, number>>;
  /** Whether the plan runs when an order arrives, as a site's planning job would, and not only when asked. */
  readonly planOnOrder: boolean;
  readonly pollMs: number;
  readonly timeoutMs: number;
}

const USUAL: PlannerOptions = {
  timeZone: 'Europe/Berlin',
  secondsPerPiece: { 'PV-100': 210 },
  planOnOrder: true,
  pollMs: 50,
  timeoutMs: 2000,
};

interface Task {
  readonly id: number;
  readonly name: string;
  readonly arguments: string;
  status: 'Waiting' | 'Done';
}

/**
 * A frePPLe: input tables over REST with Basic authentication, and a small planner of finite capacity.
 * `holds`: `manufacturingorders` (default) or any other table, e.g. `resources`, `calendarbuckets`, `operationmaterials`;
 * `plans` (the tasks).
 */
export const apsKit: Kit = {
  faults: ['down', 'busy', 'rejecting', 'silent'],
  samples: {
    event: (key) => ({ event: 'plan', data: { reference: key, startdate: '2025-03-03T08:00:00' } }),
    record: (key) => ({
      type: 'ManufacturingOrder',
      key,
      body: {
        reference: key,
        operation: 'PV-100',
        item: 'PV-100',
        location: '1000',
        quantity: '4',
        status: 'approved',
        startdate: '2025-03-03T06:00:00',
        enddate: '2025-03-03T14:00:00',
        resources: [{ resource: 'PRESS-01', quantity: '1' }],
      },
    }),
  },

  async start({ port, options }: KitOptions = {}) {
    const wanted = { ...USUAL, ...(options as Partial<PlannerOptions>) };
    const planner = plannerOf(wanted);
    const server = await kitServer({
      ...(port === undefined ? {} : { port }),
      answer: (request) => answer(planner, wanted, request),
      refusal: { status: 400, body: [{ quantity: ['A valid number is required.'] }] },
    });
    const { pollMs, timeoutMs } = wanted;
    return {
      config: { url: server.url, user: USER, password: PASSWORD, pollMs, timeoutMs },
      async emit(event, data) {
        if (event === 'plan') return planner.move(data as Row);
        throw new HubError('HUB_WRONG_USE', `the APS kit knows no event '${event}'`);
      },
      async holds(what = 'manufacturingorders') {
        if (what === 'plans') return planner.tasks.map((task) => ({ ...task }));
        return planner.tables.rows(what.replace(/s$/, ''));
      },
      provoke: server.provoke,
      stop: server.stop,
    };
  },
};

type Planner = ReturnType<typeof plannerOf>;

function plannerOf(options: PlannerOptions) {
  const clock = () => DateTime.now().setZone(options.timeZone);
  const tables = new KitTables(() => clock().toFormat("yyyy-MM-dd'T'HH:mm:ss.SSS'000'"));
  const tasks: Task[] = [];
  const wishes = new Map<string, Span>();
  const nowMs = () => Math.ceil(naiveToMs(clock().toFormat("yyyy-MM-dd'T'HH:mm:ss")) / 1000) * 1000;

  function run(): void {
    const orders = tables
      .rows('manufacturingorder')
      .filter((row) => isOpen(row.status) && row.startdate && row.enddate);
    const spans = forwardPlan(
      orders.map((row) => plannable(row, wishes.get(String(row.reference)) ?? spanOf(row), options)),
      downTimes(tables),
      nowMs(),
    );
    for (const row of orders) {
      const span = spans.get(String(row.reference));
      const planned = span && { startdate: naive(span.start), enddate: naive(span.end) };
      // A row whose time stands is not touched, so that `lastmodified` means something.
      if (planned && (planned.startdate !== row.startdate || planned.enddate !== row.enddate)) {
        tables.patch('manufacturingorder', row, planned);
      }
    }
  }

  return {
    tables,
    tasks,
    run,
    launch(name: string, parameters: string): Task {
      const task: Task = { id: tasks.length + 1, name, arguments: parameters, status: 'Waiting' };
      tasks.push(task);
      setImmediate(() => {
        run();
        task.status = 'Done';
      });
      return task;
    },
    /** Rows as others give them. An order's dates are its wish: plan runs move the row, never the wish. */
    post(table: string, rows: readonly Row[]): KitAnswer {
      const answered = tables.post(table, rows);
      if (table !== 'manufacturingorder' || answered.status !== 201) return answered;
      for (const row of rows)
        if (row.startdate && row.enddate) wishes.set(String(row.reference), spanOf(row));
      return answered;
    },
    /** A planner drags an order to another time; one that is not there yet is added. */
    move(order: Row): Row {
      const reference = String(order.reference);
      const usual = { operation: 'PV-100', quantity: 1, resources: [], status: 'approved' };
      const row = tables.find('manufacturingorder', reference) ?? usual;
      tables.post('operation', [{ name: 'operation' in row ? row.operation : 'PV-100' }]);
      const start = naiveToMs(String(order.startdate));
      const length = 'enddate' in row ? spanOf(row).end - spanOf(row).start : HOUR_MS;
      const moved = { enddate: naive(start + length), ...order, reference };
      return (this.post('manufacturingorder', [{ ...row, ...moved }]).body as Row[])[0]!;
    },
  };
}

const isOpen = (status: unknown) => status === 'approved' || status === 'confirmed';
const spanOf = (row: Row): Span => ({
  start: naiveToMs(String(row.startdate)),
  end: naiveToMs(String(row.enddate)),
});

function plannable(row: Row, wish: Span, { secondsPerPiece }: PlannerOptions): PlannableOrder {
  const perPiece = secondsPerPiece[String(row.operation)];
  const fixed = row.status === 'confirmed';
  return {
    reference: String(row.reference),
    fixed,
    span: fixed ? spanOf(row) : wish,
    durationMs: perPiece === undefined ? wish.end - wish.start : perPiece * 1000 * Number(row.quantity),
    due: wish.end,
    resources: (row.resources as Array<{ resource: string }>).map(({ resource }) => resource),
  };
}

/** Times in which a resource's calendar says 0. */
function downTimes(tables: KitTables): Map<string, Span[]> {
  const buckets = tables.rows('calendarbucket').filter(({ value }) => Number(value) === 0);
  return new Map(
    tables
      .rows('resource')
      .map(({ name, available }) => [
        String(name),
        buckets.filter(({ calendar }) => calendar === available).map(spanOf),
      ]),
  );
}

function answer(planner: Planner, options: PlannerOptions, request: KitRequest): KitAnswer {
  const basic = `Basic ${Buffer.from(`${USER}:${PASSWORD}`).toString('base64')}`;
  if (request.headers.authorization !== basic)
    return { status: 401, body: { detail: 'Invalid credentials.' } };
  const task = /^\/execute\/api\/(\w+)\/$/.exec(request.path)?.[1];
  if (task !== undefined) return taskAnswer(planner, task, request);
  const [, table, key] = /^\/api\/input\/(\w+)\/(?:([^/]+)\/)?$/.exec(request.path) ?? [];
  if (table === undefined || !planner.tables.knows(table))
    return { status: 404, body: { detail: 'Not found.' } };
  if (key !== undefined) return rowAnswer(planner, table, decodeURIComponent(key), request);
  if (request.method === 'GET') return { status: 200, body: planner.tables.list(table, request.query) };
  const given = JSON.parse(request.text) as Row | Row[];
  const answered = planner.post(table, [given].flat());
  if (table === 'manufacturingorder' && answered.status === 201 && options.planOnOrder) planner.run();
  return answered;
}

function rowAnswer(planner: Planner, table: string, key: string, { method, text }: KitRequest): KitAnswer {
  const row = planner.tables.find(table, key);
  if (!row) return { status: 404, body: { detail: 'Not found.' } };
  if (method === 'GET') return { status: 200, body: row };
  if (method === 'DELETE') return planner.tables.remove(table, row);
  return planner.tables.patch(table, row, JSON.parse(text) as Row);
}

function taskAnswer(planner: Planner, name: string, { method, query }: KitRequest): KitAnswer {
  if (name === 'status') {
    const tasks = planner.tasks.filter(({ id }) => !query.has('id') || query.get('id') === String(id));
    return { status: 200, body: Object.fromEntries(tasks.map((task) => [task.id, task])) };
  }
  if (method !== 'POST' || name !== 'runplan') {
    return { status: 200, body: { message: `Exception launching task: Invalid task name '${name}'` } };
  }
  const { id } = planner.launch(name, query.toString());
  return { status: 200, body: { taskid: id, message: 'Successfully launched task' } };
}

import type { OwnServers } from './delivery';
import { figuresOf, type Round } from './measure';
import { startNodeRed } from './node-red/start';
import { type BenchOptions, type BenchRow, rounded, told } from './row';
import {
  type Format,
  type Latency,
  latencyAt,
  mustAgree,
  residentMb,
  type Sink,
  senderOf,
  startHub,
  startPassThrough,
  startSink,
  type Way,
  wholeWayRound,
} from './whole-way';

const passThrough = 'pass-through that stores nothing';
const onServers = 'hub on PostgreSQL + BullMQ';
const nodeRedOwn = 'Node-RED, its own means (JSONata, ajv)';
const nodeRedHub = "Node-RED with the hub's mapping in its function nodes";
/** The least times Node-RED by its own means. */
const leastOfNodeRed: Record<Format, number> = { json: 2, xml: 2.5 };

/** Orders a way: until the machine code is there (of the second format less is new), and in each of so many rounds. */
const fullForm = { warmUp: { json: 2000, xml: 1000 }, orders: 600, times: 5 };
const shortForm = { warmUp: { json: 1500, xml: 500 }, orders: 200, times: 3 };
/** The share of the orders that a way gets that has no target: rates are of what each way had. */
const shares: Readonly<Record<string, number>> = { [onServers]: 0.3 };

/** The order of the benches, as JSON and as XML, over each way in turns; then the hub's latency at half its rate. */
export async function wholeWayRows(own: OwnServers, options: BenchOptions): Promise<BenchRow[]> {
  const sink = await startSink();
  const ways = await waysTo(sink, own, options);
  try {
    const rows: BenchRow[] = [];
    for (const format of ['json', 'xml'] as const)
      rows.push(...(await formatRows(ways, sink, format, options)));
    const hub = ways.get('hub')!;
    const mb = residentMb(hub.pids[0]!);
    return [...rows, { name: 'whole way: memory of the hub', value: Math.round(mb), unit: 'MB' }];
  } finally {
    for (const way of ways.values()) await way.stop();
    await sink.stop();
  }
}

async function waysTo(sink: Sink, own: OwnServers, options: BenchOptions): Promise<Map<string, Way>> {
  const { postgres, redis } = own;
  const ways = new Map<string, Way>([
    [passThrough, await startPassThrough(sink.url)],
    ['hub', await startHub(sink.url)],
  ]);
  if (postgres && redis) {
    const servers = {
      databaseUrl: postgres.url,
      redisUrl: redis.url,
      pids: [postgres.pid(), redis.pid()],
    };
    ways.set(onServers, await startHub(sink.url, servers));
  }
  if (options.nodeRed !== undefined) {
    ways.set(nodeRedOwn, await startNodeRed(options.nodeRed, sink.url, 'by own means'));
    ways.set(nodeRedHub, await startNodeRed(options.nodeRed, sink.url, "by the hub's code"));
  }
  return ways;
}

async function formatRows(
  ways: ReadonlyMap<string, Way>,
  sink: Sink,
  format: Format,
  { short, progress }: BenchOptions,
): Promise<BenchRow[]> {
  const { warmUp, orders, times } = short ? shortForm : fullForm;
  const rounds = new Map<string, Round[]>();
  const round = (name: string, count: number) =>
    wholeWayRound(ways.get(name)!, sink, format, count * (shares[name] ?? 1));
  await mustAgree(ways, sink, format);
  for (const name of ways.keys()) {
    const { rate } = figuresOf([await round(name, warmUp[format])]);
    progress(`${format}, warming up: ${name} ${Math.round(rate)} /s`);
  }
  for (let n = 0; n < times; n++) {
    for (const name of ways.keys())
      rounds.set(name, [...(rounds.get(name) ?? []), await round(name, orders)]);
    progress(`${format}: round ${n + 1} of ${times}`);
  }
  const figures = new Map([...rounds].map(([name, of]) => [name, figuresOf(of)]));
  const rateOf = (name: string) => figures.get(name)?.rate ?? Number.NaN;
  const rows = [...figures].map(([name, { rate, serverCpuUs }]): BenchRow => {
    const row = {
      name: `whole way, ${format}: ${name}`,
      value: Math.round(rate),
      unit: `/s at ${Math.round(serverCpuUs)} µs`,
    };
    if (name === passThrough) return row;
    const ratio = { ratio: rounded(rate / rateOf(passThrough)), against: 'rate of the pass-through' };
    return { ...row, ...ratio, ...(name === 'hub' ? { least: 0.5 } : {}) };
  });
  const ofNodeRed = (name: string, least: object): BenchRow => ({
    name: `whole way, ${format}: hub`,
    against: `rate of ${name}`,
    ...(figures.has(name)
      ? { ratio: rounded(rateOf('hub') / rateOf(name)), ...least }
      : { skipped: 'see --with-node-red' }),
  });
  rows.push(ofNodeRed(nodeRedOwn, { least: leastOfNodeRed[format] }), ofNodeRed(nodeRedHub, {}));
  const latency = await latencyAt(ways.get('hub')!, sink, [senderOf[format]], {
    rate: rateOf('hub') / 2,
    seconds: short ? 5 : 20,
  });
  rows.push(...latencyRows(format, latency));
  for (const row of rows) progress(told(row));
  return rows;
}

function latencyRows(format: Format, { p50, p95, p99 }: Latency): BenchRow[] {
  const name = (share: string) => `whole way, ${format}: ${share} at half that rate`;
  return [
    { name: name('p50'), value: Math.round(p50), unit: 'ms' },
    { name: name('p95'), value: Math.round(p95), unit: 'ms' },
    { name: name('p99'), value: Math.round(p99), unit: 'ms', target: 250 },
  ];
}

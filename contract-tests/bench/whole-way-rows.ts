import type { OwnServers } from './delivery';
import { figuresOf, type Round } from './measure';
import { startNodeRed } from './node-red';
import { type BenchOptions, type BenchRow, rounded } from './row';
import {
  type Format,
  type Latency,
  latencyAt,
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
const nodeRed = 'Node-RED that stores nothing';
/** The least times Node-RED. */
const leastOfNodeRed: Record<Format, number> = { json: 2, xml: 2.5 };

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
    ways.set('hub on PostgreSQL + BullMQ', await startHub(sink.url, servers));
  }
  if (options.nodeRed !== undefined) ways.set(nodeRed, await startNodeRed(options.nodeRed, sink.url));
  return ways;
}

async function formatRows(
  ways: ReadonlyMap<string, Way>,
  sink: Sink,
  format: Format,
  { short }: BenchOptions,
): Promise<BenchRow[]> {
  const count = short ? 100 : 2000;
  const rounds = new Map<string, Round[]>();
  for (const way of ways.values()) await wholeWayRound(way, sink, format, count / 2);
  for (let n = 0; n < (short ? 2 : 5); n++)
    for (const [name, way] of ways)
      rounds.set(name, [...(rounds.get(name) ?? []), await wholeWayRound(way, sink, format, count)]);
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
  const ofNodeRed = { name: `whole way, ${format}: hub`, against: 'rate of Node-RED' };
  rows.push(
    figures.has(nodeRed)
      ? {
          ...ofNodeRed,
          ratio: rounded(rateOf('hub') / rateOf(nodeRed)),
          least: leastOfNodeRed[format],
        }
      : { ...ofNodeRed, skipped: 'see --with-node-red' },
  );
  const latency = await latencyAt(ways.get('hub')!, sink, [senderOf[format]], {
    rate: rateOf('hub') / 2,
    seconds: short ? 5 : 20,
  });
  return [...rows, ...latencyRows(format, latency)];
}

function latencyRows(format: Format, { p50, p95, p99 }: Latency): BenchRow[] {
  const name = (share: string) => `whole way, ${format}: ${share} at half that rate`;
  return [
    { name: name('p50'), value: Math.round(p50), unit: 'ms' },
    { name: name('p95'), value: Math.round(p95), unit: 'ms' },
    { name: name('p99'), value: Math.round(p99), unit: 'ms', target: 250 },
  ];
}

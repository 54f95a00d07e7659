import { measured } from './measure';
import { type BenchOptions, type BenchRow, rounded } from './row';
import { latencyAt, residentMb, type Sender, senderOf, startHub, startSink } from './whole-way';

/** What one plant sends a second. */
const rate = 50;
/** One a flow. */
const senders: readonly Sender[] = [
  ...['shop', 'paint', 'assembly', 'packing'].map((system) => ({ system, format: 'json' as const })),
  senderOf.xml,
];
/** A hub runs for weeks: its machine code is there only after about 4,000 messages, sent faster than a plant does. */
const warmUp = { rate: 160, seconds: 25 };
const cores = 2;

/** One plant's traffic: what the hub's process takes of the machine. */
export async function onePlantRows({ short, progress }: BenchOptions): Promise<BenchRow[]> {
  const sink = await startSink();
  const hub = await startHub(sink.url);
  const [pid] = hub.pids as [number];
  const load = (at: { readonly rate: number; readonly seconds: number }) => latencyAt(hub, sink, senders, at);
  try {
    // Before the warm-up, which leaves a heap behind that this traffic never needs.
    const mb = await highestMb(pid, () => load({ rate, seconds: short ? 5 : 25 }));
    progress('memory seen');
    await load(short ? { ...warmUp, seconds: 10 } : warmUp);
    progress('warmed up');
    const seconds = short ? 5 : 50;
    const { ms, serverCpuMs } = await measured(rate * seconds, () => load({ rate, seconds }), hub.pids);
    const percent = (serverCpuMs / ms / cores) * 100;
    return [
      {
        name: 'one plant, 5 flows, 50 messages/s: CPU of the hub',
        value: rounded(percent),
        unit: '% of 2 cores',
        target: 15,
      },
      { name: 'one plant: memory of the hub at most', value: Math.round(mb), unit: 'MB', target: 250 },
      {
        name: `one plant: memory of the hub after ${warmUp.rate} messages/s`,
        value: Math.round(residentMb(pid)),
        unit: 'MB',
      },
    ];
  } finally {
    await hub.stop();
    await sink.stop();
  }
}

/** The most that a process holds in memory while `work` is done, in MB. */
async function highestMb(pid: number, work: () => Promise<unknown>): Promise<number> {
  let most = 0;
  const timer = setInterval(() => {
    most = Math.max(most, residentMb(pid));
  }, 250);
  await work().finally(() => clearInterval(timer));
  return most;
}

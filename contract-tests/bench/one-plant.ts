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
const cores = 2;

/** One plant's traffic: what the hub's process takes of the machine. */
export async function onePlantRows({ short, progress }: BenchOptions): Promise<BenchRow[]> {
  const sink = await startSink();
  const hub = await startHub(sink.url);
  const seconds = short ? 5 : 60;
  const load = (forSeconds: number) => latencyAt(hub, sink, senders, { rate, seconds: forSeconds });
  try {
    // A hub runs for weeks: what counts is what it takes once the machine code is there.
    await load(short ? 5 : 25);
    progress('warmed up');
    const { ms, serverCpuMs } = await measured(rate * seconds, () => load(seconds), hub.pids);
    const percent = (serverCpuMs / ms / cores) * 100;
    return [
      {
        name: 'one plant, 5 flows, 50 messages/s: CPU of the hub',
        value: rounded(percent),
        unit: '% of 2 cores',
        target: 15,
      },
      {
        name: 'one plant: memory of the hub',
        value: Math.round(residentMb(hub.pids[0]!)),
        unit: 'MB',
        target: 250,
      },
    ];
  } finally {
    await hub.stop();
    await sink.stop();
  }
}

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { Decimal } from 'decimal.js';
import type { NativeRecord } from '../adapter';
import { hasFinished, type JobState } from './job-control';

/** What a machine says of a job at one moment: the state, and the totals since the job began. */
export interface Snapshot {
  readonly jobOrderID: string;
  readonly jobResponseID: string;
  readonly state: JobState;
  readonly subState?: string;
  readonly stateNumber: number;
  readonly startTime?: string;
  readonly endTime?: string;
  readonly data: ReadonlyArray<{ readonly ID: string; readonly value: unknown; readonly unit?: string }>;
  /** When the machine said so. */
  readonly time: string;
}

interface Entry {
  /** How many records this job has given. */
  count: number;
  state: JobState;
  startTime?: string;
  said: string;
  totals: Record<string, string>;
  /** Not yet taken by the hub. Kept before it is offered, so that after a crash the very same record is offered. */
  pending?: NativeRecord;
  changed: string;
}

export interface JobJournal {
  /** The record to offer for this snapshot; undefined when it says nothing new or is older than what was said. */
  next(snapshot: Snapshot): Promise<NativeRecord | undefined>;
  /** The hub has taken the pending record of that job. */
  taken(jobOrderID: string): Promise<void>;
  pending(): NativeRecord[];
  /** The last state reported; undefined for a job that was never reported. */
  stateOf(jobOrderID: string): JobState | undefined;
}

const KEPT_DAYS = 90;
const DAY_MS = 86_400_000;

/**
 * What has been reported of each job, in a file of the connection. It turns totals into increases, exactly once across
 * restarts: what is about to be offered is on disk before it is offered.
 */
export function openJournal(folder: string, counters: readonly string[]): JobJournal {
  const file = join(folder, 'job-responses.json');
  const entries = new Map<string, Entry>(Object.entries(load(file)));

  async function save(): Promise<void> {
    const oldest = new Date(Date.now() - KEPT_DAYS * DAY_MS).toISOString();
    for (const [id, entry] of entries) if (entry.changed < oldest && !entry.pending) entries.delete(id);
    await writeDurably(file, JSON.stringify(Object.fromEntries(entries)));
  }

  return {
    async next(snapshot) {
      const last = entries.get(snapshot.jobOrderID);
      const before = last && sameRun(last, snapshot) ? last : undefined;
      const totals = totalsOf(snapshot, counters);
      const said = fingerprint(snapshot);
      if (before && (before.said === said || isOlder(before, snapshot, totals))) return undefined;
      const count = (last?.count ?? 0) + 1;
      const record = recordOf(snapshot, count, increases(snapshot, before?.totals ?? {}, totals));
      entries.set(snapshot.jobOrderID, {
        count,
        state: snapshot.state,
        ...(snapshot.startTime ? { startTime: snapshot.startTime } : {}),
        said,
        totals: { ...before?.totals, ...totals },
        pending: record,
        changed: new Date().toISOString(),
      });
      await save();
      return record;
    },
    async taken(jobOrderID) {
      delete entries.get(jobOrderID)?.pending;
      await save();
    },
    pending: () => [...entries.values()].flatMap(({ pending }) => (pending ? [pending] : [])),
    stateOf: (jobOrderID) => entries.get(jobOrderID)?.state,
  };
}

/** A job order id that is used again begins anew: its totals count from zero. */
const sameRun = (last: Entry, { startTime }: Snapshot) =>
  last.startTime === undefined || startTime === undefined || last.startTime === startTime;

/** Totals never fall and a finished job stays so; what says otherwise was said earlier and came late. */
function isOlder(before: Entry, snapshot: Snapshot, totals: Record<string, string>): boolean {
  if (hasFinished(before.state) && !hasFinished(snapshot.state)) return true;
  return Object.entries(totals).some(([ID, total]) => new Decimal(total).lt(before.totals[ID] ?? 0));
}

function totalsOf({ data }: Snapshot, counters: readonly string[]): Record<string, string> {
  const counted = data.filter(({ ID, value }) => counters.includes(ID) && isNumeric(value));
  return Object.fromEntries(counted.map(({ ID, value }) => [ID, new Decimal(value as string).toFixed()]));
}

const isNumeric = (value: unknown) =>
  (typeof value === 'number' || (typeof value === 'string' && value.trim() !== '')) &&
  Number.isFinite(Number(value));

/** The data, each counter as its increase since the last record and, beside it, as its total. */
function increases({ data }: Snapshot, before: Record<string, string>, totals: Record<string, string>) {
  return data.flatMap((entry) => {
    const total = totals[entry.ID];
    if (total === undefined) return [entry];
    const increase = new Decimal(total).minus(before[entry.ID] ?? 0);
    return [
      { ...entry, value: increase.toNumber() },
      { ...entry, ID: `${entry.ID}Total`, value: Number(total) },
    ];
  });
}

/** Everything that is said, without when it was said: two sources tell of one change at different times. */
function fingerprint({ time: _, ...said }: Snapshot): string {
  return createHash('sha256').update(JSON.stringify(said)).digest('hex').slice(0, 12);
}

function recordOf(snapshot: Snapshot, count: number, data: unknown[]): NativeRecord {
  const { jobOrderID, jobResponseID } = snapshot;
  return {
    type: 'JobResponse',
    key: jobOrderID,
    id: `${jobOrderID}/${count}/${fingerprint(snapshot)}`,
    body: { ...snapshot, reportID: `${jobResponseID}-${count}`, data },
  };
}

function load(file: string): Record<string, Entry> {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Record<string, Entry>;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw thrown;
  }
}

/** All or nothing, also when the power fails. */
async function writeDurably(file: string, text: string): Promise<void> {
  const handle = await open(`${file}.new`, 'w', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(`${file}.new`, file);
}

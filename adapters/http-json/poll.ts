import { join } from 'node:path';
import { asHubError, HubError } from '../../model/errors';
import type { Accept, OpenOptions } from '../adapter';
import type { HttpClient, HttpRequest } from '../transports/http';
import { poll, type Seen, watermark } from '../transports/poll';
import { placeOf, valueAt } from './path';
import { readRow } from './read';
import type { HttpJsonConfig, PollSpec, RecordSpec } from './settings';

/** One type of record that is fetched. */
interface Source {
  readonly type: string;
  readonly record: RecordSpec;
  readonly asks: PollSpec;
}

/**
 * Fetches each type under `poll` at its own pace until `signal` aborts. A list tells what is, one row a key: a row is
 * handed over when it differs from the last one of its key. One that cannot be read is left out, told once in the log.
 */
export async function receivePolled(
  client: HttpClient,
  { records, poll: polled }: Pick<HttpJsonConfig, 'records' | 'poll'>,
  { dataDir, log }: OpenOptions,
  accept: Accept,
  signal: AbortSignal,
): Promise<void> {
  const sources = Object.entries(polled).map(([type, asks]) => ({ type, record: records[type]!, asks }));
  const loops = sources.map((source) => {
    const mark = watermark(join(dataDir, 'poll', source.type), source.asks.changed?.overlapMs ?? 0);
    const tell = onceEach((message) => log(message, { record: source.type }));
    const round = async () => {
      const rows = await rowsOf(client, source.asks, mark.from(), signal);
      await mark.handOver(latestOfEach(rows, source, tell), accept, signal);
    };
    return poll(round, { everyMs: source.asks.everyMs, signal, log });
  });
  await Promise.all(loops);
}

/** All pages of the list. `from` is where to read from, in ms since 1970; undefined at the very first. */
export async function rowsOf(
  client: HttpClient,
  { path, list, changed, page, next }: PollSpec,
  from: number | undefined,
  signal: AbortSignal,
): Promise<unknown[]> {
  const since = changed && from !== undefined ? { [changed.query]: timeText(from, changed.as) } : {};
  const pageAt = (offset: number) =>
    page ? { [page.offset]: offset, ...(page.limit ? { [page.limit]: page.size } : {}) } : {};
  let rows: unknown[] = [];
  let target: Pick<HttpRequest, 'path' | 'query'> = { path, query: { ...since, ...pageAt(0) } };
  for (let before: string | undefined; ; ) {
    const answer = await client.request({ method: 'GET', ...target, headers: asJson, signal });
    if (answer.text === before)
      throw new HubError('HUB_FAILED', `the same page of ${path} came twice: it knows no pages like that`);
    before = answer.text;
    const body = answer.json();
    const found = valueAt(list, body);
    if (!Array.isArray(found))
      throw new HubError('HUB_FAILED', `the answer of ${path} has no list at ${list}`);
    rows = rows.concat(found);
    const link = next === undefined ? undefined : valueAt(next, body);
    if (typeof link === 'string' && link !== '') target = { path: pathOf(client, link, path) };
    else if (page && found.length >= page.size)
      target = { path, query: { ...since, ...pageAt(rows.length) } };
    else return rows;
  }
}

const asJson = { accept: 'application/json' };

/** A link that is a query alone belongs to the path that gave it. */
function pathOf(client: HttpClient, link: string, path: string): string {
  return link.startsWith('?') ? path.split('?')[0] + link : client.pathOf(link);
}

function latestOfEach(rows: readonly unknown[], source: Source, tell: (message: string) => void): Seen[] {
  const latest = new Map<string, Seen>();
  for (const row of rows) {
    try {
      const seen = seenOf(row, source);
      const other = seen && latest.get(seen.record.key);
      if (other) tell(`several rows have the key ${seen.record.key}; the last one counts`);
      if (seen && (other?.changedAt ?? seen.changedAt) <= seen.changedAt) latest.set(seen.record.key, seen);
    } catch (thrown) {
      tell(`a row is left out: ${asHubError(thrown).message}`);
    }
  }
  return [...latest.values()];
}

function seenOf(row: unknown, { type, record: spec, asks: { changed } }: Source): Seen | undefined {
  const record = readRow(type, spec, row);
  if (!record) return undefined;
  const print = JSON.stringify(row);
  if (!changed) return { record, changedAt: 0, print };
  const value = valueAt(changed.path, row);
  const changedAt = timeOf(value, changed.as);
  if (Number.isFinite(changedAt)) return { record, changedAt, print };
  const at = placeOf(changed.path, '');
  throw new HubError('HUB_INVALID', `${type} ${record.key}: ${at} is no time`, { at, value });
}

const HAS_ZONE = /(?:[zZ]|[+-]\d\d:?\d\d)$/;

/** In ms since 1970; NaN where it is no time. */
function timeOf(value: unknown, as: 'iso' | 'seconds' | 'milliseconds'): number {
  if (as !== 'iso') return value === null || value === '' ? Number.NaN : Number(value) * factor(as);
  if (typeof value !== 'string') return Number.NaN;
  const isDay = /^\d{4}-\d\d-\d\d$/.test(value);
  return Date.parse(isDay || HAS_ZONE.test(value) ? value : `${value}Z`);
}

function timeText(at: number, as: 'iso' | 'seconds' | 'milliseconds'): string {
  return as === 'iso' ? new Date(at).toISOString() : String(Math.floor(at / factor(as)));
}

const factor = (as: 'seconds' | 'milliseconds') => (as === 'seconds' ? 1000 : 1);

/** Says each message once, so that a row that stays wrong is no line at every look. */
function onceEach(say: (message: string) => void): (message: string) => void {
  const said = new Set<string>();
  return (message) => {
    if (said.has(message)) return;
    said.add(message);
    say(message);
  };
}

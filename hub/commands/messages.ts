import type { Command } from 'commander';
import { HubError } from '../../model/errors';
import { type HubClient, hubClient } from '../client';
import type { Parked, SeenDelivery } from '../flow/operating';
import { DEFAULT_PORT } from '../project';
import type { Delivery, LaneStatistics, StoredMessage, StoredRecord, Trace } from '../storage/store';
import { columns } from './columns';
import { addReprocess } from './jobs';
import { action, answer, type CommonOptions } from './output';
import {
  canonicalLine,
  deliveryPage,
  parkedDelivery,
  parkedRecord,
  recordLine,
  tracePage,
} from './trace-page';

export interface Remote extends CommonOptions {
  hub: string;
}

/** The option of every command that asks a running hub. */
export function remote(command: Command): Command {
  return command
    .option(
      '--hub <url>',
      'address of the running hub',
      process.env.ESPERANTO_HUB ?? `http://127.0.0.1:${DEFAULT_PORT}`,
    )
    .option('--json', 'print one JSON object');
}

type Search = Remote & Record<string, string | undefined>;

/** What was asked for as a query; an option that was not given is left out. */
export function queryOf(options: Record<string, string | number | undefined>): string {
  const given = Object.entries(options).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)]],
  );
  return new URLSearchParams(given as [string, string][]).toString();
}

const searched = (command: Command) =>
  remote(command)
    .option('--system <name>', 'only from this system')
    .option('--noun <noun>', 'only what is read as this noun, e.g. OperationsSchedule')
    .option('--key <key>', 'only of this business key, e.g. an order number')
    .option('--since <time>', 'only from this time on')
    .option('--until <time>', 'only before this time')
    .option('--before <id>', 'the next page: the last id of the page before')
    .option('--limit <n>', 'at most this many', '50');

export function addMessages(program: Command): void {
  addList(program);
  addTrace(program);
  addParked(program);
  addLanes(program);
}

function addList(program: Command): void {
  const messages = searched(program.command('messages'))
    .summary('search what systems sent, or what has gone out; work on many again')
    .description(
      'Lists records as systems sent them, newest first; with --out deliveries to systems, with --canonical the messages that mappings made.',
    )
    .option('--type <type>', 'only records of this type')
    .option(
      '--state <state>',
      'records: waiting, applied, unchanged, parked, refused, replayed, discarded; deliveries: waiting, delivered, parked, discarded, superseded',
    )
    .option('--text <text>', 'only with this in what is wrong: a code, a path, a word')
    .option('--out', 'deliveries; --system is then the receiver')
    .option('--canonical', 'canonical messages; --key is then the id of an object')
    .addHelpText(
      'after',
      '\nExamples:\n  esperanto messages --system erp --key 1000001\n  esperanto messages --out --system mes --state parked --text HUB_REJECTED\n  esperanto messages --canonical --noun OperationsSchedule --since 2026-03-01',
    )
    .action(action(list));
  addReprocess(messages);
}

async function list(options: Search): Promise<void> {
  const { hub, json, system, noun, key, type, state, text, since: from, until: to, before, limit } = options;
  const client = hubClient(hub);
  const page = { system, noun, before, limit, from: instantOf(from), to: instantOf(to) };
  if (options.canonical) {
    const { messages } = await client.get<{ messages: StoredMessage[] }>(
      `/messages?${queryOf({ ...page, objectKey: key })}`,
    );
    answer({ json }, { ok: true, messages }, messages.map(canonicalLine).join('\n') || 'none');
  } else if (options.out) {
    const { deliveries } = await client.get<{ deliveries: Delivery[] }>(
      `/deliveries?${queryOf({ ...page, key, state, text })}`,
    );
    answer(
      { json },
      { ok: true, deliveries },
      deliveries.map((one) => deliveryPage(one)).join('\n') || 'none',
    );
  } else {
    const { records } = await client.get<{ records: StoredRecord[] }>(
      `/records?${queryOf({ ...page, key, type, state, text })}`,
    );
    answer({ json }, { ok: true, records }, records.map(recordLine).join('\n') || 'none');
  }
}

/** A day or time as people write it; throws HUB_WRONG_USE. */
export function instantOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const time = Date.parse(text);
  if (Number.isFinite(time)) return new Date(time).toISOString();
  throw new HubError('HUB_WRONG_USE', `'${text}' is no time`, {
    value: text,
    todo: 'Write it as 2026-03-01 or 2026-03-01T06:00:00Z.',
  });
}

function addTrace(program: Command): void {
  remote(program.command('trace'))
    .argument('<id>', 'id of a record, a canonical message or a delivery')
    .summary('show the whole way of a message')
    .description(
      'Shows a record, the messages that mappings made of it, the objects it changed and every delivery it caused, with failed tries, what was sent and what was answered.',
    )
    .option('--bodies', 'also what was received, understood and sent, in full')
    .addHelpText('after', '\nExample:\n  esperanto trace 01jd0000000000000000000000 --bodies')
    .action(
      action(async (id: string, { hub, json, bodies = false }: Remote & { bodies?: boolean }) => {
        const client = hubClient(hub);
        const found = await traceOf(client, id);
        if ('trace' in found)
          answer({ json }, { ok: true, trace: found.trace }, tracePage(found.trace, bodies));
        else answer({ json }, { ok: true, delivery: found.delivery }, deliveryPage(found.delivery, bodies));
      }),
    );
}

/** By the id of a record, or of what came of one; a delivery that no record caused stands for itself. */
async function traceOf(
  client: HubClient,
  id: string,
): Promise<{ trace: Trace } | { delivery: SeenDelivery }> {
  const record = await known(() => client.get<Trace>(`/records/${encodeURIComponent(id)}`));
  if (record) return { trace: record };
  const delivery = await known(() => client.get<SeenDelivery>(`/deliveries/${encodeURIComponent(id)}`));
  const messageId = delivery?.messageId ?? id;
  const message = await known(() => client.get<StoredMessage>(`/messages/${encodeURIComponent(messageId)}`));
  if (message?.recordId !== undefined)
    return { trace: await client.get<Trace>(`/records/${message.recordId}`) };
  if (delivery) return { delivery };
  throw new HubError('HUB_NOT_FOUND', `there is no record, message or delivery ${id}`, { value: id });
}

/** Undefined where the hub knows nothing under that id. */
export async function known<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof HubError && error.code === 'HUB_NOT_FOUND') return undefined;
    throw error;
  }
}

function addParked(program: Command): void {
  remote(program.command('parked'))
    .summary('list what waits for a person')
    .description(
      'Lists records that could not be understood and deliveries that were refused, each with its reason and what to do.',
    )
    .addHelpText('after', '\nExample:\n  esperanto parked')
    .action(
      action(async ({ hub, json }: Remote) => {
        const parked = await hubClient(hub).get<Parked>('/parked');
        const text = [...parked.records.map(parkedRecord), ...parked.deliveries.map(parkedDelivery)].join(
          '\n',
        );
        answer({ json }, { ok: true, ...parked }, text || 'Nothing is parked.');
      }),
    );
}

function addLanes(program: Command): void {
  remote(program.command('lanes'))
    .summary('show what waits, for whom, since when')
    .description(
      'Shows for each receiver how many keys it has, how many rows wait, how many keys are blocked by a parked row or being tried again, and since when the oldest row waits. in:<system> is what came from a system and is not worked off yet.',
    )
    .addHelpText('after', '\nExample:\n  esperanto lanes')
    .action(
      action(async ({ hub, json }: Remote) => {
        const found = await hubClient(hub).get<{ lanes: LaneStatistics[] }>('/lanes');
        const rows = found.lanes.map(({ dest, lanes, pending, blocked, failing, oldest = '' }) => [
          ...[dest, ...[lanes, pending, blocked, failing].map(String), oldest],
        ]);
        const head = ['receiver', 'keys', 'waiting', 'blocked', 'failing', 'oldest'];
        answer({ json }, { ok: true, ...found }, columns([head, ...rows]));
      }),
    );
}

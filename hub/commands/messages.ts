import type { Command } from 'commander';
import { HubError } from '../../model/errors';
import { hubClient } from '../client';
import { DEFAULT_PORT } from '../project';
import type { Delivery, StoredRecord, Trace } from '../storage/store';
import { action, answer, type CommonOptions } from './output';

interface Remote extends CommonOptions {
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

export function addMessages(program: Command): void {
  remote(program.command('messages'))
    .summary('list what systems sent')
    .description('Lists records as systems sent them, newest first.')
    .option('--system <name>', 'only from this system')
    .option('--key <key>', 'only of this business key, e.g. an order number')
    .option('--state <state>', 'waiting, applied, unchanged, parked or refused')
    .option('--limit <n>', 'at most this many', '50')
    .addHelpText('after', '\nExample:\n  esperanto messages --system erp --key 1000001')
    .action(
      action(
        async ({ hub, system, key, state, limit, json }: Remote & Record<string, string | undefined>) => {
          const wanted = Object.entries({ system, key, state, limit }).filter(
            ([, value]) => value !== undefined,
          );
          const query = new URLSearchParams(wanted as [string, string][]);
          const { records } = await hubClient(hub).get<{ records: StoredRecord[] }>(`/records?${query}`);
          answer({ json }, { ok: true, records }, records.map(recordLine).join('\n') || 'none');
        },
      ),
    );

  remote(program.command('trace'))
    .argument('<record>', 'id of a record')
    .summary('show the whole way of a record')
    .description(
      'Shows a record, the messages that mappings made of it, the objects it changed and every delivery it caused.',
    )
    .addHelpText('after', '\nExample:\n  esperanto trace 01JD0000000000000000000000')
    .action(
      action(async (id: string, { hub, json }: Remote) => {
        const trace = await hubClient(hub).get<Trace>(`/records/${encodeURIComponent(id)}`);
        answer({ json }, { ok: true, trace }, tracePage(trace));
      }),
    );

  remote(program.command('parked'))
    .summary('list what waits for a person')
    .description(
      'Lists records that could not be understood and deliveries that were refused, each with its reason and what to do.',
    )
    .addHelpText('after', '\nExample:\n  esperanto parked')
    .action(
      action(async ({ hub, json }: Remote) => {
        const parked = await hubClient(hub).get<{ records: StoredRecord[]; deliveries: Delivery[] }>(
          '/parked',
        );
        const text = [...parked.records.map(parkedRecord), ...parked.deliveries.map(parkedDelivery)].join(
          '\n',
        );
        answer({ json }, { ok: true, ...parked }, text || 'Nothing is parked.');
      }),
    );

  remote(program.command('replay'))
    .argument('[id]', 'id of a parked delivery, or of a record')
    .summary('send a parked delivery again, take a record in again, or try a changed mapping on what came')
    .description(
      'Sends a parked delivery again in its place, or takes a stored record in again as a new one. With --with runs what the hub has kept through a mapping as it stands in a folder here, and shows what would come out differently, grouped by path; nothing is kept or sent, and exit 1 says that something is refused that was taken before.',
    )
    .option('--by <name>', 'who', process.env.USER ?? 'unknown')
    .option('--why <reason>', 'for which reason', 'replayed by command')
    .option(
      '--with <map>',
      'try this mapping, by its name or its *.map.yaml file; needs --since and --dry-run',
    )
    .option('--since <time>', 'with --with: what came at this time or later')
    .option('--until <time>', 'with --with: what came before this time')
    .option('--system <name>', 'with --with: only of or to this system')
    .option('--dir <dir>', 'with --with: the project folder', '.')
    .option('--dry-run', 'with --with: only show')
    .addHelpText(
      'after',
      '\nExamples:\n  esperanto replay 01JD0000000000000000000000 --why "unit code added"\n  esperanto replay --with shop/order --since 2026-03-01 --dry-run --dir ./my-plant',
    )
    .action(
      action(async (id: string | undefined, options: ReplayOptions) => {
        if (options.with !== undefined) {
          const { replayWith } = require('./replay-with') as typeof import('./replay-with');
          return replayWith(options.with, options);
        }
        if (id !== undefined) return replayOne(id, options);
        throw new HubError('HUB_WRONG_USE', 'what is to be replayed is not named', {
          todo: 'Name the id of a delivery or record, or a mapping with --with.',
        });
      }),
    );
}

interface ReplayOptions extends Remote {
  by: string;
  why: string;
  with?: string;
  since?: string;
  until?: string;
  system?: string;
  dir: string;
  dryRun?: boolean;
}

async function replayOne(id: string, { hub, by, why, json }: ReplayOptions): Promise<void> {
  const client = hubClient(hub);
  const isRecord = await client.get(`/records/${encodeURIComponent(id)}`).then(
    () => true,
    () => false,
  );
  const result = await client.post<Record<string, unknown>>(
    isRecord ? `/records/${id}/replay` : `/deliveries/${id}/replay`,
    isRecord ? {} : { by, why },
  );
  answer(
    { json },
    { ok: true, id, kind: isRecord ? 'record' : 'delivery', result },
    `${id} goes its way again.`,
  );
}

function recordLine(record: StoredRecord): string {
  return `${record.id}  ${record.receivedAt}  ${record.system.padEnd(8)} ${record.type.padEnd(18)} ${record.key.padEnd(16)} ${record.state}`;
}

function parkedRecord(record: StoredRecord): string {
  const reasons = record.issues.map(
    (issue) => `    ${issue.path}: ${issue.message}${issue.todo ? `\n      to do: ${issue.todo}` : ''}`,
  );
  return [`record   ${recordLine(record)}`, ...reasons].join('\n');
}

function parkedDelivery(delivery: Delivery): string {
  const error = delivery.error as { code?: string; message?: string; todo?: string } | undefined;
  return [
    `delivery ${delivery.id}  ${delivery.at}  to ${delivery.dest}, ${delivery.key}, ${delivery.attempts} tries`,
    `    ${error?.code}: ${error?.message}`,
    `      to do: ${error?.todo}`,
  ].join('\n');
}

function tracePage({ record, messages, objects, deliveries }: Trace): string {
  return [
    recordLine(record),
    ...messages.map(
      (message) =>
        `  message   ${message.verb}${message.noun} ${message.objectKeys.join(', ')} by ${message.mapping}`,
    ),
    ...objects.map((object) => `  object    ${object.noun} ${object.id}, version ${object.version}`),
    ...deliveries.map(
      (delivery) =>
        `  delivery  to ${delivery.dest}: ${delivery.state}${delivery.finishedAt ? ` at ${delivery.finishedAt}` : ''}, ${delivery.attempts} tries`,
    ),
    ...record.issues.map((issue) => `  issue     ${issue.path}: ${issue.message}`),
  ].join('\n');
}

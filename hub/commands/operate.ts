import type { Command } from 'commander';
import { HubError } from '../../model/errors';
import { hubClient } from '../client';
import type { Retaken } from '../flow/operating';
import { type BeginOptions, beginReplay } from './jobs';
import { known, type Remote, remote } from './messages';
import { action, answer } from './output';
import { isXml, readText } from './read-file';

/** What a person does with one message: send again, edited or not, or give up. */
export function addOperate(program: Command): void {
  addReplay(program);
  addDiscard(program);
}

interface ReplayOptions extends BeginOptions {
  edit?: string;
  sent?: string;
  to?: string;
  with?: string;
  until?: string;
  dir: string;
}

const said = (command: Command) =>
  remote(command)
    .option('--by <name>', 'who', process.env.USER ?? 'unknown')
    .option('--why <reason>', 'for which reason', 'by command');

function addReplay(program: Command): void {
  said(program.command('replay'))
    .argument('[id]', 'id of a delivery or of a record')
    .summary('send again: one message, or all since a point; or try a changed mapping on what came')
    .description(
      'Sends a delivery again, or takes a record in again: a parked one from its place, any other as a new one. With --to sends receivers once more all that has gone out since a point, as a job. With --with runs what the hub has kept through a mapping as it stands in a folder here, and shows what would come out differently, grouped by path; nothing is kept or sent, and exit 1 says that something is refused that was taken before.',
    )
    .option(
      '--edit <file>',
      'of a record: what is taken in instead, JSON or the document as it comes over the wire; of a delivery: the canonical object to send instead (JSON)',
    )
    .option('--sent <file>', 'of a delivery: {type, key, body} to send instead, past the mapping (JSON)')
    .option('--to <systems>', 'receivers, with commas; needs --since')
    .option(
      '--since <point>',
      'with --to: a time, or the id of a record, message or delivery; with --with: a time',
    )
    .option('--noun <noun>', 'with --to: only this noun')
    .option('--key <key>', 'with --to: only this business key')
    .option('--by-flows', 'with --to: the versions of objects, by the flows as they are now')
    .option('--rate <n>', 'with --to: at most so many a second')
    .option(
      '--with <map>',
      'try this mapping, by its name or its *.map.yaml file; needs --since and --dry-run',
    )
    .option('--until <time>', 'with --with: what came before this time')
    .option('--system <name>', 'with --with: only of or to this system')
    .option('--dir <dir>', 'with --with: the project folder', '.')
    .option('--dry-run', 'with --to or --with: only show')
    .addHelpText(
      'after',
      '\nExamples:\n  esperanto replay 01jd0000000000000000000000 --why "unit code added"\n  esperanto replay --to mes --since 2026-03-01T06:00:00Z --rate 20 --why "restored from backup"\n  esperanto replay --with shop/order --since 2026-03-01 --dry-run --dir ./my-plant',
    )
    .action(
      action(async (id: string | undefined, options: ReplayOptions) => {
        if (options.with !== undefined) {
          const { replayWith } = require('./replay-with') as typeof import('./replay-with');
          return replayWith(options.with, options);
        }
        if (options.to !== undefined) return beginReplay(options.to.split(','), options);
        if (id !== undefined) return replayOne(id, options);
        throw new HubError('HUB_WRONG_USE', 'what is to be replayed is not named', {
          todo: 'Name the id of a delivery or record, receivers with --to, or a mapping with --with.',
        });
      }),
    );
}

async function replayOne(id: string, { hub, by, why, json, edit, sent }: ReplayOptions): Promise<void> {
  const client = hubClient(hub);
  const isRecord = await known(() => client.get(`/records/${encodeURIComponent(id)}`));
  if (!isRecord) {
    const edited = {
      ...(edit === undefined ? {} : { item: jsonIn(edit) }),
      ...(sent === undefined ? {} : { record: jsonIn(sent) }),
    };
    const path = `/deliveries/${encodeURIComponent(id)}/replay`;
    const result = await client.post<{ id: string }>(path, { by, why, ...edited });
    const text = result.id === id ? `${id} goes its way again.` : `${id} goes once more as ${result.id}.`;
    answer({ json }, { ok: true, id, kind: 'delivery', result }, text);
    return;
  }
  const text = edit === undefined ? undefined : readText(edit);
  const edited = text === undefined ? {} : isXml(text) ? { raw: text } : { body: jsonIn(edit!, text) };
  const result = await client.post<Retaken>(`/records/${encodeURIComponent(id)}/replay`, {
    by,
    why,
    ...edited,
  });
  const others = result.accepted.filter((one) => one.id !== id).map((one) => one.id);
  answer(
    { json },
    { ok: true, id, kind: 'record', result },
    others.length === 0 ? `${id} goes its way again.` : `${id} is taken in again as ${others.join(', ')}.`,
  );
}

function jsonIn(file: string, text = readText(file)): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new HubError('HUB_WRONG_USE', `${file} is not JSON: ${(cause as Error).message}`, {
      at: file,
      cause,
    });
  }
}

function addDiscard(program: Command): void {
  said(program.command('discard'))
    .argument('<id>', 'id of a parked record, or of a parked delivery or the first waiting one of its key')
    .summary('give a message up')
    .description(
      'Gives a parked record or a delivery up, with the reason; the lane of a delivery goes on, and what its flow names under onFailure is sent.',
    )
    .addHelpText(
      'after',
      '\nExample:\n  esperanto discard 01jd0000000000000000000000 --why "order was cancelled"',
    )
    .action(
      action(async (id: string, { hub, by, why, json }: Remote & { by: string; why: string }) => {
        const client = hubClient(hub);
        const isRecord = await known(() => client.get(`/records/${encodeURIComponent(id)}`));
        const kind = isRecord ? 'record' : 'delivery';
        const place = isRecord ? 'records' : 'deliveries';
        await client.post(`/${place}/${encodeURIComponent(id)}/discard`, { by, why });
        answer({ json }, { ok: true, id, kind }, `${id} is given up.`);
      }),
    );
}

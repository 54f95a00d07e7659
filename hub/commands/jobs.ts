import type { Command } from 'commander';
import { HubError } from '../../model/errors';
import { hubClient } from '../client';
import type { Job } from '../storage/store';
import { columns } from './columns';
import { instantOf, type Remote, remote } from './messages';
import { action, answer } from './output';

export interface BeginOptions extends Remote {
  by: string;
  why: string;
  since?: string;
  noun?: string;
  key?: string;
  rate?: string;
  byFlows?: boolean;
  dryRun?: boolean;
}

interface ReprocessOptions extends BeginOptions {
  system?: string;
  type?: string;
  state?: string;
  text?: string;
  until?: string;
  of?: string;
}

/** `esperanto messages reprocess`: everything that fits a search is worked on again. */
export function addReprocess(messages: Command): void {
  remote(messages.command('reprocess'))
    .summary('work on all that fit a search again, as a job')
    .description(
      'Works on parked records and deliveries again, oldest first, as a job that goes on after a restart; with another --state takes those records in again. At least one condition is needed.',
    )
    .option('--system <name>', 'records from it and deliveries to it')
    .option('--noun <noun>', 'only this noun, e.g. OperationsSchedule')
    .option('--type <type>', 'only records of this type')
    .option('--key <key>', 'only this business key')
    .option('--state <state>', 'parked (default), applied, unchanged, refused or discarded')
    .option('--text <text>', 'only with this in the reason: a code, a path, a word')
    .option('--since <time>', 'only from this time on')
    .option('--until <time>', 'only before this time')
    .option('--of <what>', 'records or deliveries (default: both)')
    .option('--rate <n>', 'at most so many a second')
    .option('--dry-run', 'only count')
    .option('--by <name>', 'who', process.env.USER ?? 'unknown')
    .option('--why <reason>', 'for which reason', 'reprocessed by command')
    .addHelpText(
      'after',
      '\nExample:\n  esperanto messages reprocess --system erp --text HUB_MAPPING --why "unit code added" --dry-run',
    )
    .action(action(reprocess));
}

async function reprocess(options: ReprocessOptions): Promise<void> {
  const { system, noun, type, key, state, text, of, since, until } = options;
  const from = instantOf(since);
  const to = instantOf(until);
  const what = Object.fromEntries(
    Object.entries({ system, noun, type, key, state, text, of, from, to }).filter(
      ([, value]) => value !== undefined,
    ),
  );
  if (Object.keys(what).length === 0)
    throw new HubError('HUB_WRONG_USE', 'nothing says what is to be worked on again', {
      todo: 'Name a condition, e.g. --state parked for all that is parked.',
    });
  await begin('/jobs/reprocess', what, options);
}

/** `esperanto replay --to SYSTEMS --since POINT`. */
export async function beginReplay(to: readonly string[], options: BeginOptions): Promise<void> {
  const { since, noun, key, byFlows } = options;
  if (since === undefined)
    throw new HubError('HUB_WRONG_USE', '--to needs --since', {
      todo: 'Name a time, or the id of a record, message or delivery to begin with.',
    });
  await begin(
    '/jobs/replay',
    {
      to,
      since: /^[0-9a-z]{26}$/.test(since) ? since : instantOf(since),
      ...(noun === undefined ? {} : { noun }),
      ...(key === undefined ? {} : { key }),
      ...(byFlows ? { by: 'flows' } : {}),
    },
    options,
  );
}

async function begin(path: string, what: object, options: BeginOptions): Promise<void> {
  const { hub, json, by, why, rate, dryRun } = options;
  const perSecond = rate === undefined ? undefined : Number(rate);
  if (perSecond !== undefined && !(perSecond > 0))
    throw new HubError('HUB_WRONG_USE', `--rate takes a number above 0, not '${rate}'`, { value: rate });
  const client = hubClient(hub);
  // `by` of what is to be replayed says how; who asks stands beside it.
  const body = {
    what,
    ...{ by, why },
    ...(perSecond === undefined ? {} : { rate: perSecond }),
    ...(dryRun ? { dryRun } : {}),
  };
  if (dryRun) {
    const { count } = await client.post<{ count: Record<string, number> }>(path, body);
    const counted = Object.entries(count).map(([name, n]) => `${n} ${name}`);
    answer({ json }, { ok: true, dryRun, count }, `It would be ${counted.join(' and ')}.`);
    return;
  }
  const job = await client.post<Job>(path, body);
  answer({ json }, { ok: true, job }, `Job ${job.id} works on ${job.total}: esperanto jobs show ${job.id}`);
}

export function addJobs(program: Command): void {
  const jobs = program.command('jobs').summary('jobs that work on many messages: list, show, stop');
  remote(jobs.command('list', { isDefault: true }))
    .summary('list jobs, newest first')
    .description('Lists jobs, newest first, with how far they are.')
    .option('--state <state>', 'running, stopped, done or failed')
    .addHelpText('after', '\nExample:\n  esperanto jobs list --state running')
    .action(
      action(async ({ hub, json, state }: Remote & { state?: string }) => {
        const query = state === undefined ? '' : `?state=${encodeURIComponent(state)}`;
        const found = await hubClient(hub).get<{ jobs: Job[] }>(`/jobs${query}`);
        answer({ json }, { ok: true, ...found }, found.jobs.length ? table(found.jobs) : 'none');
      }),
    );
  remote(jobs.command('show'))
    .argument('<id>', 'id of a job')
    .summary('show one job')
    .description('Shows what a job works on, who began it, and how far it is.')
    .addHelpText('after', '\nExample:\n  esperanto jobs show 01jd0000000000000000000000')
    .action(
      action(async (id: string, { hub, json }: Remote) => {
        const job = await hubClient(hub).get<Job>(`/jobs/${encodeURIComponent(id)}`);
        answer({ json }, { ok: true, job }, page(job));
      }),
    );
  remote(jobs.command('stop'))
    .argument('<id>', 'id of a running job')
    .summary('stop a job')
    .description('Stops a job: what is done stays done.')
    .option('--by <name>', 'who', process.env.USER ?? 'unknown')
    .option('--why <reason>', 'for which reason', 'stopped by command')
    .addHelpText('after', '\nExample:\n  esperanto jobs stop 01jd0000000000000000000000')
    .action(
      action(async (id: string, { hub, json, by, why }: Remote & { by: string; why: string }) => {
        const job = await hubClient(hub).post<Job>(`/jobs/${encodeURIComponent(id)}/stop`, { by, why });
        answer({ json }, { ok: true, job }, page(job));
      }),
    );
}

function table(jobs: readonly Job[]): string {
  const rows = jobs.map((job) => [
    ...[job.id, job.kind, job.state, `${job.done} of ${job.total}`, job.by, job.why],
  ]);
  return columns([['job', 'kind', 'state', 'done', 'by', 'why'], ...rows]);
}

function page(job: Job): string {
  const { id, kind, state, what, by, why, rate, total, done, skipped, failed, startedAt, finishedAt } = job;
  return [
    `${kind} ${id}: ${state}`,
    `  what      ${JSON.stringify(what)}${rate === undefined ? '' : `, at most ${rate} a second`}`,
    `  by        ${by}: ${why}`,
    `  done      ${done} of ${total}, ${skipped} left out, ${failed} not possible`,
    `  begun     ${startedAt}${finishedAt === undefined ? '' : `, ended ${finishedAt}`}`,
    ...(job.stopped ? [`  stopped   by ${job.stopped.by}: ${job.stopped.why}`] : []),
    ...(job.problem === undefined ? [] : [`  problem   ${job.problem}`]),
  ].join('\n');
}

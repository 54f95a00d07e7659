import { HubError } from '../../model/errors';
import { hubClient } from '../client';
import { loadProject, readProject } from '../project';
import { openMapping } from './mapping-files';
import { answer, type CommonOptions } from './output';
import { progress } from './progress';
import { replayDiff } from './replay-diff';
import type { Example, ReplayDiff } from './replay-tally';

export interface ReplayWithOptions extends CommonOptions {
  readonly hub: string;
  readonly dir: string;
  readonly since?: string;
  readonly until?: string;
  readonly system?: string;
  readonly dryRun?: boolean;
}

/** `replay --with MAP --since TIME --dry-run`: what a changed mapping would make of what has come. */
export async function replayWith(map: string, options: ReplayWithOptions): Promise<void> {
  const { hub, dir, since, until, system, dryRun } = options;
  if (!dryRun || since === undefined) {
    const missing = [...(dryRun ? [] : ['--dry-run']), ...(since === undefined ? ['--since'] : [])];
    throw new HubError('HUB_WRONG_USE', `--with needs ${missing.join(' and ')}`, {
      todo: 'A mapping is tried, not carried out. To take one record in again: esperanto replay ID.',
    });
  }
  const { mapping } = openMapping(map, dir);
  // Settings and secrets are the hub's concern: their variables need not be set here.
  const project = readProject(dir).project ?? loadProject(dir);
  const scope = {
    since: instant('--since', since),
    ...(until === undefined ? {} : { until: instant('--until', until) }),
    ...(system === undefined ? {} : { system }),
  };
  const found = await replayDiff(
    hubClient(hub),
    project,
    mapping,
    scope,
    progress('records and deliveries tried'),
  );
  answer(
    options,
    { ok: found.refused === 0, mapping: mapping.stamp, ...found },
    pageOf(found, mapping.stamp),
  );
}

function instant(option: string, text: string): string {
  const time = Date.parse(text);
  if (Number.isFinite(time)) return new Date(time).toISOString();
  throw new HubError('HUB_WRONG_USE', `${option} takes a time, not '${text}'`, {
    value: text,
    todo: 'Write it as 2026-03-01 or 2026-03-01T06:00:00Z.',
  });
}

function pageOf(found: ReplayDiff, stamp: string): string {
  const { seen, same, different, refused, understood, left, paths, refusals } = found;
  const counts = [
    [same, 'come out the same'],
    [different, 'come out differently'],
    [refused, 'were taken and would be refused'],
    [understood, 'were refused and would be taken'],
    [left, 'are left out: not worked off yet, or no longer kept'],
  ] as const;
  const lines = [
    `${stamp}, tried on ${seen} records and deliveries:`,
    ...counts.filter(([count]) => count > 0).map(([count, what]) => `  ${String(count).padStart(6)} ${what}`),
  ];
  for (const { path, count, examples } of paths) {
    lines.push('', `${path}  (${count} times)`, ...examples.map(exampleLine));
  }
  if (refusals.length > 0) lines.push('', 'Refused:');
  for (const { message, count, id } of refusals) lines.push(`  ${message}  (${count} times, e.g. ${id})`);
  return lines.join('\n');
}

const exampleLine = ({ key, old, new: made }: Example) => `  ${key}: ${shown(old)} → ${shown(made)}`;

function shown(value: unknown): string {
  if (value === null) return 'nothing';
  const text = JSON.stringify(value);
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}

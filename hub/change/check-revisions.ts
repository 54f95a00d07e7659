import { DateTime } from 'luxon';
import type { Issue } from '../../model/errors';
import { type Effectivity, instant, overlap, type SerialRange } from './effectivity';

export interface StatedRevision {
  readonly version: string;
  readonly effectivity: Effectivity;
}

/**
 * The effectivity of successive revisions: dates must follow one another without overlap or gap, and a serial number
 * belongs to one revision at a time. A revision that holds for some pieces or orders only stands beside the others.
 */
export function checkRevisions(revisions: readonly StatedRevision[], zone: string): Issue[] {
  const isLimited = ({ effectivity: { serials, lots, orders, orderCount } }: StatedRevision) =>
    [serials, lots, orders, orderCount].some((limit) => limit !== undefined);
  const forAll = revisions.filter((revision) => !isLimited(revision));
  return [...checkDates(forAll, zone), ...checkSerials(revisions, zone)];
}

function checkSerials(revisions: readonly StatedRevision[], zone: string): Issue[] {
  const ranges = revisions.flatMap(({ version, effectivity }) =>
    (effectivity.serials ?? []).map((range) => ({ version, effectivity, range })),
  );
  return ranges.flatMap((one, i) =>
    ranges.slice(i + 1).flatMap((other): Issue[] => {
      const isSameTime = atOnce(one.effectivity, other.effectivity, zone);
      if (one.version === other.version || !isSameTime || !overlap(one.range, other.range)) return [];
      const path = `revision ${other.version}`;
      const message = `serial numbers ${told(other.range)} of revision ${other.version} are also in ${told(one.range)} of ${one.version}`;
      return [{ rule: 'effectivity-overlap', path, message }];
    }),
  );
}

const told = ({ from = '', to = '' }: SerialRange): string => `${from}/${to}`;

function atOnce(a: Effectivity, b: Effectivity, zone: string): boolean {
  const begin = (text: string | undefined) =>
    text === undefined ? Number.NEGATIVE_INFINITY : (instant(text, zone) ?? 0);
  const end = (text: string | undefined) =>
    text === undefined ? Number.POSITIVE_INFINITY : (instant(text, zone) ?? 0);
  return begin(a.from) < end(b.to) && begin(b.from) < end(a.to);
}

/** The dates of revisions that hold for everything. */
function checkDates(revisions: readonly StatedRevision[], zone: string): Issue[] {
  const issues: Issue[] = [];
  const dated = revisions.map(({ version, effectivity: { from, to } }) => ({
    version,
    from: from === undefined ? Number.NEGATIVE_INFINITY : (instant(from, zone) ?? Number.NaN),
    to: to === undefined ? Number.POSITIVE_INFINITY : (instant(to, zone) ?? Number.NaN),
  }));
  const issue = (rule: string, version: string, message: string) =>
    issues.push({ rule, path: `revision ${version}`, message });
  for (const { version, from, to } of dated) {
    if (Number.isNaN(from) || Number.isNaN(to)) {
      issue('effectivity-date', version, `revision ${version} has a date that is no time`);
    } else if (to <= from) issue('effectivity-empty', version, `revision ${version} ends before it begins`);
  }
  const inOrder = dated.filter(({ from, to }) => from < to).sort((a, b) => a.from - b.from);
  let previous = inOrder[0];
  for (const next of inOrder.slice(1)) {
    if (previous === undefined) break;
    const pair = `revision ${next.version} begins ${iso(next.from, zone)}`;
    if (previous.to === Number.POSITIVE_INFINITY && previous.from < next.from) {
      // A revision without an end ends where its successor begins.
    } else if (next.from < previous.to) {
      issue(
        'effectivity-overlap',
        next.version,
        `${pair}, before ${previous.version} ends ${iso(previous.to, zone)}`,
      );
    } else if (next.from > previous.to) {
      issue(
        'effectivity-gap',
        next.version,
        `${pair}, but ${previous.version} ends ${iso(previous.to, zone)}: nothing holds between`,
      );
    }
    previous = next;
  }
  return issues;
}

const iso = (at: number, zone: string): string =>
  DateTime.fromMillis(at, { zone }).toISO({ suppressMilliseconds: true }) ?? 'at no time';

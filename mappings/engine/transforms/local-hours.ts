import { DateTime } from 'luxon';

/**
 * Times of a plant to and from instants, for the usual forms. A zone's rule is asked once for each hour and kept: asking
 * for every time would cost more than all the rest of a mapping. Hours in which clocks change are not kept.
 */
const kept = new Map<string, string | undefined>();
const mostKept = 20_000;

const localForm = /^(\d{4}-\d{2}-\d{2}T\d{2}):([0-5]\d)(?::([0-5]\d))?$/;
const instantForm = /^(\d{4}-\d{2}-\d{2}T\d{2}):([0-5]\d):([0-5]\d)(?:\.\d+)?(Z|[+-]\d{2}:\d{2})$/;
const hourFormat = "yyyy-MM-dd'T'HH";

/** `2026-03-02T06:30` → `2026-03-02T06:30:00+01:00`. Undefined: not of that form, no such time, or clocks change in that hour. */
export function withOffset(text: string, zone: string): string | undefined {
  const [, hour, minute, second = '00'] = localForm.exec(text) ?? [];
  if (hour === undefined) return undefined;
  const offset = once(`${zone} ${hour}`, () => offsetOf(hour, zone));
  return offset && `${hour}:${minute}:${second}${offset}`;
}

/** `2026-03-02T05:30:00Z` → `2026-03-02T06:30:00`. Undefined: not of that form, or the hour there is not one hour here. */
export function withoutOffset(text: string, zone: string): string | undefined {
  const [, hour, minute, second, offset] = instantForm.exec(text) ?? [];
  if (hour === undefined) return undefined;
  const local = once(`${zone} ${hour}${offset}`, () => localHourOf(hour, offset!, zone));
  return local && `${local}:${minute}:${second}`;
}

function once(key: string, find: () => string | undefined): string | undefined {
  if (kept.has(key)) return kept.get(key);
  if (kept.size >= mostKept) kept.clear();
  const found = find();
  kept.set(key, found);
  return found;
}

function offsetOf(hour: string, zone: string): string | undefined {
  const [first, last] = [`${hour}:00:00`, `${hour}:59:59`].map((text) => DateTime.fromISO(text, { zone }));
  const isPlain = first!.toFormat(hourFormat) === hour && last!.toFormat(hourFormat) === hour;
  if (!isPlain || first!.offset !== last!.offset) return undefined;
  return first!.toISO({ suppressMilliseconds: true })?.slice(19);
}

function localHourOf(hour: string, offset: string, zone: string): string | undefined {
  const [first, last] = [`${hour}:00:00`, `${hour}:59:59`].map((text) =>
    DateTime.fromISO(text + offset).setZone(zone),
  );
  const local = first!.toFormat(hourFormat);
  const isPlain = first!.minute === 0 && first!.second === 0 && last!.toFormat(hourFormat) === local;
  return first!.isValid && isPlain ? local : undefined;
}

import { createHash, randomBytes } from 'node:crypto';

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
let last = 0;
let counter = 0;
let pool = Buffer.alloc(0);
let used = 0;
/** The letters of a time, which many ids in a row have in common. */
let prefix = '';

function letters(value: number, count: number): string {
  let text = '';
  for (let i = 0, rest = value; i < count; i++, rest = Math.floor(rest / 32))
    text = alphabet[rest % 32] + text;
  return text;
}

/**
 * A sortable id of 26 letters: time (ms), counter within the ms, 65 random bits. Ids of one process ascend even when the
 * clock steps back; those of several processes ascend as well as their clocks agree.
 */
export function newId(): string {
  const now = Date.now();
  if (now > last || ++counter === 32768) {
    last = Math.max(now, last + 1);
    counter = 0;
    prefix = letters(last, 10);
  }
  if (used === pool.length) {
    pool = randomBytes(13 * 256);
    used = 0;
  }
  let random = '';
  for (const end = used + 13; used < end; used++) random += alphabet[pool[used]! % 32];
  return prefix + letters(counter, 3) + random;
}

/** The smallest id that can have been made at that instant: turns a time into a range of ids. */
export function firstIdAt(instant: string): string {
  return letters(Math.max(0, Date.parse(instant) || 0), 10);
}

/** JSON with sorted keys: equal text, equal content. */
export function sortedJson(value: unknown): string {
  return JSON.stringify(sorted(value));
}

/** A copy costs a third of a replacer, which is called for every value. */
function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(sorted);
  const fields = value as Record<string, unknown>;
  const copy: Record<string, unknown> = {};
  for (const name of Object.keys(fields).sort()) {
    // Set like any other, it would be no property.
    if (name === '__proto__')
      Object.defineProperty(copy, name, { value: sorted(fields[name]), enumerable: true });
    else copy[name] = sorted(fields[name]);
  }
  return copy;
}

export function contentHash(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

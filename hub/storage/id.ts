import { createHash, randomBytes } from 'node:crypto';

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
let last = 0;
let counter = 0;
let pool = Buffer.alloc(0);

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
  if (now > last) {
    last = now;
    counter = 0;
  } else if (++counter === 32768) {
    last++;
    counter = 0;
  }
  if (pool.length < 13) pool = randomBytes(13 * 256);
  let random = '';
  for (const byte of pool.subarray(0, 13)) random += alphabet[byte % 32];
  pool = pool.subarray(13);
  return letters(last, 10) + letters(counter, 3) + random;
}

/** The smallest id that can have been made at that instant: turns a time into a range of ids. */
export function firstIdAt(instant: string): string {
  return letters(Math.max(0, Date.parse(instant) || 0), 10);
}

/** JSON with sorted keys: equal text, equal content. */
export function sortedJson(value: unknown): string {
  return JSON.stringify(value, (_, v) =>
    v && typeof v === 'object' && !Array.isArray(v)
      ? Object.fromEntries(Object.entries(v).sort(([a], [b]) => (a < b ? -1 : 1)))
      : v,
  );
}

export function contentHash(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

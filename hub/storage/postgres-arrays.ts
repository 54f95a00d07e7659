/**
 * Rows as one array a column, which is what unnest takes, in PostgreSQL's binary form: an array as text would have every
 * quote of its JSON escaped here and read character by character there.
 */

type Kind = 'text' | 'int4' | 'int8';

const oids: Readonly<Record<Kind, number>> = { text: 25, int4: 23, int8: 20 };
const headBytes = 20;

/** The columns of `rows`, each of the kind that the statement says, in its order. An empty list has empty columns. */
export function columns<T>(
  rows: readonly T[],
  kinds: readonly Kind[],
  of: (row: T) => readonly unknown[],
): Buffer[] {
  const lines = rows.map(of);
  return kinds.map((kind, c) =>
    array(
      kind,
      lines.map((line) => line[c] as string | number | null),
    ),
  );
}

export function array(kind: Kind, values: ReadonlyArray<string | number | null>): Buffer {
  const sizes = values.map((value) => sizeOf(kind, value));
  const bytes = sizes.reduce((sum, size) => sum + 4 + Math.max(size, 0), headBytes);
  const buffer = Buffer.allocUnsafe(values.length === 0 ? 12 : bytes);
  buffer.writeInt32BE(values.length === 0 ? 0 : 1, 0); // dimensions
  buffer.writeInt32BE(sizes.includes(-1) ? 1 : 0, 4); // whether there are nulls
  buffer.writeInt32BE(oids[kind], 8);
  if (values.length === 0) return buffer;
  buffer.writeInt32BE(values.length, 12);
  buffer.writeInt32BE(1, 16); // first subscript
  let at = headBytes;
  for (const [i, value] of values.entries()) {
    at = buffer.writeInt32BE(sizes[i]!, at);
    if (value !== null) at = put(buffer, kind, value, at);
  }
  return buffer;
}

/** In bytes; null has none. */
function sizeOf(kind: Kind, value: string | number | null): number {
  if (value === null) return -1;
  if (kind === 'text') return Buffer.byteLength(value as string);
  return kind === 'int4' ? 4 : 8;
}

/** Returns the place behind it. Numbers stay below 2^53. */
function put(buffer: Buffer, kind: Kind, value: string | number, at: number): number {
  if (kind === 'text') return at + buffer.write(value as string, at);
  if (kind === 'int4') return buffer.writeInt32BE(value as number, at);
  const high = Math.floor((value as number) / 2 ** 32);
  buffer.writeInt32BE(high, at);
  return buffer.writeUInt32BE((value as number) - high * 2 ** 32, at + 4);
}

/** So many columns of text. */
export const texts = (count: number): 'text'[] => Array.from({ length: count }, () => 'text');

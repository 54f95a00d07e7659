import { isMap, isScalar, LineCounter, parseDocument, type YAMLMap } from 'yaml';
import { HubError } from '../../model/errors';
import { closest } from './closest';

/** What a file of codes says. */
export interface Entries {
  readonly about?: string;
  readonly pairs: readonly Pair[];
  /** Canonical code → the native one that is written, where several mean the same. */
  readonly back?: ReadonlyMap<string, string>;
  readonly twoWay?: boolean;
  readonly otherwise?: { readonly in?: string; readonly out?: string };
}

export interface Pair {
  readonly native: string;
  readonly canonical: string;
  readonly line: number;
}

const words = ['about', 'entries', 'back', 'otherwise', 'two-way'];

/** Either lines of `native: canonical`, or `{about, two-way, otherwise: {in, out}, entries, back}`. */
export function entriesInYaml(text: string, file: string): Entries {
  const lines = new LineCounter();
  // The failsafe schema keeps every scalar as the text that stands there.
  const document = parseDocument(text, { schema: 'failsafe', lineCounter: lines });
  const [error] = document.errors;
  if (error) throw badTable(file, error.linePos?.[0].line ?? 1, error.message);
  const { contents } = document;
  if (!isMap(contents)) throw badTable(file, 1, 'a code table is a list of native: canonical lines');
  const pairsIn = (map: YAMLMap): Pair[] => pairsOf(map, file, lines);
  if (!isMap(contents.get('entries'))) return { pairs: pairsIn(contents) };
  const parts = new Map(contents.items.map(({ key, value }) => [textIn(key) ?? '', { key, value }]));
  for (const [word, { key }] of parts) {
    if (words.includes(word)) continue;
    const near = closest(word, words);
    const hint = near ? `; did you mean '${near}'?` : '';
    throw badTable(file, lineOf(key, lines), `a code table has no word '${word}'${hint}`);
  }
  const mapOf = (word: string): readonly Pair[] | undefined => {
    const part = parts.get(word);
    if (part === undefined) return undefined;
    if (isMap(part.value)) return pairsIn(part.value);
    throw badTable(
      file,
      lineOf(part.key, lines),
      `'${word}' is a list of lines such as ${examples.get(word)}`,
    );
  };
  const [back, otherwise] = [mapOf('back'), mapOf('otherwise')];
  const [about, twoWay] = [textIn(parts.get('about')?.value), textIn(parts.get('two-way')?.value)];
  const wrong = otherwise?.find(({ native }) => native !== 'in' && native !== 'out');
  if (wrong)
    throw badTable(file, wrong.line, `otherwise says what to do on the way in or out, not ${wrong.native}`);
  return {
    ...(about === undefined ? {} : { about }),
    pairs: mapOf('entries') ?? [],
    ...(back === undefined ? {} : { back: mapFrom(back) }),
    ...(twoWay === undefined ? {} : { twoWay: twoWay === 'true' }),
    ...(otherwise === undefined ? {} : { otherwise: Object.fromEntries(mapFrom(otherwise)) }),
  };
}

const examples = new Map([
  ['back', 'Released: REL'],
  ['otherwise', 'in: Waiting'],
]);

const mapFrom = (pairs: readonly Pair[]) =>
  new Map(pairs.map(({ native, canonical }) => [native, canonical]));

function pairsOf(map: YAMLMap, file: string, lines: LineCounter): Pair[] {
  return map.items.map(({ key, value }) => {
    const [native, canonical, line] = [textIn(key) ?? '', textIn(value), lineOf(key, lines)];
    if (canonical === undefined) throw badTable(file, line, `the entry for '${native}' is not a text`);
    return { native, canonical, line };
  });
}

const textIn = (node: unknown) => (isScalar(node) ? String(node.value) : undefined);

const lineOf = (node: unknown, lines: LineCounter) =>
  lines.linePos((node as { range?: [number, number, number] }).range?.[0] ?? 0).line;

/**
 * `native,canonical` under a header line, separated by comma or semicolon; with a third column `write`, the native code
 * that is written is marked where several mean the same.
 */
export function entriesInCsv(text: string, file: string): Entries {
  const [header = '', ...rest] = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const by = header.includes(';') ? ';' : ',';
  const [first, second, third, ...more] = cellsOf(header, by);
  if (first !== 'native' || second !== 'canonical' || (third ?? 'write') !== 'write' || more.length > 0)
    throw badTable(file, 1, `the first line must be native${by}canonical, or native${by}canonical${by}write`);
  const pairs: Pair[] = [];
  const back = new Map<string, string>();
  for (const [n, text] of rest.entries()) {
    if (text.trim() === '') continue;
    const line = n + 2;
    const [native, canonical, write = '', ...beyond] = cellsOf(text, by);
    if (native === undefined || canonical === undefined || beyond.length > 0 || (write && !third))
      throw badTable(file, line, `needs ${third ? 'three' : 'two'} columns`);
    if (!/^(?:yes|x|no)?$/i.test(write)) throw badTable(file, line, `write is yes or no, not '${write}'`);
    if (/^(?:yes|x)$/i.test(write)) {
      if (back.has(canonical)) throw badTable(file, line, `two codes are to be written for ${canonical}`);
      back.set(canonical, native);
    }
    pairs.push({ native, canonical, line });
  }
  return { pairs, ...(back.size > 0 ? { back } : {}) };
}

/** A cell in quotation marks may hold the separator; two marks in it stand for one. */
function cellsOf(line: string, by: string): string[] {
  const cells: string[] = [];
  const cell = new RegExp(`\\s*(?:"((?:[^"]|"")*)"|((?:[^"${by}\\s][^${by}]*?)?))\\s*(?:${by}|$)`, 'y');
  while (cell.lastIndex <= line.length) {
    const found = cell.exec(line);
    if (!found) return [];
    cells.push(found[1]?.replaceAll('""', '"') ?? found[2] ?? '');
    if (!found[0].endsWith(by) || cell.lastIndex > line.length) break;
  }
  return cells;
}

export function badTable(file: string, line: number, why: string): HubError {
  return new HubError('HUB_BAD_MAPPING', `${file}:${line}: ${why}`, { at: `${file}:${line}` });
}

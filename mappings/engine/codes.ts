import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parseDocument } from 'yaml';
import { HubError } from '../../model/errors';

/**
 * A code list of a native system against the canonical one. All codes are text: `0010` stays `0010`.
 * Looked up by own entries only, so that `constructor` is a code like any other.
 */
export interface CodeTable {
  readonly name: string;
  readonly fileName: string;
  readonly file: string;
  readonly about?: string;
  readonly toCanonical: ReadonlyMap<string, string>;
  /** Absent when the table cannot be read backwards. */
  readonly toNative?: ReadonlyMap<string, string>;
  readonly oneWayBecause?: string;
  /** What an unknown code becomes, where the table says so. */
  readonly otherwise: { readonly in?: string; readonly out?: string };
  /** The text of the file: part of a mapping's version. */
  readonly text: string;
}

interface Entries {
  readonly about?: string;
  readonly pairs: readonly (readonly [string, string])[];
  readonly back?: ReadonlyMap<string, string>;
  readonly twoWay?: boolean;
  readonly otherwise?: CodeTable['otherwise'];
}

/**
 * Reads `codes/<name>.yaml` or `.csv`. YAML: either `native: canonical` lines, or
 * `{about, two-way, otherwise: {in, out}, entries, back}`; CSV: `native,canonical` under a header line.
 */
export function loadCodeTable(file: string): CodeTable {
  const text = readFileSync(file, 'utf8');
  const entries = file.endsWith('.csv') ? readCsv(text, file) : readYaml(text, file);
  const fileName = basename(file);
  const toCanonical = new Map<string, string>();
  for (const [native, canonical] of entries.pairs) {
    if (toCanonical.has(native)) throw badTable(file, 1, `the code '${native}' stands in it twice`);
    toCanonical.set(native, canonical);
  }
  return {
    name: fileName.replace(/\.(ya?ml|csv)$/, ''),
    fileName,
    file,
    ...(entries.about === undefined ? {} : { about: entries.about }),
    toCanonical,
    ...backwards(entries, toCanonical, file),
    otherwise: entries.otherwise ?? {},
    text,
  };
}

function backwards(entries: Entries, toCanonical: ReadonlyMap<string, string>, file: string) {
  if (entries.twoWay === false) return { oneWayBecause: 'it says two-way: false' };
  const toNative = new Map<string, string>(entries.back);
  const twice = new Map<string, string[]>();
  for (const [native, canonical] of toCanonical) {
    if (entries.back?.has(canonical)) continue;
    if (toNative.has(canonical)) twice.set(canonical, [...(twice.get(canonical) ?? []), native]);
    else toNative.set(canonical, native);
  }
  if (twice.size === 0) return { toNative };
  const why = `several codes stand for ${[...twice.keys()].join(', ')}; name the one to write under back`;
  if (entries.twoWay) throw badTable(file, 1, why);
  return { oneWayBecause: why };
}

function readYaml(text: string, file: string): Entries {
  // The failsafe schema keeps every scalar as the text that stands there.
  const document = parseDocument(text, { schema: 'failsafe' });
  const [error] = document.errors;
  if (error) throw badTable(file, error.linePos?.[0].line ?? 1, error.message);
  const content = document.toJS({ mapAsMap: true });
  if (!(content instanceof Map)) throw badTable(file, 1, 'a code table is a list of native: canonical lines');
  const inner = content.get('entries');
  if (!(inner instanceof Map)) return { pairs: pairsOf(content, file) };
  const back = content.get('back');
  const otherwise = content.get('otherwise');
  const twoWay = content.get('two-way');
  return {
    ...(content.has('about') ? { about: String(content.get('about')) } : {}),
    pairs: pairsOf(inner, file),
    ...(back instanceof Map ? { back: new Map(pairsOf(back, file)) } : {}),
    ...(twoWay === undefined ? {} : { twoWay: twoWay === 'true' }),
    ...(otherwise instanceof Map ? { otherwise: Object.fromEntries(pairsOf(otherwise, file)) } : {}),
  };
}

function pairsOf(content: ReadonlyMap<unknown, unknown>, file: string): [string, string][] {
  return [...content].map(([native, canonical]) => {
    if (typeof canonical !== 'string')
      throw badTable(file, 1, `the entry for '${String(native)}' is not a text`);
    return [String(native), canonical];
  });
}

function readCsv(text: string, file: string): Entries {
  const [header = '', ...lines] = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const by = header.includes(';') ? ';' : ',';
  if (header.split(by).slice(0, 2).map(cell).join() !== 'native,canonical') {
    throw badTable(file, 1, `the first line must be native${by}canonical`);
  }
  const pairs: [string, string][] = [];
  lines.forEach((line, n) => {
    if (line.trim() === '') return;
    const [native, canonical] = line.split(by).map(cell);
    if (native === undefined || canonical === undefined) throw badTable(file, n + 2, 'needs two columns');
    pairs.push([native, canonical]);
  });
  return { pairs };
}

const cell = (text: string) =>
  text.trim().replace(/^"(.*)"$/s, (_, inner: string) => inner.replaceAll('""', '"'));

function badTable(file: string, line: number, why: string): HubError {
  return new HubError('HUB_BAD_MAPPING', `${file}:${line}: ${why}`, { at: `${file}:${line}` });
}

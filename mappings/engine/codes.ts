import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { badTable, type Entries, entriesInCsv, entriesInYaml } from './code-files';

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

/** Reads `codes/<name>.yaml` or `.csv`. Throws HubError HUB_BAD_MAPPING with file and line. */
export function loadCodeTable(file: string): CodeTable {
  const text = readFileSync(file, 'utf8');
  const entries = file.endsWith('.csv') ? entriesInCsv(text, file) : entriesInYaml(text, file);
  const fileName = basename(file);
  const toCanonical = new Map<string, string>();
  for (const { native, canonical, line } of entries.pairs) {
    if (toCanonical.has(native)) throw badTable(file, line, `the code '${native}' stands in it twice`);
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

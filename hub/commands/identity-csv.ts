import { HubError, type Issue } from '../../model/errors';
import type { NewLink } from '../identity/desk';

const needed = ['system', 'noun', 'nativeId', 'canonicalId'] as const;
const alternativeWords = new Map([
  ['', false],
  ['no', false],
  ['false', false],
  ['yes', true],
  ['true', true],
  ['x', true],
]);

/**
 * Links from CSV with the columns system, noun, nativeId, canonicalId and, if wanted, alternative (yes or no), in any
 * order, separated by comma or semicolon. Throws HUB_WRONG_USE with all faulty lines.
 */
export function linksIn(text: string, file: string): NewLink[] {
  const [header = '', ...lines] = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const by = header.includes(';') ? ';' : ',';
  const names = cells(header, by) ?? [];
  const missing = needed.filter((name) => !names.includes(name));
  if (missing.length > 0) throw wrong(file, [`1: the first line names no column ${missing.join(', ')}`]);
  const faults: string[] = [];
  const named = new Map<string, { canonicalId: string; line: number }>();
  const links = lines.flatMap((line, n): NewLink[] => {
    if (line.trim() === '') return [];
    const found = linkIn(line, by, names);
    const fault = typeof found === 'string' ? found : twice(named, found, n + 2);
    if (fault !== undefined) faults.push(`${n + 2}: ${fault}`);
    return typeof found === 'string' || fault !== undefined ? [] : [found];
  });
  if (faults.length > 0) throw wrong(file, faults);
  if (links.length === 0) throw wrong(file, ['2: there is no link']);
  return links;
}

/** The link of a line, or what is wrong with it. */
function linkIn(line: string, by: string, names: readonly string[]): NewLink | string {
  const values = cells(line, by);
  if (values === undefined) return 'a quotation mark is not closed';
  if (values.length !== names.length) return `${names.length} columns are needed, here are ${values.length}`;
  const at = (name: string) => values[names.indexOf(name)] ?? '';
  const empty = needed.filter((name) => at(name) === '');
  if (empty.length > 0) return `${empty.join(', ')} is empty`;
  const alternative = alternativeWords.get(at('alternative').toLowerCase());
  if (alternative === undefined) return `alternative is yes or no, not ${at('alternative')}`;
  const [system, noun, nativeId, canonicalId] = needed.map(at) as [string, string, string, string];
  return { system, noun, nativeId, canonicalId, ...(alternative ? { alternative } : {}) };
}

/** What is wrong with an id that an earlier line has named for another object. */
function twice(
  named: Map<string, { canonicalId: string; line: number }>,
  { system, noun, nativeId, canonicalId }: NewLink,
  line: number,
): string | undefined {
  const key = [system, noun, nativeId].join('\n');
  const before = named.get(key);
  if (!before) named.set(key, { canonicalId, line });
  if (!before || before.canonicalId === canonicalId) return undefined;
  return `${noun} '${nativeId}' of ${system} is ${before.canonicalId} in line ${before.line}`;
}

/** The cells of a line; undefined when a quotation mark is not closed. */
function cells(line: string, by: string): string[] | undefined {
  const found: string[] = [];
  let rest = line;
  for (;;) {
    const quoted = /^\s*"((?:[^"]|"")*)"\s*/.exec(rest);
    if (!quoted && rest.trimStart().startsWith('"')) return undefined;
    const end = quoted ? quoted[0].length : rest.indexOf(by);
    const raw = quoted ? quoted[1]!.replaceAll('""', '"') : (end < 0 ? rest : rest.slice(0, end)).trim();
    found.push(raw);
    if (end < 0 || end >= rest.length) return found;
    if (rest[end] !== by) return undefined;
    rest = rest.slice(end + 1);
  }
}

function wrong(file: string, faults: readonly string[]): HubError {
  const issues: Issue[] = faults.map((message) => ({ rule: 'csv', path: file, message }));
  return new HubError('HUB_WRONG_USE', `${file}:${faults[0]}`, {
    at: file,
    issues,
    todo: 'Correct the file; nothing of it was taken.',
  });
}

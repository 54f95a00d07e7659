import { HubError, type Issue } from '../../model/errors';
import type { NativeRecord } from '../adapter';
import { placeOf, valueAt } from './path';
import type { RecordSpec } from './settings';

type Specs = Readonly<Record<string, RecordSpec>>;

/** One entry of a document that may be a record, with its place there: `orders[2]`; empty for the whole document. */
interface Entry {
  readonly value: unknown;
  readonly at: string;
  readonly whole: unknown;
}

/**
 * The records of a document, all or none. An entry is of the first type whose `when` holds; a type without `when`
 * takes all. Throws HUB_UNKNOWN_RECORD with what was looked at, HUB_INVALID with the path of every key that is missing.
 */
export function readDocument(document: unknown, specs: Specs): NativeRecord[] {
  const found: NativeRecord[] = [];
  const missed: string[] = [];
  const issues: Issue[] = [];
  let hasList = false;
  for (const [list, types] of byList(specs)) {
    const entries = entriesAt(list, document);
    if (!entries) missed.push(`there is no list at ${list}`);
    else if (list !== undefined) hasList = true;
    for (const entry of entries ?? []) {
      const type = types.find(([, { when }]) => holds(when, entry));
      if (type) found.push(...recordOf(...type, entry, issues));
      else missed.push(...lookedAt(types, entry));
      // The document around a list need not be a record; what is in the list must be.
      if (!type && list !== undefined) throw unknownRecord(specs, missed);
    }
  }
  if (!hasList && found.length + issues.length === 0) throw unknownRecord(specs, missed);
  if (issues.length > 0) throw invalid(issues);
  return withDistinctIds(found);
}

/** The record that an entry is, or none where its `when` does not hold. Throws HUB_INVALID. */
export function readRow(type: string, spec: RecordSpec, value: unknown): NativeRecord | undefined {
  const entry = { value, at: '', whole: value };
  if (!holds(spec.when, entry)) return undefined;
  const issues: Issue[] = [];
  const [record] = recordOf(type, spec, entry, issues);
  if (!record) throw invalid(issues);
  return record;
}

function byList(specs: Specs): Map<string | undefined, [string, RecordSpec][]> {
  const lists = new Map<string | undefined, [string, RecordSpec][]>();
  for (const [type, spec] of Object.entries(specs)) {
    lists.set(spec.list, [...(lists.get(spec.list) ?? []), [type, spec]]);
  }
  return lists;
}

/** Undefined where the document has no such list. */
function entriesAt(list: string | undefined, document: unknown): Entry[] | undefined {
  if (list === undefined) return [{ value: document, at: '', whole: document }];
  const entries = valueAt(list, document);
  if (!Array.isArray(entries)) return undefined;
  const name = placeOf(list, '');
  return entries.map((value, n) => ({ value, at: `${name}[${n}]`, whole: document }));
}

function holds(when: RecordSpec['when'], { value, whole }: Entry): boolean {
  if (!when) return true;
  const actual = valueAt(when.path, value, whole);
  return isScalar(actual) && [when.equals].flat().some((equals) => String(equals) === String(actual));
}

/** The record, or none and what is wrong with it among the issues. */
function recordOf(type: string, spec: RecordSpec, entry: Entry, issues: Issue[]): NativeRecord[] {
  const before = issues.length;
  const name = (path: string) => nameAt(path, type, entry, issues);
  const key = [spec.key].flat().map(name).join('-');
  const id = spec.id === undefined ? undefined : name(spec.id);
  if (issues.length > before) return [];
  // One event may speak of several records, and two types may count their events alike.
  return [{ type, key, ...(id === undefined ? {} : { id: `${type}/${key}@${id}` }), body: entry.value }];
}

function nameAt(path: string, type: string, { value, at, whole }: Entry, issues: Issue[]): string {
  const found = valueAt(path, value, whole);
  if (isName(found)) return String(found);
  const place = placeOf(path, at);
  const message = `${type}: ${place} ${found === undefined ? 'is missing' : 'must be a text that is not empty or a whole number'}`;
  issues.push({ rule: found === undefined ? 'required' : 'name', path: place, message, value: found });
  return '';
}

/** A number of more digits than JSON's numbers hold has been read as another one already. */
const isName = (value: unknown) =>
  (typeof value === 'string' && value.trim() !== '') || Number.isSafeInteger(value);

const isScalar = (value: unknown) => ['string', 'number', 'boolean'].includes(typeof value);

/** What told none of the types: each place that `when` looks at, once, with what is there. */
function lookedAt(types: readonly [string, RecordSpec][], { value, at, whole }: Entry): string[] {
  const paths = new Set(types.flatMap(([, { when }]) => (when ? [when.path] : [])));
  return [...paths].map((path) => {
    const actual = valueAt(path, value, whole);
    const place = placeOf(path, at);
    return actual === undefined ? `${place} is missing` : `${place} is ${shortened(actual)}`;
  });
}

function shortened(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

function unknownRecord(specs: Specs, reasons: readonly string[]): HubError {
  const types = Object.keys(specs);
  const why =
    types.length === 0
      ? 'this system pushes no records: its settings name none, or say where to fetch them'
      : `the document is no ${types.join(' and no ')}: ${reasons.join('; ')}`;
  return new HubError('HUB_UNKNOWN_RECORD', why, {
    todo: "Correct the document, or say in the system's settings under records how it is told.",
  });
}

function invalid(issues: readonly Issue[]): HubError {
  const [first, ...more] = issues;
  const others = more.length > 0 ? ` (and ${more.length} more)` : '';
  return new HubError('HUB_INVALID', `${first!.message}${others}`, {
    at: first!.path,
    value: first!.value,
    issues,
  });
}

/** Two entries of one document are two records, also where they have the id of the document's one event. */
function withDistinctIds(records: readonly NativeRecord[]): NativeRecord[] {
  const seen = new Map<string, number>();
  return records.map((record) => {
    if (record.id === undefined) return record;
    const before = seen.get(record.id) ?? 0;
    seen.set(record.id, before + 1);
    return before === 0 ? record : { ...record, id: `${record.id}#${before}` };
  });
}

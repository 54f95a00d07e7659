import type { CanonicalObject } from '../../model/message';
import type { CompiledMapping } from './compiled';
import { differences } from './differences';
import { generate, hintsOf, seeded } from './generate';
import { invertMapping, type Loss } from './invert';
import type { MappingSet } from './load';
import type { CheckIssue, MappingContext } from './mapping';

export interface LawResult {
  readonly mapping: string;
  /** Generated records, and how many of them could be read: only those say something. */
  readonly generated: number;
  readonly read: number;
  /** What the mapping does not promise to bring back. */
  readonly lost: readonly Loss[];
  /** Where a law does not hold, a sentence each, with the record that shows it; at most ten. */
  readonly broken: readonly { readonly law: string; readonly difference: string; readonly record: unknown }[];
}

const context: MappingContext = { zone: 'Europe/Berlin', now: '2026-03-02T05:00:00Z', messageId: 'law' };

/**
 * The laws of `direction: both`, on generated records of the native schema:
 * what is read from what was written is what was written, save what the mapping lists as lost; and writing that again
 * changes nothing.
 */
export function checkLaws(set: MappingSet, name: string, records = 200, seed = 1): LawResult {
  const mapping = set.get(name);
  const schema = set.schemas.get(mapping.source.native ?? '');
  const lost = mapping.direction === 'both' ? invertMapping(mapping.source, schema).lost : [];
  if (!schema || mapping.direction !== 'both' || mapping.source.identity) {
    return { mapping: name, generated: 0, read: 0, lost, broken: [] };
  }
  const hints = hintsOf(mapping.source.rules, set.codes);
  const random = seeded(seed);
  const broken: LawResult['broken'][number][] = [];
  let read = 0;
  for (let n = 0; n < records && broken.length < 10; n++) {
    const record = generate(schema, hints, random);
    const item = readItem(mapping, record);
    if (item === undefined) continue;
    read++;
    for (const [law, difference] of breaches(mapping, item, lost)) broken.push({ law, difference, record });
  }
  return { mapping: name, generated: records, read, lost, broken: broken.slice(0, 10) };
}

/** Broken laws in the form of `esperanto test`. */
export function lawIssues(set: MappingSet, result: LawResult): CheckIssue[] {
  const { file, lines } = set.get(result.mapping).source;
  return result.broken.map(({ law, difference, record }) => ({
    code: 'law',
    file,
    line: lines.get('direction') ?? 1,
    path: difference.slice(0, difference.indexOf(': ')),
    message: `${law}: ${difference}, for ${JSON.stringify(record)}`,
  }));
}

function breaches(
  mapping: CompiledMapping,
  item: CanonicalObject,
  lost: readonly Loss[],
): [law: string, difference: string][] {
  const written = mapping.write(item, context);
  if ('issues' in written) return [['what was read can be written', written.issues[0]?.message ?? '']];
  const [record] = written.records;
  const again = readItem(mapping, record?.body);
  if (again === undefined) return [['what was written can be read', 'it gives issues']];
  const law = 'reading gives back what was written';
  const found = differences(without(lost, item), without(lost, again), '').map(
    (difference): [string, string] => [law, difference],
  );
  const second = mapping.write(again, context);
  if (!('records' in second)) return found;
  const rewritten = differences(record?.body, second.records[0]?.body, '');
  return [
    ...found,
    ...rewritten.map((difference): [string, string] => ['writing again changes nothing', difference]),
  ];
}

function readItem(mapping: CompiledMapping, body: unknown): CanonicalObject | undefined {
  const outcome = mapping.read(body, context);
  return 'message' in outcome ? outcome.message.items[0] : undefined;
}

const withOffset = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})$/;

/** One instant has many spellings, and comes back in that of the site. */
const spelling = (text: string) =>
  withOffset.test(text) && !Number.isNaN(Date.parse(text)) ? new Date(text).toISOString() : text;

/** What is left of an item without what is lost; objects and lists that held nothing else go with it. */
function without(lost: readonly Loss[], value: unknown, path = ''): unknown {
  if (typeof value === 'string') return spelling(value);
  if (typeof value !== 'object' || value === null) return value;
  const isLost = (at: string) => lost.some((loss) => loss.path === at);
  if (Array.isArray(value)) {
    if (isLost(`${path}[]`)) return undefined;
    const left = value
      .map((entry) => without(lost, entry, `${path}[]`))
      .filter((entry) => entry !== undefined);
    return left.length === 0 && value.length > 0 ? undefined : left;
  }
  const left = Object.entries(value).flatMap(([name, field]) => {
    const at = path === '' ? name : `${path}.${name}`;
    const kept = isLost(at) ? undefined : without(lost, field, at);
    return kept === undefined ? [] : [[name, kept] as const];
  });
  return left.length === 0 && Object.keys(value).length > 0 ? undefined : Object.fromEntries(left);
}

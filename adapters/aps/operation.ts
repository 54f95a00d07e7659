import { Decimal } from 'decimal.js';
import { HubError } from '../../model/errors';
import type { Receipt } from '../adapter';
import type { Row, Tables } from './tables';

/** What a product is made of and by: mappings/frepple/native/Operation.schema.json. */
interface Operation {
  readonly name: string;
  readonly item: string;
  readonly location?: string;
  readonly description?: string;
  /** Seconds of each of its steps for one piece. */
  readonly durations?: readonly number[];
  /** From when on; absent: at once. */
  readonly effective_start?: string;
  readonly materials?: readonly Quantified[];
  readonly resources?: readonly Quantified[];
}

/** Less than 0 is used up, more is made. */
type Quantified = { readonly item?: string; readonly resource?: string; readonly quantity: string };

/** Marks the rows that are the hub's. Those of the planners are never touched. */
const OURS = 'esperanto';
/** The end of time in frePPLe. */
const NO_END = /^(2030|9999)-12-31/;
/** Planners have built these of steps or choices; one row cannot say what they are. */
const BUILT = new Set(['routing', 'alternate', 'split']);

/**
 * One operation a product, which takes as long as all its steps together, with its materials and resources. What the
 * hub said before and what is different now ends when the new holds; saying the same twice changes nothing.
 */
export async function sendOperation(input: Tables, body: Row): Promise<Receipt> {
  const {
    durations = [],
    effective_start,
    materials = [],
    resources = [],
    ...operation
  } = body as unknown as Operation;
  const { name } = operation;
  const before = await input.find('operation', name);
  if (before && BUILT.has(String(before.type)))
    throw new HubError(
      'HUB_REJECTED',
      `the planners keep ${name} as ${before.type}; it is not replaced by one step`,
      {
        value: before.type,
      },
    );
  const seconds = durations.reduce((sum, one) => sum.plus(one), new Decimal(0));
  const time = durations.length > 0 ? { type: 'time_per', duration_per: seconds.toFixed() } : {};
  await input.upsert('operation', { ...operation, ...time, source: OURS });
  const used = await align(input, 'operationmaterial', 'item', { name, wanted: materials, effective_start });
  const taken = await align(input, 'operationresource', 'resource', {
    name,
    wanted: resources,
    effective_start,
  });
  return { counterpartId: name, answer: { changed: used + taken } };
}

interface Wanted {
  readonly name: string;
  readonly wanted: readonly Quantified[];
  readonly effective_start: string | undefined;
}

/** Brings the rows of one operation in a table to what is wanted. Returns how many were changed. */
async function align(
  input: Tables,
  table: string,
  field: 'item' | 'resource',
  { name, wanted, effective_start: start }: Wanted,
): Promise<number> {
  const open = (await input.list(table, { operation: name })).filter(isOpen);
  const sums = summed(wanted, field);
  const kept = new Set<string>();
  let changed = 0;
  for (const row of open) {
    const key = String(row[field]);
    const quantity = sums.get(key);
    if (row.source !== OURS || quantity?.eq(String(row.quantity))) {
      kept.add(key);
      continue;
    }
    changed++;
    const holds = start !== undefined && (!row.effective_start || String(row.effective_start) < start);
    if (holds) await input.change(table, String(row.id), { effective_end: start });
    else await input.remove(table, String(row.id));
  }
  for (const [key, quantity] of sums) {
    if (kept.has(key)) continue;
    changed++;
    await input.upsert(table, {
      operation: name,
      [field]: key,
      quantity: quantity.toFixed(),
      ...(field === 'item' ? { type: quantity.isNegative() ? 'start' : 'end' } : {}),
      ...(start === undefined ? {} : { effective_start: start }),
      source: OURS,
    });
  }
  return changed;
}

const isOpen = ({ effective_end }: Row) => !effective_end || NO_END.test(String(effective_end));

/** A table has one row of an item, however many lines or steps name it. A resource is taken once. */
function summed(wanted: readonly Quantified[], field: 'item' | 'resource'): Map<string, Decimal> {
  const sums = new Map<string, Decimal>();
  for (const one of wanted) {
    const key = String(one[field]);
    const before = field === 'item' ? sums.get(key) : undefined;
    sums.set(key, new Decimal(one.quantity).plus(before ?? 0));
  }
  return sums;
}

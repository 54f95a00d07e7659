import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { HubError } from './errors';
import { isDecimal } from './formats';
import { packageRoot } from './paths';
import { readTable } from './table';
import { dimensionOf, measureOf } from './ucum';

export interface Unit {
  /** UN/ECE Recommendation 20; of a unit that is on no list, its UCUM expression. */
  readonly code: string;
  readonly name: string;
  /** Mass, length, …: only units of one kind are converted into each other. A box has a kind of its own. */
  readonly kind: string;
  /** The base units that it is made of (`g.m-3`); empty for a number, absent where it is no fixed amount of anything. */
  readonly dimension?: string;
  /** How much of the base units one of it is, after `zero` is added: `numerator / denominator`, whole numbers. */
  readonly numerator: string;
  readonly denominator: string;
  readonly zero: string;
  readonly ucum?: string;
  /** SAP's internal and commercial codes. */
  readonly sap: readonly string[];
  readonly also: readonly string[];
}

type Columns = 'kind' | 'code' | 'name' | 'ucum' | 'factor' | 'zero' | 'sap' | 'also';

/** Units with this kind are converted into nothing else. */
const alone = 'of its own';

/** The units that come with the hub. A mistake in the list throws. */
export function listedUnits(): Unit[] {
  return readTable<Columns>(join(packageRoot, 'model', 'units.tsv')).map((row) => {
    const lists = { sap: words(row.sap), also: words(row.also) };
    const unit = unitFrom(row, lists);
    if (unit === undefined) throw new Error(`units.tsv: ${row.code} is no amount of anything`);
    return unit;
  });
}

const words = (text: string) => text.split(' ').filter((word) => word !== '');

/** An entry as a unit; undefined where it does not say how much it is. */
function unitFrom(
  { kind, code, name, ucum, factor, zero }: Readonly<Partial<Record<Columns, string>>>,
  lists: Pick<Unit, 'sap' | 'also'>,
): Unit | undefined {
  const given = { code: code ?? '', name: name || (code ?? ''), zero: zero || '0', ...lists };
  if (kind === alone) return { ...given, kind: given.name, numerator: '1', denominator: '1' };
  const measure = measureOf(ucum || plain(factor ?? ''));
  if (kind === undefined || measure === undefined) return undefined;
  return {
    ...given,
    kind,
    ...(ucum ? { ucum } : {}),
    dimension: dimensionOf(measure),
    numerator: String(measure.numerator),
    denominator: String(measure.denominator),
  };
}

/** A decimal as a fraction, which UCUM takes: it knows no decimal point. */
function plain(factor: string): string {
  if (!isDecimal(factor)) return '';
  const [whole = '', fraction = ''] = factor.split('.');
  return fraction === '' ? whole : `${whole}${fraction}/1${'0'.repeat(fraction.length)}`;
}

/** What a project says of units: new ones, and further spellings of known ones. */
export interface ProjectUnits {
  readonly added: readonly Unit[];
  /** Spelling → code of the unit that it stands for here. */
  readonly spellings: ReadonlyMap<string, string>;
}

const file = 'units.yaml';

/**
 * Reads `units.yaml` of a project's `model` folder: under each kind a list of `{code, name?, ucum | factor, zero?, also?}`;
 * with only `code` and `also` they are spellings of a unit that the hub knows. Throws HUB_BAD_PROJECT.
 */
export function readProjectUnits(folder: string, isKnown: (code: string) => boolean): ProjectUnits {
  const path = join(folder, file);
  const added: Unit[] = [];
  const spellings = new Map<string, string>();
  if (!existsSync(path)) return { added, spellings };
  const wrong = (what: string) => new HubError('HUB_BAD_PROJECT', `${path}: ${what}`, { at: path });
  for (const { kind, ...entry } of entriesOf(path, wrong)) {
    const { code } = entry;
    const others = (entry.also ?? []).map(String);
    for (const spelling of others) spellings.set(spelling, code);
    const saysHowMuch = entry.ucum !== undefined || entry.factor !== undefined || kind === alone;
    if (isKnown(code)) {
      if (saysHowMuch) throw wrong(`${code} is a unit that the hub knows; only 'also' may be added to it`);
      continue;
    }
    const texts = Object.fromEntries(
      Object.entries({ ...entry, kind })
        .filter(([, value]) => !Array.isArray(value))
        .map(([name, value]) => [name, String(value)]),
    );
    const unit = unitFrom(texts, { sap: [], also: others });
    if (unit === undefined) throw wrong(`${code} needs a 'factor' (a decimal) or a 'ucum' expression`);
    added.push(unit);
  }
  return { added, spellings };
}

interface Entry {
  readonly kind: string;
  readonly code: string;
  readonly ucum?: unknown;
  readonly factor?: unknown;
  readonly also?: readonly unknown[];
}

const fields = new Set(['code', 'name', 'ucum', 'factor', 'zero', 'also']);

function entriesOf(path: string, wrong: (what: string) => HubError): Entry[] {
  let document: unknown;
  try {
    document = parse(readFileSync(path, 'utf8')) ?? {};
  } catch (cause) {
    throw wrong((cause as Error).message);
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document))
    throw wrong('holds kinds, each with a list of units');
  return Object.entries(document as Record<string, unknown>).flatMap(([kind, list]) => {
    if (!Array.isArray(list)) throw wrong(`${kind} is no list of units`);
    return list.map((entry: Record<string, unknown> | null) => {
      if (typeof entry?.code !== 'string') throw wrong(`an entry of ${kind} has no 'code' (a text)`);
      const other = Object.keys(entry).find((name) => !fields.has(name));
      if (other !== undefined) throw wrong(`${entry.code}: there is no '${other}'`);
      if (entry.also !== undefined && !Array.isArray(entry.also))
        throw wrong(`${entry.code}: 'also' is a list`);
      return { ...entry, kind } as unknown as Entry;
    });
  });
}

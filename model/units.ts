import Decimal from 'decimal.js';
import { HubError } from './errors';
import { isDecimal } from './formats';
import { dimensionOf, measureOf } from './ucum';
import { listedUnits, readProjectUnits, type Unit } from './unit-lists';

export type { Unit } from './unit-lists';

/** The code lists in the order in which a code is looked up in them. `sap:ST` names the list. */
const lists = ['unece', 'sap', 'also', 'ucum'] as const;
type List = (typeof lists)[number];

export interface Units {
  /**
   * The unit of a code: of UN/ECE, of SAP, of another spelling in use, or of UCUM, in this order; a code may name its
   * list (`unece:ST`, `sap:ST`, `ucum:H`). Case counts (`mW`, `MW`). What is on no list is read as a UCUM expression
   * (`mg/cm3`). Undefined where it is no unit.
   */
  unitOf(code: string): Unit | undefined;
  /** Codes that mean a different unit in another list, each with its list, as in `sap:ST`. */
  otherMeanings(code: string): { readonly code: string; readonly unit: Unit }[];
  /**
   * An amount in another unit, as decimal text and without floating point: exact where the result is a finite decimal,
   * else to 50 digits. The same unit under another code leaves the text as it is. Throws HUB_INVALID for unknown units,
   * for units of different kinds and for what is no decimal.
   */
  convert(amount: string, from: string, to: string): string;
}

type Index = Readonly<Record<List, ReadonlyMap<string, Unit>>>;

let index: Index | undefined;

/** All listed units by their codes, list by list. A code that a list has twice is a mistake in it, and throws. */
function listed(): Index {
  if (index !== undefined) return index;
  const made = { unece: new Map(), sap: new Map(), also: new Map(), ucum: new Map() } satisfies Index;
  for (const unit of listedUnits()) {
    const codes = { unece: [unit.code], sap: unit.sap, also: unit.also };
    for (const [list, own] of Object.entries(codes) as [List, readonly string[]][]) {
      for (const code of own) {
        if (made[list].has(code)) throw new Error(`units.tsv: ${code} is two units of ${list}`);
        made[list].set(code, unit);
      }
    }
    // Several codes may stand for one unit, such as litre and cubic decimetre for their likes.
    if (unit.ucum !== undefined && !made.ucum.has(unit.ucum)) made.ucum.set(unit.ucum, unit);
  }
  index = made;
  return made;
}

/** The units of the hub together with those of a project: `units.yaml` in its `model` folder. Throws HUB_BAD_PROJECT. */
export function loadUnits(...folders: readonly string[]): Units {
  const own = new Map<string, Unit>();
  const unitOf = (code: string) => own.get(code) ?? unitIn(code);
  for (const folder of folders) {
    const { added, spellings } = readProjectUnits(folder, (code) => listed().unece.has(code));
    for (const unit of added) own.set(unit.code, unit);
    for (const [spelling, code] of spellings) own.set(spelling, unitOf(code)!);
  }
  return {
    unitOf,
    otherMeanings,
    convert: (amount, from, to) => converted(amount, from, to, unitOf),
  };
}

/** Without a project. */
export const standardUnits = loadUnits();
export const { unitOf, convert: convertQuantity } = standardUnits;

function unitIn(code: string): Unit | undefined {
  const [, list, rest] = /^(unece|sap|ucum):(.+)$/.exec(code) ?? [];
  if (list !== undefined && rest !== undefined)
    return listed()[list as List].get(rest) ?? (list === 'ucum' ? unitFromUcum(rest) : undefined);
  for (const each of lists) {
    const found = listed()[each].get(code);
    if (found !== undefined) return found;
  }
  return looksLikeCode.test(code) ? undefined : unitFromUcum(code);
}

/** `C62` is no power of a coulomb and `PT` no petatesla: what looks so is a code that the list does not have. */
const looksLikeCode = /^([A-Z]?\d+|[YZEP][A-Z])$/;

function otherMeanings(code: string): { code: string; unit: Unit }[] {
  const first = unitIn(code);
  const others = looksLikeCode.test(code) ? (['unece', 'sap'] as const) : (['unece', 'sap', 'ucum'] as const);
  return others.flatMap((list) => {
    const unit = unitIn(`${list}:${code}`);
    return unit === undefined || (first !== undefined && isOneKind(unit, first))
      ? []
      : [{ code: `${list}:${code}`, unit }];
  });
}

/** As people write what UCUM has no letters for: there are two signs each for micro and ohm. */
const spelling: Readonly<Record<string, string>> = {
  '²': '2',
  '³': '3',
  '·': '.',
  '\u00b5': 'u',
  '\u03bc': 'u',
  '\u2126': 'Ohm',
  '\u03a9': 'Ohm',
};

/** A unit that is on no list, from its UCUM expression. */
function unitFromUcum(code: string): Unit | undefined {
  const ucum = code
    .replace(/[²³·\u00b5\u03bc\u2126\u03a9]/g, (sign) => spelling[sign] ?? sign)
    .replace(/°C/g, 'Cel');
  const same = listed().ucum.get(ucum);
  if (same !== undefined) return same;
  const measure = measureOf(ucum);
  if (measure === undefined) return undefined;
  const dimension = dimensionOf(measure);
  return {
    code: ucum,
    name: ucum,
    // Of numbers, those that count something say so in braces.
    kind: dimension || (ucum.includes('{') ? 'count' : 'ratio'),
    dimension,
    numerator: String(measure.numerator),
    denominator: String(measure.denominator),
    zero: '0',
    ucum,
    sap: [],
    also: [],
  };
}

/** Units on the list keep to their kinds (torque is no energy); an expression fits any kind of its dimension. */
function isOneKind(a: Unit, b: Unit): boolean {
  if (a.kind === b.kind) return true;
  const isExpression = a.kind === a.dimension || b.kind === b.dimension;
  return isExpression && a.dimension === b.dimension;
}

/** Wide enough for any product of amounts and factors, and a fixed form: no exponents. */
const Exact = Decimal.clone({ precision: 200, toExpNeg: -1e9, toExpPos: 1e9 });
const digits = 50;
/** A quotient with more digits than this has been cut, or goes back to the 60 digits of pi. */
const finiteDigits = 55;

function converted(amount: string, from: string, to: string, unitOf: Units['unitOf']): string {
  if (from === to) return amount;
  const [source, target] = [known(from, unitOf), known(to, unitOf)];
  if (source.code === target.code) return amount;
  if (!isOneKind(source, target)) throw ofDifferentKinds({ from, to, source, target });
  if (!isDecimal(amount))
    throw new HubError('HUB_INVALID', `'${amount}' is no decimal number`, { value: amount });
  // Products first, one division last: what is a finite decimal comes out as it.
  const product = new Exact(amount).plus(source.zero).times(source.numerator).times(target.denominator);
  const quotient = product.div(new Exact(target.numerator).times(source.denominator));
  return (quotient.precision() < finiteDigits ? quotient : quotient.toSignificantDigits(digits))
    .minus(target.zero)
    .toString();
}

function known(code: string, unitOf: Units['unitOf']): Unit {
  const unit = unitOf(code);
  if (unit !== undefined) return unit;
  throw new HubError('HUB_INVALID', `no unit is called ${code}`, {
    value: code,
    todo: "Add it to the project's model/units.yaml, or map it to a known code.",
  });
}

/** Says of each unit what it was taken for, and how to write it where another list means another by it. */
function ofDifferentKinds({
  from,
  to,
  source,
  target,
}: Record<'from' | 'to', string> & {
  source: Unit;
  target: Unit;
}): HubError {
  const said = (code: string, unit: Unit) => `${code} (${describe(unit)})`;
  const others = [from, to].flatMap((code) => otherMeanings(code));
  const todo =
    others.length > 0
      ? `Meant is perhaps ${others.map(({ code, unit }) => `${code} (${describe(unit)})`).join(' or ')}.`
      : 'Map it to a unit of the same kind, or carry the amount as it is.';
  return new HubError('HUB_INVALID', `${said(from, source)} is not converted to ${said(to, target)}`, {
    value: from,
    todo,
  });
}

const describe = ({ name, kind }: Unit) => (name === kind ? name : `${name}, ${kind}`);

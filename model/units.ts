import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Decimal from 'decimal.js';
import { parse } from 'yaml';
import { HubError } from './errors';
import { isDecimal } from './formats';
import { packageRoot } from './paths';

export interface Unit {
  /** UN/ECE Recommendation 20. */
  readonly code: string;
  readonly ucum?: string;
  /** Other codes for it, such as SAP's internal ones. */
  readonly also?: readonly string[];
  /** Mass, length, …: only units of one kind are converted into each other. */
  readonly kind: string;
  /** How much of the kind's base unit one of it is; before that, `offset` is added. */
  readonly factor: string;
  readonly divisor?: string;
  readonly offset?: string;
}

/** Enough digits for any quantity in a plant, and a fixed form: no exponents. */
const Exact = Decimal.clone({ precision: 50, toExpNeg: -1e9, toExpPos: 1e9 });

let units: ReadonlyMap<string, Unit> | undefined;

/** All units by each of their codes. A code that two units share would be a mistake in the list, and throws. */
function byCode(): ReadonlyMap<string, Unit> {
  if (units !== undefined) return units;
  const text = readFileSync(join(packageRoot, 'model', 'units.yaml'), 'utf8');
  const found = new Map<string, Unit>();
  for (const [kind, list] of Object.entries(parse(text) as Record<string, Omit<Unit, 'kind'>[]>)) {
    for (const entry of list) {
      for (const code of new Set([entry.code, entry.ucum, ...(entry.also ?? [])])) {
        if (code === undefined) continue;
        if (found.has(code)) throw new Error(`units.yaml: ${code} is two units`);
        found.set(code, { ...entry, kind });
      }
    }
  }
  units = found;
  return found;
}

/** The unit of a code of any list: UN/ECE, UCUM or SAP's. Undefined where it is not known; case counts (`mW`, `MW`). */
export function unitOf(code: string): Unit | undefined {
  return byCode().get(code);
}

/**
 * An amount in another unit, as decimal text, to 50 digits and without floating point. The same unit under another code leaves the
 * text as it is. Throws HUB_INVALID for unknown units, for units of different kinds and for what is no decimal.
 */
export function convertQuantity(amount: string, from: string, to: string): string {
  if (from === to) return amount;
  const [source, target] = [known(from), known(to)];
  if (source.kind !== target.kind) {
    throw new HubError('HUB_INVALID', `${from} (${source.kind}) is not converted to ${to} (${target.kind})`, {
      value: from,
    });
  }
  if (!isDecimal(amount))
    throw new HubError('HUB_INVALID', `'${amount}' is no decimal number`, { value: amount });
  if (source.code === target.code) return amount;
  // Products first, one division last: what is a finite decimal comes out as it.
  return new Exact(amount)
    .plus(source.offset ?? 0)
    .times(source.factor)
    .times(target.divisor ?? 1)
    .div(new Exact(target.factor).times(source.divisor ?? 1))
    .minus(target.offset ?? 0)
    .toString();
}

function known(code: string): Unit {
  const unit = unitOf(code);
  if (unit !== undefined) return unit;
  throw new HubError('HUB_INVALID', `no unit is called ${code}`, {
    value: code,
    todo: 'Add it to model/units.yaml, or map it to a known code.',
  });
}

import { dirname, join } from 'node:path';
import { asHubError } from '../../model/errors';
import { loadUnits, type Units } from '../../model/units';
import type { Mapping, Rule, UnitUse } from './mapping';
import { isMissing, parsePath } from './paths';
import { compileReader, type Frame, type Run } from './run';
import { Refusal } from './transforms';

export type ConvertAmount = (amount: unknown, frame: Frame, run: Run) => unknown;

/** The units of the hub and of the project that the mapping stands in: `<project>/mappings/<kind>/<name>.map.yaml`. */
export function unitsAt({ file }: Mapping): Units {
  return loadUnits(join(dirname(dirname(dirname(file))), 'model'));
}

/** Converts the amounts of a rule, as decimals: nothing is rounded that need not be. Undefined: the rule has no unit. */
export function compileUnit({ unit }: Pick<Rule, 'unit'>, mapping: Mapping): ConvertAmount | undefined {
  if (unit === undefined) return undefined;
  const { from, value, to } = unit;
  const units = unitsAt(mapping);
  const read = from === undefined ? () => value : compileReader(parsePath(from));
  return (amount, frame, run) => {
    if (isMissing(amount)) return amount;
    const code = read(frame, run);
    if (isMissing(code)) throw new Refusal(`the unit of its amount is missing at ${from}`);
    try {
      return units.convert(String(amount), String(code), to);
    } catch (thrown) {
      const { message, todo } = asHubError(thrown);
      throw new Refusal(message, todo);
    }
  };
}

/** The way back: possible where both units are constants. */
export function invertUnit({ value, to }: UnitUse): UnitUse | undefined {
  return value === undefined ? undefined : { value: to, to: value };
}

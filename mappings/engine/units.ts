import { asHubError } from '../../model/errors';
import { convertQuantity, unitOf } from '../../model/units';
import type { LintScope } from './lint-rules';
import { say } from './lint-rules';
import { lintSource, type SourceFrame } from './lint-sources';
import type { Rule, UnitUse } from './mapping';
import { isMissing, parsePath } from './paths';
import { compileReader, type Frame, type Run } from './run';
import { Refusal } from './transforms';

export type ConvertAmount = (amount: unknown, frame: Frame, run: Run) => unknown;

/** Converts the amounts of a rule, as decimals: nothing is rounded that need not be. Undefined: the rule has no unit. */
export function compileUnit({ unit }: Pick<Rule, 'unit'>): ConvertAmount | undefined {
  if (unit === undefined) return undefined;
  const { from, value, to } = unit;
  const read = from === undefined ? () => value : compileReader(parsePath(from));
  return (amount, frame, run) => {
    if (isMissing(amount)) return amount;
    const code = read(frame, run);
    if (isMissing(code)) throw new Refusal(`the unit of its amount is missing at ${from}`);
    try {
      return convertQuantity(String(amount), String(code), to);
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

/** Codes that no list knows, and units of different kinds. */
export function lintUnit({ unit, line }: Rule, scope: LintScope, source: SourceFrame, path: string): void {
  if (unit === undefined) return;
  if (unit.from !== undefined) lintSource(unit.from, line, scope, source);
  const codes = [unit.to, ...(unit.value === undefined ? [] : [unit.value])];
  for (const code of codes) {
    if (unitOf(code) === undefined)
      say(scope, line, 'not-allowed', path, `${path}: no unit is called ${code}; see model/units.yaml`);
  }
  const [to, from] = codes.map((code) => unitOf(code)?.kind);
  if (to !== undefined && from !== undefined && to !== from)
    say(
      scope,
      line,
      'not-allowed',
      path,
      `${path}: ${unit.value} (${from}) is not converted to ${unit.to} (${to})`,
    );
}

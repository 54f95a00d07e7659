import { asHubError } from '../../../model/errors';
import type { Rule } from '../mapping';
import { unitsAt } from '../units';
import { type LintScope, say } from './scope';
import { lintSource, type SourceFrame } from './sources';

/** Codes that no list knows, and units of different kinds. */
export function lintUnit({ unit, line }: Rule, scope: LintScope, source: SourceFrame, path: string): void {
  if (unit === undefined) return;
  if (unit.from !== undefined) lintSource(unit.from, line, scope, source);
  const units = unitsAt(scope.mapping);
  const refuse = (what: string) => say(scope, line, 'not-allowed', path, `${path}: ${what}`);
  const unknown = [unit.to, unit.value].find(
    (code) => code !== undefined && units.unitOf(code) === undefined,
  );
  if (unknown !== undefined) {
    refuse(`no unit is called ${unknown}; see "Units" in model/README.md`);
  } else if (unit.value !== undefined) {
    try {
      units.convert('1', unit.value, unit.to);
    } catch (thrown) {
      refuse(asHubError(thrown).message);
    }
  }
}

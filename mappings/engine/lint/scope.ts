import type { CodeTable } from '../codes';
import type { OneWay } from '../convert';
import type { CheckIssue, Mapping, Rule } from '../mapping';

/** What is known while rules are held against both schemas. A side without a schema is not looked at. */
export interface LintScope {
  readonly mapping: Mapping;
  readonly direction: OneWay;
  readonly tables: ReadonlyMap<string, CodeTable>;
  readonly issues: CheckIssue[];
  /** Source paths that are read, as dotted names without indexes. */
  readonly read: Set<string>;
  /** What goes where, for reports. */
  readonly carried: Carried[];
  /** Required targets of everything that the rules fill. */
  readonly required: { readonly path: string; readonly isSet: boolean }[];
}

/** A rule that sets a value: from which native and canonical paths, with `[]` for lists. */
export interface Carried {
  readonly rule: Rule;
  readonly sources: readonly string[];
  readonly target: string;
}

export function say(scope: LintScope, line: number, code: string, path: string, message: string): void {
  scope.issues.push({ code, file: scope.mapping.file, line, path, message });
}

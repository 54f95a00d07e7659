import type { CodeTable } from './codes';
import type { CompiledMapping } from './compiled';
import type { Schema } from './load';
import type { CheckIssue } from './mapping';

export function lintMapping(
  _mapping: CompiledMapping,
  _schemas: ReadonlyMap<string, Schema>,
  _tables: ReadonlyMap<string, CodeTable>,
): CheckIssue[] {
  return [];
}

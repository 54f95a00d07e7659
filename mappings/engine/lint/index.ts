import type { Schema } from '../canonical';
import type { CodeTable } from '../codes';
import type { CompiledMapping } from '../compiled';
import { invertMapping, type Loss } from '../invert';
import { alternatives } from '../key';
import type { CheckIssue, Mapping } from '../mapping';
import { canonicalNode, leavesOf, nativeNode, type SchemaNode } from '../schema-node';
import { lintRules } from './rules';
import { type LintScope, say } from './scope';
import { entryFrame, lintConditions, lintSource, type SourceFrame } from './sources';

/**
 * Everything that can be wrong with a mapping before any record has been seen: unknown source or target path,
 * required target never set, set twice, value outside an enumeration, wrong type, native field neither read nor
 * listed under unused.
 */
export function lintMapping(
  compiled: CompiledMapping,
  schemas: ReadonlyMap<string, Schema>,
  tables: ReadonlyMap<string, CodeTable>,
): CheckIssue[] {
  const { issues } = surveyMapping(compiled, schemas, tables).scope;
  const back = surveyBack(compiled, schemas, tables)?.survey.scope.required ?? [];
  const line = compiled.source.lines.get('direction') ?? 1;
  const unwritten = back
    .filter(({ isSet }) => !isSet)
    .map(({ path }): CheckIssue => {
      const message = `${path} is required, and not written on the way back`;
      return { code: 'never-set', file: compiled.source.file, line, path, message };
    });
  return [...issues, ...unwritten];
}

/** Of a mapping that goes both ways: what does not come back, and the way back against both schemas. */
export function surveyBack(
  compiled: CompiledMapping,
  schemas: ReadonlyMap<string, Schema>,
  tables: ReadonlyMap<string, CodeTable>,
): { readonly lost: readonly Loss[]; readonly survey: Survey } | undefined {
  const { source } = compiled;
  if (source.direction !== 'both' || source.identity) return undefined;
  const { mapping, lost } = invertMapping(source, schemas.get(source.native ?? ''));
  return { lost, survey: surveyMapping({ ...compiled, source: mapping }, schemas, tables) };
}

/** What lint has seen, for reports: findings, what goes where, and both schemas. */
export interface Survey {
  readonly scope: LintScope;
  readonly native: SchemaNode | undefined;
  readonly canonical: SchemaNode | undefined;
}

export function surveyMapping(
  compiled: CompiledMapping,
  schemas: ReadonlyMap<string, Schema>,
  tables: ReadonlyMap<string, CodeTable>,
): Survey {
  const mapping = compiled.source;
  const direction = mapping.direction === 'out' ? 'out' : 'in';
  const scope: LintScope = {
    mapping,
    direction,
    tables,
    issues: [],
    read: new Set(),
    carried: [],
    required: [],
  };
  const native = nativeRoot(scope, schemas);
  const canonical = canonicalRoot(scope);
  if (mapping.records.length === 0) header(scope, 'records', 'no-records', 'the header names no record type');
  const survey = { scope, native, canonical };
  if (mapping.identity) return survey;

  const [from, to] = direction === 'in' ? [native, canonical] : [canonical, native];
  const root: SourceFrame = { node: from, at: '' };
  const source = mapping.each === undefined ? root : eachOfHeader(mapping, scope, root);
  lintConditions(mapping.when, mapping.lines.get('when') ?? 1, scope, source);
  lintKey(mapping, scope, root, source);
  lintRules(mapping.rules, scope, source, to, '');
  if (direction === 'in' && native) lintUnread(scope, native);
  return survey;
}

function header(scope: LintScope, word: string, code: string, message: string): void {
  say(scope, scope.mapping.lines.get(word) ?? 1, code, word, message);
}

function nativeRoot(scope: LintScope, schemas: ReadonlyMap<string, Schema>): SchemaNode | undefined {
  const { native, identity } = scope.mapping;
  if (identity) return undefined;
  if (native === undefined) {
    header(
      scope,
      'native',
      'no-native-schema',
      'the header names no native schema (native: <kind>/<Record>)',
    );
    return undefined;
  }
  const schema = schemas.get(native);
  if (schema) return nativeNode(schema);
  const file = native.replace('/', '/native/');
  header(scope, 'native', 'no-native-schema', `there is no native schema ${file}.schema.json`);
  return undefined;
}

function canonicalRoot(scope: LintScope): SchemaNode | undefined {
  const { nouns, verbs, identity } = scope.mapping;
  if (verbs.length === 0 && !identity) header(scope, 'message', 'no-verb', 'message names no verb');
  const [noun] = nouns;
  if (noun === undefined) {
    if (!identity) header(scope, 'message', 'unknown-noun', 'message names no noun');
    return undefined;
  }
  const node = canonicalNode(noun);
  if (!node) header(scope, 'message', 'unknown-noun', `the canonical model has no noun '${noun}'`);
  return node;
}

function eachOfHeader(mapping: Mapping, scope: LintScope, root: SourceFrame): SourceFrame {
  const each = mapping.each as string;
  const list = lintSource(each, mapping.lines.get('each') ?? 1, scope, root, true);
  return entryFrame(each, list, root);
}

/** A key is looked up in the entry, then in the item: it is unknown when neither has it. */
function lintKey(mapping: Mapping, scope: LintScope, root: SourceFrame, source: SourceFrame): void {
  const line = mapping.lines.get('key') ?? 1;
  if (scope.direction === 'in') return;
  for (const path of mapping.key.flatMap(alternatives)) {
    const trial: LintScope = { ...scope, issues: [] };
    lintSource(path, line, trial, source);
    if (trial.issues.length > 0) lintSource(path, line, scope, root);
  }
}

function lintUnread(scope: LintScope, native: SchemaNode): void {
  const leaves = leavesOf(native);
  const unused = [...scope.mapping.unused].map(([text, { line }]) => ({ text, line, path: plainPath(text) }));
  for (const { text, line, path } of unused) {
    if (!leaves.some((leaf) => covers(path, leaf))) {
      say(scope, line, 'unknown-source', path, `unused names ${text}, which the native schema does not have`);
    } else if (scope.read.has(path)) {
      say(scope, line, 'unused-but-read', path, `unused names ${text}, but a rule reads it`);
    }
  }
  const line = scope.mapping.lines.get('unused') ?? scope.mapping.lines.get('rules') ?? 1;
  for (const leaf of leaves) {
    const covered =
      [...scope.read].some((path) => covers(path, leaf)) || unused.some(({ path }) => covers(path, leaf));
    if (!covered) say(scope, line, 'unread', leaf, `${leaf} is neither read nor listed under unused`);
  }
}

/** Whether a path or a subtree names the leaf; the empty path names all. */
export const covers = (path: string, leaf: string) =>
  leaf === path || leaf.startsWith(`${path}.`) || path === '';

/** `E1AFKOL.E1AFFLL[].E1AFVOL[0].*` names the same as `E1AFKOL.E1AFFLL.E1AFVOL`. */
export function plainPath(text: string): string {
  return text
    .replace(/\[[^\]]*\]/g, '')
    .replace(/\.\*$/, '')
    .replace(/^\$\./, '');
}

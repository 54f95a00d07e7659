import { existsSync, readFileSync } from 'node:fs';
import { LineCounter, parseDocument } from 'yaml';
import type { CanonicalObject, Message } from '../../model/message';
import { validateMessage, validateObject } from '../../model/validate';
import { type Defect, schemaDefects } from './canonical';
import type { CompiledMapping } from './compiled';
import { differences, partialDifferences } from './differences';
import type { MappingSet } from './load';
import type { CheckIssue, MappingContext } from './mapping';
import { xrefOfCase } from './xref';

/** One entry of a `*.cases.yaml`; mappings/README.md tells the form. */
export interface MappingCase {
  readonly case: string;
  /** For `direction: both`: which way this case goes; `in` when absent. */
  readonly direction?: 'in' | 'out';
  readonly input: unknown;
  readonly context?: MappingContext;
  /** in: the item, or the list of items. out: the record, or the list of records, each as far as it is named. */
  readonly output?: unknown;
  /** in: fields of the message around the items, as far as they are named. */
  readonly envelope?: Record<string, unknown>;
  /** Texts that the issues contain, one each, in order. */
  readonly issues?: readonly string[];
}

export interface CaseResult {
  readonly mapping: string;
  readonly case: string;
  readonly file: string;
  readonly line: number;
  readonly ok: boolean;
  /** Why it failed, a sentence each. */
  readonly defects: readonly string[];
}

/** The context that cases have where they name none: a fixed clock, and no zone. */
export const caseContext: MappingContext = {
  now: '2026-03-02T05:00:00Z',
  messageId: 'case',
  deliveryId: 'case',
};

export const casesFileOf = (mapping: CompiledMapping) =>
  mapping.source.file.replace(/\.map\.(ya?ml)$/, '.cases.$1');

/** Runs the cases of one mapping, or of all. */
export function runCases(set: MappingSet, name?: string): CaseResult[] {
  const chosen = name === undefined ? set.all : [set.get(name)];
  return chosen.flatMap((mapping) =>
    readCases(mapping).map(({ at, line }) => runCase(set, mapping, at, line)),
  );
}

/** The failures of `runCases` in the form of `esperanto test`. */
export function caseIssues(results: readonly CaseResult[]): CheckIssue[] {
  return results.flatMap(({ file, line, case: title, defects }) =>
    defects.map((message) => ({ code: 'case', file, line, path: title, message })),
  );
}

export function readCases(mapping: CompiledMapping): { at: MappingCase; line: number }[] {
  const file = casesFileOf(mapping);
  if (!existsSync(file)) return [];
  const { cases, defect } = openCases(file);
  return defect === undefined ? cases : [{ at: { case: defect, input: undefined }, line: 1 }];
}

/** The cases of a file, or why it cannot be read. */
export function openCases(file: string): { cases: { at: MappingCase; line: number }[]; defect?: string } {
  const lines = new LineCounter();
  const document = parseDocument(readFileSync(file, 'utf8'), { lineCounter: lines });
  const [error] = document.errors;
  const list: unknown = error ? undefined : document.toJS();
  const lineOf = (n: number) => {
    const node = document.getIn([n], true) as { range?: [number, number, number] } | undefined;
    return lines.linePos(node?.range?.[0] ?? 0).line;
  };
  if (Array.isArray(list))
    return { cases: list.map((at, n) => ({ at: at as MappingCase, line: lineOf(n) })) };
  if (list === null) return { cases: [] };
  const why = error ? error.message.split('\n')[0] : 'it is not a list of cases';
  return { cases: [], defect: `the file cannot be read: ${why}` };
}

function runCase(set: MappingSet, mapping: CompiledMapping, at: MappingCase, line: number): CaseResult {
  const direction = mapping.direction === 'both' ? (at.direction ?? 'in') : mapping.direction;
  const xref = at.context && xrefOfCase(at.context);
  const context = { ...caseContext, ...at.context, ...(xref ? { xref } : {}) };
  const run = () =>
    direction === 'in' ? runIn(set, mapping, at, context) : runOut(set, mapping, at, context);
  const defects = (at.output === undefined) === (at.issues === undefined) ? [needsOne] : attempt(run);
  const file = casesFileOf(mapping);
  return { mapping: mapping.name, case: String(at.case), file, line, ok: defects.length === 0, defects };
}

const needsOne = 'a case has either output or issues';

function attempt(run: () => string[]): string[] {
  try {
    return run();
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}

function runIn(
  set: MappingSet,
  mapping: CompiledMapping,
  at: MappingCase,
  context: MappingContext,
): string[] {
  const outcome = mapping.read(at.input, context);
  const issues = 'issues' in outcome ? outcome.issues.map(({ message }) => message) : [];
  if (at.issues) return issueDefects(at.issues, issues);
  if (!('message' in outcome)) return issues.map((message) => `issue: ${message}`);
  const { message } = outcome;
  const { items } = isMessageLike(at.output) ? at.output : { items: at.output };
  const expected = Array.isArray(items) ? items : [items];
  return [
    ...inputDefects(set, mapping, at.input),
    ...differences(expected, message.items, expected.length === 1 ? unwrapped : ''),
    ...(isMessageLike(at.output) ? partialDifferences(withoutItems(at.output), message, '') : []),
    ...partialDifferences(at.envelope ?? {}, message, ''),
    // A record that the mapping leaves out gives no items, and so no message that anybody sees.
    ...(message.items.length === 0 ? [] : told('output', validateMessage(message))),
  ];
}

/** Paths of a single item are shown without the list around it. */
const unwrapped = 'output';

function withoutItems({ items: _, ...rest }: Record<string, unknown>) {
  return rest;
}

function isMessageLike(output: unknown): output is { items: unknown } & Record<string, unknown> {
  return typeof output === 'object' && output !== null && 'items' in output && 'verb' in output;
}

function runOut(
  set: MappingSet,
  mapping: CompiledMapping,
  at: MappingCase,
  context: MappingContext,
): string[] {
  const outcome = mapping.write(at.input as Message | CanonicalObject, context);
  const issues = 'issues' in outcome ? outcome.issues.map(({ message }) => message) : [];
  if (at.issues) return issueDefects(at.issues, issues);
  if (!('records' in outcome)) return issues.map((message) => `issue: ${message}`);
  const { records } = outcome;
  const expected = (Array.isArray(at.output) ? at.output : [at.output]) as Partial<Record<string, unknown>>[];
  const defects = records.flatMap(({ type, body }) => {
    const schema = set.schemas.get(nativeName(mapping, type));
    return schema ? told('output', schemaDefects(schema, body)) : [];
  });
  if (expected.length !== records.length) {
    return [`${expected.length} records expected, ${records.length} made`, ...defects];
  }
  // Of each record, what the case names: type, key and body; a body is compared as a whole.
  const made = records.map((record, n) =>
    Object.fromEntries(Object.entries(record).filter(([word]) => expected[n] && word in expected[n])),
  );
  return [...differences(expected, made, 'output'), ...inputItems(mapping, at.input), ...defects];
}

function nativeName(mapping: CompiledMapping, type: string): string {
  return mapping.source.native ?? `${mapping.name.split('/')[0]}/${type}`;
}

function inputDefects(set: MappingSet, mapping: CompiledMapping, input: unknown): string[] {
  const schema = mapping.source.native === undefined ? undefined : set.schemas.get(mapping.source.native);
  return schema ? told('input', schemaDefects(schema, input)) : [];
}

/** Cases feed only what the canonical model allows; partial objects are welcome, unknown fields are not. */
function inputItems(mapping: CompiledMapping, input: unknown): string[] {
  const whole = isMessageLike(input);
  const items = whole && Array.isArray(input.items) ? input.items : [input];
  const noun = whole ? String(input.noun) : mapping.noun;
  if (noun === '') return [];
  return items.flatMap((item) =>
    told(
      'input',
      validateObject(noun, item).filter(({ rule }) => rule === 'unknown'),
    ),
  );
}

function told(what: string, defects: readonly Defect[]): string[] {
  return defects.map(
    ({ path, message }) => `${what} does not fit its schema: ${path || 'the whole'} ${message}`,
  );
}

function issueDefects(expected: readonly string[], actual: readonly string[]): string[] {
  const defects: string[] = [];
  expected.forEach((text, n) => {
    const message = actual[n];
    if (message === undefined) defects.push(`an issue is expected that says '${text}', and there is none`);
    else if (!message.includes(text))
      defects.push(`an issue is expected that says '${text}', it says '${message}'`);
  });
  for (const message of actual.slice(expected.length)) defects.push(`an issue is not expected: ${message}`);
  return defects;
}

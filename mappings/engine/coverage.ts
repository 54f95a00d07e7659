import type { CompiledMapping } from './compiled';
import { isCompiled } from './expression';
import { covers, plainPath, type Survey, surveyBack, surveyMapping } from './lint';
import type { MappingSet } from './load';
import type { Rule } from './mapping';
import { leavesOf } from './schema-node';

/** What becomes of a native field, or where a canonical one comes from: kind → what it says. */
export const coverageKinds = {
  mapped: 'The value is carried over, perhaps converted.',
  defaulted: 'The value is carried over; where it is missing, the default is set.',
  constant: 'The same value is set each time.',
  'compiled expression': 'The value comes from an expression that is compiled.',
  'interpreted expression': 'The value comes from an expression that the slow interpreter runs.',
  dropped: 'The field is not read on purpose, for the reason given.',
  lost: 'The field is read, and cannot be written on the way back, for the reason given.',
  unread: 'Nobody has thought of the native field.',
  'not set': 'The mapping writes nothing into the native field.',
  'never set': 'The field is required, and no rule sets it.',
} as const;

export type CoverageKind = keyof typeof coverageKinds;

export interface CoverageRow {
  readonly kind: CoverageKind;
  /** Native fields, for an expression those that it reads; a constant as JSON. */
  readonly native: string;
  readonly canonical: string;
  /** Line in the mapping; 0 where no line speaks of the field. */
  readonly line: number;
  /** Code table, transforms, expression, default, condition; or the reason. */
  readonly note: string;
}

export interface Coverage {
  readonly mapping: string;
  /** Nothing required is unset, and no native field is overlooked. */
  readonly ok: boolean;
  /** Native fields that are mapped, or dropped with a reason, of 100. For `out`: native fields that are set. */
  readonly percent: number;
  readonly native: { readonly covered: number; readonly total: number };
  /** Required fields of what the mapping makes; for `both` of what it makes in either direction. */
  readonly required: { readonly set: number; readonly total: number };
  /** How many rows there are of each kind. */
  readonly counts: Readonly<Record<CoverageKind, number>>;
  readonly rows: readonly CoverageRow[];
}

/** What a mapping carries, against both schemas. A mapping with `identity` carries everything. */
export function coverage(set: MappingSet, name: string): Coverage {
  const mapping = set.get(name);
  const survey = surveyMapping(mapping, set.schemas, set.codes);
  const back = surveyBack(mapping, set.schemas, set.codes);
  const { scope } = survey;
  const isIn = scope.direction === 'in';
  const { rows: overlooked, total } = overlookedRows(mapping, survey);
  const required = [
    ...scope.required.map((one) => ({ ...one, side: isIn ? 'canonical' : 'native' }) as const),
    ...(back?.survey.scope.required ?? []).map((one) => ({ ...one, side: 'native' }) as const),
  ];
  const blank = { native: '', canonical: '', line: 0, note: '' };
  const rows: CoverageRow[] = [
    ...scope.carried.map((one) => carriedRow(one, isIn)),
    ...[...mapping.source.unused].map(
      ([native, { reason, line }]) => ({ ...blank, kind: 'dropped', native, line, note: reason }) as const,
    ),
    ...(back?.lost ?? []).map(
      ({ path, reason, line }) => ({ ...blank, kind: 'lost', canonical: path, line, note: reason }) as const,
    ),
    ...overlooked,
    ...required
      .filter(({ isSet }) => !isSet)
      .map(({ path, side }) => ({ ...blank, kind: 'never set', [side]: path, note: 'required' }) as const),
  ];
  const covered = total - overlooked.length;
  const isSet = required.filter((one) => one.isSet).length;
  return {
    mapping: name,
    ok: isSet === required.length && (!isIn || overlooked.length === 0),
    percent: total === 0 ? 100 : Math.floor((100 * covered) / total),
    native: { covered, total },
    required: { set: isSet, total: required.length },
    counts: countsOf(rows),
    rows,
  };
}

function countsOf(rows: readonly CoverageRow[]): Coverage['counts'] {
  const kinds = Object.keys(coverageKinds) as CoverageKind[];
  const count = (kind: CoverageKind) => rows.filter((row) => row.kind === kind).length;
  return Object.fromEntries(kinds.map((kind) => [kind, count(kind)])) as Coverage['counts'];
}

function carriedRow(
  { rule, sources, target }: Survey['scope']['carried'][number],
  isIn: boolean,
): CoverageRow {
  const constant = rule.value === undefined ? '' : JSON.stringify(rule.value);
  const source = [...new Set(sources)].join(', ') || constant;
  const [native, canonical] = isIn ? [source, target] : [target, source];
  return { kind: kindOf(rule), native, canonical, line: rule.line, note: noteOf(rule) };
}

function kindOf(rule: Rule): CoverageKind {
  if (rule.value !== undefined) return 'constant';
  if (rule.expr !== undefined)
    return rule.interpreted && !isCompiled(rule.expr) ? 'interpreted expression' : 'compiled expression';
  return rule.default === undefined ? 'mapped' : 'defaulted';
}

/** Native fields that nobody has thought of (in), or that are not set (out), and how many fields there are. */
function overlookedRows(mapping: CompiledMapping, { scope, native }: Survey) {
  const leaves = native ? leavesOf(native) : [];
  const isIn = scope.direction === 'in';
  const isAccounted = isIn
    ? readOrDropped(mapping, scope.read)
    : setBy(scope.carried.map(({ target }) => target));
  const kind: CoverageKind = isIn ? 'unread' : 'not set';
  const rows = leaves
    .filter((leaf) => !isAccounted(leaf))
    .map((leaf): CoverageRow => ({ kind, native: leaf, canonical: '', line: 0, note: '' }));
  return { rows, total: leaves.length };
}

function readOrDropped(mapping: CompiledMapping, read: ReadonlySet<string>) {
  const unused = [...mapping.source.unused.keys()].map(plainPath);
  return (leaf: string) => [...read, ...unused].some((path) => covers(path, leaf));
}

function setBy(targets: readonly string[]) {
  const paths = targets.map(plainPath);
  return (leaf: string) => paths.some((path) => covers(path, leaf));
}

function noteOf({ as, codes, unit, xref, default: otherwise, optional, when, expr }: Rule): string {
  return [
    ...(expr === undefined ? [] : [expr]),
    ...as.map(({ name, with: options }) =>
      Object.keys(options).length === 0 ? name : `${name} ${JSON.stringify(options)}`,
    ),
    ...(codes === undefined ? [] : [`codes ${codes}`]),
    ...(unit === undefined ? [] : [`unit ${unit.value ?? unit.from} to ${unit.to}`]),
    ...(xref === undefined ? [] : [`id of ${xref.noun}${xref.system ? ` in ${xref.system}` : ''}`]),
    ...(otherwise === undefined ? [] : [`default ${JSON.stringify(otherwise)}`]),
    ...(optional ? ['optional'] : []),
    ...when.map((condition) => `when ${condition}`),
  ].join('; ');
}

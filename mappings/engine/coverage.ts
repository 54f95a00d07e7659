import type { CompiledMapping } from './compiled';
import { isCompiled } from './expression';
import { covers, plainPath, surveyMapping } from './lint';
import type { MappingSet } from './load';
import { leavesOf } from './schema-node';

/** What becomes of a native field, or where a canonical one comes from. */
export type CoverageKind =
  | 'mapped'
  | 'expression'
  | 'dropped'
  | 'unread'
  | 'not set'
  | 'constant'
  | 'never set';

export interface CoverageRow {
  readonly native: string;
  readonly canonical: string;
  readonly kind: CoverageKind;
  readonly line: number;
  /** Code table, transforms, default, condition; or the reason why it is dropped. */
  readonly note: string;
}

export interface Coverage {
  readonly mapping: string;
  /** Nothing required is unset, and no native field is overlooked. */
  readonly ok: boolean;
  /** Native fields that are mapped, or dropped with a reason, of 100. For `out`: native fields that are set. */
  readonly percent: number;
  readonly required: { readonly set: number; readonly total: number };
  /** Rules that use an expression. */
  readonly expressions: number;
  readonly rows: readonly CoverageRow[];
}

/** What a mapping carries, against both schemas. A mapping with `identity` carries everything. */
export function coverage(set: MappingSet, name: string): Coverage {
  const mapping = set.get(name);
  const { scope, native } = surveyMapping(mapping, set.schemas, set.codes);
  const isIn = scope.direction === 'in';
  const rows = scope.carried.map(({ rule, sources, target }): CoverageRow => {
    const source = rule.expr ?? ([...new Set(sources)].join(', ') || JSON.stringify(rule.value));
    const kind = rule.expr !== undefined ? 'expression' : rule.value === undefined ? 'mapped' : 'constant';
    const [from, to] = isIn ? [source, target] : [target, source];
    return { native: from, canonical: to, kind, line: rule.line, note: noteOf(rule) };
  });
  for (const [path, { reason, line }] of mapping.source.unused) {
    rows.push({ native: path, canonical: '', kind: 'dropped', line, note: reason });
  }
  const leaves = native ? leavesOf(native) : [];
  const isAccounted = isIn
    ? readOrDropped(mapping, scope.read)
    : setBy(scope.carried.map(({ target }) => target));
  const missing = leaves.filter((leaf) => !isAccounted(leaf));
  for (const leaf of missing)
    rows.push({ native: leaf, canonical: '', kind: isIn ? 'unread' : 'not set', line: 0, note: '' });
  for (const { path, isSet } of scope.required) {
    if (!isSet)
      rows.push({
        native: isIn ? '' : path,
        canonical: isIn ? path : '',
        kind: 'never set',
        line: 0,
        note: 'required',
      });
  }
  const required = { set: scope.required.filter(({ isSet }) => isSet).length, total: scope.required.length };
  const percent =
    leaves.length === 0 ? 100 : Math.floor((100 * (leaves.length - missing.length)) / leaves.length);
  const ok = required.set === required.total && (!isIn || missing.length === 0);
  const expressions = rows.filter(({ kind }) => kind === 'expression').length;
  return { mapping: name, ok, percent, required, expressions, rows };
}

function readOrDropped(mapping: CompiledMapping, read: ReadonlySet<string>) {
  const unused = [...mapping.source.unused.keys()].map(plainPath);
  return (leaf: string) => [...read, ...unused].some((path) => covers(path, leaf));
}

function setBy(targets: readonly string[]) {
  const paths = targets.map(plainPath);
  return (leaf: string) => paths.some((path) => covers(path, leaf));
}

function noteOf({
  as,
  codes,
  unit,
  xref,
  default: otherwise,
  optional,
  when,
  expr,
  interpreted,
}: CompiledMapping['source']['rules'][number]): string {
  return [
    ...(interpreted && expr !== undefined && !isCompiled(expr) ? ['interpreted'] : []),
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

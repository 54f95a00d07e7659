import { type Condition, compileConditions, parseCondition } from './conditions';
import type { Rule } from './mapping';
import { compileSteps, isMissing, type Path, parsePath } from './paths';
import { reportMissing } from './report';
import { compileReader, Frame, type Reader, type Run, type Tree } from './run';
import type { RuleFunction, Scope } from './scope';
import { compileAppend, copyOf, lengthAt, parseTarget } from './targets';

/**
 * A list from a list. Entries in which nothing was set are left out. A canonical list is absent rather than empty;
 * a native one is written empty where its source is there.
 */
export function compileEach(
  rule: Rule,
  scope: Scope,
  fill: RuleFunction | undefined,
  scalar: Reader | undefined,
): RuleFunction {
  const list = parsePath(rule.each as string);
  const append = compileAppend(parseTarget(rule.set));
  const set = scope.prefix + rule.set;
  const entriesOf = compileEntries(rule, list);
  const writesEmpty = scope.direction === 'out';
  return (frame, run, out) => {
    const entries = entriesOf(frame, run, set, lengthAt(out, rule.set));
    if (!entries) {
      if (Array.isArray(rule.default)) append(out, copyOf(rule.default) as unknown[]);
      else if (!rule.optional) reportMissing(rule, scope, [list], frame, run);
      return;
    }
    const made: unknown[] = [];
    for (const inner of entries) {
      const entry = fill ? objectOf(fill, inner, run) : scalar?.(inner, run);
      if (entry !== undefined) made.push(entry);
    }
    if (made.length === 0 && !writesEmpty) return;
    run.sets++;
    append(out, made);
  };
}

function objectOf(fill: RuleFunction, frame: Frame, run: Run): Tree | undefined {
  const entry: Tree = {};
  const before = run.sets;
  fill(frame, run, entry);
  return run.sets === before ? undefined : entry;
}

type Entries = (frame: Frame, run: Run, target: string, start: number) => Frame[] | undefined;

/**
 * The entries that pass `when`, each with its joined entry; undefined when the list is missing.
 * Not nested: every entry becomes an output of its own, whose paths begin there.
 */
export function compileEntries(
  rule: Pick<Rule, 'each' | 'when' | 'join'>,
  list: Path,
  nested = true,
): Entries {
  const all = list.steps.findIndex(({ kind }) => kind === 'all');
  if (all >= 0) return compileFlat(rule, list, all, nested);
  const read = compileReader(list);
  const conditions = rule.when.map(parseCondition);
  const grouped = rule.join ? undefined : conditions.find(isGrouping);
  const guard = compileConditions(conditions.filter((condition) => condition !== grouped));
  const chosen = grouped ? compileGroup(grouped) : undefined;
  const join = rule.join ? compileJoin(rule.join.list, rule.join.by, rule.join.equals) : undefined;
  return (frame, run, target, start) => {
    const found = read(frame, run);
    if (isMissing(found)) return undefined;
    // XML turned into JSON gives an object where a list has one entry.
    const entries = Array.isArray(found) ? found : [found];
    const places = chosen?.(entries, frame, run);
    const count = places?.length ?? entries.length;
    const outer = nested ? frame : undefined;
    const frames: Frame[] = [];
    for (let n = 0; n < count; n++) {
      const index = places?.[n] ?? n;
      const at = start + frames.length;
      const inner = new Frame(entries[index], frame, list, index, outer, target, at, undefined);
      if (join) inner.joined = join(inner, run);
      if (!guard || guard(inner, run)) frames.push(inner);
    }
    return frames;
  };
}

/** `a[*].b`: the entries of all lists `b`, one after another; `^.` is the entry of `a` that holds them. */
function compileFlat(
  rule: Pick<Rule, 'each' | 'when' | 'join'>,
  list: Path,
  all: number,
  nested: boolean,
): Entries {
  const outer: Path = { ...list, steps: list.steps.slice(0, all) };
  const read = compileReader(outer);
  const inner = compileEntries(
    rule,
    { ...list, scope: 'entry', up: 0, steps: list.steps.slice(all + 1) },
    nested,
  );
  return (frame, run, target, start) => {
    const found = read(frame, run);
    if (isMissing(found)) return undefined;
    const frames: Frame[] = [];
    (Array.isArray(found) ? found : [found]).forEach((entry, index) => {
      // The holder has no place of its own in the output.
      const { outer: around, target: within, targetIndex } = frame;
      const holder = new Frame(entry, frame, outer, index, around, within, targetIndex, undefined);
      for (const one of inner(holder, run, target, start + frames.length) ?? []) frames.push(one);
    });
    return frames;
  };
}

/** `FIELD = ^.FIELD` chooses the entries that belong to the entry outside: done by a table, not by scanning. */
function isGrouping({ path, test, against }: Condition): boolean {
  return (
    test === '=' &&
    path.scope === 'entry' &&
    path.steps.length > 0 &&
    'steps' in against &&
    against.scope === 'parent'
  );
}

function compileGroup(condition: Condition) {
  const against = condition.against as Path;
  const field = compileSteps(condition.path.steps);
  const outer = compileReader({ ...against, scope: against.up > 1 ? 'parent' : 'entry', up: against.up - 1 });
  return (entries: readonly unknown[], frame: Frame, run: Run): readonly number[] => {
    const value = outer(frame, run);
    if (isMissing(value)) return [];
    return groupsOf(entries, field, condition, run).get(String(value)) ?? [];
  };
}

function compileJoin(listText: string, by: string, equalsText: string) {
  const list = compileReader(parsePath(listText));
  const field = compileSteps(parsePath(by).steps);
  const equals = compileReader(parsePath(equalsText));
  return (frame: Frame, run: Run): unknown => {
    const entries = list(frame, run);
    const value = equals(frame, run);
    if (!Array.isArray(entries) || isMissing(value)) return undefined;
    const [first] = groupsOf(entries, field, field, run).get(String(value)) ?? [];
    return first === undefined ? undefined : entries[first];
  };
}

function groupsOf(
  entries: readonly unknown[],
  field: (entry: unknown) => unknown,
  rule: unknown,
  run: Run,
): Map<string, number[]> {
  const byRule = run.groups.get(entries) ?? new Map<unknown, Map<string, number[]>>();
  run.groups.set(entries, byRule);
  const there = byRule.get(rule);
  if (there) return there;
  const groups = new Map<string, number[]>();
  entries.forEach((entry, index) => {
    const value = field(entry);
    if (isMissing(value)) return;
    const group = groups.get(String(value));
    if (group) group.push(index);
    else groups.set(String(value), [index]);
  });
  byRule.set(rule, groups);
  return groups;
}

import { compileEach } from './each';
import { carefulField, compileField, compileFields, type Field } from './fields';
import { compileLeaf, compileValue } from './leaf';
import type { Mapping, Rule } from './mapping';
import { isInherited, type Step, stepsText } from './paths';
import { badRule } from './report';
import { Frame, type Tree } from './run';
import type { RuleFunction, Scope } from './scope';
import { compileAppend, lengthAt, parseTarget } from './targets';

/** Where a rule sets its value: in a member of the object at hand, or further on from there. */
interface Target {
  readonly rule: Rule;
  /** Undefined: not in this object but in the envelope. */
  readonly key: string | undefined;
  /** In the first entry of the member, which is a list: `key[0]`. */
  readonly inList: boolean;
  /** What follows: nothing for `key` and `key[0]`. */
  readonly rest: readonly Step[];
}

/** Compiles the rules of one object to a closure, once. Throws HubError HUB_BAD_MAPPING with file and line. */
export function compileRules(rules: readonly Rule[], scope: Scope): RuleFunction {
  const targets = rules.map((rule) => saying(rule, scope.mapping, () => targetOf(rule)));
  const fields: Field[] = [];
  for (let at = 0; at < targets.length; at++) {
    const target = targets[at] as Target;
    const together = besideEachOther(targets, at);
    const isShared = targets.some((one) => one.key === target.key && !together.includes(one));
    if (goesOn(target) && !isShared) {
      fields.push(compileMember(together, scope));
      at += together.length - 1;
    } else fields.push(saying(target.rule, scope.mapping, () => compileRule(target, isShared, scope)));
  }
  return compileFields(fields);
}

function saying<T>(rule: Rule, mapping: Mapping, compile: () => T): T {
  try {
    return compile();
  } catch (error) {
    throw badRule(error, mapping, rule);
  }
}

function targetOf(rule: Rule): Target {
  if (rule.set.startsWith('@')) return { rule, key: undefined, inList: false, rest: [] };
  const [first, ...rest] = parseTarget(rule.set).steps as [Step & { kind: 'key' }, ...Step[]];
  const inList = rest[0]?.kind === 'index' && rest[0].index === 0;
  return { rule, key: first.key, inList, rest: inList ? rest.slice(1) : rest };
}

const goesOn = ({ rest }: Target) => rest[0]?.kind === 'key';

/** The target, and those right behind it that go on from the same object: `quantity[0].a`, `quantity[0].b`. */
function besideEachOther(targets: readonly Target[], at: number): readonly Target[] {
  const first = targets[at] as Target;
  const isBeside = (one: Target) =>
    one === first || (goesOn(first) && goesOn(one) && one.key === first.key && one.inList === first.inList);
  const end = targets.findIndex((one, n) => n > at && !isBeside(one));
  return targets.slice(at, end < 0 ? undefined : end);
}

/** Rules beside each other that fill one object into which no other sets anything: it is made once, for all. */
function compileMember(targets: readonly Target[], scope: Scope): Field {
  const [{ key = '', inList }] = targets as [Target];
  const place = `${stepsText([{ kind: 'key', key }])}${inList ? '[0]' : ''}.`;
  const rules = targets.map(({ rule, rest }) => ({ ...rule, set: stepsText(rest) }));
  return carefulField(compileOnly(rules, key, inList, { ...scope, prefix: `${scope.prefix}${place}` }));
}

function compileRule({ rule, key, inList, rest }: Target, isShared: boolean, scope: Scope): Field {
  if (rule.each !== undefined) {
    const within = { ...scope, prefix: '' };
    const inner = rule.rules ? compileRules(rule.rules, within) : undefined;
    return carefulField(compileEach(rule, scope, inner, inner ? undefined : compileValue(rule, within)));
  }
  const isPlain = key !== undefined && !isInherited(key) && rest.length === 0;
  if (rule.item) {
    const prefix = `${scope.prefix}${rule.set}[0].`;
    const isOnly = isPlain && !inList && !isShared;
    const fill = isOnly
      ? compileOnly(rule.item, key, true, { ...scope, prefix })
      : compileEntry(rule, rule.item, scope);
    return compileField(rule, scope, fill, undefined);
  }
  const member = isPlain && !(inList && isShared) ? { key, inList } : undefined;
  return compileField(rule, scope, compileLeaf(rule, scope), member);
}

/** An object of its own, as the member or as the one entry of its list. Nothing set, nothing added. */
function compileOnly(rules: readonly Rule[], key: string, inList: boolean, scope: Scope): RuleFunction {
  const fill = compileRules(rules, scope);
  return (frame, run, out) => {
    const entry: Tree = {};
    const before = run.sets;
    fill(frame, run, entry);
    if (run.sets !== before) out[key] = inList ? [entry] : entry;
  };
}

/** One more entry of a list that other rules fill, too: its place is known only while it runs, so it gets a frame. */
function compileEntry(rule: Rule, item: readonly Rule[], scope: Scope): RuleFunction {
  const append = compileAppend(parseTarget(rule.set));
  const set = `${scope.prefix}${rule.set}`;
  const fill = compileRules(item, { ...scope, prefix: '' });
  return (frame, run, out) => {
    const entry: Tree = {};
    const before = run.sets;
    fill(placed(frame, set, lengthAt(out, rule.set)), run, entry);
    if (run.sets !== before) append(out, [entry]);
  };
}

function placed(frame: Frame, set: string, at: number): Frame {
  return new Frame(frame.entry, frame.parent, frame.list, frame.index, frame, set, at, frame.joined);
}

import { Duration } from 'luxon';
import { LineCounter, parseDocument } from 'yaml';
import type { Issue } from '../../model/errors';
import { HubError } from '../../model/errors';
import type { DiffItem, DiffKind } from './diff-items';
import { diffKinds } from './diff-items';

/** How far the thing that a difference hits is, mildest first. */
export const executionStates = [
  'not-started',
  'started',
  'component-consumed',
  'operation-done',
  'order-done',
] as const;
export type ExecutionState = (typeof executionStates)[number];

export const policies = ['apply', 'ask', 'hold', 'refuse', 'untouched'] as const;
export type Policy = (typeof policies)[number];

/** What is proposed for an order or operation: a policy in the words of the impact. */
export type Action = 'none' | 'apply' | 'ask' | 'hold+ask' | 'refuse';

const actions: Record<Policy, Action> = {
  untouched: 'none',
  apply: 'apply',
  ask: 'ask',
  hold: 'hold+ask',
  refuse: 'refuse',
};

export interface SeverityClass {
  readonly severity: string;
  readonly kinds: readonly DiffKind[];
  /** Parameters, materials or operations by name; `*` stands for any text. Absent: all. */
  readonly ids?: readonly string[];
}

export interface Deadline {
  /** ISO 8601 duration from the moment of asking. */
  readonly within: string;
  readonly alertBefore: string;
  readonly otherwise: 'reject' | 'approve';
}

/** How what waits for a decision is held. */
export interface HoldRule {
  /** Reason code that the MES knows. */
  readonly reason: string;
  /** What is held at the least: the operations that are hit (default), or the order as a whole. */
  readonly of?: 'operation' | 'order';
}

export interface Rules {
  readonly version: string;
  /** Name → meaning, mildest first. */
  readonly severities: Readonly<Record<string, string>>;
  readonly classes: readonly SeverityClass[];
  readonly policy: Readonly<Record<string, Readonly<Record<ExecutionState, Policy>>>>;
  readonly fourEyes: readonly string[];
  readonly deadlines: Readonly<Record<string, Deadline>>;
  readonly holds: Readonly<Record<string, HoldRule>>;
}

/** Reads and checks a rule file. Throws HUB_BAD_PROJECT with all issues, each with `file:line`. */
export function loadRules(text: string, file: string): Rules {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const issues: Issue[] = document.errors.map((error) => ({
    rule: 'yaml',
    path: `${file}:${lines.linePos(error.pos[0]).line}`,
    message: error.message,
  }));
  const lineOf = (path: ReadonlyArray<string | number>): number => {
    for (let depth = path.length; depth > 0; depth--) {
      const node = document.getIn(path.slice(0, depth), true) as { range?: [number] } | undefined;
      if (node?.range) return lines.linePos(node.range[0]).line;
    }
    return 1;
  };
  if (issues.length === 0) {
    checkRules(document.toJS(), (path, message, value) =>
      issues.push({ rule: 'rules', path: `${file}:${lineOf(path)} ${path.join('.')}`, message, value }),
    );
  }
  if (issues.length > 0) {
    const first = issues[0]!;
    throw new HubError('HUB_BAD_PROJECT', `${first.path}: ${first.message}`, { at: first.path, issues });
  }
  return { fourEyes: [], deadlines: {}, holds: {}, ...document.toJS() } as Rules;
}

type Report = (path: ReadonlyArray<string | number>, message: string, value?: unknown) => void;

// biome-ignore lint/suspicious/noExplicitAny: what the file holds is what is being checked.
function checkRules(rules: any, report: Report): void {
  if (typeof rules !== 'object' || rules === null) {
    report([], 'the file holds no rules');
    return;
  }
  if (typeof rules.version !== 'string') report(['version'], 'version must be a text', rules.version);
  const known = new Set(['version', 'severities', 'classes', 'policy', 'fourEyes', 'deadlines', 'holds']);
  for (const key of Object.keys(rules))
    if (!known.has(key)) report([key], `${key} is not a part of the rules`);
  const severities = Object.keys(rules.severities ?? {});
  if (severities.length === 0) report(['severities'], 'at least one severity must be named');
  const severity = (path: ReadonlyArray<string | number>, name: unknown) => {
    if (!severities.includes(name as string))
      report(path, `${String(name)} is not among the severities`, name);
  };
  checkClasses(Array.isArray(rules.classes) ? rules.classes : [], severity, report);
  for (const name of severities) checkPolicy(name, rules.policy?.[name], report);
  for (const name of Object.keys(rules.policy ?? {})) severity(['policy', name], name);
  for (const [i, name] of (rules.fourEyes ?? []).entries()) severity(['fourEyes', i], name);
  for (const [name, deadline] of Object.entries(rules.deadlines ?? {})) {
    severity(['deadlines', name], name);
    checkDeadline(['deadlines', name], deadline as Partial<Deadline>, report);
  }
  for (const [name, hold] of Object.entries(rules.holds ?? {})) {
    severity(['holds', name], name);
    checkHold(['holds', name], (hold ?? {}) as Partial<HoldRule>, report);
  }
}

function checkClasses(
  classes: Array<Partial<SeverityClass>>,
  severity: (path: ReadonlyArray<string | number>, name: unknown) => void,
  report: Report,
): void {
  const classed = new Set<string>();
  classes.forEach((one, i) => {
    severity(['classes', i, 'severity'], one.severity);
    (one.kinds ?? []).forEach((kind, k) => {
      if (!diffKinds.includes(kind)) {
        report(['classes', i, 'kinds', k], `${kind} is no kind of difference`, kind);
      }
      if (one.ids === undefined) classed.add(kind);
    });
  });
  for (const kind of diffKinds)
    if (!classed.has(kind)) report(['classes'], `no class takes every ${kind}`, kind);
}

function checkPolicy(severity: string, policy: Record<string, unknown> | undefined, report: Report): void {
  for (const state of executionStates) {
    const value = policy?.[state];
    if (policies.includes(value as Policy)) continue;
    report(['policy', severity, state], `${state} needs one of ${policies.join(', ')}`, value);
  }
  for (const state of Object.keys(policy ?? {})) {
    if (executionStates.includes(state as ExecutionState)) continue;
    report(['policy', severity, state], `${state} is no state of execution`);
  }
  if (policy?.['order-done'] !== undefined && policy['order-done'] !== 'untouched') {
    report(
      ['policy', severity, 'order-done'],
      'an order that is done is never touched',
      policy['order-done'],
    );
  }
  if (policy?.['component-consumed'] === 'apply') {
    report(
      ['policy', severity, 'component-consumed'],
      'what is consumed is never taken back without asking',
      'apply',
    );
  }
}

function checkDeadline(path: ReadonlyArray<string>, deadline: Partial<Deadline>, report: Report): void {
  for (const field of ['within', 'alertBefore'] as const) {
    const value = deadline[field];
    if (value !== undefined && Duration.fromISO(value).isValid) continue;
    report([...path, field], `${field} must be a duration such as PT4H`, value);
  }
  if (deadline.otherwise !== 'reject' && deadline.otherwise !== 'approve') {
    report([...path, 'otherwise'], 'otherwise must be reject or approve', deadline.otherwise);
  }
}

function checkHold(
  path: ReadonlyArray<string>,
  { reason, of = 'operation' }: Partial<HoldRule>,
  report: Report,
): void {
  if (typeof reason !== 'string' || reason === '')
    report([...path, 'reason'], 'reason must be a code that the MES knows', reason);
  if (of !== 'operation' && of !== 'order') report([...path, 'of'], 'of must be operation or order', of);
}

const escaped = (pattern: string) => pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*');

/** Severity of a difference: that of the first class that fits. */
export function severityOf(rules: Rules, item: Omit<DiffItem, 'sentence'>): string {
  const names = [item.parameterId, item.old?.material, item.new?.material, item.segmentId];
  const fits = (one: SeverityClass) =>
    one.kinds.includes(item.kind) &&
    (one.ids === undefined ||
      one.ids.some((id) => names.some((name) => name && new RegExp(`^${escaped(id)}$`).test(name))));
  // Loaded rules class every kind; the gravest is right for rules made by hand that do not.
  return rules.classes.find(fits)?.severity ?? Object.keys(rules.severities).at(-1) ?? '';
}

export const actionFor = (rules: Rules, severity: string, state: ExecutionState): Action =>
  actions[rules.policy[severity]?.[state] ?? 'ask'];

/** Position of a severity among the rules' own, mildest first. */
export const severityRank = (rules: Rules, severity: string): number =>
  Object.keys(rules.severities).indexOf(severity);

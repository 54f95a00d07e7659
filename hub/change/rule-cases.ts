import { LineCounter, parseDocument } from 'yaml';
import type { Issue } from '../../model/errors';
import { type DiffItem, diffKinds } from './diff-items';
import {
  type Action,
  actionFor,
  type ExecutionState,
  executionStates,
  type Rules,
  severityOf,
} from './rules';

/** A difference on an operation in a state, and the severity and action that the rules must give it. */
interface RuleCase {
  readonly difference: Pick<DiffItem, 'kind'> & Partial<DiffItem>;
  readonly state: ExecutionState;
  readonly severity: string;
  readonly action: Action;
}

export interface CasesRun {
  readonly cases: number;
  /** Each with the line of its case. */
  readonly issues: ReadonlyArray<Issue & { readonly line: number }>;
}

/** Runs the cases beside a rule file: a list, see rules.cases.yaml. */
export function runRuleCases(rules: Rules, text: string): CasesRun {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const broken = document.errors[0];
  if (broken) {
    const { line } = lines.linePos(broken.pos[0]);
    return { cases: 0, issues: [{ rule: 'yaml', path: '', line, message: broken.message.split('\n')[0]! }] };
  }
  const cases = document.toJS() as Partial<RuleCase>[] | null;
  if (!Array.isArray(cases))
    return {
      cases: 0,
      issues: [{ rule: 'rule-cases', path: '', line: 1, message: 'the file holds no list of cases' }],
    };
  const issues = cases.flatMap((one, i) => {
    const node = document.getIn([i], true) as { range?: [number] } | undefined;
    const line = node?.range ? lines.linePos(node.range[0]).line : 1;
    const message = problemOf(rules, one);
    return message === undefined ? [] : [{ rule: 'rule-case', path: `[${i}]`, line, message }];
  });
  return { cases: cases.length, issues };
}

function problemOf(
  rules: Rules,
  { difference, state, severity, action }: Partial<RuleCase>,
): string | undefined {
  if (difference === undefined || !diffKinds.includes(difference.kind))
    return `${difference?.kind ?? 'nothing'} is no kind of difference`;
  if (state === undefined || !executionStates.includes(state)) return `${state} is no state of execution`;
  const found = severityOf(rules, { segmentId: '', ...difference });
  if (found !== severity) return `${difference.kind} has severity ${found}, the case says ${severity}`;
  const proposed = actionFor(rules, found, state);
  if (proposed !== action)
    return `${difference.kind} on what is ${state}: ${proposed}, the case says ${action}`;
  return undefined;
}

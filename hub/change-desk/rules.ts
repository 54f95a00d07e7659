import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CheckIssue } from '../../mappings/engine';
import { asHubError } from '../../model/errors';
import { packageRoot } from '../../model/paths';
import { runRuleCases } from '../change/rule-cases';
import { loadRules, type Rules } from '../change/rules';
import type { Project } from '../project';

/** The hub's own rules, which hold where a project names none. */
const DEFAULT = join(packageRoot, 'hub/change/rules.default.yaml');

/** The rules by which a project's changes are judged. Throws HUB_BAD_PROJECT with all issues, each with `file:line`. */
export function rulesOf({ change }: Pick<Project, 'change'>): Rules {
  const file = change.rules ?? DEFAULT;
  return loadRules(readFileSync(file, 'utf8'), file);
}

/** Checks a project's own rule file and runs the cases beside it (`rules.yaml` has `rules.cases.yaml`); none without one. */
export function ruleCaseIssues({ change }: Pick<Project, 'change'>): { cases: number; issues: CheckIssue[] } {
  const file = change.rules;
  if (file === undefined) return { cases: 0, issues: [] };
  if (!existsSync(file)) {
    const message = `there is no rule file ${file}`;
    return { cases: 0, issues: [{ code: 'rules', file, line: 1, path: 'change.rules', message }] };
  }
  let rules: Rules;
  try {
    rules = rulesOf({ change });
  } catch (thrown) {
    return { cases: 0, issues: asHubError(thrown).issues.map((issue) => located(file, issue)) };
  }
  const beside = file.replace(/\.ya?ml$/, '.cases.yaml');
  if (!existsSync(beside)) return { cases: 0, issues: [] };
  const { cases, issues } = runRuleCases(rules, readFileSync(beside, 'utf8'));
  return {
    cases,
    issues: issues.map(({ rule, line, path, message }) => ({
      code: rule,
      file: beside,
      line,
      path,
      message,
    })),
  };
}

/** An issue of a rule file stands as `file:line path`. */
function located(
  file: string,
  { rule, path, message }: { rule: string; path: string; message: string },
): CheckIssue {
  const [, line = '1', rest = ''] = /:(\d+)(?: (.*))?$/.exec(path) ?? [];
  return { code: rule, file, line: Number(line), path: rest, message };
}

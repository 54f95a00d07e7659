import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../model/paths';
import type { ChangeConfig } from '../project';
import { ruleCaseIssues, rulesOf } from './rules';

const own = (name: string) => readFileSync(join(packageRoot, 'hub/change', name), 'utf8');

describe("a project's own rules", () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'esperanto-rules-'));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  const project = (rules: string, cases?: string) => {
    writeFileSync(join(dir, 'rules.yaml'), rules);
    if (cases !== undefined) writeFileSync(join(dir, 'rules.cases.yaml'), cases);
    return { change: { rules: join(dir, 'rules.yaml') } as ChangeConfig };
  };

  test('hold all their cases', () => {
    const { cases, issues } = ruleCaseIssues(project(own('rules.default.yaml'), own('rules.cases.yaml')));
    expect(issues).toEqual([]);
    expect(cases).toBeGreaterThan(10);
  });

  test('that give another severity or action than a case says are told of with the line of the case', () => {
    const milder = own('rules.default.yaml').replaceAll(
      'component-consumed: hold',
      'component-consumed: ask',
    );
    const cases = [
      '- { difference: { kind: component-replaced }, state: component-consumed, severity: line-feeding, action: hold+ask }',
      '- { difference: { kind: component-replaced }, state: started, severity: site, action: hold+ask }',
      '- { difference: { kind: component-painted }, state: started, severity: site, action: ask }',
    ];
    expect(ruleCaseIssues(project(milder, cases.join('\n'))).issues).toMatchObject([
      { line: 1, message: 'component-replaced on what is component-consumed: ask, the case says hold+ask' },
      { line: 2, message: 'component-replaced has severity line-feeding, the case says site' },
      { line: 3, message: 'component-painted is no kind of difference' },
    ]);
  });

  test('that are wrong themselves are told of with file and line', () => {
    const wrong = own('rules.default.yaml').replace('within: PT8H', 'within: a day');
    expect(ruleCaseIssues(project(wrong)).issues).toMatchObject([
      {
        file: join(dir, 'rules.yaml'),
        line: expect.any(Number),
        message: expect.stringContaining('duration'),
      },
    ]);
  });

  test('that are not there are told of; without a rule file the own rules of the hub hold', () => {
    const missing = { change: { rules: join(dir, 'no.yaml') } as ChangeConfig };
    expect(ruleCaseIssues(missing).issues).toHaveLength(1);
    expect(ruleCaseIssues({ change: {} as ChangeConfig })).toEqual({ cases: 0, issues: [] });
    expect(rulesOf({ change: {} as ChangeConfig }).version).toBe('1');
  });
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { HubError } from '../../model/errors';
import { packageRoot } from '../../model/paths';
import type { DiffItem } from './diff-items';
import type { Action, ExecutionState } from './rules';
import { actionFor, loadRules, severityOf } from './rules';

const read = (name: string) => readFileSync(join(packageRoot, 'hub/change', name), 'utf8');
const text = read('rules.default.yaml');
const rules = loadRules(text, 'rules.default.yaml');

interface RuleCase {
  difference: Pick<DiffItem, 'kind'> & Partial<DiffItem>;
  state: ExecutionState;
  severity: string;
  action: Action;
}

test.each(
  (parse(read('rules.cases.yaml')) as RuleCase[]).map(
    (one) => [one.difference.kind, one.state, one] as const,
  ),
)('%s on what is %s', (_kind, state, { difference, severity, action }) => {
  expect(severityOf(rules, { segmentId: '', ...difference })).toBe(severity);
  expect(actionFor(rules, severity, state)).toBe(action);
});

test('a class may single out parameters or materials by name, and the first class that fits counts', () => {
  const own = loadRules(
    text.replace(
      'classes:',
      'classes:\n  - { severity: resource, kinds: [parameter-changed], ids: ["Torque*"] }',
    ),
    'own.yaml',
  );
  expect(severityOf(own, { kind: 'parameter-changed', segmentId: '10', parameterId: 'TorqueMax' })).toBe(
    'resource',
  );
  expect(severityOf(own, { kind: 'parameter-changed', segmentId: '10', parameterId: 'Speed' })).toBe(
    'characteristic-value',
  );
});

test.each([
  ['version: "1"', 'version: 1', 'version must be a text'],
  ['severity: site,', 'severity: place,', 'place is not among the severities'],
  ['component-moved]', 'component-walked]', 'component-walked is no kind of difference'],
  ['[site-changed]', '[]', 'no class takes every site-changed'],
  ['not-started: apply', 'not-started: perhaps', 'not-started needs one of'],
  ['order-done: untouched', 'order-done: apply', 'an order that is done is never touched'],
  ['component-consumed: hold', 'component-consumed: apply', 'never taken back without asking'],
  ['within: PT8H', 'within: a day', 'within must be a duration'],
  ['fourEyes: [site]', 'fourEyes: [place]', 'place is not among the severities'],
  ['fourEyes:', 'sixEyes:', 'sixEyes is not a part of the rules'],
])('%s turned into %s is refused: %s, with file and line', (right, wrong, message) => {
  const load = () => loadRules(text.replace(right, wrong), 'own.yaml');
  expect(load).toThrow(HubError);
  expect(load).toThrow(message);
  expect(load).toThrow(/own\.yaml:\d+/);
});

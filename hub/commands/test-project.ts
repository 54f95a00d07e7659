import { existsSync, readdirSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  type CheckIssue,
  caseIssues,
  checkLaws,
  findMappingFiles,
  type Loss,
  lawIssues,
  loadMappings,
  runCases,
} from '../../mappings/engine';
import { HubError } from '../../model/errors';
import { ruleCaseIssues } from '../change-desk/rules';
import { readProject } from '../project';
import { mappingDirs, mappingsOf, noFolder } from './mapping-files';
import type { Progress } from './progress';

export interface TestRun {
  readonly mappings: number;
  /** Cases that were run. */
  readonly cases: number;
  /** Generated records on which the round-trip laws were tried. */
  readonly records: number;
  /** What mappings that go both ways do not bring back. */
  readonly lost: readonly (Loss & { readonly mapping: string })[];
  readonly issues: readonly CheckIssue[];
}

/**
 * Runs the cases of the folder's own mappings and of those it uses, and the round-trip laws of `direction: both`.
 * Throws HUB_WRONG_USE when the folder has no mappings, HUB_BAD_MAPPING when one cannot be read.
 */
export function testProject(dir: string, progress: Progress): TestRun {
  if (!existsSync(dir)) throw noFolder(dir);
  const set = loadMappings(mappingDirs(dir));
  const chosen = mappingsOf(dir, set);
  if (chosen.length === 0) {
    throw new HubError('HUB_WRONG_USE', `${resolve(dir)} has no mappings and uses none`, {
      value: dir,
      todo: 'Name the folder of a project; esperanto init makes one.',
    });
  }
  const issues: CheckIssue[] = [];
  const lost: TestRun['lost'][number][] = [];
  let [cases, records] = [0, 0];
  for (const [n, { name }] of chosen.entries()) {
    progress.at(n, chosen.length);
    const results = runCases(set, name);
    const laws = checkLaws(set, name);
    cases += results.length;
    records += laws.read;
    lost.push(...laws.lost.map((loss) => ({ mapping: name, ...loss })));
    issues.push(...caseIssues(results), ...lawIssues(set, laws));
  }
  progress.end();
  const rules = casesOfRules(dir);
  cases += rules.cases;
  issues.push(...rules.issues);
  return { mappings: chosen.length, cases, records, lost, issues };
}

/** The cases beside the project's own rules for changes; a folder of mappings alone has none. */
function casesOfRules(dir: string): ReturnType<typeof ruleCaseIssues> {
  const { project } = readProject(dir);
  return project ? ruleCaseIssues(project) : { cases: 0, issues: [] };
}

/** Changes with every file that a test run may read: those of the project, and the mappings of the hub. */
export function stateOf(dir: string): string {
  const { mappings, codes, schemas } = findMappingFiles(mappingDirs(dir));
  const cases = mappings.map((file) => file.replace(/\.map\.(ya?ml)$/, '.cases.$1'));
  const own = readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(?:ya?ml|json|csv)$/.test(file) && !/(?:^|[\\/])(?:\.|node_modules|dist)/.test(file))
    .map((file) => resolve(dir, file));
  return [...new Set([...mappings, ...cases, ...codes, ...schemas, ...own])]
    .map((file) => `${file} ${statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? ''}`)
    .join('\n');
}

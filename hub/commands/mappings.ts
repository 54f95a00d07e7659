import { existsSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import type { Command } from 'commander';
import { type CheckIssue, caseIssues, checkMappings, loadMappings, runCases } from '../../mappings/engine';
import { asHubError } from '../../model/errors';
import { packageRoot } from '../../model/paths';
import { checkSystems } from '../check-systems';
import { readProject } from '../project';
import { action, answer, type CommonOptions } from './output';

export function addMappingCommands(program: Command): void {
  program
    .command('check')
    .argument('[dir]', 'the project folder', '.')
    .summary('check a project without a network')
    .description('Checks hub.yaml and the mappings of a project folder. Asks no system and starts nothing.')
    .option('--json', 'print {ok, issues:[{code, file, line, path, message}]}')
    .addHelpText('after', '\nExample:\n  esperanto check ./my-plant')
    .action(
      action(async (dir: string, options: CommonOptions) =>
        report(options, checkProject(dir), 'The project is in order.'),
      ),
    );

  program
    .command('test')
    .argument('[dir]', 'the project folder', '.')
    .summary('run the cases beside the mappings')
    .description('Runs every *.cases.yaml beside the mappings of a project folder.')
    .option('--json', 'print {ok, issues:[{code, file, line, path, message}]}')
    .addHelpText('after', '\nExample:\n  esperanto test ./my-plant')
    .action(
      action(async (dir: string, options: CommonOptions) => {
        const own = within(resolve(dir));
        const results = runCases(loadMappings(mappingDirs(dir))).filter(({ file }) => own(file));
        report(options, caseIssues(results), `${results.length} cases hold.`, { cases: results.length });
      }),
    );
}

/** hub.yaml, systems, names of mappings, and the project's own mapping files. */
export function checkProject(dir: string): CheckIssue[] {
  const { project, issues } = readProject(dir);
  const found: CheckIssue[] = [...issues, ...(project ? checkSystems(project) : [])].map(
    ({ rule, file, line, path, message }) => ({
      code: rule,
      file,
      line,
      path,
      message,
    }),
  );
  const own = within(resolve(dir));
  found.push(...checkMappings(mappingDirs(dir)).filter(({ file }) => own(file)));
  if (!project) return found;
  const file = join(project.dir, 'hub.yaml');
  try {
    const mappings = loadMappings(project.mappingDirs);
    const named = [
      ...Object.values(project.systems).flatMap(({ reads }) => Object.values(reads).flat()),
      ...project.flows.flatMap(({ to }) => to),
      ...Object.values(project.change.commands),
    ];
    const missing = new Set(named.map(({ map }) => map).filter((map) => !mappings.has(map)));
    for (const map of missing)
      found.push({
        code: 'unknown-mapping',
        file,
        line: 1,
        path: map,
        message: `there is no mapping '${map}'`,
      });
  } catch (error) {
    if (found.length === 0)
      found.push({ code: 'bad-mapping', file, line: 1, path: '', message: asHubError(error).message });
  }
  return found;
}

/** The hub's mappings and the project's own, or the folder itself where it is a folder of mappings. */
function mappingDirs(dir: string): string[] {
  const own = [join(dir, 'mappings'), dir].find((folder) => existsSync(folder)) ?? dir;
  return [join(packageRoot, 'mappings'), resolve(own)];
}

function within(dir: string): (file: string) => boolean {
  return (file) => resolve(file).startsWith(dir + sep);
}

function report(
  options: CommonOptions,
  issues: readonly CheckIssue[],
  fine: string,
  more: Record<string, unknown> = {},
): void {
  const lines = issues.map(
    ({ file, line, code, path, message }) => `${file}:${line}: ${code}: ${path}${path ? ': ' : ''}${message}`,
  );
  answer(
    options,
    { ok: issues.length === 0, ...more, issues },
    lines.length > 0 ? `${lines.join('\n')}\n${lines.length} issues` : fine,
  );
}

import { isAbsolute, relative } from 'node:path';
import type { Command } from 'commander';
import type { CheckIssue } from '../../mappings/engine';
import { asHubError, HubError } from '../../model/errors';
import { action, answer, type CommonOptions, describeFailure, stopRequested } from './output';
import type { TestRun } from './test-project';

interface CheckOptions extends CommonOptions {
  env?: boolean;
}

interface TestOptions extends CommonOptions {
  watch?: boolean;
}

/** `check` and `test`: is a project right, before and after a record has been tried. */
export function addMappingCommands(program: Command): void {
  program
    .command('check')
    .argument('[dir]', 'a project folder, or a folder of mappings', '.')
    .summary('check a project without a network')
    .description(
      'Checks hub.yaml and the mappings that a project has or uses: settings, secrets in clear, names, flows to systems that do not take them, paths, code tables, what is required and never set, native fields that nobody has thought of. Asks no system and starts nothing. Environment variables that are not set here are named, and are no fault of the files, unless --env is given.',
    )
    .option('--env', 'an environment variable that is not set is a fault, too: where the hub is to run')
    .option('--json', 'print {ok, issues:[{code, file, line, path, message}], unset:[the same]}')
    .addHelpText('after', '\nExample:\n  esperanto check ./my-plant')
    .action(
      action(async (dir: string, options: CheckOptions) => {
        const { checkProject, unsetVariable } =
          require('./check-project') as typeof import('./check-project');
        const found = checkProject(dir);
        const isFault = ({ code }: CheckIssue) => options.env || code !== unsetVariable;
        const issues = found.filter(isFault);
        const unset = found.filter((issue) => !isFault(issue));
        const page = [
          pageOf(issues, 'Everything is in order.'),
          ...(unset.length > 0 ? [unsetOf(unset)] : []),
        ];
        answer(options, { ok: issues.length === 0, issues, unset }, page.join('\n'));
      }),
    );

  program
    .command('test')
    .argument('[dir]', 'a project folder, or a folder of mappings', '.')
    .summary('run the cases beside the mappings, and the round-trip laws')
    .description(
      'Runs every *.cases.yaml beside the mappings that a project has or uses. Mappings that go both ways are also tried on generated records: what was written must be read back the same, and what is lost is listed with the reason.',
    )
    .option('--watch', 'run again whenever a file changes')
    .option(
      '--json',
      'print {ok, mappings, cases, records, lost:[{mapping, line, path, reason}], issues:[{code, file, line, path, message}]}',
    )
    .addHelpText('after', '\nExamples:\n  esperanto test ./my-plant\n  esperanto test --watch ./my-plant')
    .action(
      action(async (dir: string, options: TestOptions) => {
        const { testProject } = require('./test-project') as typeof import('./test-project');
        const { progress } = require('./progress') as typeof import('./progress');
        if (options.watch) return watch(dir, options);
        tell(options, testProject(dir, progress('mappings')));
      }),
    );
}

function tell(options: CommonOptions, { issues, ...counts }: TestRun): void {
  const laws = counts.records === 0 ? '' : `; the laws hold on ${counts.records} generated records`;
  const fine = `${counts.cases} cases hold, of ${counts.mappings} mapping${counts.mappings === 1 ? '' : 's'}${laws}.`;
  const lost = counts.lost.map(
    ({ mapping, line, path, reason }) => `  ${mapping}:${line} ${path}: ${reason}`,
  );
  const page = [
    pageOf(issues, fine),
    ...(lost.length === 0 ? [] : ['Lost on the way back, as the rules say:', ...lost]),
  ];
  answer(options, { ok: issues.length === 0, ...counts, issues }, page.join('\n'));
}

/** Files are looked at, not waited for: notifications are missing on network drives and in containers. */
const lookEveryMs = 400;

/** Runs until Ctrl-C; the exit code is that of the last run. */
async function watch(dir: string, options: TestOptions): Promise<void> {
  const { stateOf, testProject } = require('./test-project') as typeof import('./test-project');
  const { progress } = require('./progress') as typeof import('./progress');
  if (options.json) throw new HubError('HUB_WRONG_USE', '--watch runs many times; --json prints one answer');
  let seen = '';
  const look = () => {
    const state = stateOf(dir);
    if (state === seen) return;
    seen = state;
    try {
      tell(options, testProject(dir, progress('mappings')));
    } catch (error) {
      // A file that is half written is no reason to stop watching.
      answer(options, { ok: false }, describeFailure(asHubError(error)));
    }
    process.stdout.write(`-- ${new Date().toLocaleTimeString()}, waiting for a change (Ctrl-C ends it)\n`);
  };
  look();
  const timer = setInterval(look, lookEveryMs);
  await stopRequested().requested;
  clearInterval(timer);
}

/** Issues as lines that editors and terminals can jump to. */
function pageOf(issues: readonly CheckIssue[], fine: string): string {
  if (issues.length === 0) return fine;
  const lines = issues.map(({ file, line, path, message }) => {
    // Many messages begin with the path.
    const rest = message.startsWith(path) ? message.slice(path.length) : undefined;
    const isNamed = path === '' || (rest !== undefined && /^[ :]/.test(rest));
    return `${shown(file)}:${line}: ${isNamed ? message : `${path}: ${message}`}`;
  });
  return [...lines, issues.length === 1 ? '1 issue' : `${issues.length} issues`].join('\n');
}

/** Names that must be set where the hub runs, as after a fresh checkout nearly all. */
function unsetOf(unset: readonly CheckIssue[]): string {
  const lines = unset.map(({ file, line, path, message }) => `  ${shown(file)}:${line}: ${path}: ${message}`);
  return ['Needed where the hub runs, and not set here (--env makes it a fault):', ...lines].join('\n');
}

/** Files under the working directory as a person would name them. */
function shown(file: string): string {
  const near = relative('.', file);
  return near.startsWith('..') || isAbsolute(near) ? file : near;
}

import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { HubError } from '../../model/errors';
import { packageRoot } from '../../model/paths';
import { action, answer, type CommonOptions } from './output';

interface Options extends CommonOptions {
  plant?: string;
  zone?: string;
}

export function addInit(program: Command): void {
  program
    .command('init')
    .argument('<dir>', 'a folder that is empty or not there yet')
    .summary('make a new project that checks, tests and runs')
    .description(
      'Makes a project folder: a system that posts JSON and needs no program, one that takes B2MML, the mapping between them with its cases, a code table, a sample and a README that goes through all of it.',
    )
    .option('--plant <id>', "the plant's id (default: the folder's name)")
    .option('--zone <name>', "the plant's time zone (default: this machine's)")
    .option('--json', 'print {ok, dir, files}')
    .addHelpText('after', '\nExample:\n  esperanto init ./my-plant --plant 1000 --zone Europe/Berlin')
    .action(
      action(async (dir: string, options: Options) => {
        const files = makeProject(dir, options);
        const page = [
          `${resolve(dir)} is a new project:`,
          ...files.map((file) => `  ${file}`),
          '',
          'Next:',
          `  esperanto check ${dir}`,
          `  esperanto test ${dir}`,
          `  esperanto start --kits ${dir}`,
          `and read ${join(dir, 'README.md')}.`,
        ];
        answer(options, { ok: true, dir: resolve(dir), files }, page.join('\n'));
      }),
    );
}

const template = join(packageRoot, 'hub', 'new-project');

/**
 * Copies the new project to the folder and returns its files. Throws HUB_WRONG_USE when something is there already or
 * the zone is none.
 */
export function makeProject(dir: string, { plant, zone }: Pick<Options, 'plant' | 'zone'> = {}): string[] {
  const root = resolve(dir);
  if (existsSync(root) && readdirSync(root).some((name) => name !== '.git')) {
    throw new HubError('HUB_WRONG_USE', `${root} is not empty`, {
      value: dir,
      todo: 'Name a folder that is empty or not there yet.',
    });
  }
  const words = { plant: plant ?? basename(root), zone: zoneOf(zone) };
  mkdirSync(root, { recursive: true });
  cpSync(template, root, { recursive: true });
  // A package may not carry a file of this name: it would be obeyed.
  renameSync(join(root, 'gitignore'), join(root, '.gitignore'));
  for (const file of ['hub.yaml', 'README.md']) fillIn(join(root, file), words);
  helpEditors(root);
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes(join(root, '.git')))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort();
}

/** Schemas that editors complete and check by; the file says so to VS Code and what is built on it. */
function helpEditors(root: string): void {
  const schemas = {
    'schemas/hub.schema.json': { from: 'hub/project.schema.json', of: 'hub.yaml' },
    'schemas/map.schema.json': { from: 'mappings/map.schema.json', of: 'mappings/**/*.map.yaml' },
  };
  for (const dir of ['schemas', '.vscode']) mkdirSync(join(root, dir));
  for (const [file, { from }] of Object.entries(schemas)) cpSync(join(packageRoot, from), join(root, file));
  const files = Object.entries(schemas).map(([file, { of }]) => [`./${file}`, of]);
  const settings = { 'yaml.schemas': Object.fromEntries(files) };
  writeFileSync(join(root, '.vscode', 'settings.json'), `${JSON.stringify(settings, null, 2)}\n`);
}

function zoneOf(given: string | undefined): string {
  try {
    return new Intl.DateTimeFormat('en', given === undefined ? {} : { timeZone: given }).resolvedOptions()
      .timeZone;
  } catch (cause) {
    throw new HubError('HUB_WRONG_USE', `'${given}' is no time zone`, {
      value: given,
      todo: 'Use an IANA name, such as Europe/Berlin.',
      cause,
    });
  }
}

function fillIn(file: string, words: Readonly<Record<string, string>>): void {
  const text = readFileSync(file, 'utf8');
  writeFileSync(
    file,
    // The places stand between quotes.
    text.replace(/\{\{(\w+)\}\}/g, (_all, word: string) => JSON.stringify(words[word] ?? '').slice(1, -1)),
  );
}

import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { Version } from '../../model/b2mml';
import type { RoundTrip } from '../../model/b2mml/convert';
import { HubError, type Issue } from '../../model/errors';
import { action, answer, type CommonOptions } from './output';

interface Options extends CommonOptions {
  to?: string;
  version?: string;
  out?: string;
  check?: boolean;
}

export function addConvert(program: Command): void {
  program
    .command('convert')
    .argument('<file...>', 'B2MML documents or canonical messages as JSON; - is standard input')
    .summary('B2MML to JSON and back, or check that nothing is lost')
    .description(
      'Turns a B2MML document (V0401, V0600, V0701) into canonical JSON, or JSON into B2MML. Reading is tolerant and names each defect; what is written must fit the model. With --check tells for each file whether it comes back equal after the way there and back.',
    )
    .option('--to <form>', 'json or xml (default: the other one; with --version xml)')
    .option('--version <release>', 'release of the B2MML that is written (default: V0701)')
    .option('--out <file>', 'write there instead of to standard output')
    .option('--check', 'only compare: XML → JSON → XML, without comments, prefixes and white space')
    .option(
      '--json',
      'print {ok, text, defects, notes}; with --check {ok, equal, total, files:[{file, equal, defects:[{path, rule, value}]}]}',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  esperanto convert order.xml --to json\n  esperanto convert order.json --to xml --version V0600 --out order.xml\n  esperanto convert --check archive/*.xml',
    )
    .action(
      action(async (files: string[], options: Options) =>
        options.check ? checkFiles(files, options) : convertFile(files, options),
      ),
    );
}

function convertFile(files: string[], options: Options): void {
  const { convertText } = require('../../model/b2mml/convert') as typeof import('../../model/b2mml/convert');
  const { isXml, readText } = require('./read-file') as typeof import('./read-file');
  const [file = '-', ...more] = files;
  if (more.length > 0) {
    throw new HubError('HUB_WRONG_USE', 'one file is converted at a time', {
      value: files,
      todo: 'Name one file, or add --check.',
    });
  }
  const version = releaseOf(options.version);
  const to = formOf(options.to);
  if (to === 'json' && version !== undefined) {
    throw new HubError('HUB_WRONG_USE', '--version names the release of B2MML that is written, not of JSON', {
      value: version,
      todo: 'Leave it out, or add --to xml.',
    });
  }
  const text = readText(file);
  const other = isXml(text) && version === undefined ? 'json' : 'xml';
  const { text: converted, ...found } = convertText(text, to ?? other, version);
  if (options.out !== undefined) write(options.out, converted);
  if (!options.json) for (const defect of found.defects) process.stderr.write(`${file}: ${line(defect)}\n`);
  const written = options.out === undefined ? converted : `${options.out} is written.`;
  const place = options.out === undefined ? { text: converted } : { file: options.out };
  answer(options, { ok: true, ...place, ...found }, written);
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (cause) {
    throw new HubError('HUB_WRONG_USE', `${file} cannot be written: ${(cause as Error).message}`, {
      at: file,
      todo: 'Name a file in a folder that is there.',
      cause,
    });
  }
}

function formOf(to: string | undefined): 'json' | 'xml' | undefined {
  if (to === undefined || to === 'json' || to === 'xml') return to;
  throw new HubError('HUB_WRONG_USE', `--to takes json or xml, not '${to}'`, { value: to });
}

function releaseOf(version: string | undefined): Version | undefined {
  const { versions } = require('../../model/b2mml') as typeof import('../../model/b2mml');
  const found = versions.find((known) => known === version);
  if (version !== undefined && found === undefined) {
    throw new HubError('HUB_WRONG_USE', `there is no release '${version}' of B2MML`, {
      value: version,
      todo: `Use one of: ${versions.join(', ')}.`,
    });
  }
  return found;
}

function checkFiles(files: string[], options: Options): void {
  const idle = (['to', 'version', 'out'] as const).find((name) => options[name] !== undefined);
  if (idle !== undefined) {
    throw new HubError('HUB_WRONG_USE', `--check writes nothing, so --${idle} has no meaning`, {
      todo: `Leave out --check or --${idle}.`,
    });
  }
  const { checkRoundTrip } =
    require('../../model/b2mml/convert') as typeof import('../../model/b2mml/convert');
  const { readText } = require('./read-file') as typeof import('./read-file');
  const { progress } = require('./progress') as typeof import('./progress');
  const going = progress('files');
  const results = files.map((file, n) => {
    going.at(n, files.length);
    return { file, ...checked(() => checkRoundTrip(readText(file))) };
  });
  going.end();
  const equal = results.filter((result) => result.equal).length;
  const lines = results.flatMap((result) => [
    `${result.equal ? 'equal    ' : 'NOT equal'}  ${result.file}`,
    ...result.defects.map((defect) => `             ${line(defect)}`),
  ]);
  const reported = results.map((result) => ({ ...result, defects: result.defects.map(reportedDefect) }));
  answer(
    options,
    { ok: equal === files.length, equal, total: files.length, files: reported },
    [...lines, `${equal} of ${files.length} equal`].join('\n'),
  );
}

/** A file that is not even text is not equal, and does not keep the others from being checked. */
function checked(check: () => RoundTrip): RoundTrip {
  try {
    return check();
  } catch (thrown) {
    if (!(thrown instanceof HubError) || thrown.code === 'HUB_WRONG_USE') throw thrown;
    const { code: rule, at: path = '', message, value } = thrown;
    return { equal: false, defects: [{ rule, path, message, value }] };
  }
}

/** Every field is there, for programs that read it. */
const reportedDefect = ({ path, rule, value, message }: Issue) => ({
  path,
  rule,
  value: value ?? null,
  message,
});

const line = ({ path, message }: Issue) => `${path}${path === '' ? '' : ': '}${message}`;

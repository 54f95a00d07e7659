import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../model/paths';
import { functionNames } from './expression';
import { table } from './markdown';
import { type Example, type Transform, transforms } from './transforms';
import { headerWords, ruleWords } from './words';

const readme = join(packageRoot, 'mappings', 'README.md');

/** mappings/README.md with its tables as the engine has them now. */
export function documentedReadme(text = readFileSync(readme, 'utf8')): string {
  const sections = {
    'header words': wordTable(headerWords),
    'rule words': wordTable(ruleWords),
    transforms: transformTable(),
    functions: functionNames.map((name) => `\`$${name}\``).join(' '),
  };
  return Object.entries(sections).reduce((page, [name, content]) => {
    const begin = `<!-- ${name}: written by engine/document.ts -->\n`;
    const [before = '', after = ''] = page.split(begin);
    return `${before}${begin}${content}\n${after.slice(after.indexOf('<!-- end -->'))}`;
  }, text);
}

function wordTable(words: ReadonlyMap<string, string>): string {
  return table(
    ['word', 'what it says'],
    [...words].map(([word, text]) => [`\`${word}\``, text]),
  );
}

function transformTable(): string {
  const rows = [...transforms].map(([name, transform]) => [
    `\`${name}\`${transform.write ? ' format' : ''}`,
    [transform.summary, ...optionTexts(transform)].join(' '),
    transform.examples.map(exampleText).join('<br>'),
  ]);
  return table(['name', 'what it does', 'examples'], rows);
}

const optionTexts = ({ options = {} }: Transform) =>
  Object.entries(options).map(([name, text]) => `\`${name}\`: ${text}`);

function exampleText({ input, with: options, output, refused, direction }: Example): string {
  const parameters = options ? ` with ${code(options)}` : '';
  const result = refused === undefined ? code(output) : `refused: ${refused}`;
  return `${direction === 'out' ? 'out: ' : ''}${code(input)}${parameters} → ${result}`;
}

const code = (value: unknown) => `\`${JSON.stringify(value)}\``;

if (require.main === module) writeFileSync(readme, documentedReadme());

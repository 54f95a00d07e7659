import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from './paths';
import { readCatalogue, readSchemas } from './schemas';

const readme = readFileSync(join(packageRoot, 'model', 'README.md'), 'utf8');
const definitions = new Map(readSchemas().flatMap(({ $defs }) => Object.entries($defs)));

/** The names in the last column of the table of objects. */
const listed = readme
  .slice(readme.indexOf('## Where the objects'))
  .split('\n')
  .filter((line) => /^\| (\d|ISA)/.test(line))
  .flatMap((line) => line.split('|').at(-2)!.trim().split(' '));

test.each(listed)('%s, listed in the README, is in the model', (name) => {
  expect(definitions.get(name)?.properties).toBeDefined();
});

test('the README lists every object of parts 2 and 4 that may stand at the top', () => {
  const top = readCatalogue()
    .objects.filter(({ family }) => !family.startsWith('b2mml-batchml'))
    .map(({ type }) => type);
  expect(top.filter((type) => !listed.includes(type))).toEqual([]);
});

test('the README says how many there are', () => {
  const { transactions, objects } = readCatalogue();
  expect(readme).toContain(`${definitions.size} definitions`);
  expect(readme).toContain(`the ${transactions.length} transactions and ${objects.length} objects`);
});

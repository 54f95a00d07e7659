import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../model/paths';
import { checkMappings, findMappingFiles, loadMapping, loadMappings, runCases } from './engine';

const dir = join(packageRoot, 'mappings');
const files = findMappingFiles([dir]).mappings.map((file) => [file.slice(dir.length + 1), file] as const);

// One mapping that cannot be read fails its own tests, not those of the others.
for (const [name, file] of files) {
  describe(`${name}`, () => {
    test('says what it is for', () => {
      expect(readFileSync(file, 'utf8')).toMatch(/^(#|about:)/m);
    });

    test('check finds nothing', () => {
      expect(checkMappings([dir], { only: (one) => one === file })).toEqual([]);
    });

    const cases = attempt(() => runCases(loadMapping([dir], file)));
    test('can be loaded, and has cases beside it', () => {
      if (cases instanceof Error) throw cases;
      expect(cases.length).toBeGreaterThan(0);
    });
    if (cases instanceof Error) return;
    for (const { case: title, defects } of cases) {
      test(`case: ${title}`, () => expect(defects).toEqual([]));
    }
  });
}

test('mappings and their code tables load as one set', () => {
  expect(loadMappings([dir]).all.map(({ name }) => name)).toEqual([...new Set(files.map(nameOf))]);
});

const nameOf = ([name]: readonly [string, string]) => name.replace(/\.map\.ya?ml$/, '');

function attempt<T>(run: () => T): T | Error {
  try {
    return run();
  } catch (error) {
    return error as Error;
  }
}

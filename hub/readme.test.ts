import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { adapterNames } from '../adapters/names';
import { errorCodes } from '../model/errors';
import { packageRoot } from '../model/paths';

const read = (file: string) => readFileSync(join(packageRoot, file), 'utf8');

test('hub/README.md lists every failure code, with what the code says of it, and no other', () => {
  const rows = [...read('hub/README.md').matchAll(/^\| `(HUB_\w+)` \| (\w+) \| (.+?) \| (.+?) \|$/gm)];
  const documented = Object.fromEntries(
    rows.map(([, code, kind, meaning, todo]) => [code, { kind, meaning, todo }]),
  );
  expect(documented).toEqual(errorCodes);
});

test('adapters/README.md has a row for every adapter', () => {
  const table = [...read('adapters/README.md').matchAll(/^\| (`.+?`) \|/gm)].map(([, names]) => names!);
  const named = table.flatMap((names) => [...names.matchAll(/`([\w-]+)`/g)].map(([, name]) => name));
  expect(named.sort()).toEqual([...adapterNames].sort());
});

/** Links and file names in tables lead somewhere. */
test.each(['README.md', 'hub/README.md', 'adapters/README.md', 'model/README.md', 'mappings/README.md'])(
  '%s names only what is there',
  (readme) => {
    const folder = join(packageRoot, readme, '..');
    const links = [...read(readme).matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(([, path]) => path!);
    expect(links.filter((path) => !existsSync(join(folder, path)))).toEqual([]);
    const files = [...read(readme).matchAll(/`([\w./-]+\.(?:ts|yaml|json|graphql))`/g)].map(
      ([, path]) => path!,
    );
    const own = files.filter((path) => !path.startsWith('my-plant/'));
    const missing = own.filter(
      (path) => path.includes('/') && ![folder, packageRoot].some((base) => existsSync(join(base, path))),
    );
    expect(missing).toEqual([]);
  },
);

test('the commands that the README shows first are scripts of the package', () => {
  const scripts = (JSON.parse(read('package.json')) as { scripts: Record<string, string> }).scripts;
  const shown = [...read('README.md').matchAll(/npm ci && npm (?:run )?(\w+)/g)].map(([, script]) => script!);
  expect(shown).toEqual(['start', 'demo', 'test']);
  for (const script of shown) expect(scripts[script]).toBeDefined();
});

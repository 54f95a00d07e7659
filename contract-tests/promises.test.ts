import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../model/paths';

const readme = readFileSync(join(packageRoot, 'contract-tests/README.md'), 'utf8');
const [, promises = ''] =
  /^## What the delivery core promises\n([\s\S]*?)(?=^## |(?![\s\S]))/m.exec(readme) ?? [];

/** File and name of every test that the table names. */
const named = [...promises.matchAll(/^\| [^|]+ \| `([^`]+)`: (.+) \|$/gm)].flatMap(([, file, names]) =>
  [...names!.matchAll(/“([^”]+)”/g)].map(([, name]) => [file!, name!] as const),
);

test('each of the seven promises has its tests', () => {
  const sections = promises.split('\n### ').slice(1);
  expect(sections.map((section) => section[0])).toEqual(['1', '2', '3', '4', '5', '6', '7']);
  for (const section of sections) expect(section).toMatch(/^\| .+ \| `.+`: “.+” \|$/m);
  const rows = [...promises.matchAll(/^\| (?!when|---)/gm)].length;
  expect(new Set(promises.match(/^\| .+ \| `[^`]+`: .+ \|$/gm)).size).toBe(rows);
});

test.each(named)('%s has the test “%s”', (file, name) => {
  expect(readFileSync(join(packageRoot, file), 'utf8')).toContain(name);
});

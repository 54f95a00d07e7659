import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../model/paths';

const table = readFileSync(join(packageRoot, 'hub', 'change', 'CASES.md'), 'utf8');
const rows = [...table.matchAll(/^\| (.+?) \| `(.+?\.test\.ts)`: (.+?) \|$/gm)].map(
  ([, name, file, title]) => [name!, file!, title!] as const,
);

test('every row names a test', () => {
  const all = table.split('\n').filter((line) => line.startsWith('| ') && !/^\| (case|---)/.test(line));
  expect(rows).toHaveLength(all.length);
  expect(rows.length).toBeGreaterThan(35);
});

test.each(rows)('%s is held by a test of %s', (_, file, title) => {
  const path = join(packageRoot, file);
  expect(existsSync(path)).toBe(true);
  expect(readFileSync(path, 'utf8')).toContain(title);
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { packageRoot } from './paths';
import { readSchemas } from './schemas';

const text = readFileSync(join(packageRoot, 'model/completeness.yaml'), 'utf8');
const objects = Object.values(parse(text) as Record<string, Record<string, string>>).flatMap((group) =>
  Object.entries(group),
);
const definitions = new Map(readSchemas().flatMap(({ $defs }) => Object.entries($defs)));

test.each(objects.filter(([, place]) => place !== ''))('%s of ISA-95 lives in %s', (_, place) => {
  const [type = '', member] = place.split('.');
  const { properties } = definitions.get(type) ?? {};
  expect(properties).toBeDefined();
  if (member !== undefined) expect(Object.keys(properties ?? {})).toContain(member);
});

test('what an independent reading of the standard has and the model has not is one object, which B2MML leaves out', () => {
  expect(objects.filter(([, place]) => place === '').map(([name]) => name)).toEqual([
    'OperationsEventProperty',
  ]);
});

test('the README says how many there are', () => {
  const readme = readFileSync(join(packageRoot, 'model/README.md'), 'utf8');
  expect(readme).toContain(`${objects.length - 1} of ${objects.length} objects`);
});

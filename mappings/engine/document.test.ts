import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import Ajv from 'ajv/dist/2020';
import { parse } from 'yaml';
import type { Message } from '../../model/message';
import { packageRoot } from '../../model/paths';
import { checkLaws, checkMappings, findMappingFiles, loadMappings, runCases } from '.';
import { documentedReadme } from './document';
import { headerWords, ruleWords } from './words';

const readme = readFileSync(join(packageRoot, 'mappings', 'README.md'), 'utf8');

test('the tables of mappings/README.md are those of the engine', () => {
  // If not: node dist/mappings/engine/document.js
  expect(documentedReadme(readme)).toBe(readme);
});

describe('the ten-minute path of mappings/README.md', () => {
  const files = [...readme.matchAll(/^```\w+ file=(\S+)\n(.*?)^```$/gms)].map(([, file = '', text = '']) => ({
    file,
    text,
  }));
  let dir = '';
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'my-plant-'));
    for (const { file, text } of files) {
      mkdirSync(dirname(join(dir, file)), { recursive: true });
      writeFileSync(join(dir, file), text);
    }
  });
  afterAll(() => rmSync(dir, { recursive: true }));

  test('shows what esperanto init makes', () => {
    const made = (file: string) => readFileSync(join(packageRoot, 'hub/new-project', file), 'utf8');
    expect(files).toEqual(files.map(({ file }) => ({ file, text: made(file) })));
    const parts = [...readme.matchAll(/^```\w+ part=(\S+)\n(.*?)^```$/gms)];
    expect(parts).toHaveLength(1);
    for (const [, file = '', text = ''] of parts) expect(made(file)).toContain(text);
  });

  test('has a sample, and four files that check without findings', () => {
    expect(files).toHaveLength(5);
    expect(checkMappings([join(dir, 'mappings')])).toEqual([]);
  });

  test('has cases that pass', () => {
    const results = runCases(loadMappings([join(dir, 'mappings')]));
    expect(results.map(({ case: title, defects }) => [title, defects])).toEqual([
      [expect.stringContaining('a released order'), []],
      [expect.stringContaining('a state that nobody'), []],
    ]);
  });

  test('shows the finding that its mistake gives', () => {
    const file = join(dir, 'mappings/shop/order.map.yaml');
    const right = readFileSync(file, 'utf8');
    writeFileSync(file, right.replace('from: product }', 'from: produkt }'));
    const [first] = checkMappings([join(dir, 'mappings')]);
    writeFileSync(file, right);
    const [shown] = /^my-plant\/\S+: .*$/m.exec(readme) ?? [];
    expect(`my-plant/mappings/shop/order.map.yaml:${first?.line}: ${first?.message}`).toBe(shown);
  });

  test('goes both ways with one word changed, and writes ids as the shop does with a parameter', () => {
    const file = join(dir, 'mappings/shop/order.map.yaml');
    const right = readFileSync(file, 'utf8');
    const id = 'from: number, as: trim-leading-zeros';
    const both = right
      .replace('direction: in', 'direction: both')
      .replaceAll(id, `${id}, with: { width: 6 }`);
    writeFileSync(file, both);
    expect(checkMappings([join(dir, 'mappings')])).toEqual([]);
    const set = loadMappings([join(dir, 'mappings')]);
    const { broken, read } = checkLaws(set, 'shop/order');
    expect({ broken, read }).toEqual({ broken: [], read: 200 });
    const sample = JSON.parse(readFileSync(join(dir, 'samples/order.json'), 'utf8'));
    const mapping = set.get('shop/order');
    const outcome = mapping.read(sample, { zone: 'Europe/Berlin' }) as { message: Message };
    expect(mapping.write(outcome.message, { zone: 'Europe/Berlin' })).toMatchObject({
      records: [{ body: { number: '000042', state: 'REL', steps: [{ no: '10' }, { no: '20' }] } }],
    });
    writeFileSync(file, right);
  });
});

describe('map.schema.json', () => {
  const schema = JSON.parse(readFileSync(join(packageRoot, 'mappings', 'map.schema.json'), 'utf8'));
  const described = (properties: Record<string, { description: string }>) =>
    new Map(Object.entries(properties).map(([word, { description }]) => [word, description]));

  test('has the words of the engine, and says the same about them', () => {
    expect(described(schema.properties)).toEqual(headerWords);
    expect(described(schema.$defs.rule.properties)).toEqual(ruleWords);
  });

  test('accepts every mapping that is here', () => {
    const validate = new Ajv({ strict: true, allowUnionTypes: true }).compile(schema);
    for (const file of findMappingFiles([join(packageRoot, 'mappings')]).mappings) {
      const valid = validate(parse(readFileSync(file, 'utf8')));
      expect({ file, errors: valid ? null : validate.errors }).toEqual({ file, errors: null });
    }
  });
});

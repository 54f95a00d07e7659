import { loadMappings } from '.';
import { temporaryFolder } from './temporary-folder';

const folder = temporaryFolder({});

/** What a mapping that copies `id`, `version` and the first of `tags` makes of a record, or its issues. */
function read(empty: string, body: unknown): unknown {
  folder.write(
    'erp/order.map.yaml',
    `version: "1"
direction: in
native: erp/Order
${empty}
records: [Order]
message: { verb: Sync, noun: MaterialDefinition }
rules:
  - { set: id, from: No, as: text }
  - { set: version, from: Version, as: text, optional: true }
  - { set: "description[0]", from: "Tags[1]", optional: true }
`,
  );
  const outcome = loadMappings([folder.path()]).get('erp/order').read(body, {});
  return 'message' in outcome ? outcome.message.items[0] : outcome.issues.map(({ message }) => message);
}

test('what a system writes for nothing counts as missing, and the record stays as it was', () => {
  const body = Object.freeze({ No: '1', Version: false, Tags: [false, 'b'] });
  expect(read('empty: [false, /]', body)).toEqual({ id: '1', description: ['b'] });
  expect(read('empty: [false, /]', { No: '/' })).toEqual(['No: missing']);
  expect(body.Version).toBe(false);
});

test('only that very value: the text of it, and zero, are values', () => {
  expect(read('empty: false', { No: 0, Version: 'false' })).toEqual({ id: '0', version: 'false' });
});

test('without the word, nothing but empty text and null is missing', () => {
  expect(read('', { No: 1, Version: false })).toEqual({ id: '1', version: 'false' });
});

test('a record that is nested too deep does not end the process', () => {
  const deep = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`);
  expect(read('empty: [false]', { No: 1, Deep: deep })).toEqual({ id: '1' });
});

import fc from 'fast-check';
import { type JsonPart, type JsonStreamOptions, streamJson } from './json-stream';
import type { Message } from './message';
import { definition } from './testing/messages';

async function* cut(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(text: string, size: number, options?: JsonStreamOptions) {
  const parts: Extract<JsonPart, { kind: 'part' }>[] = [];
  for await (const part of streamJson(cut(text, size), options)) {
    if (part.kind === 'end') return { parts, message: part.message };
    parts.push(part);
  }
  throw new Error('no end');
}

const message = (items: object[]): Message => ({
  verb: 'Sync',
  noun: 'OperationsDefinition',
  applicationArea: { creationDateTime: '2026-01-01T00:00:00Z' },
  items: items as Message['items'],
});

test.each([1, 2, 7, 64, 100_000])('items come one by one, in chunks of %d bytes', async (size) => {
  const sent = message([definition(), { id: 'Ü "quoted" \\ , [ ] { }' }, { id: 'last' }]);
  const { parts, message: rest } = await read(JSON.stringify(sent, null, 1), size);
  expect(parts.map(({ object }) => object)).toEqual(sent.items);
  expect(parts.map(({ path }) => path)).toEqual(['items[0]', 'items[1]', 'items[2]']);
  expect(rest).toEqual({ ...sent, items: [] });
});

test('parts further down come out of their items, which keep the rest', async () => {
  const [first, second] = [definition(), { ...definition(), id: 'PV-200' }];
  const { parts, message: rest } = await read(JSON.stringify(message([first, second])), 50, {
    each: 'items.operationsSegment',
  });
  const segments = [...first.operationsSegment!, ...second.operationsSegment!];
  expect(parts.map(({ object }) => object)).toEqual(segments);
  expect(parts.at(-1)!.path).toBe(`items[1].operationsSegment[${second.operationsSegment!.length - 1}]`);
  expect(rest.items).toEqual([
    { ...first, operationsSegment: [] },
    { ...second, operationsSegment: [] },
  ]);
});

test('any message is the same in pieces as in one', async () => {
  const value = fc.jsonValue({ maxDepth: 4 });
  const item = fc.dictionary(fc.string(), value).map((object) => ({ ...object, id: 'x' }));
  await fc.assert(
    fc.asyncProperty(fc.array(item), fc.integer({ min: 1, max: 40 }), async (items, size) => {
      const text = JSON.stringify(message(items));
      const { parts, message: rest } = await read(text, size);
      expect(parts.map(({ object }) => object)).toEqual(JSON.parse(text).items);
      expect(rest.items).toEqual([]);
    }),
    { numRuns: 200 },
  );
});

test.each([
  ['an end too early', '{"items":[{"id":"1"}', 'HUB_BAD_JSON'],
  ['a bracket too many', '{"items":[]}}', 'HUB_BAD_JSON'],
  ['a part that is no JSON', '{"items":[{"id":1e}]}', 'HUB_BAD_JSON'],
  ['a rest that is no JSON', '{"items":[{"id":"1"}] x}', 'HUB_BAD_JSON'],
  ['a comma too many', '{"items":[{"id":"1"},]}', 'HUB_BAD_JSON'],
  ['brackets that do not match', '{"items":[{"id":["1"}]]}', 'HUB_BAD_JSON'],
  ['a part too deep', `{"items":[${'['.repeat(300)}`, 'HUB_TOO_LARGE'],
  ['a part too large', `{"items":[{"id":"${'x'.repeat(5000)}"}]}`, 'HUB_TOO_LARGE'],
  ['no UTF-8', Buffer.from([0x7b, 0xff]).toString('latin1'), 'HUB_BAD_JSON'],
])('%s is refused', async (_, text, code) => {
  await expect(read(text, 500, { maxPart: 4000 })).rejects.toMatchObject({ code });
});

import type { Issue } from '../errors';
import type { CanonicalObject, Message } from '../message';
import { instanceOf } from '../testing/instances';
import { definition } from '../testing/messages';
import { readB2mml, type StreamedPart, streamB2mml, writeB2mml } from './index';
import { release } from './tables';
import { writeDocument } from './writer';

const message: Message = {
  verb: 'Process',
  noun: 'OperationsDefinition',
  releaseId: 'V0701',
  applicationArea: { creationDateTime: '2026-01-01T00:00:00Z' },
  items: [definition(), { ...definition(), id: 'PV-200' }] as CanonicalObject[],
};
const xml = writeB2mml(message);

/** The document in pieces that end anywhere, also within a character. */
async function* pieces(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function all(parts: AsyncIterable<StreamedPart>): Promise<StreamedPart[]> {
  const found: StreamedPart[] = [];
  for await (const part of parts) found.push(part);
  return found;
}

test.each([1, 7, 1_000, 1_000_000])('a document in pieces of %i bytes is read item by item', async (size) => {
  expect(await all(streamB2mml(pieces(xml, size)))).toEqual([
    { kind: 'part', path: 'items[0]', object: message.items[0] },
    { kind: 'part', path: 'items[1]', object: message.items[1] },
    { kind: 'end', message: { ...message, items: [] }, defects: [], notes: [] },
  ]);
});

test('parts of an item may be handed over, and keep their place', async () => {
  const parts = await all(streamB2mml(pieces(xml, 100), { each: 'items.operationsSegment' }));
  expect(parts.map((part) => (part.kind === 'part' ? part.path : part.kind))).toEqual([
    'items[0].operationsSegment[0]',
    'items[0].operationsSegment[1]',
    'items[1].operationsSegment[0]',
    'items[1].operationsSegment[1]',
    'end',
  ]);
});

test('defects keep their path among parts that are gone', async () => {
  const broken = xml.replace(/PT90S(?![\s\S]*PT90S)/, '90 seconds');
  const parts = await all(streamB2mml(pieces(broken, 100)));
  expect(parts.at(-1)).toMatchObject({
    defects: [{ rule: 'format', path: 'items[1].operationsSegment[0].duration' }],
  });
});

test('a document that breaks off is refused after what came before it', async () => {
  const stream = streamB2mml(pieces(xml.slice(0, -50), 100));
  expect(await stream.next()).toMatchObject({ value: { kind: 'part' } });
  await expect(all(stream)).rejects.toMatchObject({ code: 'HUB_BAD_XML' });
});

test('what is read in one piece and in many is the same', async () => {
  const parts = await all(streamB2mml(pieces(xml, 333)));
  const items = parts.flatMap((part) => (part.kind === 'part' ? [part.object] : []));
  expect(items).toEqual(readB2mml(xml).message.items);
});

/** One transaction of each noun of an older version, full. */
function olderDocuments(version: 'V0401' | 'V0600') {
  const known = release(version);
  return known.tables.transactions
    .filter(({ verb }) => ['Process', 'Show', 'Confirm'].includes(verb))
    .map((transaction): [string, string] => {
      const message = instanceOf(transaction, 'full', 0, known);
      return [transaction.element, writeDocument(message, known)];
    });
}

describe.each(['V0401', 'V0600'] as const)('%s, item by item', (version) => {
  test.each(olderDocuments(version))('%s is the same as in one piece', async (_, text) => {
    const whole = readB2mml(text, { tolerant: true });
    const parts = await all(streamB2mml(pieces(text, 4_000)));
    const items = parts.flatMap((part) => (part.kind === 'part' ? [part.object] : []));
    expect(items).toEqual(whole.message.items);
    const end = parts.at(-1);
    expect(end).toMatchObject({ kind: 'end', message: { ...whole.message, items: [] } });
    const told = (issues: readonly Issue[]) => issues.map(({ rule, path }) => `${rule} ${path}`).sort();
    if (end?.kind !== 'end') throw new Error('there is no end');
    expect([told(end.defects), told(end.notes)]).toEqual([told(whole.defects), told(whole.notes)]);
  });
});

test('below its items an older version is not read part by part', async () => {
  const stream = streamB2mml(pieces(olderDocuments('V0600')[0]![1], 100), {
    each: 'items.operationsRequest',
  });
  await expect(all(stream)).rejects.toThrow(/by whole items/);
});

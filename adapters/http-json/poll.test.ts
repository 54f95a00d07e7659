import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NativeRecord } from '../adapter';
import { parseSettings } from '../settings';
import { type KitAnswer, type KitRequest, type KitServer, kitServer } from '../transports/kit-server';
import { httpJson } from '.';

let dataDir: string;
let server: KitServer;
let answer: (request: KitRequest) => unknown;
const asked: string[] = [];
const said: string[] = [];

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'http-json-'));
  asked.length = said.length = 0;
  server = await kitServer({
    answer: (request): KitAnswer => {
      asked.push([request.path, request.query].join('?'));
      return { status: 200, body: answer(request) };
    },
    refusal: { status: 400 },
  });
});
afterEach(async () => {
  await server.stop();
  await rm(dataDir, { recursive: true, force: true });
});

/** Fetches until so many looks are over, and hands back what was taken. */
async function fetched(poll: object, { looks = 2, when = {} }: { looks?: number; when?: object } = {}) {
  const records = { Order: { key: 'number', ...when } };
  const settings = { url: server.url, records, poll: { Order: { path: '/orders', everyMs: 1, ...poll } } };
  const connection = await httpJson.open(parseSettings(httpJson, settings, 'hub.yaml'), {
    dataDir,
    log: (message) => said.push(message),
  });
  const taken: NativeRecord[] = [];
  const over = new AbortController();
  const respond = answer;
  answer = (request) => {
    const isFirstPage = !/(offset|page)=[1-9]/.test(String(request.query));
    if (isFirstPage && looks-- === 0) over.abort();
    return respond(request);
  };
  await connection.receive!(async (record) => void taken.push(record), over.signal);
  await connection.close();
  return taken;
}

const row = (number: string, more: object = {}) => ({ number, ...more });

test('each row is a record, and one that has not changed is no news', async () => {
  answer = () => [row('1'), row('2')];
  expect(await fetched({}, { looks: 3 })).toEqual([
    { type: 'Order', key: '1', body: row('1') },
    { type: 'Order', key: '2', body: row('2') },
  ]);
});

test('a row that has changed is a record again, also back to what it was', async () => {
  const states = ['NEW', 'REL', 'NEW', 'NEW', 'NEW'];
  answer = () => ({ items: [row('1', { state: states.shift() ?? 'NEW' })] });
  const taken = await fetched({ list: 'items' }, { looks: 4 });
  expect(taken.map(({ body }) => (body as { state: string }).state)).toEqual(['NEW', 'REL', 'NEW']);
});

test('only what has changed is asked for, with an overlap, also after a restart', async () => {
  answer = () => [row('1', { at: '2026-03-02T06:00:00' })];
  const poll = { changed: { path: 'at', query: 'since', overlapMs: 1000 } };
  expect(await fetched(poll, { looks: 2 })).toHaveLength(1);
  expect(asked.slice(0, 2)).toEqual(['/orders?', '/orders?since=2026-03-02T05%3A59%3A59.000Z']);
  asked.length = 0;
  expect(await fetched(poll, { looks: 1 })).toHaveLength(0);
  expect(asked[0]).toContain('since=');
});

test.each([
  ['seconds', 1772431200, '1772431199'],
  ['milliseconds', 1772431200000, '1772431199000'],
])('times may be written in %s', async (as, at, since) => {
  answer = () => [row('1', { at })];
  await fetched({ changed: { path: 'at', query: 'since', overlapMs: 1000, as } });
  expect(asked[1]).toBe(`/orders?since=${since}`);
});

test('pages are read by offset until one is not full', async () => {
  const all = ['1', '2', '3', '4', '5'].map((number) => row(number));
  answer = ({ query }) => all.slice(Number(query.get('offset'))).slice(0, Number(query.get('limit')));
  const taken = await fetched({ page: { offset: 'offset', limit: 'limit', size: 2 } }, { looks: 1 });
  expect(taken.map(({ key }) => key)).toEqual(['1', '2', '3', '4', '5']);
});

test.each(['/orders?page=2', '?page=2', 'http://inside.example/orders?page=2'])(
  'pages are read by the link to the next one: %s',
  async (link) => {
    answer = ({ query }) =>
      query.get('page') === '2' ? { rows: [row('2')] } : { rows: [row('1')], links: { next: link } };
    const taken = await fetched({ list: 'rows', next: 'links.next' }, { looks: 1 });
    expect(taken.map(({ key }) => key)).toEqual(['1', '2']);
  },
);

test('a server that knows no pages is told, not read for ever', async () => {
  answer = () => [row('1'), row('2')];
  expect(await fetched({ page: { offset: 'offset', size: 2 } }, { looks: 1 })).toEqual([]);
  expect(said).toContain('polling failed; it goes on');
});

test('a row that cannot be read is told once; the others go on', async () => {
  answer = () => [{ state: 'REL' }, row('2')];
  expect(await fetched({}, { looks: 3 })).toHaveLength(1);
  expect(said).toEqual(['a row is left out: Order: number is missing']);
});

test('of several rows with one key the last counts', async () => {
  answer = () => [row('1', { state: 'NEW' }), row('1', { state: 'REL' })];
  expect(await fetched({}, { looks: 3 })).toMatchObject([{ body: { state: 'REL' } }]);
  expect(said).toEqual(['several rows have the key 1; the last one counts']);
});

test('rows of another type are not taken', async () => {
  answer = () => [row('1', { kind: 'order' }), row('2', { kind: 'part' })];
  const taken = await fetched({}, { when: { when: { path: 'kind', equals: 'order' } } });
  expect(taken.map(({ key }) => key)).toEqual(['1']);
});

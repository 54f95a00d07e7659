import { parseSettings } from '../settings';
import { type KitAnswer, type KitRequest, type KitServer, kitServer } from '../transports/kit-server';
import { httpJson } from '.';

let server: KitServer;
let answer: KitAnswer;
const asked: KitRequest[] = [];
beforeEach(async () => {
  asked.length = 0;
  const serve = (request: KitRequest) => {
    asked.push(request);
    return answer;
  };
  server = await kitServer({ answer: serve, refusal: { status: 400 } });
});
afterEach(() => server.stop());

const settings = (batch: object, more: object = { repeatable: true }) => ({
  url: server.url,
  send: { Receipt: { path: '/receipts', id: 'number', ...more, batch: { max: 10, mark: 'mark', ...batch } } },
});

async function sent(batch: object) {
  const config = parseSettings(httpJson, settings(batch), 'hub.yaml');
  const connection = await httpJson.open(config, { dataDir: '', log: () => {} });
  const records = [1, 2, 3].map((n) => ({ type: 'Receipt', key: 'A', id: `d${n}`, body: { n } }));
  return connection.sendBatch!(records).finally(() => connection.close());
}

test('the entries carry their delivery; as the body itself, or in a field of it', async () => {
  answer = { status: 204 };
  const entries = [1, 2, 3].map((n) => ({ n, mark: `d${n}` }));
  expect(await sent({})).toEqual([1, 2, 3].map(() => ({ answer: { status: 204 } })));
  await sent({ list: 'items' });
  expect(asked.map(({ text }) => JSON.parse(text))).toEqual([entries, { items: entries }]);
});

test('each entry has its own result, up to the first that was not taken', async () => {
  const ok = { status: 201, number: 7 };
  answer = { status: 207, body: { results: [ok, { status: 422, error: 'closed' }, ok] } };
  expect(await sent({ results: 'results' })).toMatchObject([
    { counterpartId: '7', answer: ok },
    { code: 'HUB_REJECTED', kind: 'permanent', message: expect.stringContaining('closed') },
  ]);
});

test.each([
  [429, 'HUB_BUSY'],
  [503, 'HUB_BUSY'],
  [500, 'HUB_FAILED'],
  [undefined, 'HUB_FAILED'],
])('a result with status %s is %s', async (status, code) => {
  answer = { status: 200, body: [{ status }] };
  expect(await sent({ results: '.' })).toMatchObject([{ code }]);
});

test('an entry without a result may have been taken; without any results nobody knows of any', async () => {
  answer = { status: 200, body: [{ status: 201 }] };
  expect(await sent({ results: '.' })).toMatchObject([{}, { code: 'HUB_FAILED', kind: 'ambiguous' }]);
  answer = { status: 200, body: 'thanks' };
  await expect(sent({ results: '.' })).rejects.toMatchObject({ code: 'HUB_FAILED' });
});

test('a receiver that does not know repetitions takes no batches', () => {
  expect(() => parseSettings(httpJson, settings({}, {}), 'hub.yaml')).toThrow(/cannot go in batches/);
});

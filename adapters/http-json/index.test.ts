import { parseSettings } from '../settings';
import { type KitAnswer, type KitRequest, type KitServer, kitServer } from '../transports/kit-server';
import { httpJson } from '.';

let server: KitServer;
let answer: KitAnswer;
const asked: KitRequest[] = [];

beforeEach(async () => {
  asked.length = 0;
  answer = { status: 200, body: {} };
  const serve = (request: KitRequest) => {
    asked.push(request);
    return answer;
  };
  server = await kitServer({ answer: serve, refusal: { status: 400 } });
});
afterEach(() => server.stop());

const open = (settings: object) =>
  httpJson.open(parseSettings(httpJson, { url: server.url, ...settings }, 'hub.yaml'), {
    dataDir: '',
    log: () => {},
  });
const receipt = { type: 'Receipt', key: 'A/1', id: 'delivery-1', body: { good: 4 } };
const sendOf = (spec: object) => ({ send: { Receipt: { path: '/orders/{key}', ...spec } } });

async function sent(spec: object) {
  const connection = await open(sendOf(spec));
  return connection.send!(receipt).finally(() => connection.close());
}

test('a record goes to its path, with its key as one part of it', async () => {
  await sent({ method: 'PUT' });
  const [{ method, path, text, headers } = {} as KitRequest] = asked;
  expect([method, path, JSON.parse(text)]).toEqual(['PUT', '/orders/A%2F1', { good: 4 }]);
  expect(headers['content-type']).toContain('application/json');
});

test.each([
  [{}, 'idempotency-key'],
  [{ idempotencyHeader: 'X-Request-Id' }, 'x-request-id'],
])("with %j the delivery's id goes in %s", async (spec, header) => {
  await sent(spec);
  expect(asked[0]!.headers[header]).toBe('delivery-1');
});

test('the receipt has the body as it was sent', async () => {
  expect((await sent({})).sentText).toBe(asked[0]!.text);
});

test("the receipt has the receiver's own id where the settings say where it stands", async () => {
  answer = { status: 201, body: { data: { id: 77 } } };
  expect(await sent({ id: 'data.id' })).toMatchObject({ counterpartId: '77', answer: { status: 201 } });
  answer = { status: 204 };
  expect(await sent({ id: 'data.id' })).not.toHaveProperty('counterpartId');
});

test('a status that the settings name is as good as 2xx, another one is a refusal', async () => {
  answer = { status: 409, body: 'is there already' };
  await expect(sent({ ok: [409] })).resolves.toMatchObject({ answer: { status: 409 } });
  await expect(sent({})).rejects.toMatchObject({ code: 'HUB_REJECTED' });
});

test.each([
  [{ token: 'tok-1' }, { authorization: 'Bearer tok-1' }],
  [{ token: 'tok-1', tokenHeader: 'X-API-Key' }, { 'x-api-key': 'tok-1' }],
  [{ user: 'me', password: 'geheim' }, { authorization: 'Basic bWU6Z2VoZWlt' }],
])('%j gives %j', async (credentials, headers) => {
  const connection = await open({ ...sendOf({}), ...credentials });
  await connection.send!(receipt);
  await connection.close();
  expect(asked[0]!.headers).toMatchObject(headers);
});

test.each([
  // settings                 status  well
  [{}, 404, true],
  [{}, 500, false],
  [{}, 401, false],
  [{ checkPath: '/health' }, 200, true],
  [{ checkPath: '/health' }, 404, false],
])('with %j a look that is answered with %d is fine: %s', async (settings, status, well) => {
  const connection = await open({ ...sendOf({}), ...settings });
  answer = { status, body: 'as you see' };
  const found = await connection.check().then(
    () => true,
    () => false,
  );
  await connection.close();
  expect(found).toBe(well);
});

test('a system without an address only pushes', async () => {
  const settings = parseSettings(httpJson, { records: { Order: { key: 'number' } } }, 'hub.yaml');
  const connection = await httpJson.open(settings, { dataDir: '', log: () => {} });
  expect(connection.receive).toBeUndefined();
  await expect(connection.check()).resolves.toBeUndefined();
  await expect(connection.send!(receipt)).rejects.toMatchObject({ code: 'HUB_TAKES_NOTHING' });
  await connection.close();
});

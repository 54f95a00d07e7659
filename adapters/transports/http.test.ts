import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HubError } from '../../model/errors';
import { type HttpClient, type HttpOptions, httpClient } from './http';

const PASSWORD = 'pw-7d1e0b';
const open: Array<() => void> = [];

afterEach(() => {
  for (const end of open.splice(0)) end();
});

async function listening(server: Server | TcpServer): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  open.push(() => {
    if ('closeAllConnections' in server) server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

async function clientOf(answer: RequestListener, options: Partial<HttpOptions> = {}): Promise<HttpClient> {
  return client(`http://127.0.0.1:${await listening(createServer(answer))}/api`, options);
}

function client(baseURL: string, options: Partial<HttpOptions> = {}): HttpClient {
  const auth = { user: 'hub', password: PASSWORD };
  const made = httpClient({ name: 'the ERP', baseURL, timeoutMs: 300, auth, ...options });
  open.push(() => made.close());
  return made;
}

async function failureOf(made: HttpClient, allow: number[] = []): Promise<HubError> {
  const thrown = await made
    .request({ method: 'POST', path: '/orders?apikey=hidden', body: { n: 1 }, allow })
    .catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(HubError);
  return thrown as HubError;
}

test('an answer comes back with its status, headers and text, and JSON is sent with the credentials', async () => {
  const seen: unknown[] = [];
  const made = await clientOf(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    seen.push(
      request.method,
      request.url,
      request.headers['content-type'],
      request.headers.authorization,
      text,
    );
    response.writeHead(201, { 'x-token': 'abc' }).end('{"id":"7"}');
  });
  const answer = await made.request({ method: 'POST', path: '/orders', query: { page: 2 }, body: { n: 1 } });
  expect([answer.status, answer.headers['x-token'], answer.json()]).toEqual([201, 'abc', { id: '7' }]);
  const basic = `Basic ${Buffer.from(`hub:${PASSWORD}`).toString('base64')}`;
  expect(seen).toEqual(['POST', '/api/orders?page=2', 'application/json', basic, '{"n":1}']);
});

test('a text is sent as it stands under its own content type', async () => {
  let seen = '';
  const made = await clientOf(async (request, response) => {
    for await (const chunk of request) seen += String(chunk);
    response.end(String(request.headers['content-type']));
  });
  const headers = { 'content-type': 'application/xml' };
  const answer = await made.request({ method: 'POST', path: '/', headers, body: '<a/>' });
  expect([answer.text, seen]).toEqual(['application/xml', '<a/>']);
});

test.each([
  // status  code                kind
  [301, 'HUB_REJECTED', 'permanent'],
  [400, 'HUB_REJECTED', 'permanent'],
  [401, 'HUB_UNAUTHORIZED', 'transient'],
  [403, 'HUB_REJECTED', 'permanent'],
  [408, 'HUB_BUSY', 'transient'],
  [422, 'HUB_REJECTED', 'permanent'],
  [429, 'HUB_BUSY', 'transient'],
  [500, 'HUB_FAILED', 'ambiguous'],
  [502, 'HUB_FAILED', 'ambiguous'],
  [503, 'HUB_BUSY', 'transient'],
  [504, 'HUB_FAILED', 'ambiguous'],
] as const)('status %i is %s, %s', async (status, code, kind) => {
  const made = await clientOf((_request, response) => response.writeHead(status).end('material is locked'));
  const failure = await failureOf(made);
  expect([failure.code, failure.kind]).toEqual([code, kind]);
  expect(failure.message).toBe(`the ERP answered POST /orders with ${status}: material is locked`);
});

test('a status that the caller understands is returned', async () => {
  const made = await clientOf((_request, response) => response.writeHead(412).end());
  expect((await made.request({ method: 'PATCH', path: '/orders', allow: [412] })).status).toBe(412);
});

test.each([
  ['7', 7000, 7000],
  [new Date(Date.now() + 60_000).toUTCString(), 50_000, 60_000],
])('Retry-After %s is told in milliseconds', async (header, least, most) => {
  const made = await clientOf((_request, response) =>
    response.writeHead(503, { 'retry-after': header }).end(),
  );
  const { retryAfterMs } = (await failureOf(made)).value as { retryAfterMs: number };
  expect(retryAfterMs).toBeGreaterThanOrEqual(least);
  expect(retryAfterMs).toBeLessThanOrEqual(most);
});

describe('without an answer', () => {
  test('nobody listening: certainly not sent', async () => {
    const server = createTcpServer();
    const port = await listening(server);
    server.close();
    await once(server, 'close');
    const failure = await failureOf(client(`http://127.0.0.1:${port}/api`));
    expect([failure.code, failure.kind]).toEqual(['HUB_UNREACHABLE', 'transient']);
  });

  test('an unknown host: certainly not sent', async () => {
    const failure = await failureOf(client('http://no-such-host.invalid/api', { timeoutMs: 5000 }));
    expect(failure.code).toBe('HUB_UNREACHABLE');
  });

  test('a TLS handshake that never ends: certainly not sent', async () => {
    const port = await listening(createTcpServer((socket) => open.push(() => socket.destroy())));
    const failure = await failureOf(client(`https://127.0.0.1:${port}/api`));
    expect(failure.code).toBe('HUB_UNREACHABLE');
  });

  test.each<[string, RequestListener]>([
    ['taken and never answered', () => {}],
    ['cut off before the answer', (request) => request.socket.destroy()],
    [
      'cut off within the answer',
      (request, response) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('{"id"', () => request.socket.destroy());
      },
    ],
  ])('%s: perhaps taken', async (_title, listener) => {
    const failure = await failureOf(await clientOf(listener));
    expect([failure.code, failure.kind]).toEqual(['HUB_NO_ANSWER', 'ambiguous']);
  });

  test('on a connection that served before: perhaps taken', async () => {
    let served = 0;
    const made = await clientOf((_request, response) => (served++ === 0 ? response.end('{}') : undefined));
    await made.request({ method: 'GET', path: '/' });
    expect((await failureOf(made)).code).toBe('HUB_NO_ANSWER');
  });

  test('the caller may give up before the time is over', async () => {
    const made = await clientOf(() => {}, { timeoutMs: 20_000 });
    const stop = new AbortController();
    const asked = made.request({ method: 'GET', path: '/', signal: stop.signal });
    stop.abort();
    await expect(asked).rejects.toBeInstanceOf(HubError);
  });
});

const withOpenssl = spawnSync('openssl', ['version']).status === 0 ? test : test.skip;

withOpenssl('a certificate that nobody trusts is told apart from a host that is down', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'http-'));
  open.push(() => rmSync(folder, { recursive: true }));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const wanted = ['-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', '/CN=localhost'];
  execFileSync('openssl', ['req', '-x509', ...wanted, '-keyout', key, '-out', cert], { stdio: 'ignore' });
  const server = createTlsServer({ key: readFileSync(key), cert: readFileSync(cert) }, (_q, r) => r.end());
  const failure = await failureOf(client(`https://127.0.0.1:${await listening(server)}`));
  expect([failure.code, failure.kind]).toEqual(['HUB_UNTRUSTED', 'transient']);
});

test('a page that is no JSON is a failure of the counterpart, shown shortened', async () => {
  const made = await clientOf((_request, response) => response.end(`<html>${'Please log in. '.repeat(100)}`));
  const answer = await made.request({ method: 'GET', path: '/orders' });
  expect(() => answer.json()).toThrow(
    /^the ERP answered GET \/orders with 200 and no JSON: <html>Please.{200,300}…$/,
  );
});

test.each([401, 422, 500, 503])(
  'no secret stands in a failure with status %i, nor the query string',
  async (status) => {
    const echo: RequestListener = (request, response) =>
      response
        .writeHead(status)
        .end(`no: ${request.headers.authorization} ${PASSWORD} ${request.headers.apikey}`);
    const made = await clientOf(echo, { headers: { apikey: 'key-55aa' }, secrets: ['key-55aa'] });
    const failure = await failureOf(made);
    const shown = `${JSON.stringify(failure)} ${failure.stack} ${String(failure.cause)}`;
    for (const secret of [
      PASSWORD,
      'key-55aa',
      Buffer.from(`hub:${PASSWORD}`).toString('base64'),
      'hidden',
    ]) {
      expect(shown).not.toContain(secret);
    }
  },
);

test('credentials within the address are not repeated', async () => {
  const failure = await failureOf(client(`http://hub:${PASSWORD}@127.0.0.1:1/api`));
  expect(`${JSON.stringify(failure)} ${String(failure.cause)}`).not.toContain(PASSWORD);
});

test('connections are kept alive, and close may be called twice', async () => {
  const sockets = new Set<unknown>();
  const made = await clientOf((request, response) => {
    sockets.add(request.socket);
    response.end('{}');
  });
  for (const path of ['/1', '/2', '/3']) await made.request({ method: 'GET', path });
  expect(sockets.size).toBe(1);
  made.close();
  made.close();
});

test.each([
  ['http://inner-host:9080/maximo/oslc/os/asset?pageno=2', '/oslc/os/asset?pageno=2'],
  ['/maximo/oslc/os/asset', '/oslc/os/asset'],
])('a link %s is followed as a path under the address', (link, path) => {
  expect(client('https://gateway/maximo').pathOf(link)).toBe(path);
});

test('a link out of the address is refused', () => {
  expect(() => client('https://gateway/maximo').pathOf('https://gateway/admin')).toThrow(
    'out of https://gateway/maximo',
  );
});

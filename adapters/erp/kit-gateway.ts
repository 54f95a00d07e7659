import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Fault } from '../kit';
import { type EntitySetOf, Refusal } from './kit-entities';
import { compared, filterOf } from './kit-filter';
import type { Row } from './kit-orders';

export interface GatewayOptions {
  readonly user: string;
  readonly password: string;
  /** Entity sets by `SERVICE/EntitySet`. */
  readonly sets: Readonly<Record<string, EntitySetOf>>;
  readonly port?: number;
  /** Takes an IDoc in, and says what is answered. */
  readonly takeIdoc?: (xml: string) => string;
  /** Longer lists are given in pages of so many entities. */
  readonly cut?: number | undefined;
}

const root = '/sap/opu/odata/sap/';
const address = /^([A-Z0-9_]+(?:;v=\d{4})?)\/(\w+)(?:\(([^)]*)\))?\/?$/;

/** A gateway that speaks OData V2 as SAP's does: tokens, cookies, etags, text for decimals, SAP's error bodies. */
export async function startGateway(options: GatewayOptions) {
  const sessions = new Map<string, string>();
  let fault: Fault | 'well' = 'well';
  let port = options.port ?? 0;
  let server = createServer();

  async function listen() {
    server = createServer((request, response) => {
      answer(request, response).catch((error: unknown) => refuse(response, error));
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
    port = (server.address() as AddressInfo).port;
  }

  async function close() {
    if (!server.listening) return;
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await textOf(request);
    if (fault === 'busy') {
      response.writeHead(503, { 'retry-after': '1' }).end('<html>Service cannot be reached</html>');
      return;
    }
    authenticate(request);
    const url = new URL(request.url ?? '/', `http://127.0.0.1:${port}`);
    if (url.pathname === '/sap/bc/idoc_xml' && options.takeIdoc) {
      takeIdoc(response, options.takeIdoc, body);
      return;
    }
    if (url.pathname === '/sap/public/ping') {
      response.writeHead(200).end('Server reached successfully');
      return;
    }
    const target = targetOf(url, options.sets);
    if (request.method === 'HEAD' || request.method === 'GET') openSession(request, response);
    if (request.method === 'HEAD') response.writeHead(200).end();
    else if (request.method === 'GET') send(response, 200, read(target, url, options));
    else write(request, response, target, body);
  }

  function takeIdoc(response: ServerResponse, take: (xml: string) => string, xml: string): void {
    if (fault === 'rejecting') throw new Refusal(400, 'E0/337', 'EDI: Partner profile not available');
    const answer = take(xml);
    if (fault !== 'silent') response.writeHead(200, { 'content-type': 'text/html' }).end(answer);
  }

  function authenticate({ headers }: IncomingMessage): void {
    const expected = Buffer.from(`${options.user}:${options.password}`).toString('base64');
    if (headers.authorization !== `Basic ${expected}`) throw new Refusal(401, 'SY/530', 'Logon failed');
  }

  function openSession({ headers }: IncomingMessage, response: ServerResponse): void {
    if (String(headers['x-csrf-token']).toLowerCase() !== 'fetch') return;
    const known = cookieOf(headers.cookie);
    const session = known && sessions.has(known) ? known : randomBytes(12).toString('hex');
    const token = sessions.get(session) ?? randomBytes(16).toString('base64');
    sessions.set(session, token);
    response.setHeader('x-csrf-token', token);
    response.setHeader('set-cookie', [
      'sap-usercontext=sap-client=100; path=/',
      `SAP_SESSIONID_S4H_100=${session}; path=/; HttpOnly`,
    ]);
  }

  function write(request: IncomingMessage, response: ServerResponse, target: Target, body: string): void {
    const { headers } = request;
    const token = sessions.get(cookieOf(headers.cookie) ?? '');
    if (!token || headers['x-csrf-token'] !== token) {
      response.setHeader('x-csrf-token', 'Required');
      response.writeHead(403, { 'content-type': 'text/plain' }).end('CSRF token validation failed');
      return;
    }
    if (fault === 'rejecting')
      throw new Refusal(400, 'RU/505', 'No confirmation is allowed in the status of this order');
    const stored = perform(target, request, JSON.parse(body || '{}') as Row);
    if (fault === 'silent') return;
    if (stored) send(response, 201, { d: shown(options.sets, target, stored) });
    else response.writeHead(204).end();
  }

  await listen();
  return {
    url: () => `http://127.0.0.1:${port}`,
    /** What happens to sessions at a restart of the system or after a while. */
    forgetSessions: () => sessions.clear(),
    async provoke(next: Fault | 'well'): Promise<void> {
      fault = next;
      if (next === 'down') await close();
      else if (!server.listening) await listen();
    },
    close,
  };
}

interface Target {
  readonly name: string;
  readonly set: EntitySetOf;
  readonly row?: Row;
}

function targetOf(url: URL, sets: GatewayOptions['sets']): Target {
  const path = decodeURIComponent(url.pathname);
  const [, service, name, key] = address.exec(path.startsWith(root) ? path.slice(root.length) : '') ?? [];
  const full = `${service}/${name}`;
  const set = Object.hasOwn(sets, full) ? sets[full] : undefined;
  if (!set) throw new Refusal(404, '/IWFND/MED/170', `No service found for ${path}`);
  if (key === undefined) return { name: full, set };
  const wanted = keysOf(key, set.keys);
  const row = set.rows().find((one) => set.keys.every((field) => one[field] === wanted[field]));
  if (!row) throw new Refusal(404, '/IWBEP/CM_MGW_RT/022', `Resource not found for segment '${name}'`);
  return { name: full, set, row };
}

/** `A='1',B=''`, or the value alone where there is one key. */
function keysOf(text: string, keys: readonly string[]): Row {
  if (!text.includes('=')) return { [keys[0]!]: unquoted(text) };
  return Object.fromEntries(
    text.split(',').map((part) => {
      const equals = part.indexOf('=');
      return [part.slice(0, equals), unquoted(part.slice(equals + 1))];
    }),
  );
}

const unquoted = (text: string) => text.replace(/^(?:guid)?'(.*)'$/, '$1').replaceAll("''", "'");

function perform({ set, row }: Target, { method, headers }: IncomingMessage, body: Row): Row | undefined {
  if (method === 'POST' && !row && set.create) return set.create(body);
  if ((method === 'PATCH' || method === 'MERGE') && row && set.change) {
    const etag = headers['if-match'];
    if (!etag) throw new Refusal(428, '/IWBEP/CM_MGW_RT/021', 'If-Match is needed');
    set.change(row, body, etag);
    return undefined;
  }
  throw new Refusal(405, '/IWFND/CM_MGW/096', `Method '${method}' not allowed`);
}

/** `$filter`, `$orderby`, `$top`, `$skip`, `$expand`, `$select`, `$inlinecount`; longer lists are cut with a `__next`. */
function read(target: Target, url: URL, { sets, cut }: Pick<GatewayOptions, 'sets' | 'cut'>): object {
  const query = url.searchParams;
  const expand = query.get('$expand')?.split(',') ?? [];
  const select = query.get('$select')?.split(',');
  const entity = (row: Row) => selected(shown(sets, target, row, expand), select);
  if (target.row) return { d: entity(target.row) };
  const found = ordered(target.set.rows().filter(filterOf(query.get('$filter'))), query.get('$orderby'));
  const skip = Number(query.get('$skip') ?? 0);
  const wanted = found.slice(skip, skip + Number(query.get('$top') ?? found.length));
  const begin = Number(query.get('$skiptoken') ?? 0);
  const end = begin + (cut ?? wanted.length);
  const next = new URL(url);
  next.searchParams.set('$skiptoken', String(end));
  return {
    d: {
      ...(query.get('$inlinecount') === 'allpages' ? { __count: String(found.length) } : {}),
      results: wanted.slice(begin, end).map(entity),
      ...(end < wanted.length ? { __next: next.href } : {}),
    },
  };
}

const selected = (row: Row, select: readonly string[] | undefined): Row =>
  select ? Object.fromEntries(['__metadata', ...select].map((field) => [field, row[field]])) : row;

function ordered(rows: readonly Row[], orderby: string | null): Row[] {
  const [field = '', direction = 'asc'] = orderby?.split(' ') ?? [];
  if (field === '') return [...rows];
  const sign = direction === 'desc' ? -1 : 1;
  return [...rows].sort((a, b) => sign * compared(a[field], b[field]));
}

/** The entity with its metadata; what is below it is deferred unless expanded, as in `to_Sequence/to_Operation`. */
function shown(
  sets: GatewayOptions['sets'],
  { name, set }: Target,
  row: Row,
  expand: readonly string[] = [],
): Row {
  const key = set.keys.map((field) => `${field}='${encodeURIComponent(String(row[field]))}'`).join(',');
  const uri = `${root}${name}(${key})`;
  const [service = '', entitySet] = name.split('/');
  const below = Object.entries(set.below ?? {}).map(([property, rows]) => {
    if (expand.every((path) => path.split('/')[0] !== property))
      return [property, { __deferred: { uri: `${uri}/${property}` } }];
    const deeper = expand.flatMap((path) =>
      path.startsWith(`${property}/`) ? [path.slice(property.length + 1)] : [],
    );
    const inner = set.belowIn?.[property];
    const child = inner === undefined ? undefined : sets[`${service}/${inner}`];
    const results = rows(row).map((one) =>
      child ? shown(sets, { name: `${service}/${inner}`, set: child }, one, deeper) : one,
    );
    return [property, { results }];
  });
  const etag = set.etag ? { etag: set.etag(row) } : {};
  const type = `${service.replace(/;.*/, '')}.${entitySet}Type`;
  return { __metadata: { id: uri, uri, type, ...etag }, ...row, ...Object.fromEntries(below) };
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** SAP's error body. */
function refuse(response: ServerResponse, error: unknown): void {
  const { status, code, message } =
    error instanceof Refusal ? error : new Refusal(500, 'SY/530', String(error));
  const details = [{ code, message, severity: 'error' }];
  const value = { lang: 'en', value: message };
  if (status === 401) response.setHeader('www-authenticate', 'Basic realm="SAP"');
  send(response, status, { error: { code, message: value, innererror: { errordetails: details } } });
}

const cookieOf = (cookies: string | undefined) => /SAP_SESSIONID_S4H_100=([^;]+)/.exec(cookies ?? '')?.[1];

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

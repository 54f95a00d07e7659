import { HubError } from '../../model/errors';
import { type HttpAnswer, httpClient } from '../transports/http';
import { refusal } from './odata-failure';

export interface ODataSettings {
  /** Scheme, host and port, e.g. `https://s4.example.com:44300`. */
  readonly url: string;
  /** Where the services begin, e.g. `/sap/opu/odata/sap`. */
  readonly path: string;
  readonly user: string;
  readonly password: string;
  /** The SAP client (Mandant), three digits; the system's default where absent. */
  readonly client?: string;
  readonly timeoutMs: number;
}

/** An entity as OData V2 gives it: decimals and times are text. */
export type Entity = { readonly __metadata?: { readonly etag?: string }; readonly [field: string]: unknown };

/** One entity set of a service, as in `API_PRODUCTION_ORDER_2_SRV/A_ProductionOrder_2`. */
export type EntitySet = `${string}/${string}`;
export type Key = Readonly<Record<string, string>>;

/**
 * SAP's OData V2 over HTTP, as the S/4 gateway speaks it. Failures are HubErrors whose kind says what the ERP can have done:
 * a read that fails has done nothing, so it is transient where a write would be ambiguous.
 */
export interface OData {
  /** All entities that fit `$filter`, over all pages. */
  list(set: EntitySet, filter: string): Promise<Entity[]>;
  /** One entity, or undefined when there is none of that key. */
  read(set: EntitySet, key: Key, expand?: string): Promise<Entity | undefined>;
  /** Creates an entity, with those below it where the body nests them. Gives what the ERP stored. */
  create(set: EntitySet, body: object): Promise<Entity>;
  /** Changes the given fields only. False when the entity was changed by others since `etag` was read. */
  change(set: EntitySet, key: Key, fields: object, etag: string | undefined): Promise<boolean>;
  /** Throws when the service cannot be used with these credentials right now. */
  check(set: EntitySet): Promise<void>;
  close(): void;
}

/** Statuses whose body is SAP's own error message. The rest is judged by the HTTP client. */
const ANSWERED = [400, 403, 404, 405, 409, 412, 415, 422, 423, 428, 500, 501];
const PAGE_LIMIT = 1000;

export function openOData(settings: ODataSettings): OData {
  const http = httpClient({
    name: 'the ERP',
    baseURL: settings.url.replace(/\/+$/, ''),
    timeoutMs: settings.timeoutMs,
    auth: settings,
    headers: { accept: 'application/json', ...(settings.client ? { 'sap-client': settings.client } : {}) },
  });
  const root = `/${settings.path.replace(/^\/+|\/+$/g, '')}`;
  const session = openSession();

  async function get(method: 'GET' | 'HEAD', path: string, headers: Record<string, string> = {}) {
    try {
      const cookies = session.cookies();
      const answer = await http.request({
        method,
        path,
        headers: { ...headers, ...(cookies ? { cookie: cookies } : {}) },
        allow: ANSWERED,
      });
      session.keep(answer);
      return answer;
    } catch (error) {
      throw harmless(error);
    }
  }

  /** The token is asked from the address that will be written to, with a slash behind it, as SAP's own clients do. */
  async function token(set: EntitySet): Promise<string> {
    const known = session.token();
    if (known) return known;
    const path = `${root}/${set}/`;
    const answer = await get('HEAD', path, { 'x-csrf-token': 'Fetch' });
    if (answer.status >= 300) throw refused(answer, `HEAD ${path}`);
    const fetched = session.token();
    // A service behind a gateway that checks no tokens gives none.
    return fetched ?? '';
  }

  async function write(set: EntitySet, method: 'POST' | 'PATCH', path: string, body: object, etag?: string) {
    for (let fresh = false; ; fresh = true) {
      const csrf = await token(set);
      const answer = await http.request({
        method,
        path,
        body,
        headers: {
          ...(csrf ? { 'x-csrf-token': csrf } : {}),
          ...(session.cookies() ? { cookie: session.cookies() } : {}),
          ...(etag ? { 'if-match': etag } : {}),
        },
        allow: ANSWERED,
      });
      // The session has run out: SAP refuses before it does anything, so asking once more is safe.
      if (answer.status === 403 && asksForToken(answer) && !fresh) {
        session.forget();
        continue;
      }
      session.keep(answer);
      return answer;
    }
  }

  function refused(answer: HttpAnswer, at: string): HubError {
    return refusal(answer.status, answer.text, at, settings.password);
  }

  return {
    async list(set, filter) {
      const found: Entity[] = [];
      let path: string | undefined = `${root}/${set}?$filter=${encodeURIComponent(filter)}`;
      for (let page = 0; path && page < PAGE_LIMIT; page++) {
        const answer: HttpAnswer = await get('GET', path);
        if (answer.status >= 300) throw refused(answer, `GET ${root}/${set}`);
        const { results = [], __next } = resultOf<{ results?: Entity[]; __next?: string }>(answer);
        found.push(...results);
        path = __next && nextPath(__next);
      }
      return found;
    },
    async read(set, key, expand) {
      const path = `${root}/${set}${keyText(key)}`;
      const answer = await get('GET', expand ? `${path}?$expand=${expand}` : path);
      if (answer.status === 404) return undefined;
      if (answer.status >= 300) throw refused(answer, `GET ${path}`);
      return resultOf<Entity>(answer);
    },
    async create(set, body) {
      const path = `${root}/${set}`;
      const answer = await write(set, 'POST', path, body);
      if (answer.status >= 300) throw refused(answer, `POST ${path}`);
      return resultOf<Entity>(answer);
    },
    async change(set, key, fields, etag) {
      const path = `${root}/${set}${keyText(key)}`;
      const answer = await write(set, 'PATCH', path, fields, etag);
      if (answer.status === 412) return false;
      if (answer.status >= 300) throw refused(answer, `PATCH ${path}`);
      return true;
    },
    async check(set) {
      session.forget();
      await token(set);
    },
    close: http.close,
  };
}

/** SAP's session: one token and its cookies belong together and are sent with every write. */
function openSession() {
  const cookies = new Map<string, string>();
  let token: string | undefined;
  return {
    token: () => token,
    cookies: () => [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
    keep({ headers }: HttpAnswer) {
      for (const cookie of [headers['set-cookie'] ?? []].flat()) {
        const [pair = ''] = cookie.split(';');
        const equals = pair.indexOf('=');
        if (equals > 0) cookies.set(pair.slice(0, equals).trim(), pair.slice(equals + 1).trim());
      }
      const given = headers['x-csrf-token'];
      if (typeof given === 'string' && !/^(required|fetch)$/i.test(given)) token = given;
    },
    forget() {
      cookies.clear();
      token = undefined;
    },
  };
}

const asksForToken = ({ headers }: HttpAnswer) => /^required$/i.test(String(headers['x-csrf-token'] ?? ''));

function resultOf<T>(answer: HttpAnswer): T {
  const body = answer.json() as { d?: T } | null;
  if (body?.d === undefined)
    throw new HubError('HUB_FAILED', 'the ERP answered without a result', { value: answer.status });
  return body.d;
}

/** The next page's address is absolute; only its path is followed, so that credentials go nowhere else. */
function nextPath(next: string): string {
  const { pathname, search } = new URL(next, 'http://erp');
  return pathname + search;
}

/** `(ManufacturingOrder='1000001')`; quotes inside of a value are doubled. */
export function keyText(key: Key): string {
  const parts = Object.entries(key).map(([name, value]) => `${name}=${encodeURIComponent(literal(value))}`);
  return `(${parts.join(',')})`;
}

/** A text as an OData literal. */
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** A failed read has changed nothing, however it failed. */
function harmless(error: unknown): unknown {
  if (!(error instanceof HubError) || error.kind !== 'ambiguous') return error;
  const { code, message, at, value, todo } = error;
  return new HubError(code, message, {
    kind: 'transient',
    value,
    todo,
    cause: error.cause,
    ...(at ? { at } : {}),
  });
}

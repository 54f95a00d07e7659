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

interface Reading {
  readonly headers?: Record<string, string>;
  readonly allows?: readonly number[];
  readonly signal?: AbortSignal;
}

export interface Write {
  readonly method: 'POST' | 'PATCH';
  readonly path: string;
  /** Where the token is asked: the entity set, with a slash behind it, as SAP's own clients do. */
  readonly tokenPath: string;
  readonly body: object;
  readonly etag?: string | undefined;
}

/** Statuses whose body is SAP's own error message. The rest is judged by the HTTP client. */
const ANSWERED = [400, 403, 404, 405, 409, 412, 415, 422, 423, 428, 500, 501];

/**
 * HTTP as the SAP gateway wants it: one session of token and cookies, fetched before the first write and again when
 * it has run out. Answers up to 299 are given, others thrown, except those that the caller `allows`.
 */
export function sapGateway(settings: ODataSettings) {
  const { url, client, password, timeoutMs } = settings;
  const http = httpClient({
    name: 'the ERP',
    baseURL: url.replace(/\/+$/, ''),
    timeoutMs,
    auth: settings,
    headers: { accept: 'application/json', ...(client ? { 'sap-client': client } : {}) },
  });
  const session = openSession();

  const judged = (answer: HttpAnswer, at: string, allows: readonly number[]): HttpAnswer => {
    if (answer.status < 300 || allows.includes(answer.status)) return answer;
    throw refusal(answer.status, answer.text, at, password);
  };

  async function read(
    method: 'GET' | 'HEAD',
    path: string,
    { headers = {}, allows = [], signal }: Reading = {},
  ): Promise<HttpAnswer> {
    return harmless(async () => {
      const all = { ...headers, ...session.headers() };
      const request = { method, path, headers: all, allow: ANSWERED };
      const answer = await http.request({ ...request, ...(signal ? { signal } : {}) });
      session.keep(answer);
      return judged(answer, `${method} ${path}`, allows);
    });
  }

  /** A service behind a gateway that checks no tokens gives none. */
  async function fetchToken(path: string): Promise<void> {
    await read('HEAD', path, { headers: { 'x-csrf-token': 'Fetch' } });
  }

  return {
    get: (path: string, allows: readonly number[] = [], signal?: AbortSignal) =>
      read('GET', path, { allows, ...(signal ? { signal } : {}) }),

    async write(
      { method, path, tokenPath, body, etag }: Write,
      allows: readonly number[] = [],
    ): Promise<HttpAnswer> {
      if (!session.hasToken()) await fetchToken(tokenPath);
      const send = () =>
        http.request({
          method,
          path,
          body,
          headers: { ...session.headers(), ...session.token(), ...(etag ? { 'if-match': etag } : {}) },
          allow: ANSWERED,
        });
      let answer = await send();
      // The session has run out: SAP refuses before it does anything, so asking once more is safe.
      if (answer.status === 403 && asksForToken(answer)) {
        session.forget();
        await fetchToken(tokenPath);
        answer = await send();
      }
      session.keep(answer);
      return judged(answer, `${method} ${path}`, allows);
    },

    /** Throws when a session cannot be opened right now. */
    async openSession(tokenPath: string): Promise<void> {
      session.forget();
      await fetchToken(tokenPath);
    },
    close: http.close,
  };
}

/** SAP's session: one token and its cookies belong together. */
function openSession() {
  const cookies = new Map<string, string>();
  let token: string | undefined;
  return {
    hasToken: () => token !== undefined,
    token: (): Record<string, string> => (token === undefined ? {} : { 'x-csrf-token': token }),
    headers(): Record<string, string> {
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      return cookie === '' ? {} : { cookie };
    },
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

/** A failed read has changed nothing, however it failed: it may be repeated where a write must not. */
export async function harmless<T>(run: () => T | Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof HubError) || error.kind !== 'ambiguous') throw error;
    const { code, message, at, value, todo, cause } = error;
    throw new HubError(code, message, { kind: 'transient', value, todo, cause, ...(at ? { at } : {}) });
  }
}

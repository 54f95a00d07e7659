import axios, { AxiosHeaders, type AxiosResponse, CanceledError } from 'axios';
import { HubError } from '../../model/errors';
import { type Connections, keepAliveConnections } from './connections';

export interface HttpOptions {
  /** How failures call the counterpart, e.g. `the ERP`. */
  readonly name: string;
  readonly baseURL: string;
  /** Longest wait for one whole answer. */
  readonly timeoutMs: number;
  /** HTTP Basic. */
  readonly auth?: { readonly user: string; readonly password: string };
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Texts that no failure may repeat. The password of `auth` is one without being named here. */
  readonly secrets?: readonly string[];
}

export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Relative to `baseURL`, never absolute: the credentials go nowhere else. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object or array goes as JSON, a string as it stands (name its content-type in `headers`). */
  readonly body?: unknown;
  /** Statuses from 300 up that the caller understands: they are returned instead of thrown. */
  readonly allow?: readonly number[];
  readonly signal?: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case. A header that came several times is joined with a comma, `set-cookie` stays a list. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** The text as JSON. Throws HUB_FAILED when it is none: a login page with status 200 is not an answer. */
  json(): unknown;
}

export interface HttpClient {
  /**
   * The answer, or a HubError that says what the counterpart can have done with the request:
   *
   * - no connection: HUB_UNREACHABLE, or HUB_UNTRUSTED when its certificate is the reason (transient)
   * - connected, no whole answer: HUB_NO_ANSWER (ambiguous)
   * - 429, 503, 408, 425: HUB_BUSY (transient; `value.retryAfterMs` where the answer names it)
   * - 401: HUB_UNAUTHORIZED (transient: it says nothing about the message)
   * - other 5xx: HUB_FAILED (ambiguous); other 4xx and redirects: HUB_REJECTED (permanent)
   */
  request(request: HttpRequest): Promise<HttpAnswer>;
  /**
   * A link that the counterpart gave (a next page), as a path for `request`. Its host is not looked at: behind a
   * gateway it is often one that only the counterpart knows. Throws HUB_FAILED when it leads out of `baseURL`.
   */
  pathOf(link: string): string;
  /** Ends idle connections. May be called twice. */
  close(): void;
}

const ANSWER_LIMIT_BYTES = 64 * 1024 * 1024;
const SHOWN_CHARACTERS = 300;
const CERTIFICATE_TROUBLE = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER/;
const REFUSED_FOR_NOW: readonly number[] = [408, 425, 429, 503];

/** One counterpart's HTTP interface over kept-alive connections. The one place that classifies HTTP failures. */
export function httpClient(options: HttpOptions): HttpClient {
  const connections = keepAliveConnections(options.timeoutMs);
  const redact = redactor([...(options.secrets ?? []), ...basicSecrets(options.auth)]);
  const at = withoutCredentials(options.baseURL);
  const exchange = exchangeOver(options, connections);
  const failures = { ...options, at, redact };

  return {
    async request(request) {
      const deadline = deadlineOf(options.timeoutMs, request.signal);
      try {
        const answer = await exchange(request, deadline.signal);
        if (answer.status >= 300 && !request.allow?.includes(answer.status)) {
          throw refusal(failures, request, answer);
        }
        return answerOf(failures, request, answer);
      } catch (thrown) {
        throw thrown instanceof HubError
          ? thrown
          : noAnswer(failures, request, thrown, connections.reached(thrown));
      } finally {
        deadline.clear();
      }
    },
    pathOf(link) {
      const prefix = new URL(options.baseURL).pathname.replace(/\/$/, '');
      const { pathname, search } = new URL(link, options.baseURL);
      if (pathname.startsWith(`${prefix}/`)) return pathname.slice(prefix.length) + search;
      throw new HubError('HUB_FAILED', `${options.name} gave a link out of ${at}: ${pathname}`, { at });
    },
    close: connections.close,
  };
}

type Exchange = (request: HttpRequest, signal: AbortSignal) => Promise<AxiosResponse<string>>;

/**
 * Requests go to what axios speaks HTTP with. On the way there it would merge settings, headers and transformations that
 * are always the same, which costs as much as sending does.
 */
function exchangeOver(options: HttpOptions, connections: Connections): Exchange {
  const send = axios.getAdapter('http');
  const headers = new AxiosHeaders({ Accept: 'application/json, text/plain, */*' }).set(
    options.headers ?? {},
  );
  const always = {
    baseURL: options.baseURL,
    httpAgent: connections.http,
    httpsAgent: connections.https,
    ...(options.auth ? { auth: { username: options.auth.user, password: options.auth.password } } : {}),
    responseType: 'text',
    allowAbsoluteUrls: false,
    // Statuses are judged here, and a redirected POST would arrive as an empty GET.
    validateStatus: () => true,
    maxRedirects: 0,
    maxContentLength: ANSWER_LIMIT_BYTES,
    maxBodyLength: ANSWER_LIMIT_BYTES,
    // Plant systems are reached directly; a proxy from the environment would also catch loopback.
    proxy: false,
  } as const;
  return async ({ method, path, query, headers: own, body }, signal) => {
    if (signal.aborted) throw new CanceledError();
    const all = AxiosHeaders.concat(headers, own);
    const isJson = typeof body === 'object' && body !== null;
    if (body !== undefined)
      all.setContentType(isJson ? 'application/json' : 'application/x-www-form-urlencoded', false);
    const data = isJson ? JSON.stringify(body) : body;
    return send({ ...always, method, url: path, params: query, headers: all, data, signal });
  };
}

/** Aborts when the time is up or the caller gives up. `clear` leaves no timer and no listener behind. */
function deadlineOf(timeoutMs: number, caller?: AbortSignal) {
  const controller = new AbortController();
  const abort = () => controller.abort();
  const timer = setTimeout(abort, timeoutMs);
  if (caller?.aborted) abort();
  caller?.addEventListener('abort', abort, { once: true });
  return {
    signal: controller.signal,
    clear() {
      clearTimeout(timer);
      caller?.removeEventListener('abort', abort);
    },
  };
}

interface Failures extends HttpOptions {
  readonly at: string;
  redact(text: string): string;
}

function answerOf(
  { name, at, redact }: Failures,
  request: HttpRequest,
  answer: AxiosResponse<string>,
): HttpAnswer {
  const text = answer.data ?? '';
  return {
    status: answer.status,
    headers: answer.headers as HttpAnswer['headers'],
    text,
    json() {
      try {
        return JSON.parse(text);
      } catch {
        const message = `${name} answered ${did(request)} with ${answer.status} and no JSON: ${shorten(redact(text))}`;
        throw new HubError('HUB_FAILED', message, { at: place(at, request) });
      }
    },
  };
}

function refusal(
  { name, at, redact }: Failures,
  request: HttpRequest,
  answer: AxiosResponse<string>,
): HubError {
  const { status } = answer;
  const reason = shorten(redact(answer.data ?? ''));
  const message = `${name} answered ${did(request)} with ${status}${reason ? `: ${reason}` : ''}`;
  const detail = { at: place(at, request), value: { status } };
  if (REFUSED_FOR_NOW.includes(status)) {
    const retryAfterMs = retryAfter(String(answer.headers['retry-after'] ?? ''));
    return new HubError('HUB_BUSY', message, {
      ...detail,
      value: retryAfterMs === undefined ? { status } : { status, retryAfterMs },
    });
  }
  if (status === 401) return new HubError('HUB_UNAUTHORIZED', message, detail);
  // It may have failed after it stored the record: a 504 says nothing about what happened behind the gateway.
  if (status >= 500) return new HubError('HUB_FAILED', message, detail);
  return new HubError('HUB_REJECTED', message, detail);
}

function noAnswer(failures: Failures, request: HttpRequest, thrown: unknown, reached: boolean): HubError {
  const { name, at, redact, timeoutMs } = failures;
  const { code = '', message = '' } = thrown as { code?: string; message?: string };
  const gaveUp = code === 'ERR_CANCELED';
  // The library's own error carries the request's headers, and with them the credentials: it goes no further.
  const detail = { at: place(at, request), cause: new Error(redact(`${code} ${message}`.trim())) };
  const why = gaveUp
    ? request.signal?.aborted
      ? 'given up'
      : `within ${timeoutMs} ms`
    : redact(code || message);
  if (!reached && CERTIFICATE_TROUBLE.test(code)) {
    return new HubError('HUB_UNTRUSTED', `the certificate of ${name} is not trusted (${why})`, detail);
  }
  if (!reached) return new HubError('HUB_UNREACHABLE', `no connection to ${name} at ${at} (${why})`, detail);
  return new HubError('HUB_NO_ANSWER', `${name} gave no answer to ${did(request)} (${why})`, detail);
}

const did = (request: HttpRequest) => `${request.method} ${pathOnly(request.path)}`;
const place = (at: string, request: HttpRequest) => `${at.replace(/\/$/, '')}${pathOnly(request.path)}`;
/** Query strings carry keys and business data; messages do without. */
const pathOnly = (path: string) => path.split('?')[0]!;
const withoutCredentials = (url: string) => url.replace(/\/\/[^/@]*@/, '//');

/** Seconds or an HTTP date, as milliseconds from now; undefined when there is neither. */
function retryAfter(header: string): number | undefined {
  if (/^\d+$/.test(header)) return Number(header) * 1000;
  const until = Date.parse(header);
  return Number.isNaN(until) ? undefined : Math.max(0, until - Date.now());
}

function shorten(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > SHOWN_CHARACTERS ? `${line.slice(0, SHOWN_CHARACTERS)}…` : line;
}

function basicSecrets(auth: HttpOptions['auth']): string[] {
  if (!auth) return [];
  return [auth.password, Buffer.from(`${auth.user}:${auth.password}`).toString('base64')];
}

/** Very short secrets are not searched for: hiding every `a` would hide the message. */
function redactor(secrets: readonly string[]): (text: string) => string {
  const hidden = secrets.filter((secret) => secret.length > 3);
  return (text) => hidden.reduce((shown, secret) => shown.replaceAll(secret, '***'), text);
}

import { HubError } from '../../model/errors';
import type { HttpClient } from '../transports/http';

/** A row as Odoo gives it: false where a field is empty, [id, name] for a many2one, ids for a one2many. */
export type Row = Record<string, unknown> & { id: number };

/** Methods of Odoo's models over JSON-RPC. */
export interface Odoo {
  /** One call is one transaction: it is carried out as a whole, or not at all. */
  call(
    model: string,
    method: string,
    args: readonly unknown[],
    keywords?: object,
    signal?: AbortSignal,
  ): Promise<unknown>;
  /** Logs in and gives the id of the user. */
  logIn(): Promise<number>;
}

export interface OdooUser {
  readonly database: string;
  readonly login: string;
  readonly apiKey: string;
}

/** What Odoo answers, with status 200 in any case. */
interface Answer {
  readonly result?: unknown;
  readonly error?: {
    readonly message?: string;
    readonly data?: { readonly name?: string; readonly message?: string };
  };
}

/** Not the record's fault: the user, or the session. */
const NOBODY = new Set(['odoo.exceptions.AccessDenied', 'odoo.http.SessionExpiredException']);
/** Failures of the database between two transactions, after which everything is as it was. */
const COLLISION = /^psycopg2\.(errors|extensions|OperationalError)/;

export function odooRpc(client: HttpClient, { database, login, apiKey }: OdooUser): Odoo {
  let calls = 0;
  let user: Promise<number> | undefined;

  async function rpc(service: string, method: string, args: readonly unknown[], signal?: AbortSignal) {
    const params = { service, method, args };
    const answer = await client.request({
      method: 'POST',
      path: '/jsonrpc',
      body: { jsonrpc: '2.0', method: 'call', id: ++calls, params },
      ...(signal ? { signal } : {}),
    });
    const { result, error } = answer.json() as Answer;
    if (error) throw failure(what(method, args), error);
    return result;
  }

  async function authenticate(): Promise<number> {
    const uid = await rpc('common', 'authenticate', [database, login, apiKey, {}]);
    if (typeof uid === 'number') return uid;
    // A wrong password is no error for Odoo: the user is then false.
    throw new HubError('HUB_UNAUTHORIZED', `Odoo knows no user ${login} with that key in ${database}`);
  }

  /** Once for all callers; a failed attempt is not remembered. */
  function logIn(): Promise<number> {
    user ??= authenticate().catch((error: unknown) => {
      user = undefined;
      throw error;
    });
    return user;
  }

  return {
    logIn,
    async call(model, method, args, keywords = {}, signal) {
      const uid = await logIn();
      // Names of units and the like come in the language of the user unless one is asked for.
      const inEnglish = { context: { lang: 'en_US' }, ...keywords };
      return rpc('object', 'execute_kw', [database, uid, apiKey, model, method, args, inEnglish], signal);
    },
  };
}

/** `mrp.workorder.write`, or the service's own method. */
const what = (method: string, args: readonly unknown[]) =>
  method === 'execute_kw' ? `${String(args[3])}.${String(args[4])}` : method;

function failure(asked: string, { message, data }: NonNullable<Answer['error']>): HubError {
  const name = data?.name ?? 'unknown';
  const text = `Odoo refused ${asked} (${name}): ${data?.message || message || 'no reason given'}`;
  const detail = { at: asked, value: { name } };
  if (NOBODY.has(name)) return new HubError('HUB_UNAUTHORIZED', text, detail);
  if (COLLISION.test(name)) return new HubError('HUB_BUSY', text, detail);
  return new HubError('HUB_REJECTED', text, detail);
}

/** `[5, "Press 1"]` → 5; false → undefined. */
export const idOf = (many2one: unknown): number | undefined =>
  Array.isArray(many2one) ? Number(many2one[0]) : undefined;

/** `2026-03-02 05:00:00`, which is UTC, as milliseconds. */
export const utcToMs = (text: string): number => Date.parse(`${text.replace(' ', 'T')}Z`);

/** The reverse, to the second. */
export const utc = (ms: number): string => new Date(ms).toISOString().slice(0, 19).replace('T', ' ');

import { HubError } from '../../model/errors';
import type { HttpAnswer, HttpClient, HttpRequest } from '../transports/http';

/** A document of ERPNext with its tables, in ERPNext's names. */
export type Doc = Record<string, unknown> & { name: string; modified: string };

/** `["docstatus", "=", 1]`, as the `filters` parameter takes it. */
export type Filter = readonly [field: string, operator: '=' | '!=' | '>=' | 'in', value: unknown];

/** The REST interface of one site. Failures carry what ERPNext said, without its HTML. */
export interface Site {
  /** All documents that pass, in order of their change, with the named fields: a list has no tables. */
  list(
    doctype: string,
    filters: readonly Filter[],
    fields: readonly string[],
    signal?: AbortSignal,
  ): Promise<Doc[]>;
  read(doctype: string, name: string, signal?: AbortSignal): Promise<Doc>;
  create(doctype: string, fields: object): Promise<Doc>;
  /** Changes the fields that are named; a table that is named is replaced. `modified` must be as it was read. */
  change(doctype: string, name: string, fields: { modified: string } & object): Promise<Doc>;
  /** Throws when nobody is logged in with these credentials. */
  whoAmI(): Promise<unknown>;
}

/** What ERPNext says with an answer that is no success. */
interface Failure {
  exc_type?: string;
  exception?: string;
  /** JSON in a string: a list of strings, each of which is a JSON object with a `message` in HTML. */
  _server_messages?: string;
}

const UNDERSTOOD = [403, 404, 409, 417];
/** The whole request was rolled back because somebody else was at the document: it may be tried again. */
const FOR_NOW = new Set([
  'TimestampMismatchError',
  'DocumentLockedError',
  'QueryDeadlockError',
  'QueryTimeoutError',
]);

export function site(client: HttpClient, pageSize: number): Site {
  const at = (doctype: string, name?: string) =>
    ['/api/resource', doctype, ...(name === undefined ? [] : [name])].map(encoded).join('/');

  async function ask(request: HttpRequest): Promise<unknown> {
    const answer = await client.request({ ...request, allow: UNDERSTOOD });
    if (answer.status >= 300) throw refusal(request, answer);
    return answer.json();
  }
  const data = async <T>(request: HttpRequest) => ((await ask(request)) as { data: T }).data;

  return {
    async list(doctype, filters, fields, signal) {
      const rows = new Map<string, Doc>();
      let last: string | undefined;
      let skip = 0;
      for (;;) {
        // The next portion begins at the time that the last one ended with: of a list that is counted through, a row
        // goes missing when one before it is changed meanwhile.
        const since: Filter[] = last === undefined ? [] : [['modified', '>=', last]];
        const page = await data<Doc[]>({
          method: 'GET',
          path: at(doctype),
          query: {
            filters: JSON.stringify([...filters, ...since]),
            fields: JSON.stringify([...new Set(['name', 'modified', ...fields])]),
            order_by: 'modified asc',
            // Without it, a list ends after 20 rows and does not say so.
            limit_page_length: pageSize,
            limit_start: skip,
          },
          ...(signal ? { signal } : {}),
        });
        for (const row of page) rows.set(row.name, row);
        if (page.length < pageSize) return [...rows.values()];
        const { modified } = page.at(-1) as Doc;
        skip = modified === last ? skip + page.length : 0;
        last = modified;
      }
    },
    read: (doctype, name, signal) =>
      data({ method: 'GET', path: at(doctype, name), ...(signal ? { signal } : {}) }),
    create: (doctype, fields) => data({ method: 'POST', path: at(doctype), body: fields }),
    change: (doctype, name, fields) => data({ method: 'PUT', path: at(doctype, name), body: fields }),
    whoAmI: () => ask({ method: 'GET', path: '/api/method/frappe.auth.get_logged_user' }),
  };
}

const encoded = (part: string) => (part.startsWith('/') ? part : encodeURIComponent(part));

function refusal(request: HttpRequest, answer: HttpAnswer): HubError {
  const failure = failureOf(answer);
  const type = failure.exc_type ?? String(answer.status);
  const reason = messages(failure).join(' ') || failure.exception || 'no reason given';
  const message = `ERPNext refused ${request.method} ${decodeURIComponent(request.path)} (${type}): ${reason}`;
  const code = FOR_NOW.has(type) ? 'HUB_BUSY' : 'HUB_REJECTED';
  return new HubError(code, message, { at: request.path, value: { status: answer.status, type } });
}

function failureOf(answer: HttpAnswer): Failure {
  try {
    return JSON.parse(answer.text) as Failure;
  } catch {
    return { exception: plain(answer.text).slice(0, 300) };
  }
}

/** What a person would have seen on the screen. */
function messages({ _server_messages: said }: Failure): string[] {
  try {
    return (JSON.parse(said ?? '[]') as string[]).map((one) => {
      const { message } = JSON.parse(one) as { message?: string };
      return plain(message ?? one);
    });
  } catch {
    return said ? [plain(said)] : [];
  }
}

const plain = (html: string) =>
  html
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();

/** Whether somebody else has changed the document since it was read. */
export function isOutdated(error: unknown): boolean {
  const { value } = error as { value?: { type?: string } };
  return value?.type === 'TimestampMismatchError';
}

/** `2026-03-02 06:00:00.123456` as milliseconds, as if it were UTC: good for comparing and for adding. */
export function naiveToMs(text: string): number {
  return Date.parse(`${text.replace(' ', 'T').replace(/(\.\d{3})\d+$/, '$1')}Z`);
}

/** The reverse, to the second. */
export function naive(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
}

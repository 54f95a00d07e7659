import { HubError } from '../../model/errors';
import type { Receipt } from '../adapter';
import type { HttpAnswer, HttpClient } from '../transports/http';

/** A row of a frePPLe table, in frePPLe's names. */
export type Row = Record<string, unknown>;

/** frePPLe's input tables and tasks over REST. */
export interface Tables {
  /** All rows that pass the filters, over all pages. */
  list(table: string, filters: Readonly<Record<string, string>>, signal?: AbortSignal): Promise<Row[]>;
  /** One row by its primary key; undefined when there is none. */
  find(table: string, key: string): Promise<Row | undefined>;
  /** Adds the row, or changes the fields that it names. Gives the row as it is then. */
  upsert(table: string, row: Row): Promise<Row>;
  /** Changes fields of the row of that primary key. */
  change(table: string, key: string, fields: Row): Promise<void>;
  /** Takes the row of that primary key out; nothing where there is none. */
  remove(table: string, key: string): Promise<void>;
  /** Launches a task and does not wait for its end. */
  run(task: string, parameters: URLSearchParams): Promise<Receipt>;
}

export function tables(client: HttpClient): Tables {
  const at = (table: string, key?: string) =>
    `/api/input/${table}/${key === undefined ? '' : `${encodeURIComponent(key)}/`}`;

  return {
    async list(table, filters, signal) {
      const rows: Row[] = [];
      const query = { format: 'json', ...filters };
      const asked = signal ? { signal } : {};
      let answer = await client.request({ method: 'GET', path: at(table), query, ...asked });
      for (;;) {
        const { results, next } = pageOf(answer.json());
        rows.push(...results);
        if (!next) return rows;
        answer = await client.request({ method: 'GET', path: client.pathOf(next), ...asked });
      }
    },
    async find(table, key) {
      const query = { format: 'json' };
      const answer = await client.request({ method: 'GET', path: at(table, key), query, allow: [404] });
      return answer.status === 404 ? undefined : (answer.json() as Row);
    },
    async upsert(table, row) {
      const answer = await client.request({ method: 'POST', path: at(table), body: [row], allow: [400] });
      if (answer.status === 400) throw refused(table, row, answer);
      return (answer.json() as Row[])[0] ?? row;
    },
    async change(table, key, fields) {
      const answer = await client.request({
        method: 'PATCH',
        path: at(table, key),
        body: fields,
        allow: [400],
      });
      if (answer.status === 400) throw refused(table, fields, answer);
    },
    async remove(table, key) {
      await client.request({ method: 'DELETE', path: at(table, key), allow: [404] });
    },
    async run(task, parameters) {
      const path = `/execute/api/${task}/`;
      const answer = await client.request({ method: 'POST', path, query: Object.fromEntries(parameters) });
      const { taskid, message } = answer.json() as { taskid?: number; message?: string };
      // A task that could not be launched is answered with 200 as well, and a message instead of an id.
      if (taskid === undefined)
        throw new HubError('HUB_REJECTED', `frePPLe ran no ${task}: ${message}`, { at: path });
      return { counterpartId: String(taskid), answer: { message } };
    },
  };
}

/** A table answers with a plain list, or with pages where the server has paging switched on. */
function pageOf(answer: unknown): { results: Row[]; next?: string | null } {
  return Array.isArray(answer) ? { results: answer as Row[] } : (answer as { results: Row[]; next?: string });
}

/** frePPLe answers a refused list with one object of errors a row: field → reasons. */
function refused(table: string, row: Row, answer: HttpAnswer): HubError {
  const answered = answer.json();
  const errors = ((Array.isArray(answered) ? answered[0] : answered) ?? {}) as Record<string, unknown>;
  const issues = Object.entries(errors).map(([path, reasons]) => ({
    rule: 'counterpart',
    path,
    message: [reasons].flat().join(' '),
    value: row[path],
  }));
  const name = row.reference ?? row.name ?? '';
  const reasons = issues.map(({ path, message }) => `${path}: ${message}`).join('; ');
  return new HubError('HUB_REJECTED', `frePPLe refused ${table} ${name}: ${reasons}`, {
    at: `/api/input/${table}/`,
    value: issues[0]?.value,
    issues,
  });
}

/** A naive time as milliseconds, as if it were UTC: good for comparing and for adding. */
export function naiveToMs(text: string): number {
  return Date.parse(`${text.replace(' ', 'T').replace(/(\.\d{3})\d+$/, '$1')}Z`);
}

/** The reverse, to the second. */
export function naive(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19);
}

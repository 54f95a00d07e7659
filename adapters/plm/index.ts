import { HubError, type Issue } from '../../model/errors';
import type { Adapter, NativeRecord, RawRecord } from '../adapter';
import { httpClient } from '../transports/http';
import { parseJson } from '../transports/json-text';

interface PlmConfig {
  url?: string;
  token?: string;
  timeoutMs: number;
}

/**
 * A PLM that posts each released revision of a product (M-BOM and process plan) with its change notice as JSON, in
 * the shape of mappings/plm/native/ProductRevision.schema.json, and that may be told how the change fared.
 */
export const plmJson: Adapter<PlmConfig> = {
  name: 'plm-json',
  summary: 'Takes product revisions that a PLM posts as JSON, and reports how their change notices fared.',
  settings: {
    url: {
      type: 'string',
      description: 'Base address for reporting the status of change notices. Without it nothing is reported.',
      optional: true,
    },
    token: { type: 'string', description: 'Bearer token for that address.', secret: true, optional: true },
    timeoutMs: { type: 'number', description: 'Longest wait for an answer in ms.', default: 10_000 },
  },
  receives: ['ProductRevision'],
  sends: ['ChangeStatus'],
  // A status says the whole state of its notice, so that repeating it changes nothing.
  promises: { sendIsIdempotent: true, keepsOrder: true },
  read,

  async open({ url, token, timeoutMs }) {
    const headers: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {};
    const secrets = token ? [token] : [];
    const plm = url ? httpClient({ name: 'the PLM', baseURL: url, timeoutMs, headers, secrets }) : undefined;
    return {
      async check() {
        await plm?.request({ method: 'GET', path: '/change-notices', query: { limit: 1 } });
      },
      async send(record) {
        if (record.type !== 'ChangeStatus') {
          throw new HubError('HUB_TAKES_NOTHING', `the PLM takes no ${record.type}`, { value: record.type });
        }
        if (!plm) throw new HubError('HUB_TAKES_NOTHING', 'the PLM has no url to report to');
        const path = `/change-notices/${encodeURIComponent(record.key)}/status`;
        const idempotency = { 'idempotency-key': record.id };
        const answer = await plm.request({ method: 'POST', path, headers: idempotency, body: record.body });
        return { counterpartId: record.key, answer: { status: answer.status } };
      },
      async close() {
        plm?.close();
      },
    };
  },
};

/**
 * One product revision a body. Only what names the record is looked at here; the rest is the mapping's schema.
 * The id is product, revision and change notice: a correction under the same notice carries the next
 * `changeNotice.issue`, without it the second copy is taken for a repetition.
 */
function read({ text }: RawRecord): NativeRecord[] {
  const body = parsed(text);
  const named = {
    number: nameAt(body, 'product', 'number'),
    revision: nameAt(body, 'product', 'revision'),
    notice: nameAt(body, 'changeNotice', 'id'),
  };
  const issues = Object.values(named).filter((found): found is Issue => typeof found !== 'string');
  if (issues.length > 0) {
    const paths = issues.map(({ path }) => path).join(', ');
    const detail = { at: issues[0]!.path, value: issues[0]!.value, issues };
    throw new HubError('HUB_INVALID', `the product revision lacks ${paths}`, detail);
  }
  const issue = (body.changeNotice as { issue?: unknown }).issue;
  const id = [named.number, named.revision, named.notice, ...(issue === undefined ? [] : [issue])].join('/');
  return [{ type: 'ProductRevision', key: named.number as string, id, body }];
}

function parsed(text: string): Record<string, unknown> {
  const body = parseJson(text, 'the product revision');
  if (typeof body === 'object' && body !== null && !Array.isArray(body))
    return body as Record<string, unknown>;
  throw new HubError('HUB_INVALID', 'a product revision is one JSON object', { value: text.slice(0, 80) });
}

/** The text at `group.field`, or the issue that there is none. */
function nameAt(body: Record<string, unknown>, group: string, field: string): string | Issue {
  const value = (body[group] as Record<string, unknown> | null | undefined)?.[field];
  if (typeof value === 'string' && value.trim() !== '') return value;
  const path = `${group}.${field}`;
  return { rule: 'required', path, message: `${path} must be a text that is not empty`, value };
}

import { HubError } from '../../model/errors';
import type { Kit } from '../kit';
import { type KitAnswer, type KitRequest, kitServer, outbox } from '../transports/kit-server';

const TOKEN = 'json-7f41c2';

/** What was sent to the system and is there now. */
interface Taken {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
}

/**
 * Any system that speaks JSON: posts documents to the hub, answers every GET with the rows that it has under that path,
 * and keeps whatever is sent to it, of a list the entries, each with a result; but nothing that holds a value which it
 * was told to refuse (event `refuse`). `options.list` names the field that lists stand in; `.` is the answer itself.
 */
export const httpJsonKit: Kit = {
  faults: ['down', 'busy', 'rejecting', 'silent'],
  samples: {
    settings: {
      records: { Order: { key: 'number', id: 'event' } },
      send: {
        Receipt: {
          path: '/orders/{key}/receipts',
          repeatable: true,
          batch: { max: 10, mark: 'delivery', results: 'results', status: 'status' },
        },
      },
    },
    event: (key) => ({ event: 'document', data: { number: key, event: `${key}/1`, state: 'REL' } }),
    record: (key) => ({ type: 'Receipt', key, body: { order: key, good: 4 } }),
  },

  async start({ hubUrl, system = 'shop', port, options } = {}) {
    const taken = new Map<string, Taken>();
    const rows = new Map<string, unknown[]>();
    const refused = new Set<string>();
    const list = String(options?.list ?? 'items');
    const door = outbox(`${hubUrl}/intake/${encodeURIComponent(system)}`);
    const server = await kitServer({
      ...(port === undefined ? {} : { port }),
      answer: (request) => answer({ taken, rows, list, refused }, request),
      refusal: closed,
    });

    return {
      config: { url: server.url, token: TOKEN, timeoutMs: Number(options?.timeoutMs ?? 2000) },
      async emit(event, data) {
        if (event === 'row') {
          const { path, row } = data as { path: string; row: unknown };
          rows.set(path, [...(rows.get(path) ?? []), row]);
          return { path, row };
        }
        if (event === 'refuse') {
          const { value, no = true } = data as { value: string; no?: boolean };
          if (no) refused.add(value);
          else refused.delete(value);
          return { refused: [...refused] };
        }
        if (event !== 'document')
          throw new HubError('HUB_WRONG_USE', `the JSON kit knows no event '${event}'`);
        if (!hubUrl) throw new HubError('HUB_WRONG_USE', 'the JSON kit pushes documents and needs hubUrl');
        return { document: data, confirmed: await door.push('application/json', JSON.stringify(data)) };
      },
      async holds(what = 'taken') {
        return what === 'outbox' ? [...door.waiting()] : [...taken.values()];
      },
      provoke: server.provoke,
      async stop() {
        door.close();
        await server.stop();
      },
    };
  },
};

interface Kept {
  readonly taken: Map<string, Taken>;
  readonly rows: ReadonlyMap<string, readonly unknown[]>;
  readonly list: string;
  /** Values that make it refuse an entry of a list. */
  readonly refused: ReadonlySet<string>;
}

const closed = { status: 422, body: { error: 'That order is closed.' } };

function isRefused(entry: unknown, refused: ReadonlySet<string>): boolean {
  return Object.values((entry ?? {}) as object).some((value) => refused.has(String(value)));
}

/** Entries are marked by `delivery`; behind one that is refused it looks at none. */
function takeList(
  taken: Map<string, Taken>,
  refused: ReadonlySet<string>,
  { method, path, body }: { method: string; path: string; body: readonly Record<string, unknown>[] },
): KitAnswer {
  const results: object[] = [];
  for (const { delivery, ...entry } of body) {
    const mark = String(delivery);
    if (isRefused(entry, refused)) {
      results.push({ status: closed.status, ...closed.body });
      break;
    }
    results.push({ status: taken.has(mark) ? 200 : 201, id: mark });
    if (!taken.has(mark)) taken.set(mark, { method, path, body: entry });
  }
  return { status: 207, body: { results } };
}

function answer(
  { taken, rows, list, refused }: Kept,
  { method, path, headers, text }: KitRequest,
): KitAnswer {
  if (headers.authorization !== `Bearer ${TOKEN}`) return { status: 401, body: { error: 'Who are you?' } };
  if (method === 'GET') {
    const found = rows.get(path) ?? [];
    return { status: 200, body: list === '.' ? found : { [list]: found } };
  }
  const body: unknown = text === '' ? undefined : JSON.parse(text);
  if (Array.isArray(body)) return takeList(taken, refused, { method, path, body });
  if (isRefused(body, refused)) return closed;
  // A PUT stands under its address; of all else, the sender's mark says what is there already.
  const mark = method === 'PUT' ? path : String(headers['idempotency-key'] ?? taken.size);
  if (method !== 'PUT' && taken.has(mark)) return { status: 200, body: { id: mark, already: true } };
  taken.set(mark, { method, path, body });
  return { status: 201, body: { id: mark } };
}

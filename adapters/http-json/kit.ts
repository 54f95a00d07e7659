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
 * and keeps whatever is sent to it. `options.list` names the field that lists stand in; `.` is the answer itself.
 */
export const httpJsonKit: Kit = {
  faults: ['down', 'busy', 'rejecting', 'silent'],
  samples: {
    settings: {
      records: { Order: { key: 'number', id: 'event' } },
      send: { Receipt: { path: '/orders/{key}/receipts', repeatable: true } },
    },
    event: (key) => ({ event: 'document', data: { number: key, event: `${key}/1`, state: 'REL' } }),
    record: (key) => ({ type: 'Receipt', key, body: { order: key, good: 4 } }),
  },

  async start({ hubUrl, system = 'shop', port, options } = {}) {
    const taken = new Map<string, Taken>();
    const rows = new Map<string, unknown[]>();
    const list = String(options?.list ?? 'items');
    const door = outbox(`${hubUrl}/intake/${encodeURIComponent(system)}`);
    const server = await kitServer({
      ...(port === undefined ? {} : { port }),
      answer: (request) => answer({ taken, rows, list }, request),
      refusal: { status: 422, body: { error: 'That order is closed.' } },
    });

    return {
      config: { url: server.url, token: TOKEN, timeoutMs: Number(options?.timeoutMs ?? 2000) },
      async emit(event, data) {
        if (event === 'row') {
          const { path, row } = data as { path: string; row: unknown };
          rows.set(path, [...(rows.get(path) ?? []), row]);
          return { path, row };
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
}

function answer({ taken, rows, list }: Kept, { method, path, headers, text }: KitRequest): KitAnswer {
  if (headers.authorization !== `Bearer ${TOKEN}`) return { status: 401, body: { error: 'Who are you?' } };
  if (method === 'GET') {
    const found = rows.get(path) ?? [];
    return { status: 200, body: list === '.' ? found : { [list]: found } };
  }
  // A PUT stands under its address; of all else, the sender's mark says what is there already.
  const mark = method === 'PUT' ? path : String(headers['idempotency-key'] ?? taken.size);
  if (method !== 'PUT' && taken.has(mark)) return { status: 200, body: { id: mark, already: true } };
  taken.set(mark, { method, path, body: text === '' ? undefined : JSON.parse(text) });
  return { status: 201, body: { id: mark } };
}

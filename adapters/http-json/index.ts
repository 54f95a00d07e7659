import { HubError } from '../../model/errors';
import type { Adapter, Batch, Connection, Declared, OpenOptions, Outgoing, Receipt } from '../adapter';
import { type HttpAnswer, type HttpClient, httpClient } from '../transports/http';
import { parseJson } from '../transports/json-text';
import { sendBatch } from './batch';
import { valueAt } from './path';
import { receivePolled } from './poll';
import { readDocument } from './read';
import { contradictions, type HttpJsonConfig, type SendSpec, settings } from './settings';

/**
 * Any system that speaks JSON over HTTP. Which records it hands over and takes, how they are told, named, fetched and
 * sent, is said in its settings; what they mean is said in mappings. Nothing is programmed.
 */
export const httpJson: Adapter<HttpJsonConfig> = {
  name: 'http-json',
  summary: 'Takes, fetches and sends JSON over HTTP as its settings say, for systems without an adapter.',
  settings,
  contradictions,
  receives: [],
  sends: [],
  promises: { sendIsIdempotent: true, keepsOrder: true },
  declares: ({ records, send }) => ({
    receives: Object.keys(records),
    sends: Object.keys(send),
    promises: { sendIsIdempotent: Object.values(send).every(isRepeatable), keepsOrder: true },
    ...batchesOf(send),
  }),

  read({ text }, config) {
    const { records, poll } = config ?? nothingSaid;
    const pushed = Object.entries(records).filter(([type]) => !Object.hasOwn(poll, type));
    const document = parseJson(text, 'the document');
    const found = readDocument(document, Object.fromEntries(pushed));
    return found.map((record) => (record.body === document ? { ...record, text } : record));
  },

  async open(config, options) {
    const client = config.url === undefined ? undefined : clientOf(config, config.url);
    return connect(client, config, options);
  },
};

const nothingSaid: Pick<HttpJsonConfig, 'records' | 'poll'> = { records: {}, poll: {} };

function batchesOf(send: HttpJsonConfig['send']): Pick<Declared, 'batches'> {
  const batches = Object.entries(send).flatMap(([type, { batch }]): [string, Batch][] =>
    batch ? [[type, { max: batch.max, acknowledges: batch.results === undefined ? 'all' : 'each' }]] : [],
  );
  return batches.length === 0 ? {} : { batches: Object.fromEntries(batches) };
}

/** A PUT says what is to be there, however often. */
const isRepeatable = ({ method, repeatable }: SendSpec) => repeatable ?? method === 'PUT';

function clientOf(config: HttpJsonConfig, url: string): HttpClient {
  const { user, password = '', token, tokenHeader, timeoutMs } = config;
  const bearer = tokenHeader === undefined ? 'Bearer ' : '';
  return httpClient({
    name: 'the system',
    baseURL: url,
    timeoutMs,
    ...(token === undefined ? {} : { headers: { [tokenHeader ?? 'authorization']: bearer + token } }),
    ...(token === undefined && user !== undefined ? { auth: { user, password } } : {}),
    secrets: [token, password].filter((secret) => secret !== undefined),
  });
}

function connect(client: HttpClient | undefined, config: HttpJsonConfig, options: OpenOptions): Connection {
  const isPolled = Object.keys(config.poll).length > 0;
  return {
    ...(client && isPolled
      ? { receive: (accept, signal) => receivePolled(client, config, options, accept, signal) }
      : {}),
    async send(record) {
      const spec = Object.hasOwn(config.send, record.type) ? config.send[record.type] : undefined;
      if (!client || !spec) {
        const message = `the system takes no ${record.type}: its settings say nothing of it under send`;
        throw new HubError('HUB_TAKES_NOTHING', message, { value: record.type });
      }
      return send(client, spec, record);
    },
    ...(Object.values(config.send).some(({ batch }) => batch)
      ? {
          async sendBatch(records: readonly Outgoing[]) {
            const spec = config.send[records[0]!.type];
            if (!client || !spec?.batch)
              throw new HubError('HUB_TAKES_NOTHING', 'the system takes no batches of that type', {
                value: records[0]!.type,
              });
            return sendBatch(client, { ...spec, batch: spec.batch }, records);
          },
        }
      : {}),
    async check() {
      if (client) await look(client, config.checkPath);
    },
    async close() {
      client?.close();
    },
  };
}

async function send(client: HttpClient, spec: SendSpec, record: Outgoing): Promise<Receipt> {
  const isJson = typeof record.body === 'object' && record.body !== null;
  const text = isJson ? JSON.stringify(record.body) : undefined;
  const answer = await client.request({
    method: spec.method,
    path: spec.path.replaceAll('{key}', encodeURIComponent(record.key)),
    headers: {
      [spec.idempotencyHeader]: record.id,
      ...(record.replayOf === undefined ? {} : { 'esperanto-replay-of': record.replayOf }),
      accept: 'application/json',
      ...(isJson ? { 'content-type': 'application/json' } : {}),
    },
    body: text ?? record.body,
    allow: spec.ok,
  });
  const counterpartId = spec.id === undefined ? undefined : idIn(answer, spec.id);
  return {
    ...(counterpartId === undefined ? {} : { counterpartId }),
    answer: { status: answer.status },
    ...(text === undefined ? {} : { sentText: text }),
  };
}

/** It is taken whatever stands in the answer, so that an answer without id is no failure. */
function idIn({ text }: HttpAnswer, path: string): string | undefined {
  try {
    const id = valueAt(path, JSON.parse(text));
    return typeof id === 'string' || typeof id === 'number' ? String(id) : undefined;
  } catch {
    return undefined;
  }
}

/** Few systems answer at their base address; one that refuses what is asked there is well. */
async function look(client: HttpClient, path: string | undefined): Promise<void> {
  try {
    await client.request({ method: 'GET', path: path ?? '' });
  } catch (thrown) {
    if (path !== undefined || !(thrown instanceof HubError) || thrown.code !== 'HUB_REJECTED') throw thrown;
  }
}

import { HubError } from '../../model/errors';
import type { Kit } from '../kit';
import { type KitAnswer, type KitRequest, kitServer, outbox } from '../transports/kit-server';
import { type ProductRevision, processValve } from './revisions';

const TOKEN = 'plm-5c2f90';

/** What `emit('revision', …)` takes: whatever differs from the example plant's revision A or B. */
type Differences = {
  revision?: string;
  effectiveFrom?: string;
  changeNotice?: Partial<ProductRevision['changeNotice']>;
  product?: Partial<ProductRevision['product']> | string;
  bom?: ProductRevision['bom'];
  processPlan?: ProductRevision['processPlan'];
};

/** A PLM that posts revisions to the hub and keeps the status that it is told of each change notice. */
export const plmKit: Kit = {
  faults: ['down', 'busy', 'rejecting', 'silent'],
  samples: {
    event: (key) => ({ event: 'revision', data: { revision: 'A', product: key } }),
    record: (key) => ({ type: 'ChangeStatus', key, body: { id: key, state: 'carried out', orders: [] } }),
  },

  async start({ hubUrl, system = 'plm', port, options } = {}) {
    const statuses = new Map<string, unknown>();
    const door = outbox(`${hubUrl}/intake/${encodeURIComponent(system)}`);
    const server = await kitServer({
      ...(port === undefined ? {} : { port }),
      answer: (request) => answer(statuses, request),
      refusal: { status: 422, body: { error: 'The change notice is closed.' } },
    });

    return {
      config: { url: server.url, token: TOKEN, timeoutMs: Number(options?.timeoutMs ?? 2000) },
      async emit(event, data) {
        if (event !== 'revision')
          throw new HubError('HUB_WRONG_USE', `the PLM kit knows no event '${event}'`);
        if (!hubUrl) throw new HubError('HUB_WRONG_USE', 'the PLM kit pushes and needs hubUrl');
        const revision = revisionOf((data ?? {}) as Differences);
        return { revision, confirmed: await door.push('application/json', JSON.stringify(revision)) };
      },
      async holds(what = 'statuses') {
        return what === 'outbox' ? [...door.waiting()] : [...statuses.values()];
      },
      provoke: server.provoke,
      async stop() {
        door.close();
        await server.stop();
      },
    };
  },
};

function revisionOf(differences: Differences): ProductRevision {
  const { revision = 'A', effectiveFrom = new Date().toISOString(), bom, processPlan } = differences;
  const product =
    typeof differences.product === 'string' ? { number: differences.product } : differences.product;
  const usual = processValve(revision, effectiveFrom);
  return {
    changeNotice: { ...usual.changeNotice, ...differences.changeNotice },
    product: { ...usual.product, ...product },
    bom: bom ?? usual.bom,
    processPlan: processPlan ?? usual.processPlan,
  };
}

function answer(statuses: Map<string, unknown>, { method, path, headers, text }: KitRequest): KitAnswer {
  if (headers.authorization !== `Bearer ${TOKEN}`) return { status: 401, body: { error: 'Who are you?' } };
  if (method === 'GET' && path === '/change-notices') return { status: 200, body: [...statuses.keys()] };
  const notice = /^\/change-notices\/([^/]+)\/status$/.exec(path)?.[1];
  if (method !== 'POST' || notice === undefined) return { status: 404, body: { error: 'No such address.' } };
  statuses.set(decodeURIComponent(notice), JSON.parse(text));
  return { status: 204 };
}

import { HubError } from '../../model/errors';
import type { Message } from '../../model/message';
import type { Kit } from '../kit';
import { kitServer } from '../transports/kit-server';
import { DOOR, mesDoor, refusal } from './kit-door';
import { orderBook, type SegmentReport } from './kit-orders';
import { type SoapOutbox, soapOutbox } from './kit-outbox';
import { order, performance } from './kit-samples';

/**
 * A small MES. It takes B2MML transactions over SOAP, keeps its orders, books what each good piece of a machine consumed,
 * lets an operator report the manual segments, and posts its performance to the hub's SOAP address.
 *
 * Events: `performance` (a message to post as it stands), `report` ({order, segment, state?, good?}: an operator's report).
 * Holds: `messages` (what it took, the default), `orders`, `performances` (what it posted or has to post), `outbox`
 * (not confirmed yet), `refused` (by the hub). Options: `autoManual` (true), `machines` (`['PRESS-01']`), `timeoutMs`.
 */
export const mesKit: Kit = {
  faults: ['down', 'busy', 'rejecting', 'silent'],
  samples: {
    event: (key) => ({ event: 'performance', data: performance(key) }),
    record: (key) => ({ type: 'B2MML', key, body: order(key) }),
  },

  async start({ hubUrl, system = 'mes', port, options } = {}) {
    const outbox = hubUrl ? soapOutbox(`${hubUrl}/soap/${encodeURIComponent(system)}`) : undefined;
    const { machines = ['PRESS-01'], autoManual = true, timeoutMs = 2000 } = (options ?? {}) as KitChoices;
    const book = orderBook({ machines, autoManual, now: () => new Date() });
    const messages: Message[] = [];
    const performances: Message[] = [];

    const post = (message: Message) => {
      performances.push(message);
      return outbox?.push(message);
    };
    /** Nobody waits for these: what the hub refuses is kept in the outbox for people to see. */
    const postAll = (reports: Message[]) => {
      for (const report of reports) post(report)?.catch(() => {});
    };

    const door = await mesDoor((message) => {
      postAll(book.take(message));
      messages.push(message);
    });
    const server = await kitServer({ ...(port === undefined ? {} : { port }), answer: door, refusal });

    return {
      config: { url: `${server.url}${DOOR}`, timeoutMs },
      async emit(event, data) {
        if (event === 'report') {
          const reports = book.report(data as SegmentReport);
          postAll(reports);
          return reports;
        }
        if (event !== 'performance')
          throw new HubError('HUB_WRONG_USE', `the MES kit knows no event '${event}'`);
        if (!outbox) throw new HubError('HUB_WRONG_USE', 'the MES kit pushes and needs hubUrl');
        return { confirmed: await post(data as Message) };
      },
      async holds(what = 'messages') {
        return held(what, { messages, performances, orders: book.orders(), outbox });
      },
      provoke: server.provoke,
      async stop() {
        outbox?.close();
        await server.stop();
      },
    };
  },
};

interface KitChoices {
  readonly machines?: readonly string[];
  readonly autoManual?: boolean;
  readonly timeoutMs?: number;
}

interface Kept {
  readonly messages: readonly Message[];
  readonly performances: readonly Message[];
  readonly orders: readonly unknown[];
  readonly outbox: SoapOutbox | undefined;
}

function held(what: string, { outbox, ...kept }: Kept): unknown[] {
  if (what === 'outbox') return [...(outbox?.waiting() ?? [])];
  if (what === 'refused') return [...(outbox?.refused() ?? [])];
  const list = kept[what as keyof typeof kept];
  if (!list) throw new HubError('HUB_WRONG_USE', `the MES kit holds no '${what}'`);
  // A copy: what a test saw must not change under it.
  return structuredClone([...list]);
}

import { HubError } from '../../model/errors';
import type { Counterpart, Kit, KitOptions } from '../kit';
import { type HttpClient, httpClient } from '../transports/http';
import { orderComponents, orders as orderHeaders } from './components';
import { confirmations } from './confirmation';
import { componentSet, confirmationSet, operationSet, orderSet } from './kit-entities';
import { startGateway } from './kit-gateway';
import { idocWriter } from './kit-idoc';
import {
  type BillData,
  type BillItem,
  masters,
  type RoutingData,
  type RoutingOperation,
} from './kit-masters';
import { orderBook } from './kit-orders';
import type { MaterialData, Operation, OrderData, WorkCentreData } from './kit-plant';
import { ticketInbox } from './kit-tickets';
import type { SapConfig } from './sap';

const orderOperations = 'API_PRODUCTION_ORDER_2_SRV/A_ProductionOrderOperation_2';
const user = 'HUB_COMM';
const password = 'Wall-Nut-1000';
const betweenTriesMs = 200;

/**
 * A stand-in for S/4HANA.
 *
 * - `emit('material' | 'work-centre' | 'order' | 'order-change' | 'bom-idoc' | 'routing-idoc', data)` sends an IDoc to the hub's door, until the hub takes it;
 *   `emit('session-expired')` ends all OData sessions.
 *   `emit('order-entered' | 'operation-changed' | 'bom' | 'bom-item' | 'routing' | 'routing-operation', data)` enters or
 *   changes what is asked for over OData, and sends nothing.
 * - `holds('confirmations' | 'components' | 'orders')`: the entities as SAP keeps them; `holds('idocs' | 'time-tickets')`:
 *   what came as IDoc, and what of it was booked.
 * - `silent`: takes writes and never answers them; reads are answered.
 *
 * Option `timeoutMs`: what its configuration tells the adapter to wait. `cut`: longer lists come in pages of so many
 * entities. Other options are settings of the adapter, e.g. `poll`.
 */
async function start(options: KitOptions = {}): Promise<Counterpart> {
  const orders = orderBook();
  const master = masters();
  const sets = {
    [confirmations]: confirmationSet(orders),
    [orderComponents]: componentSet(orders),
    [orderHeaders]: orderSet(orders),
    [orderOperations]: operationSet(orders),
    ...master.sets,
  };
  const {
    cut,
    timeoutMs = 2000,
    ...others
  } = (options.options ?? {}) as { cut?: number; timeoutMs?: number };
  const inbox = ticketInbox();
  const takeIdoc = inbox.take;
  const gateway = await startGateway({ user, password, sets, port: options.port ?? 0, cut, takeIdoc });
  const idocs = idocWriter();
  const port = idocPort(options);
  const config: Partial<SapConfig> = {
    url: gateway.url(),
    user,
    password,
    client: '100',
    path: '/sap/opu/odata/sap',
    timeoutMs: Number(timeoutMs),
    idoc: {
      path: '/sap/bc/idoc_xml',
      sender: 'HUB',
      receiver: 'S4HCLNT100',
      senderPort: 'HUB',
      receiverPort: '',
    },
    ...others,
  };

  const events: Record<string, (data: unknown) => Promise<unknown>> = {
    material: (data) => port.send(idocs.material(data as MaterialData)),
    'work-centre': (data) => port.send(idocs.workCentre(data as WorkCentreData)),
    order: (data) => port.send(idocs.order(orders.create(data as OrderData))),
    'order-change': async (data) => port.send(idocs.order(orders.change(data as OrderData))),
    'bom-idoc': async (data) => port.send(idocs.bill(data as BillData)),
    'routing-idoc': async (data) => port.send(idocs.routing(data as RoutingData)),
    'order-entered': async (data) => orders.create(data as OrderData).number,
    'operation-changed': async (data) =>
      orders.changeOperation((data as { order: string }).order, data as Operation),
    bom: async (data) => master.bill(data as BillData),
    'bom-item': async (data) => master.billItem(data as BillItem & { bill: string }),
    routing: async (data) => master.routing(data as RoutingData),
    'routing-operation': async (data) =>
      master.routingOperation(data as RoutingOperation & { group: string }),
    'session-expired': async () => gateway.forgetSessions(),
  };
  const stores: Record<string, () => unknown[]> = {
    confirmations: () => withMovements(sets[confirmations]!),
    components: () => sets[orderComponents]!.rows(),
    orders: () => sets[orderHeaders]!.rows(),
    idocs: inbox.idocs,
    'time-tickets': inbox.tickets,
  };

  return {
    config: { ...config },
    async emit(event, data) {
      if (!Object.hasOwn(events, event)) throw new Error(`the ERP has no event ${event}`);
      return events[event]!(data);
    },
    async holds(what = 'confirmations') {
      if (!Object.hasOwn(stores, what)) throw new Error(`the ERP keeps no ${what}`);
      return structuredClone(stores[what]!());
    },
    provoke: gateway.provoke,
    async stop() {
      port.close();
      await gateway.close();
    },
  };
}

function withMovements(set: ReturnType<typeof confirmationSet>): unknown[] {
  const movements = set.below!.to_ProdnOrdConfMatlDocItm!;
  return set.rows().map((row) => ({ ...row, to_ProdnOrdConfMatlDocItm: movements(row) }));
}

/** The port through which IDocs leave: one after another, each until the hub has confirmed it. */
function idocPort({ hubUrl, system = 'erp' }: KitOptions) {
  const http = hubUrl ? httpClient({ name: 'the hub', baseURL: hubUrl, timeoutMs: 5000 }) : undefined;
  const closed = new AbortController();
  let queue: Promise<unknown> = Promise.resolve();
  return {
    async send({ docnum, xml }: { docnum: string; xml: string }): Promise<unknown> {
      if (!http) throw new Error('the ERP was started without the address of a hub');
      const sent = queue.then(() => post(http, `/intake/${system}`, xml, closed.signal));
      queue = sent.catch(() => undefined);
      await sent;
      return { docnum };
    },
    close() {
      closed.abort();
      http?.close();
    },
  };
}

async function post(http: HttpClient, path: string, xml: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    try {
      await http.request({
        method: 'POST',
        path,
        body: xml,
        headers: { 'content-type': 'text/xml' },
        signal,
      });
      return;
    } catch (error) {
      // What the hub refuses for good would be refused for ever.
      if (signal.aborted || (error instanceof HubError && error.kind === 'permanent')) throw error;
      await pause(betweenTriesMs, signal);
    }
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
    function done() {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
  });
}

export const erpKit: Kit = {
  start,
  faults: ['down', 'busy', 'rejecting', 'silent'],
  samples: {
    event: (key) => ({ event: 'order', data: { number: key, quantity: '4' } }),
    record: (key) => ({
      type: 'ProductionOrderConfirmation',
      key,
      body: {
        OrderID: key,
        OrderOperation: '0010',
        ConfirmationYieldQuantity: '1',
        ConfirmationUnitISOCode: 'PCE',
      },
    }),
  },
};

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OPCUAServer } from 'node-opcua';
import type { Counterpart, Fault, KitOptions } from '../kit';
import { openIdentity, trust } from './certificates';
import { quieten } from './connection';
import { returnBits } from './job-control';
import { describeJobOrder } from './job-order';
import {
  buildPress,
  type Order,
  type PressNodes,
  pressNamespace,
  pressParameters,
  type Wire,
} from './kit-address-space';
import {
  credentials,
  emptyOrder,
  freePort,
  type PressSettings,
  serverOn,
  trustWhatLiesThere,
} from './kit-endpoint';
import { keep, recall } from './kit-memory';
import { createPress, type OrderReading } from './kit-press';

/** Starts the press. It takes some seconds: the standard's node sets are read from XML. */
export async function startPress(options: KitOptions): Promise<Counterpart> {
  quieten();
  const settings = (options.options ?? {}) as PressSettings;
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'press-'));
  const identity = await openIdentity(join(dataDir, 'pki'), 'press');
  trustWhatLiesThere(identity.pki);
  const { user, password } = credentials(dataDir, settings);
  const port = options.port || (await freePort());
  const memory = join(dataDir, 'press.json');
  const maxJobs = settings.maxJobs ?? 100;
  const writes: Array<{ ID: string; value: number; time: string }> = [];
  let fault: Fault | 'well' = 'well';
  let answersToLose = 0;
  let nodes: PressNodes | undefined;
  let server: OPCUAServer | undefined;

  const press = createPress<Order>({
    maxJobs,
    pieceMs: settings.pieceMs ?? 5,
    setpoints: { PressForce: 10, HoldTime: 5 },
    read: readOrder,
    changed(job) {
      keep(memory, press);
      nodes?.show(job);
    },
  });
  const wire: Wire = {
    press,
    maxJobs,
    intercept: () => faultAnswers[fault]?.(),
    answer: async () => {
      if (answersToLose === 0) return;
      answersToLose--;
      await never();
    },
    written(ID, value) {
      writes.push({ ID, value, time: new Date().toISOString() });
      return settings.coarse === ID ? Math.round(value) : value;
    },
  };

  async function startServer(): Promise<void> {
    server = await serverOn(port, identity, (name, word) => name === user && word === password);
    if (press.jobs.size === 0) recall(memory, press, () => emptyOrder(server!));
    nodes = buildPress(server, wire);
    await server.start();
  }
  async function stopServer(): Promise<void> {
    const stopping = server;
    server = nodes = undefined;
    await stopping?.shutdown(0);
  }
  await startServer();

  const events: Record<string, (data: never) => unknown> = {
    produce: ({ jobOrderID, pieces }: { jobOrderID: string; pieces: number }) =>
      press.produce(jobOrderID, pieces),
    finished: ({ jobOrderID, pieces }: { jobOrderID: string; pieces: number }) => {
      const order = Object.assign(emptyOrder(server!), { jobOrderID });
      return { state: press.runLocally(order, pieces).state };
    },
    trust: ({ certificate }: { certificate: string }) => trust(identity.pki, certificate),
    set: ({ ID, value }: { ID: string; value: number }) => {
      press.setpoints[ID] = value;
      nodes?.show();
    },
    'lose-answer': () => void answersToLose++,
  };
  const holdings: Record<string, () => unknown[]> = {
    jobs: () =>
      [...press.jobs.values()].map(({ order, ...job }) => ({ ...job, order: describeJobOrder(order) })),
    parameters: () =>
      Object.entries(pressParameters).map(([ID, unit]) => ({ ID, value: press.setpoints[ID], unit })),
    responses: () =>
      [...press.jobs.values()].map(({ order: _, ...job }) => ({
        jobResponseID: `R-${job.jobOrderID}`,
        ...job,
      })),
    writes: () => writes,
  };

  return {
    config: {
      endpointUrl: `opc.tcp://127.0.0.1:${port}/UA/Press`,
      user,
      password,
      namespaceUri: pressNamespace,
      receiver: 's=JobOrderReceiver',
      parameters: Object.fromEntries(
        Object.keys(pressParameters).map((ID) => [ID, `nsu=${pressNamespace};s=${ID}`]),
      ),
      trustedCertificates: identity.certificate.toString(),
      publishCertificateTo: identity.pki.trustedFolder,
      timeoutMs: settings.timeoutMs ?? 5_000,
    },
    async emit(event, data) {
      if (!Object.hasOwn(events, event)) throw new Error(`the press has no event ${event}`);
      return (await events[event]!(data as never)) ?? {};
    },
    async holds(what = 'jobs') {
      if (!Object.hasOwn(holdings, what)) throw new Error(`the press holds no ${what}`);
      return JSON.parse(JSON.stringify(holdings[what]!())) as unknown[];
    },
    async provoke(next) {
      fault = next;
      if (next === 'down') await stopServer();
      else if (!server) await startServer();
    },
    async stop() {
      await stopServer();
      await identity.pki.dispose();
      if (!options.dataDir) rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

const never = () => new Promise<never>(() => {});

const faultAnswers: Partial<Record<Fault | 'well', () => bigint | Promise<never>>> = {
  busy: () => returnBits.unableToAccept,
  rejecting: () => returnBits.invalidRequest,
  silent: never,
};

/** Quantity to make: of the material produced, or the parameter Quantity. */
function readOrder(order: Order): OrderReading {
  const { jobOrderID, materialRequirements = [], parameters = [] } = describeJobOrder(order);
  const produced = materialRequirements.find(({ use }) => use === 'Produced')?.quantity;
  const numbers = Object.fromEntries(
    parameters.filter(({ value }) => typeof value === 'number').map(({ ID, value }) => [ID, value as number]),
  );
  const quantity = produced === undefined ? numbers.Quantity : Number(produced);
  const own = Object.entries(numbers).filter(([ID]) => Object.hasOwn(pressParameters, ID));
  return { jobOrderID, ...(quantity === undefined ? {} : { quantity }), parameters: Object.fromEntries(own) };
}

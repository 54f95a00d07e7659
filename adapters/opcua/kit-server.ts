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
import { createPress, type OrderReading, type Press, type Setting } from './kit-press';

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
  const faults: Faults = { now: 'well', answersToLose: 0 };
  const writes: Write[] = [];
  let server: OPCUAServer | undefined;
  let nodes: PressNodes | undefined;

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
  const wire = { press, maxJobs, ...disturbed(faults), written: writtenBy(writes, settings) };

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

  const events: Events = {
    ...pressEvents(press, faults, () => nodes?.show()),
    trust: ({ certificate }: { certificate: string }) => trust(identity.pki, certificate),
    finished({ jobOrderID, pieces }: { jobOrderID: string; pieces: number }) {
      if (!server) throw new Error('the press is down');
      return { state: press.runLocally(Object.assign(emptyOrder(server), { jobOrderID }), pieces).state };
    },
  };
  const holdings = pressHoldings(press, writes);

  return {
    config: {
      endpointUrl: `opc.tcp://127.0.0.1:${port}/UA/Press`,
      user,
      password,
      namespaceUri: pressNamespace,
      receiver: 's=JobOrderReceiver',
      parameters: Object.fromEntries(
        Object.entries(pressParameters).map(([ID, { scale, unit }]) => {
          const node = `nsu=${pressNamespace};s=${ID}`;
          return [ID, scale === undefined ? node : { node, scale, unit }];
        }),
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
      faults.now = next;
      if (next === 'down') await stopServer();
      else if (!server) await startServer();
    },
    async stop() {
      press.turnOff();
      await stopServer();
      await identity.pki.dispose();
      if (!options.dataDir) rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

type Events = Record<string, (data: never) => unknown>;

interface Faults {
  now: Fault | 'well';
  answersToLose: number;
}

interface Write {
  readonly ID: string;
  readonly value: Setting;
  readonly time: string;
}

/** How the faults show on the wire. */
const disturbed = (faults: Faults): Pick<Wire, 'intercept' | 'answer'> => ({
  intercept: () => faultAnswers[faults.now]?.(),
  async answer() {
    if (faults.answersToLose === 0) return;
    faults.answersToLose--;
    await never();
  },
});

const writtenBy =
  (writes: Write[], { coarse, programs = defaultPrograms }: PressSettings): Wire['written'] =>
  (ID, value) => {
    if (ID === 'NCProgram' && !programs.includes(String(value))) return undefined;
    writes.push({ ID, value, time: new Date().toISOString() });
    return coarse === ID ? Math.round(Number(value)) : value;
  };

/** Programs in the press's memory. */
const defaultPrograms = ['SEAL-50', 'SEAL-51'];

const pressEvents = (press: Press<Order>, faults: Faults, show: () => void): Events => ({
  produce: ({ jobOrderID, pieces }: { jobOrderID: string; pieces: number }) =>
    press.produce(jobOrderID, pieces),
  set({ ID, value }: { ID: string; value: Setting }) {
    press.setpoints[ID] = value;
    show();
  },
  'lose-answer'() {
    faults.answersToLose++;
  },
});

const pressHoldings = (
  { jobs, setpoints }: Press<Order>,
  writes: Write[],
): Record<string, () => unknown[]> => ({
  jobs: () => [...jobs.values()].map(({ order, ...job }) => ({ ...job, order: describeJobOrder(order) })),
  parameters: () =>
    Object.entries(pressParameters).map(([ID, { unit, usual }]) => ({
      ID,
      value: setpoints[ID] ?? usual,
      unit,
    })),
  responses: () =>
    [...jobs.values()].map(({ order: _, ...job }) => ({ jobResponseID: `R-${job.jobOrderID}`, ...job })),
  writes: () => writes,
});

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
  const asked = produced ?? parameters.find(({ ID }) => ID === 'Quantity')?.value;
  const own = parameters.flatMap(({ ID, value }) => {
    const type = pressParameters[ID]?.type;
    if (type === undefined) return [];
    // Whatever type an order gives a value in, the press reads it as its own.
    return [[ID, type === 'String' || type === 'Int64' ? String(value) : Number(value)] as const];
  });
  return {
    jobOrderID,
    ...(asked === undefined ? {} : { quantity: Number(asked) }),
    parameters: Object.fromEntries(own),
  };
}

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { type AdapterName, adapters } from '../adapters';
import type { Adapter, Connection, Declared } from '../adapters/adapter';
import { declaredBy, parseSettings } from '../adapters/settings';
import { loadMappings, type MappingSet } from '../mappings/engine';
import { HubError, type Issue } from '../model/errors';
import { type Api, startApi } from './api/server';
import { changeClock } from './change-desk/clock';
import { type ChangeDesk, changeDesk } from './change-desk/desk';
import { rulesOf } from './change-desk/rules';
import { type DefinitionDesk, definitionDesk } from './definitions/desk';
import type { Bus } from './flow/bus';
import { type Connections, connections } from './flow/connections';
import { deliver } from './flow/deliver';
import { housekeeping } from './flow/housekeeping';
import { type DoorSystem, type Intake, intake } from './flow/intake';
import { type Destination, type RunningLanes, runLanes } from './flow/lanes';
import { leading } from './flow/leader';
import { freeBytesOf, intakeUnder, pressure } from './flow/pressure';
import { processRecord } from './flow/process';
import { translate } from './flow/translate';
import { type IdentityDesk, identityDesk } from './identity/desk';
import { prepare } from './prepare';
import type { Project } from './project';
import { type ProjectModel, projectModel } from './project-model';
import { openStore } from './storage/open';
import type { Store } from './storage/store';

export interface HubOptions {
  readonly project: Project;
  /** Everything that the hub keeps on disk is under this folder. */
  readonly dataDir: string;
  /** Stands above the settings of hub.yaml, system by system. */
  readonly settings?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Keep everything in PostgreSQL instead of the SQLite file. */
  readonly databaseUrl?: string;
  /** Spread the work through BullMQ. */
  readonly redisUrl?: string;
  /** Of several processes on one PostgreSQL: `door` takes in and serves the APIs, `worker` works on lanes. Default: both. */
  readonly role?: 'door' | 'worker';
  readonly log: Logger;
}

/** A hub that listens and works. */
export interface Hub {
  /** Empty: a worker serves no API. */
  readonly url: string;
  readonly storeName: string;
  readonly busName: string;
  /** Whether that system pushes documents to the hub's door. */
  takesPushes(system: string): boolean;
  /** Ends everything in order: no new work, what is in hand ends, then connections and store close. */
  stop(): Promise<void>;
}

/** A system of the project with the adapter that speaks to it. */
interface System {
  readonly adapter: Adapter;
  readonly config: unknown;
  /** What it hands over, takes and promises with this configuration. */
  readonly declared: Declared;
}

/**
 * Joins a project's systems, mappings and flows to a running hub: the one place where adapters and mappings meet.
 * Throws HubError when the project is wrong (HUB_BAD_PROJECT, HUB_BAD_MAPPING), its directory in use or its port taken;
 * a system that is away is no reason not to start.
 */
export async function assembleHub(options: HubOptions): Promise<Hub> {
  const { project, dataDir, log } = options;
  const systems = openSystems(project, options.settings ?? {});
  const mappings = loadMappings(project.mappingDirs);
  checkNames(project, mappings);
  const rules = rulesOf(project);
  const model = projectModel(project.dir);

  const store = await openStore({
    dataDir,
    leaseMs: project.limits.leaseMs,
    ...(options.databaseUrl === undefined ? {} : { databaseUrl: options.databaseUrl }),
  });
  const opened: Array<{ close(): Promise<void> }> = [store];
  const stop = async () => {
    for (const part of opened.splice(0).reverse()) await part.close();
  };
  try {
    const note = (message: string, detail?: Record<string, unknown>) => log.warn(detail ?? {}, message);
    const held = pressure({
      store,
      limits: project.limits,
      freeBytes: () => freeBytesOf(dataDir),
      log: note,
    });
    opened.push(held);
    const taken = intakeUnder(
      held,
      intake(
        store,
        Object.fromEntries(Object.entries(systems).map(([name, system]) => [name, doorOf(system)])),
      ),
    );
    const identities = await identityDesk({
      project,
      store,
      // On SQLite nobody else writes.
      ...(options.databaseUrl === undefined ? {} : { everyMs: 2_000 }),
      log: note,
    });
    opened.push(identities);
    const changes = changeDesk({ project, store, rules });
    const { restate, onApplied } = changes;
    const definitions = definitionDesk({ project, store, restate, onApplied, validate: model.validate });
    let connected: Connections | undefined;
    let api: Api | undefined;
    if (options.role !== 'worker') {
      api = await listen({
        project,
        store,
        taken,
        changes,
        definitions,
        identities,
        soapSystems: soapSystemsOf(systems),
        log,
        states: () => connected?.states() ?? {},
      });
      opened.push(api);
    }
    if (options.role === 'door') {
      opened.push(announce(store, options));
    } else {
      let lanes: RunningLanes | undefined;
      connected = connections({
        open: openers(systems, dataDir, log),
        take: taken.take,
        lead: (system, work, signal) => leading(`receive from ${system}`, work, { store, signal }),
        onUp: (system) =>
          void lanes?.returned(system).catch((error) => log.warn({ err: error, system }, 'could not hurry')),
        log: (message, detail) => log.info(detail, message),
      });
      opened.push(connected);
      lanes = runLanes({
        store,
        destinations: destinationsOf({
          project,
          systems,
          store,
          mappings,
          model,
          changes,
          identities,
          connected,
        }),
        ...busOf(options),
        log: note,
      });
      opened.push(
        lanes,
        prepare(project, mappings),
        housekeeping({ store, retention: project.retention, log: note }),
        changeClock({
          changes,
          everyMs: project.change.lookEveryMs,
          alert: ({ text, ...about }) => log.warn(about, text),
          onError: (error) => log.warn({ err: error }, 'could not look after the changes'),
        }),
      );
    }
    return {
      url: api?.url ?? '',
      storeName: options.databaseUrl ? 'PostgreSQL' : 'SQLite',
      busName: options.redisUrl ? 'BullMQ on Redis' : 'in process',
      takesPushes: (system) => systems[system]?.adapter.read !== undefined,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function openSystems(project: Project, above: NonNullable<HubOptions['settings']>): Record<string, System> {
  const entries = Object.entries(project.systems).map(
    ([name, { adapter: adapterName, settings }]): [string, System] => {
      const where = `hub.yaml: systems.${name}`;
      if (!Object.hasOwn(adapters, adapterName)) {
        throw new HubError(
          'HUB_BAD_PROJECT',
          `there is no adapter '${adapterName}' (known: ${Object.keys(adapters).join(', ')})`,
          {
            at: `${where}.adapter`,
            value: adapterName,
          },
        );
      }
      const adapter: Adapter = adapters[adapterName as AdapterName];
      const config = parseSettings(adapter, { ...settings, ...above[name] }, `${where}.settings`);
      return [name, { adapter, config, declared: declaredBy(adapter, config) }];
    },
  );
  return Object.fromEntries(entries);
}

function doorOf({ adapter, config }: System): DoorSystem {
  return adapter.read ? { read: (raw) => adapter.read!(raw, config) } : {};
}

/** The systems that speak B2MML over SOAP. */
function soapSystemsOf(systems: Readonly<Record<string, System>>): ReadonlySet<string> {
  const names = Object.keys(systems);
  return new Set(names.filter((name) => systems[name]!.adapter.receives.includes('B2MML')));
}

/** Every mapping that hub.yaml names must be there: found out at the start, not at night. */
function checkNames(project: Project, mappings: MappingSet): void {
  const named = [
    ...Object.entries(project.systems).flatMap(([system, { reads }]) =>
      Object.entries(reads).flatMap(([type, maps]) =>
        maps.map(({ map }) => ({ map, at: `systems.${system}.reads.${type}` })),
      ),
    ),
    ...project.flows.flatMap(({ name, to }) => to.map(({ map }) => ({ map, at: `flows: ${name}` }))),
    ...Object.entries(project.change.commands).map(([kind, { map }]) => ({
      map,
      at: `change.commands.${kind}`,
    })),
  ];
  const issues: Issue[] = named
    .filter(({ map }) => !mappings.has(map))
    .map(({ map, at }) => ({
      rule: 'unknown-mapping',
      path: at,
      message: `there is no mapping '${map}'`,
      value: map,
    }));
  if (issues.length > 0) {
    throw new HubError('HUB_BAD_PROJECT', `hub.yaml: ${issues[0]!.path}: ${issues[0]!.message}`, { issues });
  }
}

interface Listening {
  readonly project: Project;
  readonly store: Store;
  readonly taken: Intake;
  readonly changes: ChangeDesk;
  readonly definitions: DefinitionDesk;
  readonly identities: IdentityDesk;
  readonly soapSystems: ReadonlySet<string>;
  readonly log: Logger;
  readonly states: Connections['states'];
}

function listen({ taken, states, ...parts }: Listening): Promise<Api> {
  return startApi({ ...parts, intake: taken, systems: states, ready: () => parts.store.check() });
}

function openers(
  systems: Record<string, System>,
  dataDir: string,
  log: Logger,
): Record<string, () => Promise<Connection>> {
  const entries = Object.entries(systems).map(
    ([name, { adapter, config }]): [string, () => Promise<Connection>] => {
      const own = join(dataDir, 'systems', name);
      const said = log.child({ system: name });
      return [
        name,
        async () => {
          mkdirSync(own, { recursive: true });
          return adapter.open(config, {
            dataDir: own,
            log: (message, detail) => said.info(detail ?? {}, message),
          });
        },
      ];
    },
  );
  return Object.fromEntries(entries);
}

interface Joined {
  readonly project: Project;
  readonly systems: Readonly<Record<string, System>>;
  readonly store: Store;
  readonly mappings: MappingSet;
  readonly model: ProjectModel;
  readonly changes: ChangeDesk;
  readonly identities: IdentityDesk;
  readonly connected: Connections;
}

/** The two ends of lanes: `in:<system>` into the hub, `<system>` out of it. */
function destinationsOf({
  project,
  systems,
  store,
  mappings,
  model,
  changes,
  identities,
  connected,
}: Joined): Map<string, Destination> {
  const mapping = (name: string) => mappings.get(name);
  const { xref } = identities;
  const processor = {
    project,
    store,
    translate: (record: Parameters<typeof translate>[0]) =>
      translate(record, { project, mapping, xref, ...model }),
    restate: changes.restate,
    onApplied: changes.onApplied,
  };
  const deliverer = { project, store, mapping, xref, connection: (system: string) => connected.get(system) };
  const destinations = new Map<string, Destination>();
  for (const [name, { declared }] of Object.entries(systems)) {
    destinations.set(`in:${name}`, {
      idempotent: true,
      // Each row is acknowledged by its own transaction.
      remembers: true,
      onPermanent: 'continue',
      retry: { firstMs: 250, longestMs: 5_000 },
      async handle({ claim, row }) {
        await processRecord(claim, row, processor);
        return 'acknowledged';
      },
    });
    destinations.set(name, {
      idempotent: declared.promises.sendIsIdempotent,
      onPermanent: project.systems[name]!.whenRefused,
      handle: ({ claim, row, signal }) =>
        changes.following(row, () => deliver(claim, row, deliverer, signal)),
    });
  }
  return destinations;
}

/** A process that works on no lanes tells those that do. Without a bus they find out by looking. */
function announce(store: Store, options: HubOptions): { close(): Promise<void> } {
  const { bus } = busOf(options);
  store.onReady((lanes) => bus?.wake(lanes));
  return { close: async () => bus?.close() };
}

function busOf({ redisUrl, log }: HubOptions): { bus?: Bus } {
  return redisUrl === undefined ? {} : { bus: openBus(redisUrl, log) };
}

/** Loaded only where it is used: a hub without Redis needs no BullMQ in memory. */
function openBus(redisUrl: string, log: Logger): Bus {
  const { bullmqBus } = require('./storage/bullmq-bus') as typeof import('./storage/bullmq-bus');
  return bullmqBus({ redisUrl, log: (message, detail) => log.warn(detail ?? {}, message) });
}

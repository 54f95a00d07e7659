import type { Logger } from 'pino';
import { loadMappings } from '../mappings/engine';
import type { HubError } from '../model/errors';
import { type Api, startApi } from './api/server';
import { changeClock } from './change-desk/clock';
import { type ChangeDesk, changeDesk } from './change-desk/desk';
import { rulesOf } from './change-desk/rules';
import { type DefinitionDesk, definitionDesk } from './definitions/desk';
import { destinationsOf, readerOf } from './destinations';
import type { Bus } from './flow/bus';
import { type Connections, connections } from './flow/connections';
import { housekeeping } from './flow/housekeeping';
import { type Intake, intake } from './flow/intake';
import { runJobs } from './flow/jobs';
import { type RunningLanes, runLanes } from './flow/lanes';
import { leading, ledPart } from './flow/leader';
import { type OperatingDesk, operatingDesk } from './flow/operating';
import { freeBytesOf, intakeUnder, pressure } from './flow/pressure';
import { type IdentityDesk, identityDesk } from './identity/desk';
import { resumption } from './identity/resume';
import { checkNamedMappings } from './named-mappings';
import { prepare } from './prepare';
import type { Project } from './project';
import { projectModel } from './project-model';
import type { BullmqOptions } from './storage/bullmq-bus';
import { openStore } from './storage/open';
import type { Store } from './storage/store';
import { doorOf, openers, openSystems, type SettingsAbove, soapSystemsOf } from './systems';

export interface HubOptions {
  readonly project: Project;
  /** Everything that the hub keeps on disk is under this folder. */
  readonly dataDir: string;
  /** Stands above the settings of hub.yaml, system by system. */
  readonly settings?: SettingsAbove;
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
  /** Resolves when the hub can keep nothing any more and has to be started anew; see Store. */
  readonly lost: Promise<HubError>;
  /** Ends everything in order: no new work, what is in hand ends, then connections and store close. */
  stop(): Promise<void>;
}

/**
 * Joins a project's systems, mappings and flows to a running hub: the one place where adapters and mappings meet.
 * Throws HubError when the project is wrong (HUB_BAD_PROJECT, HUB_BAD_MAPPING), its directory in use or its port taken;
 * a system that is away is no reason not to start.
 */
export async function assembleHub(options: HubOptions): Promise<Hub> {
  const { project, dataDir, log } = options;
  const systems = openSystems(project, options.settings);
  const mappings = loadMappings(project.mappingDirs);
  checkNamedMappings(project, mappings);
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
    const doors = Object.fromEntries(
      Object.entries(systems).map(([name, system]) => [name, doorOf(system, project.systems[name])]),
    );
    const taken = intakeUnder(held, intake(store, doors));
    const identities = await identityDesk({
      project,
      store,
      // On SQLite nobody else writes.
      ...(options.databaseUrl === undefined ? {} : { everyMs: 2_000 }),
      log: note,
    });
    opened.push(identities);
    const operating = operatingDesk({ project, store, doors, nounOf: (map) => mappings.get(map).noun });
    const changes = changeDesk({ project, store, rules });
    const { restate, onApplied, onEffectivity } = changes;
    const enactor = { project, restate, onApplied };
    const definitions = definitionDesk({ ...enactor, store, onEffectivity, validate: model.validate });
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
        operating,
        soapSystems: soapSystemsOf(systems),
        log,
        states: () => connected?.states() ?? {},
      });
      opened.push(api);
    }
    if (options.role === 'door') {
      opened.push(announce(store, options));
    } else {
      const read = readerOf({ project, mappings, model, identities });
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
          translate: read,
          changes,
          identities,
          connected,
        }),
        ...busOf(options),
        log: note,
      });
      const resumed = resumption({
        store,
        xref: identities.xref,
        translate: read,
        log: note,
      });
      identities.onLinked(resumed.linked);
      opened.push(
        lanes,
        resumed,
        prepare(project, mappings),
        runJobs({ store, work: operating.work, log: note }),
        // Of several processes, one does what time brings.
        ledPart('forget', () => housekeeping({ store, retention: project.retention, log: note }), { store }),
        ledPart(
          'look after changes',
          () =>
            changeClock({
              changes,
              everyMs: project.change.lookEveryMs,
              alert: ({ text, ...about }) => log.warn(about, text),
              onError: (error) => log.warn({ err: error }, 'could not look after the changes'),
            }),
          { store },
        ),
      );
    }
    return {
      url: api?.url ?? '',
      storeName: options.databaseUrl ? 'PostgreSQL' : 'SQLite',
      busName: options.redisUrl ? 'BullMQ on Redis' : 'in process',
      lost: store.lost,
      takesPushes: (system) => systems[system]?.adapter.read !== undefined,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Listening {
  readonly project: Project;
  readonly store: Store;
  readonly taken: Intake;
  readonly changes: ChangeDesk;
  readonly definitions: DefinitionDesk;
  readonly identities: IdentityDesk;
  readonly operating: OperatingDesk;
  readonly soapSystems: ReadonlySet<string>;
  readonly log: Logger;
  readonly states: Connections['states'];
}

function listen({ taken, states, ...parts }: Listening): Promise<Api> {
  return startApi({ ...parts, intake: taken, systems: states, ready: () => parts.store.check() });
}

/** A process that works on no lanes tells those that do. Without a bus they find out by looking. */
function announce(store: Store, options: HubOptions): { close(): Promise<void> } {
  const { bus } = busOf(options);
  store.onReady((lanes) => bus?.wake(lanes));
  return { close: async () => bus?.close() };
}

function busOf({ project, redisUrl, log }: HubOptions): { bus?: Bus } {
  return redisUrl === undefined ? {} : { bus: openBus({ redisUrl, ...project.redis }, log) };
}

/** Loaded only where it is used: a hub without Redis needs no BullMQ in memory. */
function openBus(options: BullmqOptions, log: Logger): Bus {
  const { bullmqBus } = require('./storage/bullmq-bus') as typeof import('./storage/bullmq-bus');
  return bullmqBus({ ...options, log: (message, detail) => log.warn(detail ?? {}, message) });
}

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { type AdapterName, adapters } from '../adapters';
import type { Adapter, Connection, Declared } from '../adapters/adapter';
import { declaredBy, parseSettings } from '../adapters/settings';
import { HubError } from '../model/errors';
import type { DoorSystem } from './flow/intake';
import type { Project, SystemConfig } from './project';

/** A system of the project with the adapter that speaks to it. */
export interface System {
  readonly adapter: Adapter;
  readonly config: unknown;
  /** What it hands over, takes and promises with this configuration. */
  readonly declared: Declared;
}

export type Systems = Readonly<Record<string, System>>;

/** Settings that stand above those of hub.yaml, by system. */
export type SettingsAbove = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** The systems of hub.yaml, each with its adapter and checked settings. Throws HubError HUB_BAD_PROJECT. */
export function openSystems(project: Project, above: SettingsAbove = {}): Systems {
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

/** How the hub's door reads what that system pushes. */
export function doorOf(
  { adapter, config }: System,
  { duplicatesWithinMs }: Pick<SystemConfig, 'duplicatesWithinMs'> = {},
): DoorSystem {
  return {
    ...(adapter.read ? { read: (raw) => adapter.read!(raw, config) } : {}),
    ...(duplicatesWithinMs === undefined ? {} : { duplicatesWithinMs }),
  };
}

/** The systems that speak B2MML over SOAP. */
export function soapSystemsOf(systems: Systems): ReadonlySet<string> {
  const names = Object.keys(systems);
  return new Set(names.filter((name) => systems[name]!.adapter.receives.includes('B2MML')));
}

/** How to reach each system; what it keeps on disk is under `<dataDir>/systems/<name>`. */
export function openers(
  systems: Systems,
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

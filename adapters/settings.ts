import { HubError, type Issue } from '../model/errors';
import type { Adapter, Declared, Setting } from './adapter';
import { closest } from './closest';
import { fitted } from './object-setting';

/**
 * The settings of one system as its adapter declares them: defaults filled in, texts turned into numbers and
 * booleans where those are declared (an environment variable is always a text).
 * `where` names the place for people, e.g. `hub.yaml: systems.erp.settings`.
 * Throws HUB_BAD_PROJECT with every missing, unknown and mistyped setting, else with those that contradict each other. Values of secrets are never shown.
 */
export function parseSettings<Config>(
  adapter: Pick<Adapter<Config>, 'name' | 'settings' | 'contradictions'>,
  values: Readonly<Record<string, unknown>>,
  where: string,
): Config {
  const declared = adapter.settings as Readonly<Record<string, Setting>>;
  const issues: Issue[] = [];
  const config: Record<string, unknown> = {};
  for (const name of Object.keys(values)) {
    if (!Object.hasOwn(declared, name)) issues.push(unknown(adapter.name, name, Object.keys(declared)));
  }
  for (const [name, setting] of Object.entries(declared)) {
    const value = values[name] ?? setting.default;
    if (value === undefined) {
      if (!setting.optional) issues.push(missing(adapter.name, name, setting));
      continue;
    }
    const typed = asType(setting.type, value);
    if (typed === undefined) issues.push(mistyped(adapter.name, name, setting, value));
    else if (setting.schema) {
      const fits = fitted(typed as object, setting.schema, `the setting '${name}' of ${adapter.name}`, name);
      config[name] = fits.value;
      issues.push(...fits.issues);
    } else config[name] = typed;
  }
  if (issues.length === 0) issues.push(...(adapter.contradictions?.(config as Config) ?? []));
  if (issues.length > 0) throw refusal(where, issues);
  return config as Config;
}

/** What a system with these settings hands over, takes and promises. */
export function declaredBy<Config>(adapter: Adapter<Config>, config: Config): Declared {
  return adapter.declares?.(config) ?? adapter;
}

/** A copy for people: secrets are masked. */
export function shownSettings(
  adapter: Pick<Adapter, 'settings'>,
  config: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const declared = adapter.settings as Readonly<Record<string, Setting>>;
  return Object.fromEntries(
    Object.entries(config).map(([name, value]) => [name, declared[name]?.secret ? '***' : value]),
  );
}

function asType(type: Setting['type'], value: unknown): unknown {
  if (type === 'object') return typeof value === 'object' ? value : undefined;
  if (type === 'string')
    return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : undefined;
  if (type === 'boolean') {
    if (value === 'true' || value === 'false') return value === 'true';
    return typeof value === 'boolean' ? value : undefined;
  }
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

function missing(adapter: string, name: string, setting: Setting): Issue {
  return {
    rule: 'setting-missing',
    path: name,
    message: `${adapter} needs the setting '${name}': ${setting.description}`,
    todo: `Add ${name}.`,
  };
}

function mistyped(adapter: string, name: string, setting: Setting, value: unknown): Issue {
  return {
    rule: 'setting-type',
    path: name,
    message: `the setting '${name}' of ${adapter} is a ${setting.type}: ${setting.description}`,
    ...(setting.secret ? {} : { value }),
  };
}

function unknown(adapter: string, name: string, known: readonly string[]): Issue {
  const close = closest(name, known);
  return {
    rule: 'setting-unknown',
    path: name,
    message: `${adapter} has no setting '${name}'${close ? `; did you mean '${close}'?` : ''}`,
    todo: `Remove it, or use one of: ${known.join(', ')}.`,
  };
}

function refusal(where: string, issues: readonly Issue[]): HubError {
  const first = issues[0]!;
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : '';
  return new HubError('HUB_BAD_PROJECT', `${where}: ${first.message}${more}`, {
    at: `${where}.${first.path}`,
    ...(first.value === undefined ? {} : { value: first.value }),
    ...(first.todo ? { todo: first.todo } : {}),
    issues,
  });
}

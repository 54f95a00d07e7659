import { join } from 'node:path';
import { type Document, isScalar } from 'yaml';
import { type AdapterName, adapters } from '../adapters';
import type { Adapter, Declared } from '../adapters/adapter';
import { declaredBy, parseSettings } from '../adapters/settings';
import { asHubError, type Issue } from '../model/errors';
import type { Project, ProjectIssue, SystemConfig } from './project';
import { yamlLines } from './yaml-lines';

/** The adapter of that name, if the hub has it. */
export function adapterNamed(name: string): Adapter | undefined {
  return Object.hasOwn(adapters, name) ? adapters[name as AdapterName] : undefined;
}

/** What a system hands over, takes and promises; undefined where its adapter or its settings leave that open. */
export function declaredIn({ adapter: name, settings }: SystemConfig): Declared | undefined {
  const adapter = adapterNamed(name);
  if (!adapter?.declares) return adapter;
  const { config } = parsed(adapter, settings);
  return config === undefined ? undefined : declaredBy(adapter, config);
}

type Report = (path: readonly (string | number)[], rule: string, message: string) => void;

/**
 * What can be wrong with a project's systems without asking any of them: unknown adapters, settings that do not fit,
 * secrets written in clear, records and flows that the adapter does not know.
 */
export function checkSystems(project: Project): ProjectIssue[] {
  const file = join(project.dir, 'hub.yaml');
  const { document, lineOf } = yamlLines(file);
  const issues: ProjectIssue[] = [];
  const report: Report = (path, rule, message) =>
    issues.push({ file, line: lineOf(path), rule, path: path.join('.'), message });
  for (const [name, system] of Object.entries(project.systems)) {
    const path = ['systems', name];
    const adapter = adapterNamed(system.adapter);
    if (!adapter) {
      const known = Object.keys(adapters).join(', ');
      const message = `there is no adapter '${system.adapter}' (known: ${known})`;
      report([...path, 'adapter'], 'unknown-adapter', message);
      continue;
    }
    for (const issue of parsed(adapter, system.settings).issues)
      report([...path, 'settings', ...issue.path.split('.')], 'settings', issue.message);
    checkSecrets(adapter, system, document, [...path, 'settings'], report);
    checkReads(system, [...path, 'reads'], report);
  }
  checkAddresses(document, report);
  checkTakers(project, report);
  return issues;
}

function checkSecrets(
  { settings }: Adapter,
  system: SystemConfig,
  document: Document,
  path: readonly string[],
  report: Report,
): void {
  for (const setting of Object.keys(system.settings)) {
    const written = document.getIn([...path, setting], true);
    const value = isScalar(written) ? String(written.value ?? '') : '';
    if (settings[setting]?.secret && isInClear(value)) reportSecret([...path, setting], report);
  }
}

function reportSecret(path: Parameters<Report>[0], report: Report): void {
  const message = `${path.at(-1)} holds a secret: write \${NAME} and set the environment variable`;
  report(path, 'secret-in-clear', message);
}

/** Passwords in addresses, wherever they stand in the file. */
function checkAddresses(document: Document, report: Report): void {
  const look = (value: unknown, path: readonly (string | number)[]): void => {
    if (typeof value === 'string' && holdsPassword(value)) reportSecret(path, report);
    if (typeof value !== 'object' || value === null) return;
    for (const [name, inner] of Object.entries(value))
      look(inner, [...path, Array.isArray(value) ? Number(name) : name]);
  };
  look(document.toJS(), []);
}

function checkReads(system: SystemConfig, path: readonly string[], report: Report): void {
  const receives = declaredIn(system)?.receives;
  for (const type of Object.keys(system.reads)) {
    if (!receives || receives.includes(type)) continue;
    const known = receives.join(', ') || 'none';
    const message = `${system.adapter} hands over no '${type}' (it hands over: ${known})`;
    report([...path, type], 'unknown-record', message);
  }
}

function checkTakers({ systems, flows }: Project, report: Report): void {
  for (const [n, flow] of flows.entries()) {
    for (const [at, target] of flow.to.entries()) {
      const taker = systems[target.system];
      if (taker && declaredIn(taker)?.sends.length === 0) {
        const message = `${target.system} takes nothing from the hub`;
        report(['flows', n, 'to', at, 'system'], 'takes-nothing', message);
      }
    }
  }
}

/** A secret that stands in the file itself, be it as what is taken when the environment has none. */
const isInClear = (value: string) =>
  value !== '' && (!value.includes('${') || /\$\{\w+:-[^}]+\}/.test(value));

/** An address with the password in it, before its host or in its query. */
const holdsPassword = (value: string) =>
  /:\/\/[^/\s:@]*:(?!\$\{)[^/\s@]+@/.test(value) ||
  /[?&](?:api[-_]?key|(?:access[-_]?)?token|password|secret|sig)=(?!\$\{)[^&\s]/i.test(value);

/** The configuration, or what is wrong with the settings. */
function parsed(
  adapter: Adapter,
  settings: Readonly<Record<string, unknown>>,
): { config?: unknown; issues: readonly Issue[] } {
  try {
    return { config: parseSettings(adapter, settings, 'settings'), issues: [] };
  } catch (thrown) {
    const { code, message, issues } = asHubError(thrown);
    return { issues: issues.length > 0 ? issues : [{ rule: code, path: '', message }] };
  }
}

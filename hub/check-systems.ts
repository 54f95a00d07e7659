import { join } from 'node:path';
import { isScalar } from 'yaml';
import { type AdapterName, adapters } from '../adapters';
import type { Adapter } from '../adapters/adapter';
import { parseSettings } from '../adapters/settings';
import { asHubError } from '../model/errors';
import type { Project, ProjectIssue } from './project';
import { yamlLines } from './yaml-lines';

/** The adapter of that name, if the hub has it. */
export function adapterNamed(name: string): Adapter | undefined {
  return Object.hasOwn(adapters, name) ? adapters[name as AdapterName] : undefined;
}

/**
 * What can be wrong with a project's systems without asking any of them: unknown adapters, settings that do not fit,
 * secrets written in clear, records and flows that the adapter does not know.
 */
export function checkSystems(project: Project): ProjectIssue[] {
  const file = join(project.dir, 'hub.yaml');
  const { document, lineOf } = yamlLines(file);
  const issues: ProjectIssue[] = [];
  const report = (path: readonly (string | number)[], rule: string, message: string) =>
    issues.push({ file, line: lineOf(path), rule, path: path.join('.'), message });
  for (const [name, system] of Object.entries(project.systems)) {
    const path = ['systems', name];
    const adapter = adapterNamed(system.adapter);
    if (!adapter) {
      const known = Object.keys(adapters).join(', ');
      report(
        [...path, 'adapter'],
        'unknown-adapter',
        `there is no adapter '${system.adapter}' (known: ${known})`,
      );
      continue;
    }
    for (const message of settingIssues(adapter, system.settings))
      report([...path, 'settings'], 'settings', message);
    for (const setting of Object.keys(system.settings)) {
      const written = document.getIn([...path, 'settings', setting], true);
      const value = isScalar(written) ? String(written.value ?? '') : '';
      if (!(adapter.settings[setting]?.secret ? isInClear(value) : holdsPassword(value))) continue;
      report(
        [...path, 'settings', setting],
        'secret-in-clear',
        `${setting} holds a secret: write \${NAME} and set the environment variable`,
      );
    }
    for (const type of Object.keys(system.reads)) {
      if (adapter.receives.includes(type)) continue;
      const known = adapter.receives.join(', ') || 'none';
      report(
        [...path, 'reads', type],
        'unknown-record',
        `${system.adapter} hands over no '${type}' (it hands over: ${known})`,
      );
    }
  }
  for (const [n, flow] of project.flows.entries()) {
    for (const [at, target] of flow.to.entries()) {
      const adapter = adapterNamed(project.systems[target.system]?.adapter ?? '');
      if (adapter && adapter.sends.length === 0) {
        report(
          ['flows', n, 'to', at, 'system'],
          'takes-nothing',
          `${target.system} takes nothing from the hub`,
        );
      }
    }
  }
  return issues;
}

/** A secret that stands in the file itself, be it as what is taken when the environment has none. */
const isInClear = (value: string) =>
  value !== '' && (!value.includes('${') || /\$\{\w+:-[^}]+\}/.test(value));

/** An address with the password in it. */
const holdsPassword = (value: string) => /:\/\/[^/\s:@]*:(?!\$\{)[^/\s@]+@/.test(value);

function settingIssues(adapter: Adapter, settings: Readonly<Record<string, unknown>>): string[] {
  try {
    parseSettings(adapter, settings, 'settings');
    return [];
  } catch (thrown) {
    const error = asHubError(thrown);
    return error.issues.length > 0 ? error.issues.map(({ message }) => message) : [error.message];
  }
}

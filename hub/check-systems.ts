import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isNode, isScalar, LineCounter, parseDocument } from 'yaml';
import { type AdapterName, adapters } from '../adapters';
import type { Adapter } from '../adapters/adapter';
import { parseSettings } from '../adapters/settings';
import { asHubError } from '../model/errors';
import type { Project, ProjectIssue } from './project';

/**
 * What can be wrong with a project's systems without asking any of them: unknown adapters, settings that do not fit,
 * secrets written in clear, records and flows that the adapter does not know.
 */
export function checkSystems(project: Project): ProjectIssue[] {
  const file = join(project.dir, 'hub.yaml');
  const lines = new LineCounter();
  const document = parseDocument(readFileSync(file, 'utf8'), { lineCounter: lines });
  const issues: ProjectIssue[] = [];
  const report = (path: readonly (string | number)[], rule: string, message: string) => {
    const place = [...path];
    while (place.length > 0 && !isNode(document.getIn(place, true))) place.pop();
    const node = document.getIn(place, true);
    const line = isNode(node) && node.range ? lines.linePos(node.range[0]).line : 1;
    issues.push({ file, line, rule, path: path.join('.'), message });
  };
  for (const [name, system] of Object.entries(project.systems)) {
    const path = ['systems', name];
    const adapter: Adapter | undefined = Object.hasOwn(adapters, system.adapter)
      ? adapters[system.adapter as AdapterName]
      : undefined;
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
    for (const [setting, { secret }] of Object.entries(adapter.settings)) {
      const written = document.getIn([...path, 'settings', setting], true);
      if (
        secret &&
        isScalar(written) &&
        typeof written.value === 'string' &&
        written.value !== '' &&
        !written.value.includes('${')
      ) {
        report(
          [...path, 'settings', setting],
          'secret-in-clear',
          `${setting} is a secret: write \${NAME} and set the environment variable`,
        );
      }
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
      const adapter = adapters[project.systems[target.system]?.adapter as AdapterName] as Adapter | undefined;
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

function settingIssues(adapter: Adapter, settings: Readonly<Record<string, unknown>>): string[] {
  try {
    parseSettings(adapter, settings, 'settings');
    return [];
  } catch (thrown) {
    const error = asHubError(thrown);
    return error.issues.length > 0 ? error.issues.map(({ message }) => message) : [error.message];
  }
}

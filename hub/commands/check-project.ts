import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type CheckIssue, checkMappings, loadMappings, type MappingSet } from '../../mappings/engine';
import { asHubError, HubError } from '../../model/errors';
import { checkSystems, declaredIn } from '../check-systems';
import { type Project, readProject } from '../project';
import { projectModel } from '../project-model';
import { checkRoutes } from './check-routes';
import { mappingDirs, mappingsOf, noFolder, ownMappings, within } from './mapping-files';

/** The code of what is no fault of the files: an environment variable that is not set where they are checked. */
export const unsetVariable = 'environment';

/**
 * All that can be wrong with a project before it has met a system: hub.yaml, settings, secrets in clear, names, flows,
 * and the mappings that are the project's own or that it uses. A folder of mappings alone, without hub.yaml, is checked
 * as far as it goes. Reads files only. Throws HUB_WRONG_USE when there is no such folder.
 */
export function checkProject(dir: string): CheckIssue[] {
  if (!existsSync(dir)) throw noFolder(dir);
  const mappingsAlone = !existsSync(join(dir, 'hub.yaml')) && ownMappings(dir) !== undefined;
  const { project, issues } = mappingsAlone ? { project: undefined, issues: [] } : readProject(dir);
  const unset = new Set(issues.filter(({ rule }) => rule === unsetVariable).map(({ path }) => path));
  // What is empty because its variable is not set here is no wrong setting.
  const inSystems = (project ? checkSystems(project) : []).filter(
    ({ rule, path }) => rule !== 'settings' || !unset.has(path),
  );
  const found: CheckIssue[] = [...issues, ...inSystems].map(({ rule, file, line, path, message }) => ({
    code: rule,
    file,
    line,
    path,
    message,
  }));
  found.push(...checkModel(dir));
  const set = loaded(dir);
  // Code tables of a project stand beside its mappings.
  const isOwn = within(dirname(ownMappings(dir) ?? join(dir, 'mappings')));
  const files = set instanceof HubError ? [] : mappingsOf(dir, set).map(({ source }) => source.file);
  const answersFor = (file: string) => isOwn(file) || files.includes(file);
  const inMappings = checkMappings(mappingDirs(dir), { only: answersFor });
  found.push(...inMappings.filter(({ file }) => answersFor(file)));
  if (set instanceof HubError) {
    if (found.length === 0) found.push(broken(set, dir));
  } else if (project) found.push(...checkRoutes(project, set, wordsIn(project)));
  return found;
}

/** What the project adds to the model. */
function checkModel(dir: string): CheckIssue[] {
  try {
    projectModel(dir);
    return [];
  } catch (thrown) {
    const { message, at = dir } = asHubError(thrown);
    return [{ code: 'bad-extension', file: at, line: 1, path: '', message }];
  }
}

function loaded(dir: string): MappingSet | HubError {
  try {
    return loadMappings(mappingDirs(dir));
  } catch (thrown) {
    return asHubError(thrown);
  }
}

/** A mapping that does not load at all; `checkMappings` has said so where it is the project's own. */
function broken({ message, at = '' }: HubError, dir: string): CheckIssue {
  const [, file = join(dir, 'hub.yaml'), line = '1'] = /^(.*):(\d+)$/.exec(at) ?? [];
  return { code: 'bad-mapping', file, line: Number(line), path: '', message };
}

/** The record types that each system hands over and takes. Systems whose adapter or settings are wrong are left out. */
function wordsIn({ systems }: Project) {
  return new Map(
    Object.entries(systems).flatMap(([name, system]) => {
      const declared = declaredIn(system);
      return declared ? [[name, declared] as const] : [];
    }),
  );
}

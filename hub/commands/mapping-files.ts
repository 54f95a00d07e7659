import { existsSync, readdirSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import { type CompiledMapping, loadMapping, loadMappings, type MappingSet } from '../../mappings/engine';
import { HubError } from '../../model/errors';
import { packageRoot } from '../../model/paths';
import { type Project, readProject } from '../project';

const shipped = join(packageRoot, 'mappings');

/** The hub's mappings and those of the folder, which stand above them. */
export function mappingDirs(dir: string): string[] {
  const own = ownMappings(dir);
  return own === undefined || own === shipped ? [shipped] : [shipped, own];
}

/** `DIR/mappings` of a project, or DIR where it is a folder of mappings itself. */
export function ownMappings(dir: string): string | undefined {
  const root = resolve(dir);
  if (existsSync(join(root, 'mappings'))) return join(root, 'mappings');
  return holdsMappings(root) ? root : undefined;
}

/** Looks no deeper than mappings stand, so that a wrong DIR is no walk through a whole disk. */
function holdsMappings(dir: string): boolean {
  if (!existsSync(dir)) return false;
  const isMapping = (name: string) => /\.map\.ya?ml$/.test(name);
  return readdirSync(dir, { withFileTypes: true }).some((entry) =>
    entry.isDirectory()
      ? !entry.name.startsWith('.') && readdirSync(join(dir, entry.name)).some(isMapping)
      : isMapping(entry.name),
  );
}

/** Whether a file belongs to the folder rather than to the hub. */
export function within(dir: string): (file: string) => boolean {
  const root = resolve(dir);
  return (file) => resolve(file).startsWith(root + sep);
}

/** The names of all mappings that hub.yaml uses. */
export function namesIn(project: Project): Set<string> {
  const used = [
    ...Object.values(project.systems).flatMap(({ reads }) => Object.values(reads).flat()),
    ...project.flows.flatMap(({ to }) => to),
    ...Object.values(project.change.commands),
  ];
  return new Set(used.map(({ map }) => map));
}

/** What a project answers for: its own mappings, and those of the hub that it uses, with its code tables. */
export function mappingsOf(dir: string, set: MappingSet): CompiledMapping[] {
  const isOwn = within(ownMappings(dir) ?? dir);
  const { project } = readProject(dir);
  const used = project ? namesIn(project) : new Set<string>();
  return set.all.filter(({ name, source }) => used.has(name) || isOwn(source.file));
}

export interface OpenedMapping {
  readonly set: MappingSet;
  readonly mapping: CompiledMapping;
}

/**
 * The mapping that a person named: `sap/production-order` of the folder or of the hub, or a file `*.map.yaml`, which is
 * tried with the folder's code tables and schemas before it takes its place there. Throws HUB_WRONG_USE with the known
 * names, HUB_BAD_MAPPING where a file is wrong.
 */
export function openMapping(map: string, dir: string): OpenedMapping {
  if (!existsSync(dir)) throw noFolder(dir);
  const dirs = mappingDirs(dir);
  if (/\.map\.ya?ml$/.test(map)) {
    if (!existsSync(map)) throw new HubError('HUB_WRONG_USE', `there is no file ${map}`, { value: map });
    const set = loadMapping(dirs, resolve(map));
    return { set, mapping: set.all[0]! };
  }
  const set = loadMappings(dirs);
  if (set.has(map)) return { set, mapping: set.get(map) };
  const names = set.all.map(({ name }) => name).join(', ');
  throw new HubError('HUB_WRONG_USE', `there is no mapping '${map}' in ${resolve(dir)} or the hub`, {
    value: map,
    todo: `Use one of: ${names}; or name the folder of your project.`,
  });
}

export function noFolder(dir: string): HubError {
  return new HubError('HUB_WRONG_USE', `there is no folder ${resolve(dir)}`, {
    value: dir,
    todo: 'Name the folder of a project: it holds hub.yaml and mappings/.',
  });
}

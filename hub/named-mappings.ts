import type { MappingSet } from '../mappings/engine';
import { HubError, type Issue } from '../model/errors';
import type { Project } from './project';

/** Every mapping that hub.yaml names must be there: found out at the start, not at night. */
export function checkNamedMappings(project: Project, mappings: MappingSet): void {
  const named = [
    ...Object.entries(project.systems).flatMap(([system, { reads }]) =>
      Object.entries(reads).flatMap(([type, maps]) =>
        maps.map(({ map }) => ({ map, at: `systems.${system}.reads.${type}` })),
      ),
    ),
    ...project.flows.flatMap(({ name, to, onFailure = [] }) =>
      [...to, ...onFailure].map(({ map }) => ({ map, at: `flows: ${name}` })),
    ),
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

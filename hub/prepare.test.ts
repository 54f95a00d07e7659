import { join } from 'node:path';
import { loadMappings } from '../mappings/engine';
import { packageRoot } from '../model/paths';
import { readBy } from './prepare';
import { loadProject } from './project';

test("what is prepared is what the project's reading mappings give, each once", () => {
  const project = loadProject(join(packageRoot, 'contract-tests/example-plant'), {});
  const found = [...readBy(project, loadMappings(project.mappingDirs))];
  expect(found).toEqual(
    expect.arrayContaining([
      { verb: 'Process', noun: 'OperationsSchedule' },
      { verb: 'Sync', noun: 'OperationsDefinition' },
    ]),
  );
  expect(new Set(found.map(({ verb, noun }) => verb + noun)).size).toBe(found.length);
  // Each costs some 10 ms of a hub that has begun to work.
  expect(found.length).toBeLessThan(40);
});

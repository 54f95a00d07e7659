/** What the hub does to an order, without keeping anything: mapped, held to the model, mapped to the receiver's words. */
import type { NativeRecord } from '../../adapters/adapter';
import { loadProject } from '../../hub/project';
import { loadMappings } from '../../mappings/engine';
import type { Message } from '../../model/message';
import { validateMessage } from '../../model/validate';
import { projectDir } from './plant';

export const project = loadProject(projectDir);
const mappings = loadMappings(project.mappingDirs);
const job = mappings.get('bench/job');
const context = { zone: project.plant.timeZone, plant: project.plant.id };

/** The bodies that the receiver gets. */
export function workOn(system: string, { type, body }: Pick<NativeRecord, 'type' | 'body'>): unknown[] {
  const { map } = project.systems[system]!.reads[type]![0]!;
  const read = mappings.get(map).read(body, { ...context, system });
  if ('issues' in read) throw new Error(JSON.stringify(read.issues));
  const issues = validateMessage(read.message as Message);
  if (issues.length > 0) throw new Error(JSON.stringify(issues));
  const written = job.write(read.message, context);
  if ('issues' in written) throw new Error(JSON.stringify(written.issues));
  return written.records.map((record) => record.body);
}

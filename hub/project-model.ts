import { join } from 'node:path';
import type { Issue } from '../model/errors';
import { loadExtensions } from '../model/extensions';
import type { Message } from '../model/message';
import { loadUnits } from '../model/units';
import { validateMessage } from '../model/validate';

/** The model with what a project adds to it. */
export interface ProjectModel {
  /** The message with the project's own extensions as values. */
  readonly typed: (message: Message) => Message;
  /** A message without items comes of a record that is not for the hub: nothing is wrong with it. */
  readonly validate: (message: Message) => readonly Issue[];
}

/** Reads `model/*.extension.schema.json` and `model/units.yaml` of a project folder. Throws HUB_BAD_PROJECT. */
export function projectModel(dir: string): ProjectModel {
  // Mappings read the units themselves; a mistake in the file is told here, whether or not any of them has a unit.
  loadUnits(join(dir, 'model'));
  const extensions = loadExtensions(join(dir, 'model'));
  return {
    typed: extensions.typed,
    validate: (message) =>
      message.items.length === 0 ? [] : [...validateMessage(message), ...extensions.issues(message)],
  };
}

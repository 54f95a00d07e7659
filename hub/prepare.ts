import type { MappingSet } from '../mappings/engine';
import { prepareValidation } from '../model/validate';
import type { Project } from './project';

/**
 * Loads what the project's messages are held against, one noun at a time between other work, so that neither the start
 * nor the first message waits for it. Where mappings name no noun, the first message of one waits a few milliseconds.
 */
export function prepare(project: Project, mappings: MappingSet): { close(): Promise<void> } {
  const left = [...readBy(project, mappings)];
  let next: NodeJS.Immediate | undefined;
  const step = () => {
    const transaction = left.shift();
    if (transaction === undefined) return;
    prepareValidation(transaction.verb, transaction.noun);
    next = setImmediate(step);
  };
  next = setImmediate(step);
  return {
    async close() {
      left.splice(0);
      clearImmediate(next);
    },
  };
}

/** The transactions that the project's reading mappings give. */
export function readBy({ systems }: Project, mappings: MappingSet): Iterable<{ verb: string; noun: string }> {
  const named = Object.values(systems).flatMap(({ reads }) => Object.values(reads).flat());
  const found = new Map<string, { verb: string; noun: string }>();
  for (const name of new Set(named.map(({ map }) => map))) {
    const { verbs, nouns } = mappings.get(name);
    for (const noun of nouns) for (const verb of verbs) found.set(`${verb} ${noun}`, { verb, noun });
  }
  return found.values();
}

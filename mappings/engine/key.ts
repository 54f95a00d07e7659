import type { Mapping } from './mapping';
import { isMissing, parsePath } from './paths';
import { badRule } from './report';
import { compileReader, type Frame, type Reader, type Run, rootFrame } from './run';
import { thenReplay } from './transforms';

/**
 * The business key of a record: records of one key keep their order on the way. `A or B` takes the first that is
 * present; several paths are joined with a hyphen; a path is looked up in the entry, then in the whole item. Without
 * `key`, the item's id is taken.
 */
export function compileKey(mapping: Mapping): (frame: Frame, run: Run) => string {
  const texts = mapping.key.length > 0 ? mapping.key : ['$.id'];
  try {
    const parts = texts.map((text) => ({
      text,
      readers: alternatives(text).map(parsePath).map(compileReader),
    }));
    return (frame, run) => {
      const key: string[] = [];
      const item = rootFrame(run.root);
      for (const { text, readers } of parts) {
        const value = firstPresent(readers, frame, run) ?? firstPresent(readers, item, run);
        if (value === undefined || typeof value === 'object') reportNoKey(mapping, text, run);
        else key.push(String(value));
      }
      return key.join('-');
    };
  } catch (error) {
    throw badRule(error, mapping, { set: 'key', line: mapping.lines.get('key') ?? 1 });
  }
}

export const alternatives = (text: string) => text.split(/\s+or\s+/);

function firstPresent(readers: readonly Reader[], frame: Frame, run: Run): unknown {
  for (const read of readers) {
    const value = read(frame, run);
    if (!isMissing(value)) return value;
  }
  return undefined;
}

function reportNoKey(mapping: Mapping, path: string, run: Run): void {
  run.issues.push({
    rule: mapping.name,
    path,
    message: `${path}: missing, and it is the business key`,
    todo: `Name another key in the header of ${mapping.name}, ${thenReplay}.`,
  });
}

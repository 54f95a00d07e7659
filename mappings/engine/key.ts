import type { Mapping } from './mapping';
import { isMissing, parsePath } from './paths';
import { badRule } from './report';
import { compileReader, type Frame, type Run, rootFrame } from './run';

/**
 * The business key of a record: records of one key keep their order on the way. A path is looked up in the entry,
 * then in the whole item; of `a or b`, the first that is present; without `key`, the item's id is taken.
 */
export function compileKey(mapping: Mapping): (frame: Frame, run: Run) => string {
  const texts = mapping.key.length > 0 ? mapping.key : ['$.id'];
  try {
    const readers = texts.map((text) => ({
      text,
      reads: text.split(' or ').map((path) => compileReader(parsePath(path.trim()))),
    }));
    return (frame, run) => {
      const parts: string[] = [];
      for (const { text, reads } of readers) {
        const places = [frame, rootFrame(run.root)];
        const value = reads
          .flatMap((read) => places.map((place) => read(place, run)))
          .find((found) => !isMissing(found));
        if (isMissing(value) || typeof value === 'object') reportNoKey(mapping, text, run);
        else parts.push(String(value));
      }
      return parts.join('-');
    };
  } catch (error) {
    throw badRule(error, mapping, { set: 'key', line: mapping.lines.get('key') ?? 1 });
  }
}

function reportNoKey(mapping: Mapping, path: string, run: Run): void {
  run.issues.push({
    rule: mapping.name,
    path,
    message: `${path}: missing, and it is the business key`,
    todo: `Name another key in the header of ${mapping.name}, then replay.`,
  });
}

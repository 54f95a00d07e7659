import type { Mapping } from './mapping';
import { isMissing, parsePath } from './paths';
import { badRule } from './report';
import { compileReader, type Frame, type Run, rootFrame } from './run';

/**
 * The business key of a record: records of one key keep their order on the way. A path is looked up in the entry,
 * then in the whole item; without `key`, the item's id is taken.
 */
export function compileKey(mapping: Mapping): (frame: Frame, run: Run) => string {
  const texts = mapping.key.length > 0 ? mapping.key : ['$.id'];
  try {
    const readers = texts.map((text) => ({ text, read: compileReader(parsePath(text)) }));
    return (frame, run) => {
      const parts: string[] = [];
      for (const { text, read } of readers) {
        const inEntry = read(frame, run);
        const value = isMissing(inEntry) ? read(rootFrame(run.root), run) : inEntry;
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

import { readFileSync } from 'node:fs';
import { type Document, isNode, LineCounter, parseDocument } from 'yaml';

export type YamlPath = readonly (string | number)[];

/** A YAML file with the line of each of its places. */
export interface YamlLines {
  readonly document: Document;
  /** The line of the place, or of the nearest around it that is there. */
  lineOf(path: YamlPath): number;
}

export function yamlLines(file: string): YamlLines {
  const lines = new LineCounter();
  const document = parseDocument(readFileSync(file, 'utf8'), { lineCounter: lines });
  return {
    document,
    lineOf(path) {
      for (let depth = path.length; depth > 0; depth--) {
        const node = document.getIn(path.slice(0, depth), true);
        if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
      }
      return 1;
    },
  };
}

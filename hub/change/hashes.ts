import { createHash } from 'node:crypto';
import type { MaterialLine, OperationsDefinition } from './shapes';

/**
 * Hash of each operation (`"0010"`) and of each assembly line in it (`"0010/0020"`), over all that stands below.
 * Kept with a stored revision, they let `diffDefinitions` skip what is equal without looking into it.
 */
export type SubtreeHashes = Readonly<Record<string, string>>;

const digest = (content: unknown): string =>
  createHash('sha256').update(JSON.stringify(content)).digest('base64url');

export function subtreeHashes(definition: OperationsDefinition): SubtreeHashes {
  const hashes: Record<string, string> = {};
  for (const segment of definition.operationsSegment ?? []) {
    const { materialSpecification: lines = [], ...own } = segment;
    hashes[segment.id] = digest([own, lines.map((line) => hashLine(line, segment.id, hashes))]);
  }
  return hashes;
}

function hashLine(line: MaterialLine, parent: string, into: Record<string, string>): string {
  const { assemblySpecification: parts, ...own } = line;
  if (parts === undefined) return JSON.stringify(own);
  const path = `${parent}/${line.id}`;
  const hash = digest([own, parts.map((part) => hashLine(part, path, into))]);
  into[path] = hash;
  return hash;
}

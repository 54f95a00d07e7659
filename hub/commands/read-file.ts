import { readFileSync } from 'node:fs';
import { textOf } from '../../model/b2mml/parser';
import { HubError } from '../../model/errors';

/**
 * The text of a file that a person named, `-` for standard input, in the encoding of its byte order mark or XML
 * declaration, else UTF-8. Throws HUB_WRONG_USE when there is no such file, HUB_BAD_XML when it is not in that encoding.
 */
export function readText(file: string): string {
  return textOf(readBytes(file), { maxLength: Number.POSITIVE_INFINITY, maxDepth: 0 }).replace(/^\uFEFF/, '');
}

function readBytes(file: string): Buffer {
  try {
    return readFileSync(file === '-' ? 0 : file);
  } catch (cause) {
    throw new HubError('HUB_WRONG_USE', `${file} cannot be read: ${(cause as Error).message}`, {
      at: file,
      todo: 'Name a file that is there.',
      cause,
    });
  }
}

/** Whether a text is XML rather than JSON. */
export const isXml = (text: string): boolean => /^\s*</.test(text);

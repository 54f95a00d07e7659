import { TextDecoder } from 'node:util';
import { HubError } from '../../model/errors';

/**
 * The text of an XML document in the encoding that its byte order mark, its content type or its declaration names,
 * in that order (RFC 7303); UTF-8 otherwise. Throws HUB_BAD_XML for an unknown encoding and for bytes that are none.
 */
export function xmlText(bytes: Buffer, contentType = ''): string {
  const encoding = byMark(bytes) ?? byType(contentType) ?? byDeclaration(bytes) ?? 'utf-8';
  let decoder: TextDecoder;
  try {
    decoder = new TextDecoder(encoding, { fatal: true });
  } catch {
    throw new HubError('HUB_BAD_XML', `the encoding ${encoding} is not known`, {
      value: encoding,
      todo: 'Send UTF-8.',
    });
  }
  try {
    return decoder.decode(bytes);
  } catch {
    throw new HubError('HUB_BAD_XML', `the bytes are not ${encoding}`, {
      todo: 'Send UTF-8, or name the encoding in the content type.',
    });
  }
}

function byMark(bytes: Buffer): string | undefined {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return 'utf-8';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  return undefined;
}

const byType = (contentType: string) => /charset\s*=\s*"?([^\s";]+)/i.exec(contentType)?.[1];

const byDeclaration = (bytes: Buffer) =>
  /^<\?xml[^>]*?encoding\s*=\s*["']([\w.-]+)["']/.exec(bytes.subarray(0, 200).toString('latin1'))?.[1];

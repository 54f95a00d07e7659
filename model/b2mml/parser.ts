import { SaxesParser } from 'saxes';
import { HubError } from '../errors';

export interface XmlLimits {
  /** Characters. */
  readonly maxLength: number;
  /** Elements within elements. */
  readonly maxDepth: number;
}

export const defaultLimits: XmlLimits = { maxLength: 64 * 1024 * 1024, maxDepth: 200 };

/**
 * A namespace-aware parser that refuses document types, and with them entities, and anything not well-formed.
 * Throws HUB_XML_DTD and HUB_BAD_XML with line and column.
 */
export function strictParser(): SaxesParser<{ xmlns: true; position: true }> {
  const parser = new SaxesParser({ xmlns: true, position: true });
  const at = () => `line ${parser.line}, column ${parser.column}`;
  parser.on('doctype', () => {
    throw new HubError('HUB_XML_DTD', `a DOCTYPE stands at ${at()}`, { at: at() });
  });
  parser.on('error', (error) => {
    const reason = error.message.replace(/^\d+:\d+: /, '').trim();
    throw new HubError('HUB_BAD_XML', `${reason} (${at()})`, { at: at() });
  });
  return parser;
}

/** The text of a document, by its byte order mark, its declaration, or as UTF-8. Throws HUB_BAD_XML and HUB_TOO_LARGE. */
export function textOf(xml: string | Uint8Array, { maxLength }: XmlLimits = defaultLimits): string {
  if (xml.length > maxLength) {
    throw new HubError(
      'HUB_TOO_LARGE',
      `the document has ${xml.length} characters, the limit is ${maxLength}`,
    );
  }
  if (typeof xml === 'string') return xml.replace(/^\uFEFF/, '');
  const encoding = encodingOf(xml);
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(xml);
  } catch (cause) {
    // The decoder says by the kind of error whether it is the name or the bytes.
    const what =
      (cause as Error).name === 'RangeError' ? 'no encoding is called' : 'the document is not encoded in';
    throw new HubError('HUB_BAD_XML', `${what} ${encoding}`, { cause });
  }
}

function encodingOf(bytes: Uint8Array): string {
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  // Without a byte order mark the first sign of a document tells, which is <.
  if (bytes[0] === 0 && bytes[1] === 0x3c) return 'utf-16be';
  if (bytes[0] === 0x3c && bytes[1] === 0) return 'utf-16le';
  const head = Buffer.from(bytes.subarray(0, 200)).toString('latin1');
  return /^<\?xml[^>]*\sencoding\s*=\s*["']([A-Za-z][\w.-]*)["']/.exec(head)?.[1] ?? 'utf-8';
}

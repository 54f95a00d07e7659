import type { SaxesAttributeNS } from 'saxes';
import { strictParser, textOf } from './parser';

/**
 * A document in one form, for comparison: without comments, processing instructions, white space between elements,
 * prefixes and hints where to find schemas; attributes in order of their names.
 */
export function canonicalXml(xml: string | Uint8Array): string {
  const parts: string[] = [];
  const parser = strictParser();
  let text = '';
  let hasChildren = false;
  const flush = () => {
    parts.push(hasChildren && text.trim() === '' ? '' : JSON.stringify(text));
    text = '';
  };
  parser.on('text', (more) => {
    text += more;
  });
  parser.on('cdata', (more) => {
    text += more;
  });
  parser.on('opentag', ({ uri, local, attributes }) => {
    hasChildren = true;
    flush();
    parts.push(`<${local}`, `{${uri}}`, ...canonicalAttributes(Object.values(attributes)), '>');
    hasChildren = false;
  });
  parser.on('closetag', ({ local }) => {
    flush();
    parts.push(`</${local}>`);
    hasChildren = true;
  });
  parser.write(textOf(xml)).close();
  return parts.filter((part) => part !== '').join('\n');
}

const xsi = 'http://www.w3.org/2001/XMLSchema-instance';
const xmlnsUri = 'http://www.w3.org/2000/xmlns/';

function canonicalAttributes(attributes: readonly SaxesAttributeNS[]): string[] {
  return attributes
    .filter(({ uri, local }) => uri !== xmlnsUri && !(uri === xsi && /schemaLocation$/i.test(local)))
    .map(({ uri, local, value }) => `@{${uri}}${local}=${JSON.stringify(value)}`)
    .sort();
}

import { HubError } from '../errors';
import { escapeText, isWritable } from './markup';
import { strictParser } from './parser';

/** An element without attributes: text, or children. */
export interface PlainElement {
  readonly ns: string;
  readonly name: string;
  readonly text: string;
  readonly children: readonly PlainElement[];
}

/**
 * Reads one element that stands alone, as an extension carries it. `undefined` where it says more than elements and
 * text can: attributes, or text between elements. Throws HUB_BAD_XML.
 */
export function readPlain(xml: string): PlainElement | undefined {
  const parser = strictParser();
  const top = open('', '');
  const stack = [top];
  let isPlain = true;
  parser.on('opentag', ({ uri, local, attributes }) => {
    isPlain &&= Object.values(attributes).every(({ name, prefix }) => name === 'xmlns' || prefix === 'xmlns');
    const element = open(uri, local);
    stack.at(-1)!.children.push(element);
    stack.push(element);
  });
  const onText = (text: string) => {
    stack.at(-1)!.text += text;
  };
  parser.on('text', onText);
  parser.on('cdata', onText);
  parser.on('closetag', () => {
    const { children, text } = stack.pop()!;
    isPlain &&= children.length === 0 || text.trim() === '';
  });
  parser.write(xml).close();
  return isPlain ? top.children[0] : undefined;
}

type Open = { ns: string; name: string; text: string; children: Open[] };

const open = (ns: string, name: string): Open => ({ ns, name, text: '', children: [] });

/** An XML name without a prefix, as far as anybody uses them. */
const localName = /^[\p{L}_][\p{L}\p{N}_.-]*$/u;

/**
 * The element of a typed extension: members become elements of its namespace, lists one element an entry.
 * Throws HUB_INVALID for what has no form in XML.
 */
export function writePlain({ ns, name, value }: { ns: string; name: string; value: unknown }): string {
  const declaration = ns === '' ? 'xmlns=""' : `xmlns="${escapeText(ns).replaceAll('"', '&quot;')}"`;
  return element(name, value, ` ${declaration}`);
}

function element(name: string, value: unknown, attributes = ''): string {
  if (!localName.test(name))
    throw new HubError('HUB_INVALID', `'${name}' is no name of an element`, { value: name });
  const content = contentOf(value);
  return content === '' ? `<${name}${attributes}/>` : `<${name}${attributes}>${content}</${name}>`;
}

function contentOf(value: unknown): string {
  if (typeof value === 'boolean' || typeof value === 'number') return String(value);
  if (typeof value === 'string' && isWritable(value)) return escapeText(value);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const members = Object.entries(value).map(([name, member]) =>
      [member].flat().map((each) => element(name, each)),
    );
    return members.flat().join('');
  }
  throw new HubError('HUB_INVALID', 'is nothing that XML can carry', { value });
}

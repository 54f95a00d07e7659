import type { SaxesAttributeNS, SaxesTagNS } from 'saxes';
import { escapeAttribute, escapeText } from './markup';

/** An element of another namespace, as `extension` carries it. */
export interface ForeignElement {
  ns: string;
  name: string;
  xml: string;
}

const xmlnsUri = 'http://www.w3.org/2000/xmlns/';
const xmlUri = 'http://www.w3.org/XML/1998/namespace';

/** Takes down an element as it passes by, adding the namespace declarations that it needs to stand alone. */
export class Capture {
  /** Nothing is declared around it: also "no namespace" is, or it would fall into the one it is written into. */
  readonly #scopes: Map<string, string>[] = [new Map()];
  #text = '';
  /** Whether the last start tag is still open, as `<a` : without content it becomes `<a/>`. */
  #isOpen = false;
  #root: { ns: string; name: string } | undefined;

  get depth(): number {
    return this.#scopes.length - 1;
  }

  open(tag: SaxesTagNS): void {
    this.#root ??= { ns: tag.uri, name: tag.local };
    const scope = new Map(this.#scopes.at(-1));
    const attributes = Object.values(tag.attributes).filter(({ uri }) => uri !== xmlnsUri);
    const declarations = [tag, ...attributes.filter(({ prefix }) => prefix !== '')]
      .filter(({ prefix, uri }) => uri !== xmlUri && scope.get(prefix) !== uri)
      .map(({ prefix, uri }) => {
        const isNew = scope.get(prefix) !== uri;
        scope.set(prefix, uri);
        return isNew ? ` ${prefix === '' ? 'xmlns' : `xmlns:${prefix}`}="${escapeAttribute(uri)}"` : '';
      });
    this.#scopes.push(scope);
    this.#endTag();
    this.#text += `<${tag.name}${declarations.join('')}${attributes.map(written).join('')}`;
    this.#isOpen = true;
  }

  text(text: string): void {
    this.#endTag();
    this.#text += escapeText(text);
  }

  /** Gives the element when its end tag has passed. */
  close(tag: SaxesTagNS): ForeignElement | undefined {
    this.#scopes.pop();
    this.#text += this.#isOpen ? '/>' : `</${tag.name}>`;
    this.#isOpen = false;
    return this.depth === 0 && this.#root !== undefined ? { ...this.#root, xml: this.#text } : undefined;
  }

  #endTag(): void {
    if (this.#isOpen) this.#text += '>';
    this.#isOpen = false;
  }
}

const written = ({ name, value }: SaxesAttributeNS) => ` ${name}="${escapeAttribute(value)}"`;

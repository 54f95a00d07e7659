import { asHubError, HubError, type Issue } from '../errors';
import { below } from '../explain';
import type { Message } from '../message';
import type { ForeignElement } from './capture';
import { writePlain } from './foreign';
import { escapeAttribute, escapeText, isWritable } from './markup';
import { strictParser } from './parser';
import type { AttributeEntry, ChildEntry, Release, Shape } from './tables';

type Node = Readonly<Record<string, unknown>>;

const xsi = 'http://www.w3.org/2001/XMLSchema-instance';

/** Writes objects by the tables of one release. What has no place in them is an issue, never left out silently. */
class XmlWriter {
  readonly issues: Issue[] = [];
  readonly #parts: string[] = [];
  #usesNil = false;
  /** The default namespace at this place. */
  #scope: string | undefined;

  constructor(private readonly release: Release) {}

  /** The whole document around one element. */
  document(element: string, shape: Shape, object: Node, path: string): string {
    this.#within('', (declaration) => this.#object(element, shape, object, path, '', declaration));
    return `<?xml version="1.0" encoding="UTF-8"?>\n${this.#finished()}\n`;
  }

  /** One element of a member, with the namespace declarations that it needs. */
  fragment(entry: ChildEntry, value: unknown, sidecar: unknown): string {
    this.#element(entry, value, sidecar, '', '');
    return this.#finished();
  }

  /** What was written; only now is known whether it needs the namespace of `nil`. */
  #finished(): string {
    const xml = this.#parts.join('');
    return this.#usesNil ? xml.replace(/^<[^\s/>]+/, (start) => `${start} xmlns:xsi="${xsi}"`) : xml;
  }

  /** Writes an element, declaring its namespace where it is another than that around it. */
  #within(namespace: '' | 'none', write: (declaration: string) => void): void {
    const around = this.#scope;
    const own = namespace === 'none' ? '' : this.release.tables.namespace;
    this.#scope = own;
    write(own === around ? '' : ` xmlns="${escapeAttribute(own)}"`);
    this.#scope = around;
  }

  #issue(rule: string, path: string, message: string, value?: unknown): void {
    this.issues.push({ rule, path, message, ...(value === undefined ? {} : { value }) });
  }

  #object(
    element: string,
    shape: Shape,
    object: Node,
    path: string,
    indent: string,
    declaration: string,
  ): void {
    for (const property of Object.keys(object)) {
      if (shape.properties.has(property)) continue;
      const message = `has no place in ${shape.name} of ${this.release.tables.version}`;
      this.#issue('unknown', below(path, property), message, object[property]);
    }
    const attributes = this.#attributes(shape.attributes, object, path);
    const start = this.#parts.push(`${indent}<${element}${declaration}${attributes}`) - 1;
    this.#children(shape, object, path, `${indent === '' ? '\n' : indent} `);
    const isEmpty = this.#parts.length === start + 1;
    this.#parts[start] += isEmpty ? '/>' : '>';
    if (!isEmpty) this.#parts.push(`${indent === '' ? '\n' : indent}</${element}>`);
  }

  #children(shape: Shape, object: Node, path: string, indent: string): void {
    for (const [entry, index] of sequence(shape, object)) {
      const value = object[entry.property];
      if (value === undefined) continue;
      // Parts of the document that are no part of the message keep the path.
      const here = entry.property === '' ? path : below(path, entry.property);
      if (entry.slot !== undefined) this.#extensions(value, here, indent);
      else if (entry.many) this.#list(entry, value, object, here, indent, index);
      else this.#element(entry, value, object[`_${entry.property}`], here, indent);
    }
  }

  #list(
    entry: ChildEntry,
    value: unknown,
    object: Node,
    path: string,
    indent: string,
    only: number | undefined,
  ): void {
    if (!Array.isArray(value)) {
      this.#issue('type', path, 'must be a list', value);
      return;
    }
    const sidecars = object[`_${entry.property}`];
    const write = (index: number) => {
      const sidecar: unknown = Array.isArray(sidecars) ? sidecars[index] : undefined;
      this.#element(entry, value[index], sidecar, below(path, index), indent);
    };
    if (only === undefined)
      value.forEach((_, index) => {
        write(index);
      });
    else if (only < value.length) write(only);
  }

  #element(entry: ChildEntry, value: unknown, sidecar: unknown, path: string, indent: string): void {
    this.#within(entry.unqualified ? 'none' : '', (declaration) => {
      const element = entry.element ?? '';
      if (entry.type === undefined || value === null) {
        const start = `${indent}<${element}${declaration}${this.#sidecar(entry, sidecar, path)}`;
        this.#parts.push(start, this.#content(element, value, path));
      } else if (typeof value !== 'object' || Array.isArray(value)) {
        this.#issue('type', path, 'must be an object', value);
      } else this.#object(element, this.release.shape(entry.type), value as Node, path, indent, declaration);
    });
  }

  /** What follows the attributes of an element with text. */
  #content(element: string, value: unknown, path: string): string {
    if (value === null) {
      this.#usesNil = true;
      return ' xsi:nil="true"/>';
    }
    const text = this.#text(value, path);
    return text === '' ? '/>' : `>${escapeText(text)}</${element}>`;
  }

  #sidecar(entry: ChildEntry, sidecar: unknown, path: string): string {
    if (typeof sidecar !== 'object' || sidecar === null || entry.attributes === undefined) return '';
    const known = this.release.attributeSet(entry.attributes);
    const at = path.replace(/([^.]*)$/, '_$1');
    const properties = new Set([...known.values()].map(({ property }) => property));
    for (const property of Object.keys(sidecar)) {
      if (!properties.has(property))
        this.#issue('unknown', below(at, property), `is no attribute of ${entry.element}`);
    }
    return this.#attributes(known, sidecar as Node, at);
  }

  #attributes(known: ReadonlyMap<string, AttributeEntry>, object: Node, path: string): string {
    let written = '';
    for (const { name, property } of known.values()) {
      const value = object[property];
      if (value === undefined || value === null) continue;
      written += ` ${name}="${escapeAttribute(this.#text(value, below(path, property)))}"`;
    }
    return written;
  }

  #text(value: unknown, path: string): string {
    if (typeof value === 'string') {
      if (!isWritable(value)) this.#issue('character', path, 'holds a character that XML cannot carry');
      return value;
    }
    if (typeof value === 'boolean' || typeof value === 'number') return String(value);
    this.#issue('type', path, 'must be text', value);
    return '';
  }

  #extensions(value: unknown, path: string, indent: string): void {
    for (const [index, each] of (Array.isArray(value) ? value : [value]).entries()) {
      const { ns, name, xml, value } = (each ?? {}) as Partial<ForeignElement> & { value?: unknown };
      if (typeof ns === 'string' && typeof name === 'string' && value !== undefined)
        this.#typed({ ns, name, value }, below(path, index), indent);
      else if (typeof xml === 'string' && isOneElement(xml)) this.#parts.push(indent, xml);
      else this.#issue('extension', below(path, index), 'must hold one well-formed element in xml', xml);
    }
  }

  /** What a project says is in an element: it needs no XML of its own. */
  #typed(entry: { ns: string; name: string; value: unknown }, path: string, indent: string): void {
    try {
      this.#parts.push(indent, writePlain(entry));
    } catch (thrown) {
      this.#issue('extension', path, asHubError(thrown).message, entry.value);
    }
  }
}

/** The children to write, in order: the schema's, or within a run the one that the object keeps. */
function* sequence({ children, hasRuns }: Shape, object: Node): Generator<[ChildEntry, number | undefined]> {
  const order = hasRuns && Array.isArray(object._order) ? (object._order as unknown[]) : undefined;
  const done = new Set<number>();
  for (const entry of children) {
    const { run } = entry;
    if (run === undefined || order === undefined) {
      yield [entry, undefined];
    } else if (!done.has(run)) {
      done.add(run);
      yield* runSequence(
        children.filter((each) => each.run === run),
        order,
        object,
      );
    }
  }
}

function* runSequence(
  entries: readonly ChildEntry[],
  order: readonly unknown[],
  object: Node,
): Generator<[ChildEntry, number]> {
  const next = new Map(entries.map((entry) => [entry.property, { entry, index: 0 }]));
  for (const property of order) {
    const place = next.get(String(property));
    if (place !== undefined) yield [place.entry, place.index++];
  }
  // What the order does not name follows it.
  for (const place of next.values()) {
    const list = object[place.entry.property];
    while (Array.isArray(list) && place.index < list.length) yield [place.entry, place.index++];
  }
}

function isOneElement(xml: string): boolean {
  if (!/^\s*</.test(xml)) return false;
  try {
    strictParser().write(xml).close();
    return !/^\s*<\?/.test(xml);
  } catch {
    return false;
  }
}

/** The XML of one value of a member, as an element that may stand anywhere. */
export function elementXml(release: Release, entry: ChildEntry, value: unknown, sidecar: unknown): string {
  return new XmlWriter(release).fragment(entry, value, sidecar);
}

/**
 * Writes a message in the words of one release. Throws HUB_INVALID with all issues where something has no place in it.
 */
export function writeDocument(message: Message, release: Release): string {
  const writer = new XmlWriter(release);
  const text = message.bare ? bare(message, release, writer) : transaction(message, release, writer);
  const [first] = writer.issues;
  if (first !== undefined) {
    throw new HubError('HUB_INVALID', `${first.path} ${first.message}`, {
      at: first.path,
      issues: writer.issues,
    });
  }
  return text;
}

function bare({ noun, items }: Message, release: Release, writer: XmlWriter): string {
  const type = release.objects.get(noun);
  const [object] = items;
  if (type === undefined || object === undefined) {
    throw new HubError('HUB_INVALID', `${noun} is no object of B2MML ${release.tables.version}`, {
      at: 'noun',
      value: noun,
    });
  }
  return writer.document(noun, release.shape(type), object, 'items[0]');
}

function transaction(message: Message, release: Release, writer: XmlWriter): string {
  const { verb, noun, releaseId, versionId, applicationArea, criteria = {}, items } = message;
  const found = release.transactionOf(verb, noun);
  if (found === undefined) {
    const what = `there is no ${verb} of ${noun} in B2MML ${release.tables.version}`;
    throw new HubError('HUB_INVALID', what, { at: 'noun', value: noun });
  }
  const attributes = found.hasReleaseId ? { releaseId, versionId } : {};
  const object = { ...attributes, applicationArea, '': { criteria, items } };
  return writer.document(found.element, release.transactionShape(found), object, '');
}

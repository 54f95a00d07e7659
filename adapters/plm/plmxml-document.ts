import { SaxesParser } from 'saxes';
import { HubError } from '../../model/errors';

/** What another element of the file may point to, with what stands directly under it. */
export interface PlmxmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Absent for the root. */
  readonly parent: PlmxmlElement | undefined;
  /** The system's own, lasting name of the thing. Ids of the file are new at each export. */
  applicationRef?: Readonly<Record<string, string>>;
  description?: string;
  /** Site attributes by title; the last of a title counts. */
  readonly userData: Map<string, string>;
}

export interface PlmxmlDocument {
  readonly occurrences: readonly PlmxmlElement[];
  /** The element that `#id4` or `id4` points to. Throws HUB_INVALID where there is none. */
  find(reference: string, from: PlmxmlElement): PlmxmlElement;
}

/** Carry data of the element outside of them, and are none themselves. */
const containers = new Set(['UserData', 'UserValue', 'UserList', 'ApplicationRef', 'Description']);
const maximalDepth = 64;

/** `id3 #id4` names two elements: with a hash or without, as the schema has it for each attribute. */
export function references(text: string | undefined): string[] {
  return (text ?? '').split(/\s+/).filter((one) => one !== '');
}

/** Reads a PLMXML file. Throws HUB_XML_DTD, HUB_BAD_XML (with line and column) or HUB_INVALID. */
export function parsePlmxml(text: string): PlmxmlDocument {
  const parser = new SaxesParser({ xmlns: true });
  const place = () => `line ${parser.line}, column ${parser.column}`;
  const refuse = (message: string) => new HubError('HUB_INVALID', message, { at: place() });
  const open: PlmxmlElement[] = [];
  const byId = new Map<string, PlmxmlElement>();
  const occurrences: PlmxmlElement[] = [];

  parser.on('doctype', () => {
    throw new HubError('HUB_XML_DTD', 'the PLMXML file declares a document type', { at: place() });
  });
  parser.on('error', ({ message }) => {
    const reason = message.replace(/^\d+:\d+: /, '');
    const code = /entity/i.test(reason) ? 'HUB_XML_DTD' : 'HUB_BAD_XML';
    throw new HubError(code, `the PLMXML file cannot be read: ${reason}`, { at: place() });
  });
  parser.on('opentag', ({ local, attributes }) => {
    if (open.length === 0 && local !== 'PLMXML') throw refuse(`expected PLMXML, found ${local}`);
    if (open.length > maximalDepth) throw refuse(`elements are nested deeper than ${maximalDepth}`);
    const element: PlmxmlElement = {
      name: local,
      attributes: Object.fromEntries(Object.values(attributes).map((one) => [one.local, one.value])),
      parent: open.at(-1),
      userData: new Map(),
    };
    open.push(element);
    const { id } = element.attributes;
    if (id !== undefined && byId.has(id)) throw refuse(`the id ${id} occurs twice`);
    if (id !== undefined) byId.set(id, element);
    if (local === 'Occurrence') occurrences.push(element);
    give(element);
  });
  const take = (value: string) => {
    const inside = open.at(-1);
    const owner = inside?.name === 'Description' ? inside.parent : undefined;
    if (owner) owner.description = (owner.description ?? '') + value;
  };
  parser.on('text', take);
  parser.on('cdata', take);
  parser.on('closetag', () => {
    open.pop();
  });
  parser.write(text.replace(/^\uFEFF/, '')).close();

  return {
    occurrences,
    find(reference, from) {
      const found = byId.get(reference.replace(/^#/, ''));
      if (found) return found;
      const at = `${from.name} ${from.attributes.id ?? ''}`.trim();
      throw new HubError('HUB_INVALID', `${at} points to ${reference}, which is not in the file`, {
        at,
        value: reference,
      });
    },
  };
}

/** Puts what the element says about another one where it belongs. */
function give({ name, attributes, parent }: PlmxmlElement): void {
  let owner = parent;
  while (owner && containers.has(owner.name)) owner = owner.parent;
  if (!owner) return;
  if (name === 'ApplicationRef') owner.applicationRef ??= attributes;
  if (name === 'UserValue' && attributes.title !== undefined)
    owner.userData.set(attributes.title, attributes.value ?? '');
}

import { SaxesParser } from 'saxes';
import { HubError } from '../../model/errors';
import type { NativeRecord, RawRecord } from '../adapter';

/** A segment of an IDoc as JSON: fields are text exactly as sent (blanks alone are an empty field), segments are lists of segments. */
export type Segment = { [name: string]: string | Segment | Segment[] };

interface IdocType {
  /** The segment directly under IDOC that carries one business object. */
  readonly top: string;
  /** The segment in it that holds the key, where it is not the top itself; the first of them counts. */
  readonly keyIn?: string;
  /** Where the business key stands; the first that is filled counts. */
  readonly key: readonly string[];
}

/** Where the key stands in each object; releases of a type differ in fields that have been added. */
const order: IdocType = { top: 'E1AFKOL', key: ['AUFNR'] };
const bill: IdocType = { top: 'E1STZUM', keyIn: 'E1MASTM', key: ['MATNR_LONG', 'MATNR_EXTERNAL', 'MATNR'] };
const routing: IdocType = { top: 'E1MAPLL', key: ['MATNR_LONG', 'MATNR'] };

/** The basic types that are read, by root element. */
const idocTypes: Readonly<Record<string, IdocType>> = {
  MATMAS05: { top: 'E1MARAM', key: ['MATNR_LONG', 'MATNR_EXTERNAL', 'MATNR'] },
  LOIWCS03: { top: 'E1CRHDL', key: ['ARBPL'] },
  LOIPRO01: order,
  LOIPRO02: order,
  LOIPRO03: order,
  LOIPRO04: order,
  LOIPRO05: order,
  BOMMAT04: bill,
  BOMMAT05: bill,
  LOIROU02: routing,
  LOIROU03: routing,
  LOIROU04: routing,
};

/** Structures that occur once in their parent; all others are lists, also when they occur once. */
const single = new Set(['EDI_DC40', 'E1AFVOL2', 'CustomData', ...Object.values(idocTypes).map((t) => t.top)]);
/** Names of segments: SAP's own (`E1…`, `E2…`) and customers' (`Z1…`, `ZE1…`). */
const segmentName = /^Z?E?[1-9]/;
const maximalDepth = 32;

/** The basic types that `readIdocs` knows. */
export const idocTypeNames: readonly string[] = Object.keys(idocTypes);

/**
 * Turns an IDoc XML document into one record per IDOC (per business object, where an IDOC carries several).
 * Reads the dialects of the SAP XML port (no namespace), of the integration suite (default namespace
 * `urn:sap-com:document:sap:idoc:soap:messages`, or with a SOAP envelope around it) and of senders that write
 * attributes in lower case: attributes and namespaces carry nothing here.
 *
 * A record's body is `{EDI_DC40: {…}, E1AFKOL: {…}}`. Its key has no leading zeros when it is a number: SAP pads numbers only.
 * Throws HUB_XML_DTD, HUB_BAD_XML (with line and column) or HUB_INVALID.
 */
export function readIdocs(raw: RawRecord): NativeRecord[] {
  const { type, idocs } = parse(raw.text);
  const at = type || 'Envelope';
  if (idocs.length === 0) throw new HubError('HUB_INVALID', `${at} holds no IDOC`, { at });
  return idocs.flatMap((idoc, index) => recordsOf(type, idoc, `${type}/IDOC[${index + 1}]`));
}

function recordsOf(type: string, idoc: ParsedIdoc, at: string): NativeRecord[] {
  const { top, keyIn, key } = idocTypes[type]!;
  if (idoc.objects.length === 0) throw new HubError('HUB_INVALID', `the IDOC has no ${top}`, { at });
  return idoc.objects.map((object, index) => {
    const { [top]: _, ...others } = idoc.segments;
    const holder = keyIn === undefined ? object : firstSegment(object[keyIn]);
    const filled = key.map((field) => holder[field]).find(isFilled);
    if (filled === undefined) {
      const where = keyIn === undefined ? top : `${top}/${keyIn}`;
      throw new HubError('HUB_INVALID', `${where} names no ${key.join(' or ')}`, { at: `${at}/${where}` });
    }
    const id = documentId(others.EDI_DC40, idoc.objects.length > 1 ? index : undefined);
    return { type, key: normalised(filled), ...(id ? { id } : {}), body: { ...others, [top]: object } };
  });
}

const isFilled = (value: Segment[string] | undefined): value is string =>
  typeof value === 'string' && value.trim() !== '';

function firstSegment(segments: Segment[string] | undefined): Segment {
  return Array.isArray(segments) ? (segments[0] ?? {}) : {};
}

/** DOCNUM is unique within one sending system; absent in documents that no SAP system numbered. */
function documentId(control: Segment[string] | undefined, index: number | undefined): string | undefined {
  if (control === undefined || typeof control === 'string' || Array.isArray(control)) return undefined;
  const { DOCNUM, SNDPRN } = control;
  if (typeof DOCNUM !== 'string' || DOCNUM.trim() === '') return undefined;
  const sender = typeof SNDPRN === 'string' ? SNDPRN.trim() : '';
  return [DOCNUM.trim(), sender, ...(index === undefined ? [] : [String(index)])].join('/');
}

/** SAP's own comparison of keys: numbers without leading zeros, everything else as it stands. */
export function normalised(key: string): string {
  const text = key.trim();
  return /^\d+$/.test(text) ? text.replace(/^0+(?=\d)/, '') : text;
}

interface ParsedIdoc {
  readonly segments: Segment;
  /** The top segments, taken out of `segments`. */
  readonly objects: Segment[];
}

interface Frame {
  readonly name: string;
  readonly children: Segment;
  text: string;
}

function parse(text: string): { type: string; idocs: ParsedIdoc[] } {
  const parser = new SaxesParser({ xmlns: true });
  const place = () => `line ${parser.line}, column ${parser.column}`;
  const refuse = (message: string) => new HubError('HUB_INVALID', message, { at: place() });
  const open: Frame[] = [];
  const idocs: ParsedIdoc[] = [];
  let type = '';

  parser.on('doctype', () => {
    throw new HubError('HUB_XML_DTD', 'the IDoc declares a document type', { at: place() });
  });
  parser.on('error', (error) => {
    throw syntaxError(error.message, place());
  });
  const envelope = soapEnvelope();
  parser.on('opentag', ({ local, uri }) => {
    if (open.length === 0) {
      if (envelope.opens(uri, local)) return;
      if (type !== '') throw refuse(`a second document, ${local}, follows ${type}`);
      type = knownType(local, refuse);
    }
    if (open.length === 1 && local !== 'IDOC') throw refuse(`expected IDOC under ${type}, found ${local}`);
    if (open.length > maximalDepth) throw refuse(`segments are nested deeper than ${maximalDepth}`);
    open.push({ name: local, children: {}, text: '' });
  });
  const take = (value: string) => {
    const frame = open.at(-1);
    if (frame) frame.text += value;
  };
  parser.on('text', take);
  parser.on('cdata', take);
  parser.on('closetag', ({ local, uri }) => {
    const closed = open.pop();
    if (!closed) {
      envelope.closes(uri, local);
      return;
    }
    if (open.length >= 2) put(open.at(-1)!.children, closed, type, refuse);
    else if (open.length === 1) idocs.push(idocOf(closed, type));
  });
  parser.write(text.replace(/^\uFEFF/, '')).close();
  return { type, idocs };
}

const soapNamespaces: ReadonlySet<string> = new Set([
  'http://schemas.xmlsoap.org/soap/envelope/',
  'http://www.w3.org/2003/05/soap-envelope',
]);

/** Tells what stands around the IDoc: the elements of a SOAP envelope, and whatever is in its header. */
function soapEnvelope() {
  let inHeader = false;
  const isHeader = (uri: string, local: string) => soapNamespaces.has(uri) && local === 'Header';
  return {
    opens(uri: string, local: string): boolean {
      inHeader ||= isHeader(uri, local);
      return inHeader || soapNamespaces.has(uri);
    },
    closes(uri: string, local: string): void {
      if (isHeader(uri, local)) inHeader = false;
    },
  };
}

function knownType(name: string, refuse: (message: string) => HubError): string {
  if (Object.hasOwn(idocTypes, name)) return name;
  throw refuse(`${name} is not an IDoc type that is read here; known are ${idocTypeNames.join(', ')}`);
}

/** Only the five entities of XML itself are known without a DTD: any other one asks for a declaration. */
function syntaxError(message: string, at: string): HubError {
  const reason = message.replace(/^\d+:\d+: /, '');
  return /entity/i.test(reason)
    ? new HubError('HUB_XML_DTD', `the IDoc uses an entity: ${reason}`, { at })
    : new HubError('HUB_BAD_XML', reason, { at });
}

function idocOf(frame: Frame, type: string): ParsedIdoc {
  const { top } = idocTypes[type]!;
  const objects = frame.children[top];
  return { segments: frame.children, objects: Array.isArray(objects) ? (objects as Segment[]) : [] };
}

/**
 * Adds a closed element to its parent. The shape depends on the name, never on how often the element occurs.
 * Nothing is overwritten: a field or single segment that comes twice is refused.
 */
function put(parent: Segment, element: Frame, type: string, refuse: (message: string) => HubError): void {
  const { name, children, text } = element;
  if (name === '__proto__') throw refuse('an element cannot be called __proto__');
  const hasChildren = Object.keys(children).length > 0;
  const hasText = text.trim() !== '';
  if (hasChildren && hasText) throw refuse(`${name} mixes text and elements`);
  const isStructure = hasChildren || (!hasText && (segmentName.test(name) || single.has(name)));
  const before = Object.hasOwn(parent, name) ? parent[name] : undefined;
  const isList = isStructure && (!single.has(name) || name === idocTypes[type]!.top);
  if (isList && (before === undefined || Array.isArray(before))) {
    if (before) before.push(children);
    else parent[name] = [children];
    return;
  }
  if (before !== undefined) throw refuse(`${name} occurs twice in its segment`);
  parent[name] = isStructure ? children : hasText ? text : '';
}

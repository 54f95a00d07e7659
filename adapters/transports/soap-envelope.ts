import { XMLParser } from 'fast-xml-parser';
import { SaxesParser } from 'saxes';
import { HubError } from '../../model/errors';

export type SoapVersion = '1.1' | '1.2';

/** The namespace is what tells the versions apart (SOAP 1.1 section 4.1.2, SOAP 1.2 part 1 section 5.1). */
export const envelopeNamespaces: Readonly<Record<SoapVersion, string>> = {
  '1.1': 'http://schemas.xmlsoap.org/soap/envelope/',
  '1.2': 'http://www.w3.org/2003/05/soap-envelope',
};

export const soapContentTypes: Readonly<Record<SoapVersion, string>> = {
  '1.1': 'text/xml; charset=utf-8',
  '1.2': 'application/soap+xml; charset=utf-8',
};

/** One element of an envelope, cut out so that it stands alone: every namespace in scope is declared on it. */
export interface Part {
  readonly namespace: string;
  readonly name: string;
  /** Byte for byte what was sent, apart from the declarations added to its start tag. */
  readonly xml: string;
}

export interface HeaderPart extends Part {
  readonly mustUnderstand: boolean;
}

export interface Envelope {
  readonly version: SoapVersion;
  readonly headers: readonly HeaderPart[];
  /** The one element of a document/literal body; undefined when the body is empty. */
  readonly body?: Part;
}

/** In the words of SOAP 1.2; 1.1 says `Client` for Sender and `Server` for Receiver. */
export type FaultCode = 'Sender' | 'Receiver' | 'MustUnderstand' | 'VersionMismatch';

export interface Fault {
  /** The local name of the code as sent: `Client`, `Server`, `Sender`, `Server.Busy`, ... */
  readonly code: string;
  readonly subcode?: string;
  readonly reason: string;
  /** All text of the detail, in one line. */
  readonly detail?: string;
}

/**
 * Cuts an envelope into its parts without changing a character of them, because the body is kept as the raw
 * record. Throws HUB_XML_DTD, HUB_BAD_XML with line and column, HUB_INVALID when it is no SOAP 1.1 or 1.2 envelope.
 */
export function openEnvelope(text: string): Envelope {
  const parts: Cut[] = [];
  let version: SoapVersion | undefined;
  const open: Array<{ uri: string; local: string; scope: Record<string, string> }> = [];
  let starts = 0;
  let current: Cut | undefined;

  const parser = new SaxesParser({ xmlns: true });
  parser.on('error', (failure) => {
    throw new HubError('HUB_BAD_XML', failure.message.replace(/^\d+:\d+: /, ''), {
      at: `line ${parser.line}, column ${parser.column}`,
    });
  });
  parser.on('doctype', () => {
    throw new HubError('HUB_XML_DTD', 'the envelope declares a document type', { at: `line ${parser.line}` });
  });
  parser.on('opentagstart', () => {
    if (open.length === 2) starts = text.lastIndexOf('<', parser.position - 1);
  });
  parser.on('opentag', (tag) => {
    const parent = open.at(-1);
    if (!parent) version = versionOf(tag.uri, tag.local);
    if (open.length === 2) {
      const mustUnderstand = Object.values(tag.attributes).some(isMustUnderstand);
      current = { ...tag, starts, own: tag.ns, scope: parent!.scope, parent: parent!.local, mustUnderstand };
    }
    // Only the first levels can put names in scope for a part; below, the part carries its own.
    const scope = open.length < 2 ? { ...parent?.scope, ...tag.ns } : {};
    open.push({ uri: tag.uri, local: tag.local, scope });
  });
  parser.on('closetag', () => {
    open.pop();
    if (open.length === 2 && current) parts.push({ ...current, ends: parser.position });
  });
  parser.write(text).close();
  return assemble(text, version!, parts);
}

interface Cut {
  readonly uri: string;
  readonly local: string;
  readonly name: string;
  readonly starts: number;
  readonly ends?: number;
  readonly own: Record<string, string>;
  readonly scope: Record<string, string>;
  readonly parent: string;
  readonly mustUnderstand: boolean;
}

function assemble(text: string, version: SoapVersion, cuts: readonly Cut[]): Envelope {
  const part = (cut: Cut): HeaderPart => ({
    namespace: cut.uri,
    name: cut.local,
    xml: standalone(text.slice(cut.starts, cut.ends), cut),
    mustUnderstand: cut.mustUnderstand,
  });
  const bodies = cuts.filter((cut) => cut.parent === 'Body');
  if (bodies.length > 1) {
    throw new HubError('HUB_INVALID', `the SOAP body holds ${bodies.length} elements`, {
      at: 'Envelope/Body',
      value: bodies.map((cut) => cut.local),
      todo: 'Send one document in each request (document/literal).',
    });
  }
  const headers = cuts.filter((cut) => cut.parent === 'Header').map(part);
  return { version, headers, ...(bodies[0] ? { body: part(bodies[0]) } : {}) };
}

/** Declares on the element what it inherited, leaving out prefixes that do not occur in it. */
function standalone(xml: string, { name, own, scope }: Cut): string {
  const inherited = Object.entries(scope)
    .filter(([prefix]) => !(prefix in own) && (prefix === '' || occurs(prefix, xml)))
    .map(([prefix, uri]) => ` xmlns${prefix ? `:${prefix}` : ''}="${escapeXml(uri)}"`);
  const afterName = 1 + name.length;
  return xml.slice(0, afterName) + inherited.join('') + xml.slice(afterName);
}

/** Also in text and attribute values, where a qualified name may stand as a value. */
const occurs = (prefix: string, xml: string) =>
  new RegExp(`(?<![\\w.-])${prefix.replaceAll('.', '\\.')}:`).test(xml);

function versionOf(uri: string, local: string): SoapVersion {
  for (const version of ['1.1', '1.2'] as const) {
    if (local === 'Envelope' && uri === envelopeNamespaces[version]) return version;
  }
  throw new HubError('HUB_INVALID', `the document is no SOAP envelope but {${uri}}${local}`, {
    at: '/',
    value: local,
    todo: 'Send a SOAP 1.1 or 1.2 envelope with the transaction as its body.',
  });
}

function isMustUnderstand({ local, uri, value }: { local: string; uri: string; value: string }): boolean {
  return (
    local === 'mustUnderstand' &&
    Object.values(envelopeNamespaces).includes(uri) &&
    (value === '1' || value === 'true')
  );
}

export function sealEnvelope(version: SoapVersion, bodyXml: string, headerXml = ''): string {
  const header = headerXml && `<soap:Header>${headerXml}</soap:Header>`;
  return (
    `<?xml version="1.0" encoding="UTF-8"?><soap:Envelope xmlns:soap="${envelopeNamespaces[version]}">` +
    `${header}<soap:Body>${withoutProlog(bodyXml)}</soap:Body></soap:Envelope>`
  );
}

/** An envelope that holds a fault; `detailXml` must be namespace-qualified XML or empty. */
export function sealFault(version: SoapVersion, code: FaultCode, reason: string, detailXml = ''): string {
  const text = escapeXml(reason);
  if (version === '1.2') {
    const detail = detailXml && `<soap:Detail>${detailXml}</soap:Detail>`;
    return sealEnvelope(
      '1.2',
      `<soap:Fault><soap:Code><soap:Value>soap:${code}</soap:Value></soap:Code>` +
        `<soap:Reason><soap:Text xml:lang="en">${text}</soap:Text></soap:Reason>${detail}</soap:Fault>`,
    );
  }
  const names: Partial<Record<FaultCode, string>> = { Sender: 'Client', Receiver: 'Server' };
  const detail = detailXml && `<detail>${detailXml}</detail>`;
  return sealEnvelope(
    '1.1',
    `<soap:Fault><faultcode>soap:${names[code] ?? code}</faultcode><faultstring>${text}</faultstring>${detail}</soap:Fault>`,
  );
}

const faultParser = new XMLParser({
  removeNSPrefix: true,
  ignoreAttributes: true,
  parseTagValue: false,
  processEntities: true,
});

/** The fault in a body, of either version; undefined when the body is something else. */
export function readFault(body: Part): Fault | undefined {
  if (body.name !== 'Fault' || !Object.values(envelopeNamespaces).includes(body.namespace)) return undefined;
  const { Fault: fault } = faultParser.parse(body.xml);
  const code = fault?.faultcode ?? fault?.Code?.Value;
  const subcode = fault?.Code?.Subcode?.Value;
  const detail = textOf(fault?.detail ?? fault?.Detail);
  return {
    code: localName(textOf(code)),
    reason: textOf(fault?.faultstring ?? fault?.Reason?.Text),
    ...(subcode === undefined ? {} : { subcode: localName(textOf(subcode)) }),
    ...(detail ? { detail } : {}),
  };
}

function textOf(node: unknown): string {
  if (node === null || node === undefined) return '';
  if (typeof node !== 'object') return String(node);
  return Object.values(node).map(textOf).filter(Boolean).join(' ').replace(/\s+/g, ' ').trim();
}

const localName = (qualified: string) => qualified.slice(qualified.indexOf(':') + 1);
const withoutProlog = (xml: string) => xml.replace(/^\uFEFF?\s*<\?xml[^?]*\?>\s*/, '');

export function escapeXml(text: string): string {
  return (
    text
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
      // Characters that XML 1.0 cannot carry at all would make the whole answer unreadable.
      // biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these are meant.
      .replace(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g, '\uFFFD')
  );
}

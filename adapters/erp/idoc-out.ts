import { HubError } from '../../model/errors';
import type { Outgoing, Receipt } from '../adapter';
import { httpClient } from '../transports/http';

/** Who sends to whom, as the ERP knows it (partner profiles, transaction WE20). */
export interface IdocPartners {
  /** Where the ERP takes IDocs in: the service `idoc_xml`. */
  readonly path: string;
  /** Logical systems. */
  readonly sender: string;
  readonly receiver: string;
  readonly senderPort: string;
  readonly receiverPort: string;
}

export interface IdocSettings {
  readonly url: string;
  readonly user: string;
  readonly password: string;
  readonly client?: string;
  readonly timeoutMs: number;
  readonly idoc?: IdocPartners;
}

export const idocSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['sender', 'receiver'],
  properties: {
    path: {
      type: 'string',
      default: '/sap/bc/idoc_xml',
      description: 'Where the ERP takes IDocs in over HTTP.',
    },
    sender: {
      type: 'string',
      minLength: 1,
      maxLength: 10,
      description: 'The logical system that the hub is.',
    },
    receiver: { type: 'string', minLength: 1, maxLength: 10, description: 'The logical system of the ERP.' },
    senderPort: { type: 'string', default: 'HUB', maxLength: 10, description: 'The port that the hub is.' },
    receiverPort: {
      type: 'string',
      default: '',
      maxLength: 10,
      description: 'The port of the ERP, e.g. SAPS4H.',
    },
  },
  examples: [{ sender: 'HUB', receiver: 'S4HCLNT100', receiverPort: 'SAPS4H' }],
};

type Segment = Readonly<Record<string, unknown>>;

/**
 * Sends a record as an IDoc in XML over HTTP. The ERP answers when it has stored the IDoc, and works on it later: what
 * it then refuses stands in its own list of IDocs (status 51). An IDoc that is sent twice is two IDocs; that a time ticket
 * is booked once is the work of its EX_IDENT.
 */
export function idocSender({ idoc, client, ...settings }: IdocSettings) {
  const { user, password } = settings;
  const http = httpClient({
    name: 'the ERP',
    baseURL: settings.url.replace(/\/+$/, ''),
    timeoutMs: settings.timeoutMs,
    auth: { user, password },
  });
  return {
    async send(record: Outgoing): Promise<Receipt> {
      if (!idoc)
        throw new HubError('HUB_REJECTED', `nobody has said who sends ${record.type} to whom`, {
          at: 'settings.idoc',
          todo: 'Name sender and receiver under idoc in the settings of the system, then replay.',
        });
      const answer = await http.request({
        method: 'POST',
        path: idoc.path,
        ...(client ? { query: { 'sap-client': client } } : {}),
        headers: { 'content-type': 'text/xml; charset=utf-8' },
        body: idocXml(record, idoc, client),
      });
      const [number] = /\b\d{16}\b/.exec(answer.text) ?? [];
      return { ...(number ? { counterpartId: number } : {}), answer: 'stored' };
    },
    /** Throws when the ERP does not answer right now. */
    async check(): Promise<void> {
      await http.request({ method: 'GET', path: '/sap/public/ping' });
    },
    close: http.close,
  };
}

/** The record with its control record: directly below IDOC the segments, each with its fields in their order. */
export function idocXml({ type, id, body }: Outgoing, partners: IdocPartners, client = ''): string {
  const { EDI_DC40, ...segments } = body as { EDI_DC40?: Segment } & Segment;
  const now = new Date().toISOString();
  const control = {
    TABNAM: 'EDI_DC40',
    MANDT: client,
    DIRECT: '2',
    IDOCTYP: type,
    ...EDI_DC40,
    SNDPOR: partners.senderPort,
    SNDPRT: 'LS',
    SNDPRN: partners.sender,
    RCVPOR: partners.receiverPort,
    RCVPRT: 'LS',
    RCVPRN: partners.receiver,
    CREDAT: now.slice(0, 10).replaceAll('-', ''),
    CRETIM: now.slice(11, 19).replaceAll(':', ''),
    // By this the delivery is found in the ERP.
    ARCKEY: id,
  };
  const content =
    element('EDI_DC40', control) +
    Object.entries(segments)
      .map(([n, s]) => element(n, s))
      .join('');
  return `<?xml version="1.0" encoding="utf-8"?><${type}><IDOC BEGIN="1">${content}</IDOC></${type}>`;
}

function element(name: string, value: unknown): string {
  if (Array.isArray(value)) return value.map((one) => element(name, one)).join('');
  if (value === undefined || value === null || value === '') return '';
  if (typeof value !== 'object') return `<${name}>${escaped(String(value))}</${name}>`;
  const inner = Object.entries(value).map(([field, one]) => element(field, one));
  return `<${name} SEGMENT="1">${inner.join('')}</${name}>`;
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
/** XML 1.0 knows three control characters: any other becomes a blank. */
const allowed = new Set(['\t', '\n', '\r']);
const escaped = (text: string) =>
  [...text].map((c) => (c < ' ' && !allowed.has(c) ? ' ' : (entities[c] ?? c))).join('');

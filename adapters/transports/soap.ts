import { HubError } from '../../model/errors';
import { type HttpAnswer, type HttpClient, httpClient } from './http';
import {
  type Fault,
  openEnvelope,
  type Part,
  readFault,
  type SoapVersion,
  sealEnvelope,
  soapContentTypes,
} from './soap-envelope';

export interface SoapOptions {
  /** How failures call the counterpart, e.g. `the MES`. */
  readonly name: string;
  /** The endpoint itself, not its WSDL. */
  readonly url: string;
  /** Longest wait for one whole answer. */
  readonly timeoutMs: number;
  /** 1.1 where absent: every server speaks it. */
  readonly version?: SoapVersion;
  readonly user?: string;
  readonly password?: string;
  /** Where user and password go: HTTP Basic, or a WS-Security UsernameToken in the SOAP header. */
  readonly authentication?: 'basic' | 'username-token';
}

export interface SoapRequest {
  /** The SOAPAction (1.1) or the action of the content type (1.2). */
  readonly action: string;
  /** The one element of the body, as a document that stands alone. */
  readonly body: string;
}

export interface SoapClient {
  /**
   * The element in the answer's body; undefined where the operation answers with none. A failure is a HubError:
   * what `httpClient` says, and for faults HUB_REJECTED (Client, Sender: permanent), HUB_BUSY (the fault names
   * that it took nothing: transient), else HUB_FAILED (ambiguous: the work may be done behind the fault).
   */
  call(request: SoapRequest): Promise<Part | undefined>;
  /** Throws when the endpoint's server cannot be reached or does not know us. Sends no transaction. */
  check(): Promise<void>;
  close(): void;
}

/**
 * A document/literal SOAP client over the shared HTTP client. The `soap` package's client would need the
 * counterpart's WSDL before the first word, turns answers into objects (losing namespaces and order) and throws
 * on an answer that the WSDL does not name; here the body goes out and comes back as it stands. Its WS-Security is used.
 */
export function soapClient(options: SoapOptions): SoapClient {
  const { name, version = '1.1' } = options;
  const address = new URL(options.url);
  const basic = options.user !== undefined && options.authentication !== 'username-token';
  const http = httpClient({
    name,
    baseURL: address.origin,
    timeoutMs: options.timeoutMs,
    ...(basic ? { auth: { user: options.user!, password: options.password ?? '' } } : {}),
    ...(options.password ? { secrets: [options.password] } : {}),
  });
  const path = address.pathname + address.search;
  const security = securityHeader(options);
  const redact = (text: string) => (options.password ? text.replaceAll(options.password, '***') : text);

  return {
    async call({ action, body }) {
      const answer = await http.request({
        method: 'POST',
        path,
        headers: headersFor(version, action),
        body: sealEnvelope(version, body, security()),
        // Faults come with these two; what they mean stands in the envelope.
        allow: [400, 500],
      });
      const failed = (message: string) =>
        new HubError(answer.status === 400 ? 'HUB_REJECTED' : 'HUB_FAILED', redact(message), {
          at: options.url,
          value: { status: answer.status },
        });
      return contentOf(answer, name, failed, (fault) => refusal(name, options.url, fault, redact));
    },
    check: () => answers(http, address.pathname),
    close: () => http.close(),
  };
}

function headersFor(version: SoapVersion, action: string): Record<string, string> {
  if (version === '1.1') return { 'content-type': soapContentTypes['1.1'], soapaction: `"${action}"` };
  return { 'content-type': `${soapContentTypes['1.2']}; action="${action}"` };
}

/** The header's XML, made anew for each message because it carries the time. */
function securityHeader(options: SoapOptions): () => string {
  const { user, password = '', authentication } = options;
  if (user === undefined || authentication !== 'username-token') return () => '';
  // The package takes a fifth of a second to load: only who needs it waits for it.
  const { WSSecurity } = require('soap') as typeof import('soap');
  const token = new WSSecurity(user, password, { hasTimeStamp: false, mustUnderstand: true });
  return () => token.toXML();
}

function contentOf(
  { status, text }: HttpAnswer,
  name: string,
  failed: (message: string) => HubError,
  refused: (fault: Fault) => HubError,
): Part | undefined {
  // A one-way operation is confirmed by the status alone.
  if (text.trim() === '' && status < 300) return undefined;
  let body: Part | undefined;
  try {
    body = openEnvelope(text).body;
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    throw failed(`${name} answered with ${status} and no SOAP envelope (${why})`);
  }
  const fault = body && readFault(body);
  if (fault) throw refused(fault);
  if (status >= 300) throw failed(`${name} answered with ${status} and no fault`);
  return body;
}

const SENDERS_FAULT = /^(Client|Sender|MustUnderstand|VersionMismatch)\b/;
/** Words of a code or a detail that say the work was not begun: WCF's ServerTooBusy, ours, and the like. */
const NOT_BEGUN = /\b(Server)?(Too)?Busy\b|\bServiceUnavailable\b|\btransient\b/i;

function refusal(name: string, url: string, fault: Fault, redact: (text: string) => string): HubError {
  const { code, subcode = '', reason, detail = '' } = fault;
  const said = redact([reason, detail && detail !== reason ? `(${detail})` : ''].filter(Boolean).join(' '));
  const at = { at: url, value: { fault: subcode ? `${code}/${subcode}` : code } };
  if (NOT_BEGUN.test(`${code} ${subcode} ${detail}`)) {
    return new HubError('HUB_BUSY', `${name} takes nothing now: ${said}`, at);
  }
  if (SENDERS_FAULT.test(code)) return new HubError('HUB_REJECTED', `${name} refused: ${said}`, at);
  return new HubError('HUB_FAILED', `${name} failed: ${said}`, at);
}

/** Asks for the WSDL: some servers have none at that address, but any of these answers comes from a live one. */
async function answers(http: HttpClient, path: string): Promise<void> {
  await http.request({ method: 'GET', path, query: { wsdl: '' }, allow: [400, 404, 405, 500] });
}

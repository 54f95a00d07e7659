import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { RawRecord } from '../../adapters/adapter';
import {
  type Envelope,
  type HeaderPart,
  openEnvelope,
  type SoapVersion,
  sealEnvelope,
  soapContentTypes,
} from '../../adapters/transports/soap-envelope';
import { type ReadB2mml, readB2mml, writeB2mml } from '../../model/b2mml';
import { asHubError, HubError } from '../../model/errors';
import { answerTo, codeFor, faultFor, type Outcome, plainAnswerTo } from './soap-answer';
import { xmlText } from './soap-text';
import { wsdlFor } from './soap-wsdl';

export interface Accepted {
  readonly record: string;
  readonly type: string;
  readonly key: string;
  readonly duplicate: boolean;
}

export interface SoapDoor {
  /** Where the endpoints are; `/soap` where absent. */
  readonly path?: string;
  /** Resolves once the records of one transaction are durably stored. Throws HubError. */
  accept(
    system: string,
    raw: RawRecord,
    headers: IncomingHttpHeaders,
  ): Promise<{ readonly accepted: readonly Accepted[] }>;
  /** The systems that have an endpoint. */
  readonly systems: { has(system: string): boolean };
  /** Largest request; the server's own limit where absent. */
  readonly bodyLimitBytes?: number;
  /** Who signs the answers; `esperanto` where absent. */
  readonly logicalId?: string;
}

type Call = FastifyRequest<{ Params: { system: string }; Body: Buffer }>;

/**
 * `POST /soap/:system` takes one B2MML transaction as the body of a SOAP 1.1 or 1.2 envelope and answers, after it is
 * stored, with the transaction that part 5 names (see soap-answer); `GET /soap/:system?wsdl` describes it. What cannot
 * be read as a transaction is a Client (Sender) fault; what the hub could not store is a Server (Receiver) fault, so
 * that the sender repeats. The body's element reaches `accept` as it was sent, which is why the `soap` package's server,
 * which knows bodies as objects only, does not stand here.
 */
export function registerSoap(app: FastifyInstance, door: SoapDoor): void {
  const { path = '/soap', bodyLimitBytes } = door;
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser<Buffer>(
      ['text/xml', 'application/soap+xml', 'application/xml'],
      { parseAs: 'buffer', ...(bodyLimitBytes ? { bodyLimit: bodyLimitBytes } : {}) },
      (_request, body, done) => done(null, body),
    );
    scope.setErrorHandler((error: FastifyError, request, reply) =>
      sendFault(reply, versionByType(request), hubErrorOf(error, request)),
    );
    // OpenAPI has no words for SOAP; the WSDL describes these two.
    const schema = { hide: true };
    scope.get<{ Params: { system: string } }>(`${path}/:system`, { schema }, (request, reply) =>
      describe(door, request, reply),
    );
    scope.post<{ Params: { system: string }; Body: Buffer }>(
      `${path}/:system`,
      { schema },
      (request, reply) => take(door, request, reply),
    );
  });
}

function describe(
  door: SoapDoor,
  request: FastifyRequest<{ Params: { system: string } }>,
  reply: FastifyReply,
) {
  const { system } = request.params;
  const asked = Object.keys(request.query ?? {}).some((name) => name.toLowerCase() === 'wsdl');
  if (!door.systems.has(system)) return reply.code(404).send(unknownSystem(system).toJSON());
  if (!asked) {
    const todo = `POST a SOAP envelope here, or GET ${request.url.split('?')[0]}?wsdl.`;
    return reply
      .code(404)
      .send(new HubError('HUB_NOT_FOUND', 'a SOAP endpoint has no page', { todo }).toJSON());
  }
  const address = `${request.protocol}://${request.host}${request.url.split('?')[0]}`;
  return reply.header('content-type', 'text/xml; charset=utf-8').send(wsdlFor(address));
}

async function take(door: SoapDoor, request: Call, reply: FastifyReply) {
  let version = versionByType(request);
  let transaction: ReadB2mml;
  let envelope: Envelope;
  try {
    const { system } = request.params;
    if (!door.systems.has(system)) throw unknownSystem(system);
    envelope = openEnvelope(xmlText(request.body ?? Buffer.alloc(0), request.headers['content-type']));
    version = envelope.version;
    const misunderstood = envelope.headers.find((header) => header.mustUnderstand && !isUnderstood(header));
    if (misunderstood) return sendFault(reply, version, notUnderstood(misunderstood), 'MustUnderstand');
    transaction = readB2mml(transactionOf(envelope), { tolerant: true });
  } catch (thrown) {
    return sendFault(reply, version, asHubError(thrown));
  }
  const outcome = await store(door, request, envelope);
  if (!outcome.taken && codeFor(outcome.because) === 'Receiver')
    return sendFault(reply, version, outcome.because);
  const answer = sealEnvelope(version, answerXml(transaction, outcome, door), addressing(envelope));
  return reply.header('content-type', soapContentTypes[version]).send(answer);
}

async function store(door: SoapDoor, request: Call, envelope: Envelope): Promise<Outcome> {
  const raw: RawRecord = { contentType: 'application/xml', text: envelope.body!.xml };
  try {
    const { accepted } = await door.accept(request.params.system, raw, request.headers);
    return { taken: true, records: accepted };
  } catch (thrown) {
    return { taken: false, because: asHubError(thrown) };
  }
}

/** In the sender's own version of B2MML, where that can say it. */
function answerXml(request: ReadB2mml, outcome: Outcome, door: SoapDoor): string {
  const { message, version } = request;
  const answerer = { logicalId: door.logicalId ?? 'esperanto', bodId: randomUUID(), now: new Date() };
  try {
    return writeB2mml(answerTo(message, outcome, answerer), { version });
  } catch {
    // A tolerated original may hold what no valid answer can repeat; the confirmation itself must not fail for that.
    return writeB2mml(plainAnswerTo(message, outcome, answerer), { version });
  }
}

function transactionOf({ body }: Envelope): string {
  if (body) return body.xml;
  throw new HubError('HUB_INVALID', 'the SOAP body is empty', {
    at: 'Envelope/Body',
    todo: 'Send one B2MML transaction as the element of the body.',
  });
}

const unknownSystem = (system: string) =>
  new HubError('HUB_UNKNOWN_SYSTEM', `there is no system ${system} with a SOAP endpoint`, { value: system });

/** SOAP 1.1 gives every fault 500; 1.2 tells the sender's own faults apart by 400. */
function sendFault(
  reply: FastifyReply,
  version: SoapVersion,
  error: HubError,
  code: 'MustUnderstand' | ReturnType<typeof codeFor> = codeFor(error),
) {
  return reply
    .code(version === '1.2' && code === 'Sender' ? 400 : 500)
    .header('content-type', soapContentTypes[version])
    .send(faultFor(version, error, code));
}

const versionByType = ({ headers }: FastifyRequest): SoapVersion =>
  headers['content-type']?.startsWith('application/soap+xml') ? '1.2' : '1.1';

function hubErrorOf(error: FastifyError, request: FastifyRequest): HubError {
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    const length = request.headers['content-length'];
    return new HubError(
      'HUB_TOO_LARGE',
      'the request is larger than the limit',
      length ? { value: length } : {},
    );
  }
  if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return new HubError('HUB_INVALID', `the content type ${request.headers['content-type']} is not SOAP`, {
      at: 'content-type',
      todo: 'Send text/xml (SOAP 1.1) or application/soap+xml (SOAP 1.2), without attachments.',
    });
  }
  return asHubError(error);
}

const ADDRESSING = 'http://www.w3.org/2005/08/addressing';
/** Security is for whoever guards the door; it reads the same header. */
const understood: readonly string[] = [
  ADDRESSING,
  'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd',
];
const isUnderstood = ({ namespace }: HeaderPart) => understood.includes(namespace);

const notUnderstood = ({ namespace, name }: HeaderPart) =>
  new HubError('HUB_INVALID', `the header {${namespace}}${name} must be understood and is not`, {
    at: 'Envelope/Header',
    todo: 'Leave the header out or drop its mustUnderstand.',
  });

/** Clients that sent a WS-Addressing message id (WCF always does) wait for an answer that relates to it. */
function addressing({ headers }: Envelope): string {
  const id = headers.find(({ namespace, name }) => namespace === ADDRESSING && name === 'MessageID');
  if (!id) return '';
  // Cut out of XML, so its references are still in place and go back as they came.
  const text = id.xml.replace(/<[^>]*>/g, '').trim();
  return `<wsa:RelatesTo xmlns:wsa="${ADDRESSING}">${text}</wsa:RelatesTo>`;
}
